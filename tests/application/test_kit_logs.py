"""Logs never tell what is private, and nobody forges a line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
import structlog

from services.kit import logs

CANARY = "canary.person@example.org"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    logs.configure("tests", level="DEBUG", stream=out)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:], root.level = handlers, level
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def test_a_line_names_its_service_and_request(lines: Callable[[], list[dict[str, Any]]]) -> None:
    logs.correlate("r-7")
    logs.logger("x").info("joined", campaign=UUID(int=1), count=3)
    logs.uncorrelate()
    logs.logger("x").info("later")
    first, second = lines()
    assert first["correlation_id"] == "r-7"
    assert (first["event"], first["service"], first["level"]) == ("joined", "tests", "info")
    assert (first["campaign"], first["count"]) == (str(UUID(int=1)), 3)
    assert "correlation_id" not in second


def test_unknown_keys_are_dropped_and_named(lines: Callable[[], list[dict[str, Any]]]) -> None:
    logs.logger("x").info("joined", email=CANARY, ip="10.0.0.1", count=1)
    (line,) = lines()
    assert line["dropped"] == ["email", "ip"]
    assert CANARY not in str(line)
    assert "10.0.0.1" not in str(line)


@pytest.mark.parametrize(
    "plain", ["", "mail sent", "consumer mails", "5f1c3f0a-9e5b-4d6c-8a7b-6c5d4e3f2a1b", "/api/v1/campaigns/<campaign>"]
)
def test_plain_words_pass_as_they_are(plain: str) -> None:
    assert logs._PLAIN.match(plain) and logs.scrub(plain) == plain


@pytest.mark.parametrize(
    "odd", ["a@b", "a%40b", "x" * 40, "10.0.0.1", "::1", "line\nbreak", "tab\there", "名字", "a" * 201]
)
def test_anything_else_is_looked_at_closely(odd: str) -> None:
    assert len(odd) > 200 or not logs._PLAIN.match(odd)


@pytest.mark.parametrize(
    "private",
    [
        CANARY,
        "x" * 43,
        "192.168.2.7",
        "2001:db8::1",
        "fe80:0:0:0:0:0:0:1",
        f"<{CANARY}>",
        "李四@例子.中国",
        CANARY.replace("@", "%40"),
    ],
)
def test_private_values_are_withheld_under_any_key(lines: Callable[[], list[dict[str, Any]]], private: str) -> None:
    logs.logger("x").info(f"could not send to {private}", reason=f"to {private} refused")
    logging.getLogger("other.library").warning("cannot reach %s", private)
    assert len(lines()) == 2
    assert private not in str(lines())
    assert "[withheld]" in str(lines()[0]["reason"])


def test_an_exception_tells_type_and_place_but_not_its_words(lines: Callable[[], list[dict[str, Any]]]) -> None:
    try:
        raise ValueError(f"bad name Zhang San of {CANARY}")
    except ValueError:
        logs.logger("x").exception("failed")
        logging.getLogger("other").exception("failed too")
    for line in lines():
        assert line["error"] == "ValueError"
        assert "test_kit_logs.py" in line["where"]
        assert "Zhang" not in str(line)
        assert "dropped" not in line


def test_objects_are_not_spelled_out(lines: Callable[[], list[dict[str, Any]]]) -> None:
    logs.logger("x").info("thing", state={"name": "Zhang San"})
    assert lines()[0]["state"] == "<dict>"


@pytest.mark.parametrize("form", ["json", "console"])
def test_input_cannot_forge_a_line(form: Any) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    logs.configure("tests", form=form, stream=out)
    try:
        logs.logger("x").info("a", reason="x\r\n2026 [info] all well\u2028more\x1b[31m\x85z")
        text = out.getvalue()
    finally:
        root.handlers[:], root.level = handlers, level
        structlog.contextvars.clear_contextvars()
        structlog.reset_defaults()
    assert len(text.splitlines()) == 1
    assert "\x1b" not in text
