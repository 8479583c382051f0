"""Several processes on one PostgreSQL: one killed, the server killed, and a process whose threads are greenlets."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from services.campaign.vault.secrets import load_or_create
from services.distributed.parts.postgres import start_postgres
from services.kit.sql.migrate import migrate
from services.kit.sql.postgres import postgres_engine
from tests.support.joining import GEVENT, acknowledged, joining, rest, running
from tests.support.postgres import PASSWORD, ROLE, own_server
from tests.support.stores import EVENTS_SCHEMA, KEYS_SCHEMA, AttachedBackend, StoreUnderTest

TICKING = f"""
{GEVENT}
import sys, threading, time
from pathlib import Path
from uuid import UUID
from tests.support.stores import AttachedBackend, StoreUnderTest
folder = Path(sys.argv[1])
under_test = StoreUnderTest(AttachedBackend(sys.argv[2], folder / "secrets"), folder)
campaign = UUID(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
joins = [threading.Thread(target=under_test.join, args=(campaign, f"u{{n}}@example.org")) for n in range(50)]
started, widest, last = time.monotonic(), 0.0, time.monotonic()
for thread in joins: thread.start()
while any(thread.is_alive() for thread in joins):
    time.sleep(0.01)
    now = time.monotonic()
    widest, last = max(widest, now - last), now
print(last - started, widest, under_test.store.head(), flush=True)
under_test.close()
"""

RETURNING = f"""
{GEVENT}
import sys, threading
from pathlib import Path
from uuid import UUID
from tests.support.stores import AttachedBackend, StoreUnderTest
folder = Path(sys.argv[1])
under_test = StoreUnderTest(AttachedBackend(sys.argv[2], folder / "secrets"), folder)
under_test.folder.keys._fill()
under_test.folder.keys._fill()
groups = []
under_test.store.observe(lambda requests, _seconds: groups.append(requests))
def come_again(n):
    for turn in range(20): under_test.join(UUID(sys.argv[3]), f"u{{n}}-{{turn}}@example.org")
crowd = [threading.Thread(target=come_again, args=(n,)) for n in range(8)]
for thread in crowd: thread.start()
for thread in crowd: thread.join()
print(sum(groups), len(groups), flush=True)
under_test.close()
"""


@pytest.fixture
def under_test(tmp_path: Path) -> Iterator[StoreUnderTest]:
    store = StoreUnderTest("postgres", tmp_path)
    yield store
    store.close()


def stored(under_test: StoreUnderTest) -> list[str]:
    """Everyone who joined; the log has no hole."""
    leaves = under_test.store.select_leaves(0, 10**9)
    assert [leaf.position for leaf in leaves] == list(range(1, len(leaves) + 1))
    assert [leaf.log_index for leaf in leaves] == list(range(len(leaves)))
    opened = under_test.store.open_events([leaf.position for leaf in leaves if leaf.type == "membership.joined"])
    addresses = [values["email"] for values in opened.values()]
    assert len(addresses) == len(set(addresses))
    return addresses


def test_of_two_processes_one_is_killed_and_the_other_goes_on(under_test: StoreUnderTest, tmp_path: Path) -> None:
    campaign, url = str(under_test.campaign().id), under_test.backend.url
    doomed = joining(tmp_path, turns=100_000, url=url, campaign=campaign, name="a")
    lasting = joining(tmp_path, turns=100_000, url=url, campaign=campaign, name="b")
    known = [*acknowledged(doomed, 200)[1:], *acknowledged(lasting, 200)[1:]]
    doomed.send_signal(signal.SIGKILL)
    known += rest(doomed)
    known += acknowledged(lasting, 300)
    lasting.send_signal(signal.SIGKILL)
    known += rest(lasting)
    assert set(known) <= set(stored(under_test))
    under_test.join(UUID(campaign), "after@example.org")


def test_a_server_killed_under_load_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    with own_server() as server:
        server.psql(f"CREATE DATABASE crash OWNER {ROLE}")
        url = server.url("crash", ROLE)
        engine = postgres_engine(url, PASSWORD, application="migrate")
        for schema in (EVENTS_SCHEMA, KEYS_SCHEMA):
            migrate(engine, schema.folder, schema.version_table)
        engine.dispose()
        load_or_create(tmp_path / "secrets", "2026-11")
        under_test = StoreUnderTest(AttachedBackend(url, tmp_path / "secrets"), tmp_path)
        campaign = under_test.campaign().id
        process = joining(tmp_path, turns=100_000, url=url, campaign=str(campaign))
        known = acknowledged(process, 200)[1:]
        server.kill()
        again = start_postgres(server.folder, port=server.port)
        known += acknowledged(process, 200)
        process.send_signal(signal.SIGKILL)
        known += rest(process)
        assert set(known) <= set(stored(under_test))
        under_test.folder.close()
        again.stop()


def test_under_gevent_a_wait_for_the_database_holds_up_no_other_greenlet(
    under_test: StoreUnderTest, tmp_path: Path
) -> None:
    campaign = str(under_test.campaign().id)
    program = running(TICKING, str(tmp_path), under_test.backend.url, campaign)
    assert program.stdout is not None
    assert program.stdin is not None
    assert program.stdout.readline() == "ready\n"
    with psycopg.connect(under_test.backend.url, password=str(PASSWORD)) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(4846226611)")
        program.stdin.write("go\n")
        program.stdin.flush()
        time.sleep(1.5)
    took, widest, head = program.communicate(timeout=60)[0].split()
    assert float(took) > 1
    assert float(widest) < 0.7
    assert int(head) == 52


def test_those_who_were_answered_are_part_of_the_next_group(under_test: StoreUnderTest, tmp_path: Path) -> None:
    """A crowd of eight that comes twenty times is twenty groups and few more, not two halves taking turns."""
    campaign = str(under_test.campaign().id)
    program = running(RETURNING, str(tmp_path), under_test.backend.url, campaign)
    requests, groups = map(int, program.communicate(timeout=60)[0].split())
    assert requests == 160
    assert groups < 30


def test_a_whole_crowd_joins_under_gevent(under_test: StoreUnderTest, tmp_path: Path) -> None:
    campaign = str(under_test.campaign().id)
    process = joining(tmp_path, patch=GEVENT, turns=25, url=under_test.backend.url, campaign=campaign)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert len(output.split()) == 201
    assert len(stored(under_test)) == 200
