"""The databases are gone, the stream is not: the backup comes back, and the relay sees what is missing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from services.campaign.application.erase_again import erase_again, read
from services.campaign.schema import migrate_all
from services.campaign.service import CampaignService
from services.campaign.settings import CampaignSettings
from services.campaign.wiring import build
from services.contracts import commands_v1 as c
from services.contracts.topics import CAMPAIGN_EVENTS
from services.distributed.parts.postgres import Postgres
from services.distributed.secrets import make_missing
from services.kit.clock import SettableClock
from services.kit.failures import PermanentFailure
from services.kit.metrics import Metrics
from services.kit.settings import Secret
from services.kit.sql.migrate import migrate
from services.kit.sql.postgres import postgres_engine
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.lease import AlwaysHeld
from services.kit.stream.relay import Relay
from services.notifier.wiring import HERE as NOTIFIER
from tests.support.campaign_house import START, KeepingNotifier, Person, local
from tests.support.postgres import own_server
from tests.support.streams import read_all

ROOT = Path(__file__).parents[2]
BACKUP = ROOT / "deploy" / "backup"


class Installation:
    """Campaign in PostgreSQL, evidence in a folder that survives, and a stream that survives."""

    def __init__(self, folder: Path, postgres: Postgres) -> None:
        self.folder, self.postgres = folder, postgres
        self.secrets, self.clock, self.notifier = folder / "secrets", SettableClock(START), KeepingNotifier()
        make_missing(self.secrets, datetime(2026, 3, 1, tzinfo=UTC))
        self.provision()
        password = Secret((self.secrets / "postgres" / "campaign").read_text())
        self.settings = CampaignSettings(
            folder / "data", postgres.url("chorus_campaign", "chorus_campaign"),
            postgres.url("chorus_keys", "chorus_campaign"), password, self.secrets / "campaign",
        )  # fmt: skip
        migrate_all(self.settings)
        self._migrate_others()
        self.open()

    def provision(self) -> None:
        roles = ("campaign", "notifier", "gateway")
        self.postgres.provision({role: self.secrets / "postgres" / role for role in roles})

    def _migrate_others(self) -> None:
        homes = {"notifier": NOTIFIER, "gateway": ROOT / "services" / "gateway"}
        for role, home in homes.items():
            password = Secret((self.secrets / "postgres" / role).read_text())
            url = self.postgres.url(f"chorus_{role}", f"chorus_{role}")
            engine = postgres_engine(url, password, application="test")
            migrate(engine, home / "migrations")
            with engine.begin() as tx:
                tx.execute(text("INSERT INTO consumer_positions VALUES ('mails', 'campaign.events.v1', 0, 's', 99, 7)"))
            engine.dispose()

    def open(self) -> None:
        self.service: CampaignService = build(self.settings, self.clock, self.notifier, Metrics())

    @property
    def pepper(self) -> bytes:
        return self.service.folder.secrets.pepper

    def local(self, words: str) -> datetime:
        return local(words)

    def relay(self, name: str) -> tuple[Relay, InProcessStream]:  # type: ignore[type-arg]
        stream = InProcessStream(self.folder / f"{name}.db")
        relay = Relay(
            self.service.relay_source, stream, CAMPAIGN_EVENTS, self.service.to_record, lease=AlwaysHeld(),
            metrics=Metrics(),
        )  # fmt: skip
        return relay, stream

    def script(self, name: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **self.postgres._superuser()}
        return subprocess.run(
            [BACKUP / name, *arguments], env=environment, capture_output=True, text=True, check=False
        )  # fmt: skip

    def loses_its_databases(self) -> None:
        self.service.close()
        for name in ("campaign", "keys", "notifier", "gateway"):
            self.postgres.psql(f"DROP DATABASE chorus_{name} WITH (FORCE)")
        self.provision()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with ExitStack() as closing:
        found = Installation(tmp_path, closing.enter_context(own_server()))
        yield found
        found.service.close()


def publishing(installation: Installation, name: str) -> list[int]:
    """Everything that this relay can publish is published; the sequences on the stream."""
    relay, stream = installation.relay(name)
    while relay.run_once():
        pass
    relay.sound()
    found = sorted(got.record.envelope.sequence for got in read_all(stream, CAMPAIGN_EVENTS))
    stream.close()
    return found


def a_campaign(installation: Installation) -> tuple[Person, Person, Person]:
    li = Person(installation, "li.wei@example.org", "李薇")
    li.launches()
    li.publishes()
    wang = Person(installation, "wang.qiang@example.org", "王强").enters(li.campaign)
    zhao = Person(installation, "zhao.min@example.org", "赵敏").enters(li.campaign)
    wang.claims()
    wang.submits()
    return li, wang, zhao


def opened(installation: Installation) -> str:
    store = installation.service.folder.application.store
    return repr(store.open_events([leaf.position for leaf in store.select_leaves(0, 10_000)]))


def test_a_backup_comes_back_and_nothing_goes_wrong_in_silence(installation: Installation, tmp_path: Path) -> None:
    li, wang, zhao = a_campaign(installation)
    zhao.does(c.RequestErasure)
    assert publishing(installation, "kafka")
    taken = installation.script("backup.sh", tmp_path / "first", tmp_path / "first-keys")
    assert taken.returncode == 0 and "1 erasures" in taken.stdout, taken.stderr
    wang.does(c.RequestErasure)
    Person(installation, "mo.yan@example.org", "莫言之").joins(li.campaign)
    before = publishing(installation, "kafka")
    head = installation.service.folder.application.store.head()
    assert before == list(range(1, head + 1))
    assert installation.script("backup.sh", tmp_path / "second", tmp_path / "second-keys").returncode == 0

    installation.loses_its_databases()
    back = installation.script("restore.sh", tmp_path / "first", tmp_path / "first-keys")
    assert back.returncode == 0, back.stderr
    installation.open()
    store = installation.service.folder.application.store
    assert 0 < store.head() < head
    assert "王强" in opened(installation) and "赵敏" not in opened(installation)

    told = read((tmp_path / "second" / "erasures.jsonl").read_bytes().splitlines())
    done = erase_again(installation.service.commands.desk, told)
    assert (done.again, done.standing, done.unknown) == (1, 1, 0)
    assert "王强" not in opened(installation)
    assert [path for path in (tmp_path / "data" / "evidence").rglob("*") if path.is_file()] == []

    relay, stream = installation.relay("kafka")
    assert relay.run_once() == 0
    with pytest.raises(PermanentFailure, match="topic-ahead-of-log"):
        relay.sound()
    stream.close()
    assert publishing(installation, "made-anew") == list(range(1, store.head() + 1))
    positions = "SELECT last_offset, last_sequence FROM consumer_positions"
    assert installation.postgres.psql(positions, "chorus_notifier") == "-1|7"


def test_what_is_not_empty_is_never_written_over(installation: Installation, tmp_path: Path) -> None:
    assert installation.script("backup.sh", tmp_path / "b", tmp_path / "k").returncode == 0
    again = installation.script("backup.sh", tmp_path / "b", tmp_path / "other")
    assert again.returncode == 1 and "is not empty" in again.stderr
    over = installation.script("restore.sh", tmp_path / "b", tmp_path / "k")
    assert over.returncode == 1 and "is not empty" in over.stderr


def test_a_backup_is_for_nobody_else_to_read(installation: Installation, tmp_path: Path) -> None:
    installation.script("backup.sh", tmp_path / "b", tmp_path / "k")
    kept = [path for place in ("b", "k") for path in (tmp_path / place).iterdir()]
    assert sorted(path.name for path in kept) == [
        "chorus_campaign.dump", "chorus_gateway.dump", "chorus_keys.dump", "chorus_notifier.dump", "erasures.jsonl",
    ]  # fmt: skip
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
    assert [path.name for path in (tmp_path / "k").iterdir()] == ["chorus_keys.dump"]
