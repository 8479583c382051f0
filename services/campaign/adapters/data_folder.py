"""The data folder of one campaign process: lock, secrets, keys and event store, opened in the right order."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from services.campaign.adapters.application import CampaignApplication
from services.campaign.adapters.group_commit import MAX_QUEUE
from services.campaign.adapters.recorder import GroupCommitRecorder
from services.campaign.adapters.sqlite_pool import SqlitePool
from services.campaign.adapters.sqlite_writer import SqliteWriter
from services.campaign.vault.keys import KeyPool
from services.campaign.vault.secrets import Secrets, load_or_create
from services.campaign.vault.sqlite_keys import SqliteKeys
from services.kit.folder_lock import FolderLock


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """What a composition root gets; `close` in the end."""

    application: CampaignApplication
    keys: KeyPool
    secrets: Secrets
    lock: FolderLock

    def close(self) -> None:
        self.application.close()
        self.keys.close()
        self.lock.release()


def open_folder(folder: Path, *, epoch: str, wait_seconds: float = 20.0, max_queue: int = MAX_QUEUE) -> OpenFolder:
    """Open for writing. `epoch` (`YYYY-MM`) names the key-encryption key that the very first start makes.

    Raises FolderInUse.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as undo:
        lock = FolderLock(folder)
        lock.acquire(wait_seconds)
        undo.callback(lock.release)
        secrets = load_or_create(folder / "secrets", epoch)
        keys = KeyPool(SqliteKeys(folder / "keys.db"), secrets.keks, secrets.epoch)
        undo.callback(keys.close)
        path = str(folder / "events.db")
        store = GroupCommitRecorder(keys, SqlitePool(path), partial(SqliteWriter, path), max_queue=max_queue)
        application = CampaignApplication(store)
        undo.callback(application.close)
        drop_unwanted_keys(store)
        undo.pop_all()
    return OpenFolder(application, keys, secrets, lock)


def drop_unwanted_keys(store: GroupCommitRecorder) -> None:
    """At a start, before anyone is served: keys that no one has, and keys of completed erasures where an old backup of
    the key database brought them back.

    An erasure that a crash left unfinished still needs its keys, to find the files that it has to delete; housekeeping
    finishes it.
    """
    drop_unused_keys(store)
    returned = store.keys.living(key_id for erasure in store.completed_erasures() for key_id in erasure.key_ids)
    if returned:
        store.keys.destroy(returned)


def drop_unused_keys(store: GroupCommitRecorder) -> int:
    """How many were taken ahead of use by processes that ended; see `KeyPool.sweep` for when."""
    return store.keys.sweep(store.key_ids_in_use, store.highest_key_id())
