"""What is refused and what is warned before an act."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.campaign.playbooks.load import load_playbooks
from services.campaign.playbooks.rules import COLLECTIVE, Act, By, Check, Facts, Filed, check, missing_evidence

PLAYBOOKS = load_playbooks()
OUTAGE = PLAYBOOKS.problem("outage")
NOBODY = Facts()


def ask(
    act: Act, step: str | None, by: By = "collective", filer: str = "ma", facts: Facts = NOBODY, problem: str = "outage"
) -> Check:
    jurisdiction = step.split("-")[0] if step else "cn"
    return check(PLAYBOOKS.playbook(jurisdiction), PLAYBOOKS.problem(problem), act, step, by, filer, facts)


def filed(step: str, *states: str, filer: str = COLLECTIVE) -> Facts:
    return Facts(filings=(Filed(step, filer, frozenset({"open", *states})),))


def contact(who: str, step: str = "cn-cs") -> Facts:
    return Facts(contacts=frozenset({(step, who)}))


@pytest.mark.parametrize("step", ["cn-psp-formal", "cn-bank-formal"])
def test_a_formal_complaint_needs_a_logged_contact(step: str) -> None:
    refused = ask("file", step)
    assert refused.refusal == "precondition-missing"
    assert "earlier-step-first" in refused.topics
    allowed = ask("file", step, facts=contact(COLLECTIVE))
    assert allowed.refusal is None
    assert "earlier-step-first" not in allowed.topics


def test_an_own_formal_complaint_needs_that_members_contact() -> None:
    assert ask("file", "cn-psp-formal", "own", "ma", contact(COLLECTIVE)).refusal == "precondition-missing"
    assert ask("file", "cn-psp-formal", "own", "ma", contact("gu")).refusal == "precondition-missing"
    assert ask("file", "cn-psp-formal", "own", "ma", contact("ma")).refusal is None


def test_a_contact_at_another_step_does_not_count() -> None:
    assert ask("file", "cn-psp-formal", facts=contact(COLLECTIVE, "cn-12345")).refusal == "precondition-missing"


@pytest.mark.parametrize("step", ["cn-pbc-12363", "cn-nfra-12378"])
@pytest.mark.parametrize("provider_step", ["cn-psp-formal", "cn-bank-formal"])
@pytest.mark.parametrize("states", [("answered",), ("lapsed",), ("answered", "closed"), ("lapsed", "closed")])
def test_a_regulator_takes_what_the_provider_answered_or_let_lapse(
    step: str, provider_step: str, states: tuple[str, ...]
) -> None:
    assert ask("file", step, facts=filed(provider_step, *states)).refusal is None


@pytest.mark.parametrize("step", ["cn-pbc-12363", "cn-nfra-12378"])
@pytest.mark.parametrize(
    "facts",
    [
        NOBODY,
        contact(COLLECTIVE),
        filed("cn-psp-formal"),
        filed("cn-psp-formal", "closed"),
        filed("cn-cca", "answered"),
    ],
    ids=["nothing", "contact", "open", "closed-unanswered", "elsewhere"],
)
def test_a_regulator_refuses_what_the_provider_has_not_had_its_time_for(step: str, facts: Facts) -> None:
    refused = ask("file", step, facts=facts)
    assert refused.refusal == "precondition-missing"
    assert "earlier-step-first" in refused.topics


def test_a_member_relies_on_own_and_collective_filings_not_on_anothers() -> None:
    for filer, refusal in (("ma", None), (COLLECTIVE, None), ("gu", "precondition-missing")):
        facts = filed("cn-psp-formal", "answered", filer=filer)
        assert ask("file", "cn-pbc-12363", "own", "ma", facts).refusal == refusal


def test_the_campaign_relies_on_any_filing_in_it() -> None:
    assert ask("file", "cn-pbc-12363", facts=filed("cn-psp-formal", "lapsed", filer="gu")).refusal is None


def test_an_escalation_warns_of_the_earlier_step_but_is_not_refused() -> None:
    warned = ask("escalate", "cn-pbc-12363")
    assert warned.refusal is None
    assert set(warned.topics) == {"earlier-step-first", "one-body-at-a-time", "individual-or-power-of-attorney"}


@pytest.mark.parametrize(("step", "needed"), [("uk-fos", "uk-firm"), ("in-rbio", "in-re"), ("sg-fidrec", "sg-fi")])
def test_other_playbooks_mark_their_earlier_step(step: str, needed: str) -> None:
    assert ask("file", step).refusal == "precondition-missing"
    assert ask("file", step, facts=filed(needed)).refusal == "precondition-missing"
    assert ask("file", step, facts=filed(needed, "lapsed")).refusal is None


def test_a_scam_claim_is_no_complaint_to_the_firm() -> None:
    assert ask("file", "uk-fos", facts=filed("uk-app", "answered")).refusal == "precondition-missing"


@pytest.mark.parametrize("step", ["us-fi", "us-cfpb", "us-state", "us-court", "hk-hkma", "cn-samr-12315", "cn-police"])
def test_steps_without_a_marked_precondition_are_never_refused(step: str) -> None:
    assert ask("file", step).refusal is None


@pytest.mark.parametrize("step", [step.id for step in PLAYBOOKS.playbook("cn").steps])
@pytest.mark.parametrize("act", ["file", "escalate"])
@pytest.mark.parametrize("by", ["collective", "own"])
def test_where_one_body_and_power_of_attorney_are_shown(step: str, act: Act, by: By) -> None:
    topics = ask(act, step, by).topics
    assert ("one-body-at-a-time" in topics) == (step in ("cn-pbc-12363", "cn-samr-12315"))
    together = by == "collective" and step in ("cn-pbc-12363", "cn-nfra-12378")
    assert ("individual-or-power-of-attorney" in topics) == together


@pytest.mark.parametrize("problem", list(PLAYBOOKS.problems))
def test_urgent_steps_are_shown_at_a_join_where_an_account_was_stolen(problem: str) -> None:
    expected = ("account-theft-urgent-steps",) if problem == "account_stolen" else ()
    assert ask("join", None, "own", problem=problem).topics == expected
    assert "account-theft-urgent-steps" not in ask("file", "cn-police", problem=problem).topics


def test_missing_evidence_is_warned_and_named() -> None:
    kinds = frozenset({"screenshot", "transaction-record"})
    full = replace(contact(COLLECTIVE), evidence=kinds)
    assert "evidence-missing" not in ask("file", "cn-psp-formal", facts=full, problem="payment_failed").topics
    half = replace(full, evidence=frozenset({"screenshot"}))
    warning = next(
        w
        for w in ask("file", "cn-psp-formal", facts=half, problem="payment_failed").warnings
        if w.topic == "evidence-missing"
    )
    assert [item.en for item in warning.missing] == ["Transaction record"]
    assert warning.text.zh and warning.text.en


def test_a_checklist_is_met_by_any_of_the_kinds_of_each_item() -> None:
    assert missing_evidence(OUTAGE, ["screenshot"]) == ()
    assert missing_evidence(OUTAGE, ["contract"]) == OUTAGE.evidence


def test_missing_consent_is_warned_for_a_collective_filing_only() -> None:
    facts = Facts(confirmed=3, consents={"cn-samr-12315": 2, "cn-cca": 3})
    assert "consent-missing" in ask("file", "cn-samr-12315", facts=facts).topics
    assert "consent-missing" in ask("file", "cn-12345", facts=facts).topics
    assert "consent-missing" not in ask("file", "cn-cca", facts=facts).topics
    assert "consent-missing" not in ask("file", "cn-samr-12315", "own", facts=facts).topics
    assert "consent-missing" not in ask("escalate", "cn-samr-12315", facts=facts).topics


def test_every_warning_has_words_in_both_languages() -> None:
    for step in PLAYBOOKS.playbook("cn").steps:
        for warning in ask("file", step.id, facts=Facts(confirmed=1)).warnings:
            assert warning.text.zh and warning.text.en


def test_an_unknown_step_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        ask("file", "cn-nowhere")
