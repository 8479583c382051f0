"""What those who run an installation are told is what the code does: settings, metrics, alerts, runbook."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.embedded import operator_pages
from services.kit.settings import describe

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"
OUTSIDE = {"up", "node_filesystem_avail_bytes", "node_filesystem_size_bytes"}
"""Metrics that Prometheus itself and node_exporter bring."""
WORDS = {
    "max", "min", "sum", "rate", "increase", "by", "le", "histogram_quantile", "consumer", "worker", "route", "job",
    "chorus", "priority", "outcome", "status",
}  # fmt: skip
RUNBOOK = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / operator_pages.ALERTS).read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SERVICES.rglob("*.py")):
        yield path.relative_to(SERVICES), ast.parse(path.read_text(encoding="utf-8"))


def test_every_setting_is_on_the_page() -> None:
    declared = {
        str(node.args[0].value)
        for path, tree in sources()
        if path != Path("kit/settings.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Setting"
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    shown = {row.name for chapter in operator_pages.SETTINGS for row in describe(chapter.settings)}
    assert declared == shown and len(shown) > 30


def test_a_setting_of_several_services_has_one_default() -> None:
    defaults: dict[str, set[str]] = {}
    for chapter in operator_pages.SETTINGS:
        for row in describe(chapter.settings):
            defaults.setdefault(row.name, set()).add(row.default)
    assert {name: each for name, each in defaults.items() if len(each) > 1} == {}


def test_every_metric_that_is_told_is_in_a_table_and_the_other_way_round() -> None:
    tables = [metric.name for _, table in operator_pages.METRICS for metric in table]
    assert len(set(tables)) == len(tables)
    told = {
        str(node.value)
        for path, tree in sources()
        if path.name not in ("metrics.py", "operator_pages.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and re.fullmatch(r"chorus_[a-z_]+", str(node.value))
    } - ROLES
    assert told == set(tables)


ROLES = {"chorus_campaign", "chorus_keys", "chorus_notifier", "chorus_gateway"}
"""Names of databases and roles, which are spelled alike."""


def test_the_pages_are_up_to_date() -> None:
    for path, text in operator_pages.pages().items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"{path}: run make generate"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_looks_at_what_is_there_and_says_what_to_do(rule: dict[str, Any]) -> None:
    known = {metric.name: metric for _, table in operator_pages.METRICS for metric in table}
    expression = re.sub(r'"[^"]*"', '""', rule["expr"])
    for name in set(re.findall(r"[a-z_]{2,}", expression)) - WORDS - OUTSIDE:
        base = re.sub(r"_bucket\Z", "", name)
        assert name.startswith("process_") or base in known, name
        assert name == base or known[base].kind == "spread", name
    assert all(expression.count(opening) == expression.count(closing) for opening, closing in ("()", "[]", "{}"))
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("page", "ticket") and re.fullmatch(r"\d+[ms]", rule.get("for", "0s"))
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
    assert re.search(rf"^#+ {rule['alert']}$", RUNBOOK, re.MULTILINE), "the runbook has no section of this name"


def test_every_section_about_an_alert_has_its_alert() -> None:
    section = RUNBOOK[RUNBOOK.index("## Alerts") :]
    section = section[: section.index("\n## ", 5)]
    assert set(re.findall(r"^### (\w+)$", section, re.MULTILINE)) == {rule["alert"] for rule in RULES}


@pytest.mark.parametrize("page", ["operations.md", "sizing.md", "settings.md", "metrics.md"])
def test_links_of_the_operators_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith("http"):
            assert (ROOT / "docs" / target).exists(), target
