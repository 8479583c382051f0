"""The one way a command goes: may it, was it answered already, decide, commit once, answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO, Final
from uuid import UUID

from services.campaign.application.case import Case, Decision, Desk
from services.campaign.application.handlers import HANDLERS
from services.campaign.application.intake import Upload
from services.campaign.application.policy import authorise
from services.campaign.application.slips import Slip
from services.campaign.application.store import (
    AlreadyAnswered,
    Answer,
    CampaignNotOpen,
    Commit,
    Kind,
    Pending,
    StaleVersion,
    Taken,
    decided,
)
from services.campaign.application.turns import Turns
from services.campaign.domain.base import DomainError, Recorded
from services.contracts.codes import CODES, Refused
from services.contracts.commands_v1 import ConfirmMembership, JoinCampaign, Request
from services.kit.logs import correlated

TRIES: Final = 20
"""Two processes may take turns in being first: each try is lost to the other one as likely as not."""
TAKEN: Final = {
    Kind.MEMBER: "address-taken",
    Kind.ORGANIZER: "already-organizer",
    Kind.AUDITOR: "already-auditor",
    Kind.OPEN_FILING: "filing-already-open",
    Kind.VOTE: "already-voted",
}
SHOWN_AS: Final = {"event-too-large": "body-too-large", "address-malformed": "email-invalid"}
AT_ONCE: Final = (JoinCampaign,)
"""Decided without a look at anything stored, so many can be decided before the first is waited for."""
NOT_KEPT: Final = (ConfirmMembership,)
"""Their answer names a person, and they may be repeated anyway: it is not stored for a retry."""


@dataclass(frozen=True, slots=True)
class CommandService:
    """What the doors call. Raises `Refused(code, facts)`, or TemporaryFailure."""

    desk: Desk
    turns: Turns = field(default_factory=Turns)

    def execute(self, request: Request, body: BinaryIO | None = None) -> dict[str, Any]:
        upload = Upload(self.desk, body) if body is not None else None
        try:
            return self._execute(request, upload)
        except DomainError as refusal:
            if upload is not None:
                upload.discard()
            raise refused(refusal) from refusal

    def begin(self, request: Request) -> Callable[[], dict[str, Any]] | None:
        """Decides, hands over to be written, and gives what waits and answers as `execute` does; None for a request
        that has to be executed."""
        if not isinstance(request.command, AT_ONCE) or request.idempotency_key is not None:
            return None
        case = Case(self.desk, request.caller, request.command.campaign)
        try:
            decision = self._decision(case, request)
            pending = self.desk.store.begin(_commit_of(request, decision, None))
        except DomainError as refusal:
            raise refused(refusal) from refusal
        return lambda: self._answer(request, decision, pending)

    def _answer(self, request: Request, decision: Decision, pending: Pending) -> dict[str, Any]:
        try:
            self._written(pending.wait)
        except StaleVersion:
            return self.execute(request)
        except Taken as taken:
            if decision.if_taken is None:
                raise refused(DomainError(TAKEN[taken.kind])) from taken
            return decision.if_taken
        except DomainError as refusal:
            raise refused(refusal) from refusal
        return decision.answer

    def _execute(self, request: Request, upload: Upload | None) -> dict[str, Any]:
        """Answered once: also where the same request, sent again meanwhile, was faster and this one is refused."""
        if request.idempotency_key is None or isinstance(request.command, NOT_KEPT):
            return self._decided(request, upload, None)
        slip = Slip.of(request, self.desk.hashes)
        first = self.desk.store.answer(*slip.place)
        if first is None:
            try:
                return self._decided(request, upload, slip)
            except AlreadyAnswered as answered:
                first = answered.answer
            except DomainError:
                first = self.desk.store.answer(*slip.place)
                if first is None:
                    raise
        if upload is not None:
            upload.discard()
        return slip.read(first)

    def _decided(self, request: Request, upload: Upload | None, slip: Slip | None) -> dict[str, Any]:
        clash: UUID | None = None
        for _ in range(TRIES):
            with self.turns.after(clash):
                case = Case(self.desk, request.caller, getattr(request.command, "campaign", None), upload)
                decision = self._decision(case, request)
                try:
                    return self._record(case, request, decision, slip)
                except StaleVersion as stale:
                    clash = stale.stream
                except Taken as taken:
                    if decision.if_taken is not None:
                        return decision.if_taken
                    if taken.kind in TAKEN:
                        raise DomainError(TAKEN[taken.kind]) from taken
                    clash = getattr(request.command, "campaign", None)
        raise DomainError("conflict")

    def _decision(self, case: Case, request: Request) -> Decision:
        authorise(case, request.command)
        with correlated(request.correlation):
            decision: Decision = HANDLERS[type(request.command)](case, request.command)
        return decision

    def _record(self, case: Case, request: Request, decision: Decision, slip: Slip | None) -> dict[str, Any]:
        commit = _commit_of(request, decision, None if slip is None else slip.write(decision.answer, case.at))
        if commit.events or commit.hand_overs or commit.claims or commit.answer is not None:
            self._written(lambda: self.desk.store.commit(commit))
        if decision.afterwards is not None:
            decision.afterwards()
        return decision.answer

    def _written(self, wait: Callable[[], object]) -> None:
        try:
            wait()
        except CampaignNotOpen as closed:
            if self.desk.store.size(closed.facts["campaign"]) == 0:
                raise DomainError("not-found") from closed
            raise


def refused(refusal: DomainError) -> Refused:
    """As it crosses to whoever asked: a known code, and facts that are JSON values."""
    code = SHOWN_AS.get(refusal.code, refusal.code)
    if isinstance(refusal, CampaignNotOpen):
        return Refused(code, {"state": refusal.facts["state"]})
    return Refused(code if code in CODES else "conflict", {k: _plain(v) for k, v in refusal.facts.items()})


def _commit_of(request: Request, decision: Decision, answer: Answer | None) -> Commit:
    events = _new_events(decision, request.expected_version)
    return Commit(
        events, decision.claims, decision.releases, decision.need_open, decision.on_taken, decision.hand_overs, answer,
        request.correlation,
    )  # fmt: skip


def _new_events(decision: Decision, expected_version: int | None) -> list[Recorded]:
    """Refuses `stale-version` when the aggregate that the command is about is not as it was shown."""
    events = decided(*decision.changed)
    if events and expected_version is not None:
        current = events[0].originator_version - 1
        if current != expected_version:
            raise DomainError("stale-version", given=expected_version, current=current)
    return events


def _plain(value: object) -> Any:
    if value is None or isinstance(value, (str, int, bool)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (Sequence, set, frozenset)):
        return [_plain(each) for each in value]
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    raise TypeError(f"a refusal cannot carry {type(value).__name__}")
