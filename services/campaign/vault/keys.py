"""Data keys: durable before use, made ahead, destroyed for good; where they are stored is another's concern."""

import math
import os
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.campaign.vault.sealing import NONCE_BYTES, DataKey
from services.kit.failures import PermanentFailure, TemporaryFailure

FIRST_FILL: Final = 32
FILL: Final = 256
CLOSING_SECONDS: Final = 5.0
CACHED: Final = 4096
KEY_BYTES: Final = 32
Wrapped = tuple[int, str, bytes]
"""Key id, epoch of the key-encryption key, the key under it."""


def _seconds_awake_or_not() -> float:
    """A clock that goes on while the machine sleeps, where there is one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class KeyRows(Protocol):
    """The stored keys. All may raise TemporaryFailure; ids are never given twice, whatever was deleted."""

    def add(self, count: int, wrap: Callable[[int], Wrapped]) -> None:
        """Stores what `wrap` makes for each of `count` new ids; durable at return."""
        ...

    def find(self, key_ids: Sequence[int]) -> list[Wrapped]:
        """Those that there are, in one question."""
        ...

    def newest(self) -> Wrapped | None: ...
    def living(self, key_ids: Sequence[int]) -> list[int]: ...
    def delete(self, key_ids: Sequence[int]) -> None:
        """Repeatable; their bytes leave the database's file and log as far as it lets them."""
        ...

    def raise_above(self, floor: int) -> None:
        """No id up to `floor` is given any more."""
        ...

    def unswept(self) -> tuple[list[int], int]:
        """Keys that no process can still hold unused, made since the last sweep; and where the next sweep begins."""
        ...

    def sweep(self, unused: Sequence[int], up_to: int) -> None: ...
    def close(self) -> None: ...


