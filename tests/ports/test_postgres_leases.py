"""Leases and shares told by PostgreSQL: one holder, a successor within seconds however the holder goes, even shares."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.kit.failures import TemporaryFailure
from services.kit.sql import leases
from services.kit.sql.leases import PostgresLease, SharedPartitions
from tests.support.postgres import Database, database

PATIENCE = 5.0


@pytest.fixture
def base() -> Iterator[Database]:
    with database() as base:
        yield base


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


def cut(base: Database, application: str) -> None:
    """As an administrator, or a broken line, would."""
    with base.engine("cutter").begin() as tx:
        tx.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name"),
            {"name": application},
        )


def test_one_holds_and_the_other_follows_at_once(base: Database) -> None:
    first, second = PostgresLease(base.engine(), "relay"), PostgresLease(base.engine(), "relay")
    other = PostgresLease(base.engine(), "sealer")
    assert [first.hold(), first.hold(), second.hold(), other.hold()] == [True, True, False, True]
    first.release()
    assert within(1, second.hold)
    assert not first.hold()
    for lease in (first, second, other):
        lease.release()


HOLDER = """
    import sys, time
    from services.kit.settings import Secret
    from services.kit.sql.leases import PostgresLease
    from services.kit.sql.postgres import postgres_engine
    lease = PostgresLease(postgres_engine(sys.argv[1], Secret(sys.argv[2]), application="holder"), "relay")
    assert lease.hold()
    print("holds", flush=True)
    time.sleep(600)
"""


def test_the_lease_of_a_killed_process_is_free_within_seconds(base: Database) -> None:
    command = [sys.executable, "-c", textwrap.dedent(HOLDER), base.url, str(base.password)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holds\n"
        standby = PostgresLease(base.engine(), "relay")
        assert not standby.hold()
        holder.kill()
        assert within(PATIENCE, standby.hold)
        standby.release()


def test_a_holder_whose_connection_is_cut_notices_and_begins_anew(base: Database) -> None:
    holder, standby = PostgresLease(base.engine("holder"), "relay"), PostgresLease(base.engine("standby"), "relay")
    assert holder.hold()
    assert not standby.hold()
    cut(base, "holder")
    assert within(PATIENCE, standby.hold)
    assert within(PATIENCE, lambda: not holder.hold())
    assert not holder.hold()
    standby.release()
    assert within(PATIENCE, holder.hold)
    holder.release()


def test_a_lease_that_was_cut_is_false_once_even_when_nobody_else_wants_it(base: Database) -> None:
    holder = PostgresLease(base.engine("holder"), "relay")
    assert holder.hold()
    cut(base, "holder")
    assert within(PATIENCE, lambda: not holder.hold())
    assert within(PATIENCE, holder.hold)
    holder.release()


def test_what_is_done_over_a_lost_connection_fails_and_the_lease_counts_as_lost(base: Database) -> None:
    """Else it would be believed in on a fresh connection that has no lock."""
    holder, standby = PostgresLease(base.engine("holder"), "relay"), PostgresLease(base.engine("standby"), "relay")
    with base.engine("maker").begin() as tx:
        tx.execute(text("CREATE TABLE done (n int)"))
    once = text("INSERT INTO done VALUES (:n)")
    assert holder.hold()
    holder.does(once, {"n": 1})
    cut(base, "holder")
    with pytest.raises(DBAPIError):
        holder.does(once, {"n": 2})
    holder.does(once, {"n": 3})
    assert within(PATIENCE, standby.hold)
    assert not holder.hold()
    with base.engine("looker").begin() as tx:
        assert tx.execute(text("SELECT n FROM done ORDER BY n")).scalars().all() == [1, 3]
    standby.release()
    holder.release()


class Members:
    """Processes of one consumer, each with an engine of its own."""

    def __init__(self, base: Database) -> None:
        self.base = base
        self.here: list[SharedPartitions] = []

    def join(self) -> SharedPartitions:
        name = f"member-{len(self.here)}"
        self.here.append(SharedPartitions(self.base.engine(name), "mails", "events.v1", 12))
        return self.here[-1]

    def shares(self) -> list[int]:
        found = [self.share(member) for member in self.here]
        taken = [partition for share in found for partition in share]
        assert len(taken) == len(set(taken))
        return sorted(len(share) for share in found)

    @staticmethod
    def share(member: SharedPartitions) -> list[int]:
        try:
            return list(member.mine())
        except TemporaryFailure:
            return []

    def become(self, *shares: int) -> bool:
        return within(PATIENCE, lambda: self.shares() == sorted(shares))


@pytest.fixture
def members(base: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Members]:
    monkeypatch.setattr(leases, "SHARES_ANEW_SECONDS", 0.1)
    members = Members(base)
    yield members
    for member in members.here:
        member.release()


def test_twelve_partitions_are_shared_evenly_as_members_come_and_go(members: Members) -> None:
    members.join()
    assert members.become(12)
    members.join()
    assert members.become(6, 6)
    members.join()
    assert members.become(4, 4, 4)
    members.join()
    members.join()
    assert members.become(2, 2, 2, 3, 3)
    members.here.pop(0).release()
    members.here.pop(1).release()
    assert members.become(4, 4, 4)
    members.here.pop().release()
    members.here.pop().release()
    assert members.become(12)


def test_only_what_must_move_moves(members: Members) -> None:
    first = members.join()
    before = set(first.mine())
    second = members.join()
    assert members.become(6, 6)
    assert set(first.mine()) <= before
    kept = set(first.mine())
    members.here.remove(second)
    second.release()
    assert members.become(12)
    assert kept <= set(first.mine())


def test_a_member_that_is_cut_off_holds_nothing_until_it_is_back(members: Members, base: Database) -> None:
    members.join()
    members.join()
    assert members.become(6, 6)
    cut(base, "member-0")
    assert members.become(6, 6)


def test_without_a_database_nothing_is_held(members: Members, base: Database) -> None:
    member = members.join()
    assert members.become(12)
    base.server.psql(f"ALTER DATABASE {base.name} ALLOW_CONNECTIONS false")
    base.server.psql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{base.name}'")
    time.sleep(0.6)
    for _ in range(2):
        with pytest.raises(TemporaryFailure):
            member.mine()
    base.server.psql(f"ALTER DATABASE {base.name} ALLOW_CONNECTIONS true")
    assert members.become(12)


def test_consumers_and_topics_share_apart(base: Database) -> None:
    shares = [SharedPartitions(base.engine(), *names, 3) for names in (("a", "t"), ("b", "t"), ("a", "u"))]
    assert [share.mine() for share in shares] == [(0, 1, 2)] * 3
    for share in shares:
        share.release()
