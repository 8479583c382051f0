"""A local run lets its PostgreSQL take as many connections as the processes asked for may need."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import QueuePool

from services.campaign.adapters.postgres_pool import READERS
from services.distributed import local_parts
from services.distributed.installation import connections
from services.distributed.local_parts import LEAST_CONNECTIONS, LocalParts, PartPorts
from services.distributed.parts.process import PartFailed
from services.distributed.ports import Ports
from services.distributed.processes import PROCESSES, entry
from services.kit.sql.postgres import postgres_engine

MOST: Mapping[str, int] = {"GATEWAYS": 16, "CAMPAIGNS": 16, "NOTIFIERS": 12}
APART = 3
"""The writer, the ear for commits, and the lease, each on a connection of its own."""


def pooled() -> int:
    engine = postgres_engine("postgresql://role@127.0.0.1/none", None, application="a")
    pool = cast(QueuePool, engine.pool)
    return pool.size() + pool._max_overflow


def test_no_process_can_open_more_than_its_row_says() -> None:
    """Campaign has a pool for views and tokens, one for keys, and one for reading the log."""
    assert 2 * pooled() + READERS + APART <= entry("campaign-web").connections
    assert pooled() + APART <= entry("notifier-worker").connections
    assert all(row.connections for row in PROCESSES if row.name != "topics")


def test_more_replicas_may_need_more() -> None:
    assert connections(MOST) > connections({"CAMPAIGNS": 16}) > connections({}) > entry("campaign-web").connections
    assert connections(MOST) >= 16 * entry("campaign-web").connections + 28 * entry("gateway-web").connections


@pytest.mark.parametrize("wanted", [17, 1515])
def test_the_server_is_started_for_as_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: int) -> None:
    told: list[str] = []

    def start(*_: Any, settings: Mapping[str, str], **__: Any) -> None:
        told.append(settings["max_connections"])
        raise PartFailed("seen enough")

    monkeypatch.setattr(local_parts, "start_postgres", start)
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "superuser").write_text("word")
    parts = LocalParts(tmp_path, tmp_path, PartPorts.taken(Ports()), wanted)
    with pytest.raises(PartFailed):
        parts.postgres()
    assert told == [str(max(LEAST_CONNECTIONS, wanted))]
