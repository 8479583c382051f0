"""Notifier's internal door over HTTP (`contracts.notifier_port.NotifierPort`)."""

from __future__ import annotations

import json
from dataclasses import asdict

from services.contracts.notifier_port import Handover
from services.kit.failures import PermanentFailure
from services.kit.internal_http import InternalHttp


class NotifierHttp:
    """Raises TemporaryFailure `notifier-away`, PermanentFailure with the code of a mail that is never taken."""

    def __init__(self, base_url: str, secret: str) -> None:
        self._http = InternalHttp(base_url, secret, "notifier-away")

    def hand_over(self, mail: Handover) -> None:
        status, answer = self._http.call("POST", "/internal/mails", json.dumps(asdict(mail)).encode(), harmless=True)
        if status == 202:
            return
        try:
            raise PermanentFailure(str(json.loads(answer)["refused"]["code"]))
        except (ValueError, KeyError, TypeError):
            raise PermanentFailure("notifier-answer-malformed") from None

    def close(self) -> None:
        self._http.close()
