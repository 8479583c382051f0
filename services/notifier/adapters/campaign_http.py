"""Campaign's internal questions over HTTP, for a notifier that runs in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from services.contracts.codes import Refused
from services.contracts.commands_v1 import Caller
from services.contracts.wire import caller_to
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.internal_http import InternalHttp

MALFORMED: Final = "campaign-answer-malformed"


class CampaignQuestions:
    """The asking half of `contracts.campaign_port.CampaignPort`, all that notifier needs of it."""

    def __init__(self, base_url: str, secret: str) -> None:
        self._http = InternalHttp(base_url, secret, "campaign-away")

    def ask(self, query: str, caller: Caller, args: Mapping[str, Any]) -> Any:
        wire = {"query": query, "caller": caller_to(caller), "args": dict(args)}
        _, data = self._http.call("POST", "/internal/queries", json.dumps(wire).encode(), harmless=True)
        try:
            outcome: Any = json.loads(data)
            if "refused" in outcome:
                raise Refused(outcome["refused"]["code"], outcome["refused"]["facts"])
            if "busy" in outcome:
                raise TemporaryFailure(outcome["busy"]["code"], outcome["busy"]["retry_after"])
            return outcome["answer"]
        except (ValueError, KeyError, TypeError):
            raise PermanentFailure(MALFORMED) from None

    def close(self) -> None:
        self._http.close()
