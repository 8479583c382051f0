"""The mechanical part of an erasure: destroy what SubjectErased names, as often as needed, and prove it gone."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

K = TypeVar("K")


class ErasableStore(Protocol[K]):
    """The event store as an erasure sees it; K is what it calls a unique key."""

    def held_by(self, owner: UUID) -> list[K]: ...
    def release(self, keys: Sequence[K]) -> None: ...
    def delete_sealed(self, key_ids: Sequence[int]) -> None: ...
    def sealed_under(self, key_ids: Sequence[int]) -> list[int]: ...


class ErasableFiles(Protocol):
    def delete(self, name: str) -> None: ...
    def exists(self, name: str) -> bool: ...


class DestroyableKeys(Protocol):
    def destroy(self, key_ids: Iterable[int]) -> None: ...
    def living(self, key_ids: Iterable[int]) -> list[int]: ...


def destroy(
    store: ErasableStore[K], keys: DestroyableKeys, evidence: ErasableFiles, *,
    subject: UUID, key_ids: Sequence[int], files: Sequence[str],
) -> None:  # fmt: skip
    """Files first: their names are sealed too, and a crash in between must still find them. Then keys, then rows.

    The last step also wipes what was deleted from the store's write-ahead log.

    Called after SubjectErased is recorded, again after a crash. Raises TemporaryFailure: call again.
    """
    for name in files:
        evidence.delete(name)
    keys.destroy(key_ids)
    store.release(store.held_by(subject))
    store.delete_sealed(key_ids)


def remains(
    store: ErasableStore[K], keys: DestroyableKeys, evidence: ErasableFiles, *,
    subject: UUID, key_ids: Sequence[int], files: Sequence[str],
) -> list[str]:  # fmt: skip
    """What is still there, by kind; empty is the proof that ErasureCompleted may be recorded."""
    left = []
    if keys.living(key_ids):
        left.append("keys")
    if store.sealed_under(key_ids):
        left.append("sealed")
    if store.held_by(subject):
        left.append("unique-keys")
    if any(evidence.exists(name) for name in files):
        left.append("files")
    return left
