"""Stable refusal codes and the HTTP status each is shown with; their words live in each service's locales."""

from typing import Final

CODES: Final[dict[str, int]] = {
    # the request itself
    "bad-json": 400, "bad-host": 400, "invalid": 422, "invalid-choice": 422, "body-too-large": 413,
    "media-type-unsupported": 415, "method-not-allowed": 405, "not-found": 404, "not-signed-in": 401,
    "not-permitted": 403, "csrf": 403, "token-invalid": 410, "too-busy": 503, "internal": 500,
    "idempotency-key-reused": 422, "idempotency-key-malformed": 422, "stale-version": 412, "conflict": 409,
    # campaign
    "campaign-not-open": 409, "campaign-not-ended": 409, "campaign-ended": 409, "campaign-not-suspended": 409,
    "already-published": 409, "nothing-to-change": 422, "demands-missing": 422, "demands-too-many": 422,
    "demand-unknown": 422, "outcome-empty": 422, "last-organizer": 409, "already-organizer": 409,
    "already-auditor": 409, "expiry-in-past": 422, "names-a-member": 422, "jurisdiction-unknown": 422,
    "problem-unknown": 422, "timezone-unknown": 422, "email-invalid": 422, "address-taken": 409,
    # membership
    "not-a-member": 403, "membership-ended": 409, "membership-not-invalidated": 409, "happened-in-future": 422,
    "amount-not-positive": 422, "amount-too-precise": 422, "amount-too-large": 422, "amount-malformed": 422,
    "amount-missing": 422, "currency-unknown": 422, "currency-missing": 422, "safety-steps-missing": 422,
    "erased": 410,
    # evidence
    "file-type-mismatch": 415, "file-type-unsupported": 415, "file-too-large": 413, "file-empty": 422,
    "file-unreadable": 422, "file-encrypted": 422, "picture-too-large": 422, "evidence-withdrawn": 409,
    "evidence-too-many": 409, "reason-missing": 422,
    # casework
    "step-unknown": 422, "precondition-missing": 409, "filing-not-open": 409, "filing-already-open": 409,
    "receipt-already-recorded": 409, "deadline-not-later": 422, "day-too-early": 422, "promise-in-past": 422,
    "filer-not-allowed": 422,
    # ballots
    "already-voted": 409, "ballot-closed": 409, "option-unknown": 422, "options-unusable": 422,
    "ballot-ends-in-past": 422,
}  # fmt: skip


class Refused(Exception):
    """A command or query answered with a refusal; crosses from campaign to whoever asked."""

    def __init__(self, code: str, facts: dict[str, object] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts or {}
