"""Opening the store in PostgreSQL: nothing is made at a start, and what is missing is named."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.campaign.adapters.shared_store import EVENTS, EVENTS_VERSION, KEYS, KEYS_VERSION, OpenStore, open_store
from services.campaign.vault.secrets import load_or_create
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.sql.migrate import migrate
from tests.support.postgres import PASSWORD, Database, database


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    load_or_create(tmp_path / "secrets", "2026-11")
    with database() as made:
        yield made


def opened(place: Database, secrets: Path) -> OpenStore:
    return open_store(place.url, place.url, PASSWORD, secrets, application="test")


def test_a_schema_that_is_missing_or_of_other_code_is_named(empty: Database, tmp_path: Path) -> None:
    secrets, engine = tmp_path / "secrets", empty.engine()
    with pytest.raises(PermanentFailure, match="schema-missing"):
        opened(empty, secrets)
    migrate(engine, KEYS, KEYS_VERSION)
    with pytest.raises(PermanentFailure, match="schema-missing"):
        opened(empty, secrets)
    migrate(engine, EVENTS, EVENTS_VERSION)
    opened(empty, secrets).close()
    with engine.begin() as db:
        db.exec_driver_sql("UPDATE events_version SET version_num = '9999'")
    with pytest.raises(PermanentFailure, match="schema-newer-than-code"):
        opened(empty, secrets)


def test_secrets_that_are_missing_are_not_made(empty: Database, tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="secret-missing"):
        opened(empty, tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_database_that_is_away_is_a_matter_of_time(tmp_path: Path) -> None:
    load_or_create(tmp_path / "secrets", "2026-11")
    away = "postgresql://nobody@127.0.0.1:1/nothing"
    with pytest.raises(TemporaryFailure):
        open_store(away, away, PASSWORD, tmp_path / "secrets", application="test")
