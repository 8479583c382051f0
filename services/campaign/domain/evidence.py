"""One piece of evidence: its bytes never change; what is known of the file is sealed under the member's key."""

from typing import Self
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from services.campaign.domain.base import Act, DomainError, Personal, Recorded
from services.campaign.domain.values import EVIDENCE_KINDS, REVIEW_REASONS, REVIEW_VERDICTS, one_of


class Evidence(Aggregate):
    """States: submitted, accepted, rejected, more-needed, withdrawn."""

    TOPIC = "evidence"
    Created = None  # type: ignore[assignment]

    class EvidenceSubmitted(Recorded, Aggregate.Created):
        TOPIC = "evidence.submitted"
        kind: str
        file_name: Personal[str]
        media_type: Personal[str]
        size: Personal[int]
        digest: Personal[str]
        captured: Personal[str | None]
        note: Personal[str | None]
        blob: Personal[str]
        file_key: Personal[str]
        at: Personal[str | None]

    class EvidenceClassified(Recorded):
        TOPIC = "evidence.classified"
        kind: str

    class EvidenceReviewed(Recorded):
        TOPIC = "evidence.reviewed"
        verdict: str
        reason: str | None
        note: Personal[str | None]
        at: Personal[str | None]

    class EvidenceRedacted(Recorded):
        TOPIC = "evidence.redacted"
        file_name: Personal[str]
        media_type: Personal[str]
        size: Personal[int]
        digest: Personal[str]
        blob: Personal[str]
        file_key: Personal[str]
        at: Personal[str | None]

    class EvidenceWithdrawn(Recorded):
        TOPIC = "evidence.withdrawn"
        at: Personal[str | None]

    def __init__(self, campaign: UUID, subject: UUID, kind: str) -> None:
        self.campaign = campaign
        self.subject = subject
        self.kind = kind
        self.state = "submitted"
        self.redacted = False

    @classmethod
    def submit(
        cls, act: Act, campaign: UUID, subject: UUID, evidence: UUID, *, kind: str, captured: str | None,
        note: str | None, file: "StoredFile",
    ) -> Self:  # fmt: skip
        one_of(kind, EVIDENCE_KINDS, "kind")
        return cls._create(
            cls.EvidenceSubmitted, id=evidence, kind=kind, captured=captured, note=note, **file.fields(),
            **act.dated(campaign, subject),
        )  # fmt: skip

    def classify(self, act: Act, kind: str) -> None:
        self._must_stand()
        one_of(kind, EVIDENCE_KINDS, "kind")
        if kind != self.kind:
            self.trigger_event(self.EvidenceClassified, kind=kind, **act.stamp(self.campaign, self.subject))

    def review(self, act: Act, verdict: str, reason: str | None, note: str | None) -> None:
        """Accepted; rejected with a coded reason; or more needed, with words to the member."""
        self._must_stand()
        one_of(verdict, REVIEW_VERDICTS, "verdict")
        if reason is not None:
            one_of(reason, REVIEW_REASONS, "reason_code")
        if verdict == "rejected" and reason is None:
            raise DomainError("reason-missing", verdict=verdict)
        if verdict == "more-needed" and not note:
            raise DomainError("reason-missing", verdict=verdict)
        self.trigger_event(self.EvidenceReviewed, verdict=verdict, reason=reason, note=note, **self._dated(act))

    def redact(self, act: Act, file: "StoredFile") -> None:
        """A copy without what must not be shown goes beside the original, which stays as it was."""
        self._must_stand()
        self.trigger_event(self.EvidenceRedacted, **file.fields(), **self._dated(act))

    def withdraw(self, act: Act) -> None:
        self._must_stand()
        self.trigger_event(self.EvidenceWithdrawn, **self._dated(act))

    def _dated(self, act: Act) -> dict[str, object]:
        return act.dated(self.campaign, self.subject)

    def _must_stand(self) -> None:
        if self.state == "withdrawn":
            raise DomainError("evidence-withdrawn")

    @event(EvidenceClassified)
    def _classified(self, kind: str) -> None:
        self.kind = kind

    @event(EvidenceReviewed)
    def _reviewed(self, verdict: str) -> None:
        self.state = verdict

    @event(EvidenceRedacted)
    def _redacted(self) -> None:
        self.redacted = True

    @event(EvidenceWithdrawn)
    def _withdrawn(self) -> None:
        self.state = "withdrawn"


class StoredFile:
    """What the evidence store knows of one encrypted file; every field of it is sealed in the event."""

    __slots__ = ("blob", "digest", "file_key", "file_name", "media_type", "size")

    def __init__(self, *, file_name: str, media_type: str, size: int, digest: str, blob: str, file_key: str) -> None:
        self.file_name = file_name
        self.media_type = media_type
        self.size = size
        self.digest = digest
        self.blob = blob
        self.file_key = file_key

    def fields(self) -> dict[str, str | int]:
        return {name: getattr(self, name) for name in self.__slots__}
