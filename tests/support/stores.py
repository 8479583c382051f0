"""An event store under test, as an object with verbs; a further backend is one name in BACKENDS and one class."""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID, uuid4

import psycopg

from services.campaign.adapters import shared_store
from services.campaign.adapters.aggregates import StoredAggregates
from services.campaign.adapters.data_folder import OpenFolder, open_folder
from services.campaign.adapters.evidence_folder import EvidenceFolder
from services.campaign.adapters.shared_store import OpenStore, open_store
from services.campaign.application.store import Commit, Committed, Kind, UniqueKey, decided
from services.campaign.domain.base import Act, Role
from services.campaign.domain.campaign import Campaign
from services.campaign.domain.membership import Membership
from services.campaign.vault.addresses import person_key
from services.campaign.vault.secrets import load_or_create
from tests.support.postgres import PASSWORD, Schema, database

T = TypeVar("T")
START: Final = datetime(2026, 3, 2, 2, 0, 17, 512_000, tzinfo=UTC)
BACKENDS: Final = ("sqlite", "postgres")
EVENTS_SCHEMA: Final = Schema(shared_store.EVENTS, shared_store.EVENTS_VERSION)
_TABLES: Final = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
KEYS_SCHEMA: Final = Schema(shared_store.KEYS, shared_store.KEYS_VERSION)


class Backend(Protocol):
    """Where a store under test is kept; it can be opened again and again."""

    def open(self, **options: Any) -> OpenFolder | OpenStore: ...
    def holds(self, needle: bytes) -> list[str]:
        """Places in which these bytes occur."""
        ...

    def close(self) -> None: ...


class SqliteBackend:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, **options: Any) -> OpenFolder:
        return open_folder(self._folder, epoch="2026-11", wait_seconds=0, **options)

    def holds(self, needle: bytes) -> list[str]:
        return sorted(p.name for p in self._folder.rglob("*") if p.is_file() and needle in p.read_bytes())

    def close(self) -> None:
        """Its folder goes with the test."""


class AttachedBackend:
    """A database that another process made; events and keys share it, which is made in half the time."""

    def __init__(self, url: str, secrets: Path) -> None:
        self.url, self.secrets = url, secrets

    def open(self, **options: Any) -> OpenStore:
        return open_store(self.url, self.url, PASSWORD, self.secrets, application="test", **options)

    def holds(self, needle: bytes) -> list[str]:
        return sorted(table for (table,) in self.rows(_TABLES) if self._occurs(table, needle))

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, password=str(PASSWORD), autocommit=True) as db:
            found = db.execute(sql, parameters)
            return found.fetchall() if found.description else []

    def close(self) -> None:
        """Its maker ends it."""

    def _occurs(self, table: str, needle: bytes) -> bool:
        words = (needle.hex(), needle.decode() if needle.isascii() and b"\0" not in needle else needle.hex())
        sought = f"SELECT count(*) FROM {table} AS t WHERE strpos(t::text, %s) > 0 OR strpos(t::text, %s) > 0"
        return bool(self.rows(sought, words)[0][0])


class PostgresBackend(AttachedBackend):
    def __init__(self, folder: Path) -> None:
        self._undo = ExitStack()
        made = self._undo.enter_context(database(EVENTS_SCHEMA, KEYS_SCHEMA))
        super().__init__(made.url, folder / "secrets")
        load_or_create(self.secrets, "2026-11")

    def close(self) -> None:
        self._undo.close()


class StoreUnderTest:
    """Campaigns and members made through the domain, recorded through the port."""

    def __init__(self, backend: str | Backend, folder: Path, **options: Any) -> None:
        if isinstance(backend, str):
            backend = SqliteBackend(folder) if backend == "sqlite" else PostgresBackend(folder)
        self.backend: Any = backend
        self.path, self._options = folder, options
        self._ticks = 0
        self.folder = self.backend.open(**options)
        self.evidence = EvidenceFolder(folder / "evidence")

    @property
    def store(self) -> Any:
        return self.folder.application.store

    @property
    def aggregates(self) -> StoredAggregates:
        return StoredAggregates(self.folder.application)

    def restart(self) -> None:
        self.folder.close()
        self.folder = self.backend.open(**self._options)

    def close(self) -> None:
        self.folder.close()
        self.backend.close()

    def act(self, role: Role, actor: UUID | None) -> Act:
        self._ticks += 1
        return Act(START + timedelta(seconds=self._ticks), role, actor, uuid4)

    def key(self, address: str) -> bytes:
        return person_key(self.folder.secrets.pepper, address)

    def record(self, *aggregates: Any, **request: Any) -> Committed:
        committed: Committed = self.store.commit(Commit(decided(*aggregates), **request))
        return committed

    def drafted(self) -> Campaign:
        organizer = uuid4()
        return Campaign.draft(
            self.act("organizer", organizer), uuid4(), demands=[("refund", "全额退款")],
            provider_kind="payment-institution", jurisdiction="cn", timezone="Asia/Shanghai",
            problem="duplicate_charge", locale="zh-CN", provider_name="青禾钱包", title="青禾钱包重复扣款",
            summary="一次付款扣了两次", organizer_name="陈静", organizer_email="chen.jing@example.org",
        )  # fmt: skip

    def campaign(self) -> Campaign:
        """Recorded and open."""
        campaign = self.drafted()
        campaign.publish(self.act("organizer", uuid4()), "青禾钱包重复扣款")
        self.record(campaign)
        return campaign

    def joining(self, campaign: UUID, address: str) -> tuple[Membership, UniqueKey]:
        subject = uuid4()
        member = Membership.join(
            self.act("member", subject), campaign, subject, email=address, name="赵敏", locale="zh-CN"
        )
        return member, UniqueKey(campaign, Kind.MEMBER, self.key(address), subject)

    def join(self, campaign: UUID, address: str, **request: Any) -> tuple[Committed, UUID]:
        member, claim = self.joining(campaign, address)
        return self.record(member, claims=[claim], need_open=campaign, **request), member.id

    def holds(self, needle: bytes) -> list[str]:
        return self.backend.holds(needle)  # type: ignore[no-any-return]


def in_parallel(works: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """What each returned or raised; all start at the same moment."""
    outcomes: list[T | Exception] = [RuntimeError("not run")] * len(works)
    gate = threading.Barrier(len(works))

    def run(number: int, work: Callable[[], T]) -> None:
        gate.wait()
        try:
            outcomes[number] = work()
        except Exception as error:
            outcomes[number] = error

    threads = [threading.Thread(target=run, args=(i, work)) for i, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
