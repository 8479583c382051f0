"""Problem documents as RFC 9457 asks, worded by the caller."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from services.kit.problems import FieldError, Problem


def describe(code: str, facts: Mapping[str, Any], locale: str) -> tuple[str, str]:
    return f"{locale}:{code}", f"{sorted(facts)}"


def test_a_problem_names_its_code_and_facts() -> None:
    problem = Problem("campaign-not-open", 409, {"state": "closed", "since": datetime(2026, 3, 1, tzinfo=UTC)})
    assert problem.document(describe, "zh-CN", instance="/requests/7") == {
        "type": "/problems/campaign-not-open",
        "title": "zh-CN:campaign-not-open",
        "status": 409,
        "detail": "['since', 'state']",
        "code": "campaign-not-open",
        "state": "closed",
        "since": "2026-03-01T00:00:00+00:00",
        "instance": "/requests/7",
    }


def test_fields_at_fault_are_listed_with_pointers() -> None:
    problem = Problem("invalid", 422, errors=[FieldError("/amount", "amount-too-precise", {"given": Decimal("1.234")})])
    assert problem.document(describe, "en")["errors"] == [
        {"pointer": "/amount", "code": "amount-too-precise", "detail": "['given']", "given": "1.234"}
    ]


def test_a_fact_never_replaces_a_member_of_the_standard() -> None:
    document = Problem("refused", 403, {"status": 200, "code": "fine"}).document(describe, "en")
    assert (document["status"], document["code"]) == (403, "refused")
