"""The laws of the house that no type checker knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.campaign.application.dispatch import SHOWN_AS
from services.contracts.codes import CODES
from services.kit.texts import Texts
from tests.conftest import HERE, LONGEST

SERVICES = Path(__file__).parents[2] / "services"
SOURCES = sorted(SERVICES.rglob("*.py"))
LOCALES = sorted(path for path in SERVICES.rglob("locales") if path.is_dir())


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCES:
        yield path.relative_to(SERVICES), ast.parse(path.read_text(encoding="utf-8"))


def test_nobody_but_settings_and_command_lines_reads_the_environment() -> None:
    allowed = {"settings.py", "server_settings.py", "cli.py", "doctor.py"}
    guilty = [
        str(path)
        for path, tree in trees()
        if path.name not in allowed and path.parts[0] != "distributed"  # which hands its own on to what it starts
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and _is_os(node.value)
    ]
    assert guilty == []


def test_no_rule_lives_in_the_body_of_an_event() -> None:
    """A rule there runs again on replay: tightening it would make old history unreadable."""
    guilty = [
        f"{path}:{method.name}"
        for path, tree in trees()
        if path.parts[:2] == ("campaign", "domain")
        for method in ast.walk(tree)
        if isinstance(method, ast.FunctionDef) and any(_is_event(decorator) for decorator in method.decorator_list)
        if any(isinstance(node, ast.Raise | ast.Assert) for node in ast.walk(method))
    ]
    assert guilty == []


def test_the_domain_asks_no_clock_and_no_chance() -> None:
    guilty = [
        f"{path}: {name}"
        for path, tree in trees()
        if path.parts[:2] == ("campaign", "domain")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and (name := node.attr) in ("now", "utcnow", "today", "uuid4", "random")
    ]
    assert guilty == []


def test_every_code_that_is_raised_is_in_the_table() -> None:
    raised = {
        node.args[0].value
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("DomainError", "Refused")
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }
    assert raised - CODES.keys() - SHOWN_AS.keys() == set()


def test_nothing_swallows_an_error() -> None:
    guilty = [
        f"{path}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        if node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))
        if all(isinstance(statement, ast.Pass | ast.Continue) for statement in node.body)
    ]
    assert guilty == []


@pytest.mark.parametrize("folder", LOCALES, ids=lambda path: str(path.relative_to(SERVICES)))
def test_both_languages_say_the_same_things(folder: Path) -> None:
    texts = Texts(folder)
    assert set(texts.locales) == {"zh-CN", "en"}
    assert texts.keys("zh-CN") == texts.keys("en")


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_refusal_has_words(locale: str) -> None:
    keys = Texts(SERVICES / "gateway" / "locales").keys(locale)
    assert [code for code in CODES if not any(key.startswith(f"problem-{code}") for key in keys)] == []


def test_a_law_is_short_enough_to_be_read() -> None:
    long = {
        str(path.relative_to(SERVICES)): lines
        for path in SERVICES.rglob("README.md")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 10
    }
    assert long == {}


def _is_os(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "os"


def _is_event(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "event"


def test_the_tests_that_are_run_first_are_there() -> None:
    assert [name for name in LONGEST if not (HERE / name).is_file()] == []
