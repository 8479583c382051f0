"""First answers to requests that may be repeated: found, compared and opened only with the request's own key."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from services.campaign.application.hashes import Hashes
from services.campaign.application.store import Answer
from services.campaign.domain.base import DomainError
from services.campaign.vault.sealing import open_answer, seal_answer
from services.contracts.commands_v1 import Request

NOTHING = b"{}"
"""An answer that tells nothing is kept as it is."""


@dataclass(frozen=True, slots=True)
class Slip:
    """One request with an `Idempotency-Key`, which is known to its sender alone and is not stored: what is stored
    names nobody, links no two requests of one person and cannot be read. So an erasure has nothing to look for."""

    request: Request
    secret: bytes
    place: tuple[str, str]
    """Scope and key of the row; keys of one sender are never those of another."""

    @classmethod
    def of(cls, request: Request, hashes: Hashes) -> Self:
        sender = request.caller.person or ("operator" if request.caller.operator else "anyone")
        secret = hashes.value("answer", sender, request.idempotency_key)
        return cls(request, secret, ("request", sha256(secret).hexdigest()))

    def write(self, answer: Mapping[str, Any], at: datetime) -> Answer:
        body = json.dumps(answer).encode()
        return Answer(*self.place, self._digest(), body if body == NOTHING else seal_answer(self.secret, body), at)

    def read(self, first: Answer) -> dict[str, Any]:
        """The first answer to the same request; the same key on another request is a mistake of the sender."""
        if first.digest != self._digest():
            raise DomainError("idempotency-key-reused")
        answer: dict[str, Any] = json.loads(
            first.body if first.body == NOTHING else open_answer(self.secret, first.body)
        )
        return answer

    def _digest(self) -> bytes:
        """Under the request's own secret, so that nobody can try out who may have sent what."""
        what = f"request|{self.request.command!r}|{self.request.expected_version}"
        return hmac.digest(self.secret, what.encode(), "sha256")
