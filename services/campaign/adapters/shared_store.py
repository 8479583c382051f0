"""The event store that several processes share: events and keys in PostgreSQL, secrets in a folder made beforehand."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from services.campaign import migrations
from services.campaign.adapters.application import CampaignApplication
from services.campaign.adapters.data_folder import drop_unwanted_keys
from services.campaign.adapters.group_commit import MAX_QUEUE
from services.campaign.adapters.postgres_pool import READERS, Address, PostgresPool
from services.campaign.adapters.postgres_writer import PostgresWriter
from services.campaign.adapters.recorder import GroupCommitRecorder
from services.campaign.vault.keys import KeyPool
from services.campaign.vault.postgres_keys import CACHED_SECONDS, POOLED_SECONDS, PostgresKeys
from services.campaign.vault.secrets import Secrets, load
from services.kit.settings import Secret
from services.kit.sql.engine import temporary_when_busy
from services.kit.sql.migrate import check
from services.kit.sql.postgres import postgres_engine

_FOLDER: Final = Path(migrations.__file__).parent
EVENTS: Final = _FOLDER / "events"
EVENTS_VERSION: Final = "events_version"
KEYS: Final = _FOLDER / "keys"
KEYS_VERSION: Final = "keys_version"


@dataclass(frozen=True, slots=True)
class OpenStore:
    """What a composition root gets; `close` in the end."""

    application: CampaignApplication
    keys: KeyPool
    secrets: Secrets

    def close(self) -> None:
        self.application.close()
        self.keys.close()


def open_store(
    events: str, keys: str, password: Secret | None, secrets: Path, *, application: str, max_queue: int = MAX_QUEUE,
    readers: int = READERS,
) -> OpenStore:  # fmt: skip
    """`events` and `keys` are the addresses of the two databases; as many processes may open them as like.

    Nothing is made here. Raises PermanentFailure `schema-missing` and its like, `secret-missing`, `kek-wrong`;
    TemporaryFailure when a database is away.
    """
    opened_secrets = load(secrets)
    with ExitStack() as undo:
        keys_engine = postgres_engine(keys, password, application=application)
        undo.callback(keys_engine.dispose)
        _check(keys_engine, KEYS, KEYS_VERSION)
        _check_events(events, password, application)
        pool = KeyPool(
            PostgresKeys(keys_engine), opened_secrets.keks, opened_secrets.epoch, cached_seconds=CACHED_SECONDS,
            pooled_seconds=POOLED_SECONDS,
        )  # fmt: skip
        address = Address(events, password, application)
        store = GroupCommitRecorder(
            pool, PostgresPool(address, readers), partial(PostgresWriter, address), max_queue=max_queue
        )
        opened = CampaignApplication(store)
        undo.callback(opened.close)
        drop_unwanted_keys(store)
        undo.pop_all()
    return OpenStore(opened, pool, opened_secrets)


def _check_events(url: str, password: Secret | None, application: str) -> None:
    engine = postgres_engine(url, password, application=application)
    try:
        _check(engine, EVENTS, EVENTS_VERSION)
    finally:
        engine.dispose()


def _check(engine: Engine, folder: Path, version_table: str) -> None:
    with temporary_when_busy():
        check(engine, folder, version_table)