class KeyPool:
    """The data keys as one process uses them.

    `keks` are the key-encryption keys by epoch, `epoch` the one that wraps new keys. Where several processes share the
    keys, `cached_seconds` bounds for how long one may use a key that another destroyed, and `pooled_seconds` for how
    long a key may wait unused before it is left to a sweep.
    """

    def __init__(
        self, rows: KeyRows, keks: Mapping[str, bytes], epoch: str, *,
        cached_seconds: float = math.inf, pooled_seconds: float = math.inf,
        elapsed: Callable[[], float] = _seconds_awake_or_not,
    ) -> None:  # fmt: skip
        self._rows = rows
        self._keks = {name: AESGCM(kek) for name, kek in keks.items()}
        self._epoch = epoch
        self._cached_seconds = cached_seconds
        self._pooled_seconds = pooled_seconds
        self._elapsed = elapsed
        self._filling = threading.Lock()
        self._pool: deque[DataKey] = deque()
        self._cache: OrderedDict[int, tuple[DataKey, float]] = OrderedDict()
        self._cache_lock = threading.Lock()
        self._next_fill = FIRST_FILL
        self._low = 0
        if (newest := rows.newest()) is not None:
            self._unwrap(*newest)

    def close(self) -> None:
        """Keys that are being stored are waited for, for a while."""
        filling = self._filling.acquire(timeout=CLOSING_SECONDS)
        self._rows.close()
        if filling:
            self._filling.release()

    @property
    def shared(self) -> bool:
        """Whether a sweep spares what a living process may hold, by its age, so that it may come at any time."""
        return math.isfinite(self._pooled_seconds)

    def take(self) -> DataKey:
        """A fresh key, already durable. The pool is filled ahead: only who finds it empty waits."""
        while True:
            try:
                key = self._pool.popleft()
            except IndexError:
                self._fill_empty()
                continue
            if len(self._pool) <= self._low:
                self._fill_ahead()
            if self._elapsed() - key.made < self._pooled_seconds:
                return key

    def give_back(self, keys: Iterable[DataKey]) -> None:
        """Keys that sealed nothing which was stored."""
        self._pool.extend(keys)

    def get(self, key_id: int) -> DataKey | None:
        """The key, or None when it was destroyed."""
        return self.among([key_id]).get(key_id)

    def among(self, key_ids: Iterable[int]) -> dict[int, DataKey]:
        """The keys by id, without those that were destroyed; what is not known here is asked for at once."""
        wanted, now = dict.fromkeys(key_ids), self._elapsed()
        with self._cache_lock:
            self._drop_stale(now)
            known = {key_id: self._cache[key_id] for key_id in wanted if key_id in self._cache}
        found = {key_id: key for key_id, (key, read) in known.items() if now - read < self._cached_seconds}
        unknown = [key_id for key_id in wanted if key_id not in found]
        got = {row[0]: self._unwrap(*row) for row in self._rows.find(unknown)} if unknown else {}
        with self._cache_lock:
            self._cache.update((key_id, (key, now)) for key_id, key in got.items())
            while len(self._cache) > CACHED:
                self._cache.popitem(last=False)
        return found | got

    def living(self, key_ids: Iterable[int]) -> list[int]:
        """Those of the ids whose key still exists."""
        return self._rows.living(list(key_ids))

    def destroy(self, key_ids: Iterable[int]) -> None:
        """Deletes keys for good; repeatable. Raises TemporaryFailure: call again."""
        gone = list(key_ids)
        with self._cache_lock:
            for key_id in gone:
                self._cache.pop(key_id, None)
        self._rows.delete(gone)
        with self._cache_lock:
            for key_id in gone:
                self._cache.pop(key_id, None)

    def sweep(self, in_use: Callable[[Sequence[int]], set[int]], floor: int) -> int:
        """Drops keys that no one has; answers how many. Where they are not `shared`: before the first `take`.

        `in_use` tells which of some key ids the event store names; `floor` is the highest it ever named, so that a
        key database restored from a backup does not give the same id twice.
        """
        self._rows.raise_above(floor)
        made, up_to = self._rows.unswept()
        used = in_use(made)
        unused = [key_id for key_id in made if key_id not in used]
        self._rows.sweep(unused, up_to)
        return len(unused)

    def _fill_empty(self) -> None:
        with self._filling:
            if not self._pool:
                self._fill()

    def _fill_ahead(self) -> None:
        """Where no thread can be had, whoever finds the pool empty fills it."""
        if self._filling.acquire(blocking=False):
            try:
                threading.Thread(target=self._filled_ahead, name="data-keys", daemon=True).start()
            except RuntimeError:
                self._filling.release()

    def _filled_ahead(self) -> None:
        """A failure is met again, and told, by whoever finds the pool empty."""
        try:
            if len(self._pool) <= self._low:
                self._fill()
        except (TemporaryFailure, PermanentFailure):
            pass
        finally:
            self._filling.release()

    def _fill(self) -> None:
        count, self._next_fill = self._next_fill, FILL
        self._low = count // 4
        made, keys = self._elapsed(), []

        def wrap(key_id: int) -> Wrapped:
            secret, nonce = os.urandom(KEY_BYTES), os.urandom(NONCE_BYTES)
            keys.append(DataKey(key_id, AESGCM(secret), made))
            return (
                key_id,
                self._epoch,
                nonce + self._keks[self._epoch].encrypt(nonce, secret, _aad(key_id, self._epoch)),
            )

        self._rows.add(count, wrap)
        self._pool.extend(keys)

    def _drop_stale(self, now: float) -> None:
        """Entries stand in the order in which they were read."""
        while self._cache:
            key_id, (_, read) = next(iter(self._cache.items()))
            if now - read < self._cached_seconds:
                return
            del self._cache[key_id]

    def _unwrap(self, key_id: int, epoch: str, wrapped: bytes) -> DataKey:
        kek = self._keks.get(epoch)
        if kek is None:
            raise PermanentFailure("kek-missing")
        try:
            secret = kek.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _aad(key_id, epoch))
        except InvalidTag:
            raise PermanentFailure("kek-wrong") from None
        return DataKey(key_id, AESGCM(secret))


def _aad(key_id: int, epoch: str) -> bytes:
    return f"dek/v1|{key_id}|{epoch}".encode()
