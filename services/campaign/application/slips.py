"""First answers to requests that may be repeated: found, compared and opened only with the request's own key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.campaign.application.hashes import Hashes
from services.campaign.application.store import Answer
from services.campaign.domain.base import DomainError
from services.campaign.vault.sealing import open_answer, seal_answer
from services.contracts.commands_v1 import Request

NOTHING = b"{}"
"""An answer that tells nothing is kept as it is."""


@dataclass(frozen=True, slots=True)
class Slips:
    """An `Idempotency-Key` is known to its sender alone and is not stored: what is stored names nobody, links no two
    requests of one person, and cannot be read. So an erasure has nothing to look for here."""

    hashes: Hashes

    def place(self, request: Request) -> tuple[str, str]:
        """Scope and key of the row; keys of one sender are never those of another."""
        return "request", self.hashes.value("answer-place", _sender(request), request.idempotency_key).hex()

    def write(self, request: Request, answer: Mapping[str, Any], at: datetime) -> Answer:
        secret, body = self._secret(request), json.dumps(answer).encode()
        kept = body if body == NOTHING else seal_answer(secret, body)
        return Answer(*self.place(request), self._digest(secret, request), kept, at)

    def read(self, first: Answer, request: Request) -> dict[str, Any]:
        """The first answer to the same request; the same key on another request is a mistake of the sender."""
        secret = self._secret(request)
        if first.digest != self._digest(secret, request):
            raise DomainError("idempotency-key-reused")
        body = first.body if first.body == NOTHING else open_answer(secret, first.body)
        answer: dict[str, Any] = json.loads(body)
        return answer

    def _secret(self, request: Request) -> bytes:
        return self.hashes.value("answer", _sender(request), request.idempotency_key)

    def _digest(self, secret: bytes, request: Request) -> bytes:
        return self.hashes.request(secret, request.command, request.expected_version)


def _sender(request: Request) -> str:
    return request.caller.person or ("operator" if request.caller.operator else "anyone")
