"""Use cases of evidence: handed in by members, looked at by organizers; the bytes themselves never change."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.campaign.application.case import Case, Decision, aware
from services.campaign.application.hashes import Hashes
from services.campaign.application.intake import LARGEST_FILE
from services.campaign.application.store import Kind, UniqueKey
from services.campaign.domain.base import Act, DomainError, Recorded
from services.campaign.domain.evidence import Evidence, StoredFile
from services.campaign.domain.values import EVIDENCE_KINDS, one_of
from services.contracts import commands_v1 as c

MOST_FILES: Final = 25
MOST_BYTES: Final = 100 * 1024 * 1024


def submit(case: Case, command: c.SubmitEvidence) -> Decision:
    """The file is stored first; the n-th piece of a member claims that number, so that a limit holds for uploads at
    once, too: the later one counts again."""
    membership = case.confirmed
    one_of(command.kind, EVIDENCE_KINDS, "kind")
    captured = None if command.captured is None else aware(command.captured, "captured").isoformat(timespec="minutes")
    if command.captured is not None and command.captured > case.at:
        raise DomainError("happened-in-future", happened=command.captured)
    pieces, held = _held(case, membership.id)
    file = _file(case, command.file_name, command.declared_type)
    if held + file.size > MOST_BYTES:
        raise DomainError("evidence-too-many", bytes=MOST_BYTES)
    evidence_id = case.desk.new_id()
    evidence = Evidence.submit(
        case.as_member(), membership.campaign, membership.id, evidence_id, kind=command.kind, captured=captured,
        note=command.note, file=file,
    )  # fmt: skip
    key = piece_key(case.desk.hashes, membership.id, pieces + 1)
    answer = {"evidence": str(evidence_id), "digest": file.digest, "size": file.size, "media_type": file.media_type}
    claim = UniqueKey(membership.campaign, Kind.EVIDENCE, key, evidence_id)
    return Decision(answer, [evidence], claims=[claim])


def redact(case: Case, command: c.RedactEvidence) -> Decision:
    """A copy without what must not be shown, made by the member or an organizer; the original stays."""
    evidence, act = _seen(case, command.evidence)
    file = _file(case, command.file_name, command.declared_type)
    evidence.redact(act, file)
    return Decision({"digest": file.digest, "size": file.size, "media_type": file.media_type}, [evidence])


def classify(case: Case, command: c.ClassifyEvidence) -> Decision:
    evidence, act = _seen(case, command.evidence)
    evidence.classify(act, command.kind)
    return Decision(changed=[evidence])


def review(case: Case, command: c.ReviewEvidence) -> Decision:
    evidence, act = _seen(case, command.evidence)
    evidence.review(act, command.verdict, command.reason_code, command.note)
    return Decision(changed=[evidence])


def withdraw(case: Case, command: c.WithdrawEvidence) -> Decision:
    evidence = own_evidence(case, command.evidence)
    evidence.withdraw(case.as_member())
    return Decision(changed=[evidence])


def piece_key(hashes: Hashes, member: UUID, number: int) -> bytes:
    return hashes.value("evidence", member, number)


def own_evidence(case: Case, evidence_id: UUID) -> Evidence:
    """Raises `not-found` for another's, as for one that is not there."""
    evidence = case.desk.aggregates.load(Evidence, evidence_id)
    if evidence.campaign != case.campaign_id or evidence.subject != case.standing.member:
        raise DomainError("not-found")
    return evidence


def files_of(events: Sequence[Recorded]) -> list[StoredFile]:
    """All files of one piece of evidence, from its opened events."""
    kept = (Evidence.EvidenceSubmitted, Evidence.EvidenceRedacted)
    return [
        StoredFile(**{name: getattr(event, name) for name in StoredFile.__slots__})
        for event in events
        if isinstance(event, kept) and isinstance(event.blob, str)
    ]


def _seen(case: Case, evidence_id: UUID) -> tuple[Evidence, Act]:
    """Evidence that the caller may act on: an organizer any of the campaign's, a member one's own."""
    evidence = case.desk.aggregates.load(Evidence, evidence_id)
    if evidence.campaign != case.campaign_id:
        raise DomainError("not-found")
    if case.leads:
        return evidence, case.as_organizer()
    return own_evidence(case, evidence_id), case.as_member()


def _held(case: Case, subject: UUID) -> tuple[int, int]:
    """How many pieces and bytes a member has handed in, redacted copies and withdrawn pieces too."""
    case.desk.views.fresh()
    kept = case.desk.views.evidence_of(case.confirmed.campaign, subject)
    if len(kept) >= MOST_FILES:
        raise DomainError("evidence-too-many", files=MOST_FILES)
    if (len(kept) + 1) * LARGEST_FILE <= MOST_BYTES:
        return len(kept), 0
    histories = (case.desk.aggregates.history(Evidence, evidence)[1] for evidence in kept)
    return len(kept), sum(file.size for events in histories for file in files_of(events))


def _file(case: Case, file_name: str, declared_type: str) -> StoredFile:
    if case.upload is None:
        raise DomainError("file-empty")
    return case.upload.stored(file_name, declared_type)
