"""Notifier's internal door over HTTP (`contracts.notifier_port.NotifierDoor`)."""

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
        if status != 202:
            raise PermanentFailure(_code(answer))

    def unsubscribe(self, token: str) -> bool:
        """Whether the token was known."""
        body = json.dumps({"token": token}).encode()
        status, answer = self._http.call("POST", "/internal/unsubscribe", body, harmless=True)
        if status != 200:
            raise PermanentFailure(_code(answer))
        return bool(json.loads(answer)["known"])

    def close(self) -> None:
        self._http.close()


def _code(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["refused"]["code"])
    except (ValueError, KeyError, TypeError):
        return "notifier-answer-malformed"
