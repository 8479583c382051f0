"""Campaign's schema in PostgreSQL: made by one step, safe when two run at once, and only looked at by processes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import inspect

from services.campaign.adapters.installation import refuse_other_pepper
from services.campaign.adapters.tokens_sql import SqlTokens, tokens_engine
from services.campaign.cli import campaign as command
from services.campaign.databases import MIGRATIONS, TOKENS, postgres_databases, version_table
from services.campaign.schema import migrate_all
from services.campaign.settings import CampaignSettings
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.settings import BadSetting, Secret
from services.kit.sql.migrate import migrate
from tests.support.campaign_databases import BACKENDS, SCHEMAS, databases
from tests.support.postgres import Database, database
from tests.support.stores import in_parallel

PLACES = ("CHORUS_CAMPAIGN_DATABASE", "CHORUS_KEYS_DATABASE", "CHORUS_CAMPAIGN_DATABASE_PASSWORD")


@pytest.fixture
def empty() -> Iterator[tuple[Database, Database]]:
    with database() as events, database() as keys:
        yield events, keys


def settings_of(empty: tuple[Database, Database]) -> CampaignSettings:
    events, keys = empty
    return CampaignSettings(database=events.url, keys_database=keys.url, database_password=events.password)


def test_two_that_migrate_at_once_both_find_it_done(empty: tuple[Database, Database]) -> None:
    done = in_parallel([partial(migrate_all, settings_of(empty)) for _ in range(2)])
    assert done == [{"events": "0002", "views": "0001", "tokens": "0002", "keys": "0001"}] * 2
    tables = inspect(empty[0].engine())
    assert {"members", "position"} <= set(tables.get_table_names("views"))
    assert {"tokens", "issued"} <= set(tables.get_table_names("tokens"))
    assert "members" not in tables.get_table_names("public")
    postgres_databases(empty[0].url, empty[0].password, application="test").close()


def test_the_command_tells_what_it_reached_and_what_it_lacks(
    empty: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    refused = CliRunner().invoke(command, ["migrate"])
    assert (refused.exit_code, "CHORUS_CAMPAIGN_DATABASE is missing" in refused.output) == (1, True)
    for name, value in zip(PLACES, (empty[0].url, empty[1].url, str(empty[0].password)), strict=True):
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(command, ["migrate"])
    assert done.output == "events at 0002\nviews at 0001\ntokens at 0002\nkeys at 0001\n"
    monkeypatch.setenv("CHORUS_CAMPAIGN_DATABASE", "postgresql://nobody@127.0.0.1:1/nothing")
    away = CliRunner().invoke(command, ["migrate"])
    assert (away.exit_code, "database-busy" in away.output) == (1, True)


def test_a_process_never_makes_a_schema_and_says_what_is_missing(empty: tuple[Database, Database]) -> None:
    events, _ = empty
    with pytest.raises(PermanentFailure, match="schema-missing"):
        postgres_databases(events.url, events.password, application="test")
    assert inspect(events.engine()).get_schema_names() == ["information_schema", "public"]


def test_a_schema_of_another_age_than_the_code_is_refused() -> None:
    with database(*SCHEMAS) as found:
        for revision, code in (("0000", "schema-newer-than-code"), ("0001", "schema-older-than-code"), ("0002", None)):
            with found.engine().begin() as connection:
                connection.exec_driver_sql(f"UPDATE tokens.tokens_version SET version_num = '{revision}'")
            if code is None:
                postgres_databases(found.url, found.password, application="test").close()
                continue
            with pytest.raises(PermanentFailure, match=code):
                postgres_databases(found.url, found.password, application="test")


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_second_pepper_is_refused(backend: str, tmp_path: Path) -> None:
    with databases(backend, tmp_path) as opened:
        outcomes = in_parallel([partial(refuse_other_pepper, opened.tokens, b"the first") for _ in range(4)])
        assert outcomes == [None] * 4
        with pytest.raises(PermanentFailure, match="pepper-of-another-installation"):
            refuse_other_pepper(opened.tokens, b"the second")


@pytest.mark.parametrize("backend", BACKENDS)
def test_tokens_issued_at_the_first_revision_are_still_good(backend: str, tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    shutil.copy(MIGRATIONS / TOKENS / "v0001_tokens.py", first)
    version = version_table(TOKENS)
    with ExitStack() as stack:
        if backend == "sqlite":
            engine = tokens_engine(tmp_path / "tokens.db")
            stack.callback(engine.dispose)
        else:
            engine = stack.enter_context(database()).engine()
        assert migrate(engine, first, version) == "0001"
        tokens, subject, later = SqlTokens(engine), uuid4(), datetime(2040, 1, 1, tzinfo=UTC)
        token = tokens.issue("confirm", uuid4(), subject, later)
        assert migrate(engine, MIGRATIONS / TOKENS, version) == "0002"
        assert tokens.resolve("confirm", token, datetime(2039, 1, 1, tzinfo=UTC)).subject == subject
        refuse_other_pepper(engine, b"pepper")


def test_a_database_that_is_away_is_a_matter_of_time() -> None:
    with pytest.raises(TemporaryFailure, match="database-busy"):
        postgres_databases("postgresql://nobody@127.0.0.1:1/nothing", Secret("x"), application="test")


@pytest.mark.parametrize(
    ("kind", "lacks"), [("web", "INTERNAL_SECRET"), ("worker", "NOTIFIER_URL"), ("relay", "KAFKA")]
)
def test_a_process_says_which_setting_it_lacks(kind: str, lacks: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.campaign import processes
    from services.kit.clock import SystemClock

    for name in ("CHORUS_INTERNAL_SECRET", "CHORUS_NOTIFIER_URL", "CHORUS_KAFKA", *PLACES):
        monkeypatch.delenv(name, raising=False)
    if kind == "worker":
        monkeypatch.setenv("CHORUS_INTERNAL_SECRET", "shared")
    with pytest.raises(BadSetting, match=f"CHORUS_{lacks} is missing"):
        getattr(processes, kind)(SystemClock())


def test_one_process_on_sqlite_needs_no_client_of_a_server() -> None:
    """The extras are for those who choose them."""
    found = subprocess.run(
        [sys.executable, "-c", "import services.embedded.compose, sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert not {"psycopg", "kafka", "obstore"} & set(found.stdout.split())
