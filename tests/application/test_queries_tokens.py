"""Tokens of the links in mails: only hashes are kept, each is for one purpose and for a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.campaign.adapters.tokens_sql import SqlTokens
from services.campaign.adapters.tokens_sql import tokens as table
from services.campaign.domain.base import DomainError
from services.kit.sql.engine import reading
from tests.support.campaign_databases import BACKENDS, databases
from tests.support.stores import in_parallel

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=7)


@pytest.fixture(params=BACKENDS)
def tokens(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlTokens]:
    with databases(request.param, tmp_path) as opened:
        yield SqlTokens(opened.tokens)


def invalid(tokens: SqlTokens, purpose: str, token: str, now: datetime = NOW) -> bool:
    with pytest.raises(DomainError) as refused:
        tokens.resolve(purpose, token, now)
    return refused.value.code == "token-invalid"


def test_a_token_leads_to_its_subject_as_often_as_asked(tokens: SqlTokens) -> None:
    campaign, subject = uuid4(), uuid4()
    token = tokens.issue("confirm", campaign, subject, LATER)
    for _ in range(2):
        found = tokens.resolve("confirm", token, NOW)
        assert (found.campaign, found.subject, found.secret) == (campaign, subject, None)


def test_another_purpose_a_later_time_and_a_guess_are_refused(tokens: SqlTokens) -> None:
    token = tokens.issue("confirm", uuid4(), uuid4(), LATER)
    assert invalid(tokens, "contact", token)
    assert invalid(tokens, "confirm", token, LATER)
    assert invalid(tokens, "confirm", token[:-1] + ("A" if token[-1] != "A" else "B"))
    assert invalid(tokens, "confirm", "\ud800")


def test_neither_token_nor_secret_is_stored(tokens: SqlTokens, tmp_path: Path) -> None:
    token = tokens.issue("contact", uuid4(), uuid4(), LATER, b"new@example.org")
    assert tokens.resolve("contact", token, NOW).secret == b"new@example.org"
    with reading(tokens._engine) as connection:
        (row,) = connection.execute(select(table)).all()
    stored = [path.read_bytes() for path in tmp_path.iterdir()]
    stored += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    for content in stored:
        assert token.encode() not in content
        assert b"new@example.org" not in content


def test_processes_that_count_the_same_members_at_once_do_not_wait_in_a_circle(tokens: SqlTokens) -> None:
    campaign, members = uuid4(), [uuid4() for _ in range(20)]
    orders = [members, members[::-1]] * 4
    outcomes = in_parallel([partial(tokens.issue_all, "confirm", campaign, order, LATER) for order in orders])
    assert [len(made) for made in outcomes if isinstance(made, list)] == [20] * 8
    assert {tokens.issued("confirm", member) for member in members} == {8}


def test_how_often_a_member_got_one_outlives_the_tokens_but_not_the_member(tokens: SqlTokens) -> None:
    campaign, subject, other = uuid4(), uuid4(), uuid4()
    tokens.issue("confirm", campaign, subject, LATER)
    first, second = tokens.issue_all("confirm", campaign, [subject, other], LATER)
    assert (tokens.issued("confirm", subject), tokens.issued("confirm", other)) == (2, 1)
    assert tokens.resolve("confirm", first, NOW).subject == subject
    assert tokens.resolve("confirm", second, NOW).subject == other
    assert tokens.forget_expired(LATER) == 3
    assert tokens.issued("confirm", subject) == 2
    tokens.forget(subject)
    assert tokens.issued("confirm", subject) == 0
    assert tokens.issue_all("confirm", campaign, [], LATER) == []
