"""The evidence aggregate: what may be said about a file whose bytes never change."""

from uuid import uuid4

from services.campaign.domain.evidence import Evidence
from tests.support.builders import a_file, some_evidence
from tests.support.given_when_then import act, refuses, then


def test_what_is_known_of_the_file_is_carried_by_its_event() -> None:
    member = uuid4()
    evidence = Evidence.submit(
        act(actor=member), uuid4(), member, uuid4(), kind="screenshot", captured=None, note=None, file=a_file("a.pdf")
    )
    (submitted,) = then(evidence, Evidence.EvidenceSubmitted)
    assert (submitted.file_name, submitted.size, submitted.subject) == ("a.pdf", 22_131, member)


def test_a_kind_is_one_of_the_vocabulary_and_changes_once() -> None:
    evidence = some_evidence()
    with refuses("invalid-choice"):
        evidence.classify(act("organizer"), "rumour")
    evidence.classify(act("organizer"), "screenshot")
    evidence.classify(act("organizer"), "transaction-record")
    then(evidence, Evidence.EvidenceClassified)
    assert evidence.kind == "transaction-record"


def test_a_review_can_be_taken_back_by_another() -> None:
    evidence = some_evidence()
    evidence.review(act("organizer"), "accepted", None, None)
    evidence.review(act("organizer"), "rejected", "edited", None)
    then(evidence, Evidence.EvidenceReviewed, Evidence.EvidenceReviewed)
    assert evidence.state == "rejected"


def test_a_rejection_wants_a_code_and_a_request_for_more_wants_words() -> None:
    evidence = some_evidence()
    with refuses("reason-missing"):
        evidence.review(act("organizer"), "rejected", None, "words")
    with refuses("reason-missing"):
        evidence.review(act("organizer"), "more-needed", "incomplete", None)
    with refuses("invalid-choice"):
        evidence.review(act("organizer"), "liked", None, None)
    with refuses("invalid-choice"):
        evidence.review(act("organizer"), "rejected", "ugly", None)
    then(evidence)


def test_a_redacted_copy_goes_beside_the_original() -> None:
    evidence = some_evidence()
    evidence.redact(act(), a_file("redacted.pdf"))
    then(evidence, Evidence.EvidenceRedacted)
    assert (evidence.redacted, evidence.state) == (True, "submitted")


def test_what_was_withdrawn_is_left_alone() -> None:
    evidence = some_evidence()
    evidence.withdraw(act())
    then(evidence, Evidence.EvidenceWithdrawn)
    with refuses("evidence-withdrawn"):
        evidence.withdraw(act())
    with refuses("evidence-withdrawn"):
        evidence.classify(act("organizer"), "other")
    with refuses("evidence-withdrawn"):
        evidence.review(act("organizer"), "accepted", None, None)
    with refuses("evidence-withdrawn"):
        evidence.redact(act(), a_file())
