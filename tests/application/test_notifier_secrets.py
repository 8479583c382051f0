"""Notifier's secret, sealed bodies, and the schema that migrations leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData

from services.kit.failures import PermanentFailure
from services.kit.stream.tables import METADATA as OF_CONSUMERS
from services.notifier.adapters.secrets import load_or_create, seal, unseal
from services.notifier.adapters.tables import METADATA
from services.notifier.application.doors import StopLinks
from services.notifier.settings import NotifierSettings
from services.notifier.wiring import open_database


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "notifier"
    first = load_or_create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create(path) == first
    assert len({first.sealing, first.addresses, first.links}) == 3
    assert "sealing" not in repr(first)


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notifier"
    load_or_create(path)
    path.chmod(0o644)
    with pytest.raises(PermanentFailure, match="secret-readable-by-others"):
        load_or_create(path)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_secret_of_another_size_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notifier"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(PermanentFailure, match="secret-malformed"):
        load_or_create(path)


def test_a_sealed_body_opens_under_its_own_name_only() -> None:
    sealed = seal(b"k" * 32, "a", b"li@example.org")
    assert unseal(b"k" * 32, "a", sealed) == b"li@example.org"
    for key, name in ((b"k" * 32, "b"), (b"q" * 32, "a")):
        with pytest.raises(PermanentFailure, match="seal-broken"):
            unseal(key, name, sealed)


def test_a_stop_link_of_another_installation_is_unknown() -> None:
    campaign, subject = "00000001-0000-4000-8000-000000000000", "00000002-0000-4000-8000-000000000000"
    token = StopLinks(b"a" * 32).token(campaign, subject)
    assert StopLinks(b"a" * 32).read(token) == (campaign, subject)
    assert StopLinks(b"b" * 32).read(token) is None
    assert StopLinks(b"a" * 32).token(subject, campaign) != token


def test_migrations_leave_the_tables_that_the_code_expects(tmp_path: Path) -> None:
    engine = open_database(NotifierSettings(data=tmp_path))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, _together(METADATA, OF_CONSUMERS))
    engine.dispose()
    assert differences == []


def _together(*several: MetaData) -> MetaData:
    whole = MetaData()
    for metadata in several:
        for table in metadata.tables.values():
            table.to_metadata(whole)
    return whole
