"""The reducer's rules about evidence, filings, promises, ballots, outcome and public entries."""

from datetime import date, timedelta

import pytest

from services.contracts.progress.figures import recovery
from services.contracts.progress_v1 import entry_kind
from tests.support.history import History, whole_campaign


def test_evidence_counts_while_accepted() -> None:
    history = History()
    history.launch()
    evidence = history.evidence(history.member())
    seen = []
    for verdict, reason, note in (
        ("accepted", None, None), ("more-needed", None, "补充"), ("accepted", None, None), ("accepted", None, None),
        ("rejected", "unrelated", None), ("accepted", None, None),
    ):  # fmt: skip
        evidence.review(history.act(), verdict, reason, note)
        history.record(evidence)
        seen.append(history.document()["evidence_accepted"])
    assert seen == [1, 0, 1, 1, 0, 1]
    evidence.withdraw(history.act("member", evidence.subject))
    history.record(evidence)
    assert (history.document()["evidence_accepted"], history.document()["evidence_submitted"]) == (0, 1)


def test_a_filing_moves_from_state_to_state_and_its_deadline_with_it() -> None:
    history = History()
    history.launch()
    filing = history.filing()
    numbers = history.document()
    assert (numbers["filings"], numbers["next_deadline"], numbers["step"]) == ({"open": 1}, None, "cn-psp-formal")
    filing.record_receipt(history.act(), number="Q1", received_on=date(2026, 3, 9), deadline=date(2026, 3, 24))
    history.record(filing)
    assert history.document()["next_deadline"] == "2026-03-24"
    filing.extend_deadline(history.act(), date(2026, 4, 1), None)
    history.record(filing)
    assert history.document()["next_deadline"] == "2026-04-01"
    filing.lapse(history.act("system"), date(2026, 4, 1))
    history.record(filing)
    assert (history.document()["filings"], history.document()["next_deadline"]) == ({"lapsed": 1}, None)
    filing.record_response(
        history.act(), verdict="met", responder=None, text=None, responded_on=date(2026, 4, 2)
    )  # fmt: skip
    history.record(filing)
    assert history.document()["filings"] == {"answered": 1}
    filing.close(history.act(), "settled")
    history.record(filing)
    assert history.document()["filings"] == {"closed": 1}


def test_the_next_deadline_is_the_earliest_of_open_filings_also_own_ones() -> None:
    history = History()
    history.launch()
    history.filing(deadline=date(2026, 3, 24))
    own = history.filing("cn-nfra-12378", history.member(), deadline=date(2026, 3, 20))
    assert history.document()["next_deadline"] == "2026-03-20"
    own.close(history.act("member", own.subject), "withdrawn")
    history.record(own)
    assert history.document()["next_deadline"] == "2026-03-24"


def test_only_a_collective_filing_or_an_escalation_sets_the_step() -> None:
    history = History()
    campaign = history.launch()
    history.filing("cn-psp-formal", history.member())
    assert history.document()["step"] is None
    history.filing("cn-bank-formal")
    assert history.document()["step"] == "cn-bank-formal"
    campaign.decide_escalation(history.act(), "cn-pbc-12363", warnings=[], override=False, reason=None)
    history.record(campaign)
    assert history.document()["step"] == "cn-pbc-12363"


def test_promises_are_open_kept_or_broken() -> None:
    history = History()
    history.launch()
    contact = history.contact()
    first, second = history.new_id(), history.new_id()
    for promise in (first, second):
        contact.record_promise(history.act(), promise, history.now + timedelta(days=1), "答复")
    history.record(contact)
    assert history.document()["promises"] == {"broken": 0, "kept": 0, "open": 2}
    contact.break_promise(history.later(days=1).act("system"), first)
    contact.keep_promises(history.act())
    history.record(contact)
    assert history.document()["promises"] == {"broken": 1, "kept": 1, "open": 0}


def test_votes_are_counted_at_once_and_shown_by_option_after_the_close() -> None:
    history = History()
    history.launch()
    ballot = history.ballot()
    for option in (1, 2, 2):
        history.vote(ballot, option)
    shown = history.document()["ballots"][0]
    assert (shown["votes"], shown["counts"], shown["state"]) == (3, None, "open")
    ballot.close(history.later(days=1).act())
    history.record(ballot)
    history.vote(ballot, 1)
    shown = history.document()["ballots"][0]
    assert (shown["votes"], shown["counts"], shown["state"]) == (3, [1, 2], "closed")


@pytest.mark.parametrize(
    ("paid", "claimed", "share"),
    [
        ({"CNY": "5000.00"}, {"CNY": "8800.00"}, "0.57"),
        ({"CNY": "5593.00"}, {"CNY": "5593.00"}, "1.00"),
        ({"CNY": "0.125"}, {"CNY": "1"}, "0.13"),
        ({"CNY": "0.00"}, {"CNY": "1"}, "0.00"),
        ({}, {"CNY": "1.00"}, None),
        ({"CNY": "1.00"}, {}, None),
        ({"USD": "1.00"}, {"CNY": "1.00"}, None),
        ({"CNY": "1.00", "USD": "3.00"}, {"CNY": "2.00", "USD": "2.00"}, {"CNY": "0.50", "USD": "1.50"}),
        ({"CNY": "1.00"}, {"CNY": "2.00", "USD": "2.00"}, {"CNY": "0.50"}),
    ],
)
def test_recovery_is_paid_of_claimed(paid: dict[str, str], claimed: dict[str, str], share: object) -> None:
    assert recovery(paid, claimed) == share


def test_the_state_follows_the_campaign() -> None:
    history = History()
    campaign = history.launch()
    campaign.suspend(history.act("operator"), "abuse")
    history.record(campaign)
    assert history.document()["state"] == "suspended"
    campaign.resume(history.act())
    history.record(campaign)
    assert history.document()["state"] == "open"
    campaign.close(history.act())
    history.record(campaign)
    assert history.document()["state"] == "closed"


def test_public_entries_are_those_of_the_campaign_never_of_a_members_own_filing() -> None:
    kinds = [leaf["type"] for leaf in whole_campaign().objects() if entry_kind(leaf)]
    assert kinds == [
        "campaign.published", "campaign.update_published", "filing.submitted", "filing.receipt_recorded",
        "campaign.demands_revised", "ballot.opened", "ballot.closed", "filing.deadline_lapsed",
        "campaign.outcome_recorded", "campaign.resolved",
    ]  # fmt: skip
    assert whole_campaign().document()["feed"] == len(kinds)


def test_words_of_people_are_in_no_number() -> None:
    assert "青禾" not in str(whole_campaign().document())
