"""Three campaigns as their organizers see them: what is done, what is next, until when."""

from __future__ import annotations

from datetime import date

from services.campaign.playbooks.guidance import Advice, guidance
from services.campaign.playbooks.load import load_playbooks
from services.campaign.playbooks.rules import COLLECTIVE, Facts, Filed, check

PLAYBOOKS = load_playbooks()
CN = PLAYBOOKS.playbook("cn")
CONTACT = frozenset({("cn-cs", COLLECTIVE)})


def advise(problem: str, facts: Facts, today: str, provider: str = "payment-institution") -> dict[str, Advice]:
    route = guidance(CN, PLAYBOOKS.problem(problem), facts, date.fromisoformat(today), provider)
    return {advice.step.id: advice for advice in route}


def states(route: dict[str, Advice]) -> list[str]:
    return [f"{step}: {advice.state}{' (next)' if advice.next else ''}" for step, advice in route.items()]


def filed(step: str, *ended: str, sent: str, receipt: str | None = None, filer: str = COLLECTIVE) -> Filed:
    on = date.fromisoformat(receipt) if receipt else None
    return Filed(step, filer, frozenset({"open", *ended}), date.fromisoformat(sent), on)


def clock_day(advice: Advice) -> date | None:
    return next(limit.last_day for limit in advice.limits if limit.deadline.clock)


def test_a_new_campaign_starts_with_customer_service() -> None:
    route = advise("duplicate_charge", Facts(), "2026-03-02")
    assert states(route) == [
        "cn-cs: available (next)",
        "cn-psp-formal: blocked",
        "cn-pbc-12363: blocked",
        "cn-small-claims: available",
    ]
    reason = route["cn-psp-formal"].reason
    assert reason is not None and "customer service" in reason.en


def test_duplicate_charge_waits_for_the_provider_then_goes_to_the_regulator() -> None:
    waiting = Facts(CONTACT, (filed("cn-psp-formal", sent="2026-03-06", receipt="2026-03-09"),))
    route = advise("duplicate_charge", waiting, "2026-03-23")
    assert states(route)[:3] == ["cn-cs: done", "cn-psp-formal: open", "cn-pbc-12363: blocked"]
    assert clock_day(route["cn-psp-formal"]) == date(2026, 3, 24)
    assert not any(limit.passed for limit in route["cn-psp-formal"].limits)

    lapsed = Facts(CONTACT, (filed("cn-psp-formal", "lapsed", sent="2026-03-06", receipt="2026-03-09"),))
    route = advise("duplicate_charge", lapsed, "2026-03-25")
    assert states(route)[1:3] == ["cn-psp-formal: done", "cn-pbc-12363: available (next)"]
    topics = [warning.topic for warning in route["cn-pbc-12363"].warnings]
    assert topics[:2] == ["one-body-at-a-time", "individual-or-power-of-attorney"]

    escalated = check(CN, PLAYBOOKS.problem("duplicate_charge"), "escalate", "cn-pbc-12363", "collective", "", lapsed)
    assert escalated.topics == ("one-body-at-a-time", "individual-or-power-of-attorney")


def test_a_filing_without_receipt_has_not_started_its_clock() -> None:
    route = advise("duplicate_charge", Facts(CONTACT, (filed("cn-psp-formal", sent="2026-03-06"),)), "2026-03-23")
    assert clock_day(route["cn-psp-formal"]) is None


def test_a_passed_limit_is_told() -> None:
    waiting = Facts(CONTACT, (filed("cn-psp-formal", sent="2026-03-06", receipt="2026-03-09"),))
    for today, passed in (("2026-03-24", False), ("2026-03-25", True)):
        limits = advise("duplicate_charge", waiting, today)["cn-psp-formal"].limits
        assert [limit.passed for limit in limits if limit.deadline.clock] == [passed]


def test_icbc_wallet_opening_goes_to_the_bank_and_not_at_once_to_its_regulator() -> None:
    problem = PLAYBOOKS.problem("open_kyc_failed")
    early = check(CN, problem, "file", "cn-nfra-12378", "collective", "", Facts(confirmed=2))
    assert early.refusal == "precondition-missing"
    assert early.topics[0] == "earlier-step-first"

    facts = Facts(CONTACT, (filed("cn-bank-formal", sent="2026-04-09", receipt="2026-04-09"),))
    route = advise("open_kyc_failed", facts, "2026-04-10", "bank")
    assert states(route) == ["cn-cs: done", "cn-bank-formal: open", "cn-nfra-12378: blocked"]
    assert clock_day(route["cn-bank-formal"]) == date(2026, 4, 24)
    days = [limit.last_day for limit in route["cn-bank-formal"].limits if limit.last_day]
    assert days == [date(2026, 4, 24), date(2026, 5, 9)]


def test_account_stolen_members_file_for_themselves() -> None:
    problem = PLAYBOOKS.problem("account_stolen")
    join = check(CN, problem, "join", None, "own", "", Facts())
    assert join.topics == ("account-theft-urgent-steps",)
    ma = Facts(frozenset({("cn-cs", "ma")}))
    assert check(CN, problem, "file", "cn-psp-formal", "own", "ma", ma).refusal is None
    assert check(CN, problem, "file", "cn-psp-formal", "own", "gu", ma).refusal == "precondition-missing"

    own = Facts(ma.contacts, (filed("cn-psp-formal", sent="2026-05-12", receipt="2026-05-12", filer="ma"),))
    assert advise("account_stolen", own, "2026-05-13")["cn-psp-formal"].state == "available"


def test_urgent_steps_can_be_ticked_off() -> None:
    urgent = CN.urgent(PLAYBOOKS.problem("account_stolen"))
    assert {"lock-account", "change-password", "call-support", "report-police", "watch-transactions"} == {
        step.safety_step for step in urgent
    }
    assert any("96110" in step.zh for step in urgent)
