"""Data keys in a PostgreSQL database of their own, shared by the processes of the campaign service."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine

from services.campaign.vault.keys import Wrapped
from services.kit.failures import TemporaryFailure
from services.kit.sql.engine import temporary_when_busy

CACHED_SECONDS: Final = 30.0
"""How long a process may go on using a key that another one destroyed."""
POOLED_SECONDS: Final = 3600.0
"""How long a key may wait unused in a process; far less than SWEPT_AFTER, so that no sweep drops one in use."""
SWEPT_AFTER: Final = "24 hours"
_GIVE: Final = "SELECT array_agg(nextval('subject_key_ids')) FROM generate_series(1, %s)"
_ADD: Final = (
    "INSERT INTO subject_keys(key_id, epoch, wrapped) SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bytea[])"
)
"""One statement for all of them: one each cost a join a fifth of its time. Binary (`%b`), text costs twice as much."""
_ALL: Final = "SELECT key_id, epoch, wrapped FROM subject_keys"
_BURN: Final = (
    "SELECT count(nextval('subject_key_ids')) FROM generate_series(1, %s - (SELECT last_value FROM subject_key_ids))"
)
_UNSWEPT: Final = (
    "WITH old AS (SELECT coalesce((SELECT min(key_id) - 1 FROM subject_keys"
    " WHERE key_id > (SELECT up_to FROM swept) AND made_at > now() - %s::interval),"
    " (SELECT max(key_id) FROM subject_keys), 0) AS up_to)"
    " SELECT old.up_to, array(SELECT key_id FROM subject_keys WHERE key_id > (SELECT up_to FROM swept)"
    " AND key_id <= old.up_to ORDER BY key_id) FROM old"
)
"""One statement, so that both are of one moment: keys may be committed out of order, and those that came in between two
readings would be taken for old."""


class PostgresKeys:
    """Implements `keys.KeyRows`.

    A deleted row leaves its page at the VACUUM that follows at once. Earlier copies of the page may stay for a while in
    the server's write-ahead log and in backups: there the key-encryption key is what keeps them closed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        self._engine.dispose()

    def add(self, count: int, wrap: Callable[[int], Wrapped]) -> None:
        with self._transaction() as db:
            given = db.exec_driver_sql(_GIVE, (count,)).scalar_one()
            columns = tuple(map(list, zip(*map(wrap, given), strict=True)))
            db.exec_driver_sql(_ADD, columns)

    def find(self, key_ids: Sequence[int]) -> list[Wrapped]:
        return _wrapped(self._rows(f"{_ALL} WHERE key_id = ANY(%s)", list(key_ids)))

    def newest(self) -> Wrapped | None:
        found = _wrapped(self._rows(f"{_ALL} ORDER BY key_id DESC LIMIT 1"))
        return found[0] if found else None

    def living(self, key_ids: Sequence[int]) -> list[int]:
        found = {row[0] for row in self._rows("SELECT key_id FROM subject_keys WHERE key_id = ANY(%s)", list(key_ids))}
        return [key_id for key_id in key_ids if key_id in found]

    def delete(self, key_ids: Sequence[int]) -> None:
        with self._transaction() as db:
            db.exec_driver_sql("DELETE FROM subject_keys WHERE key_id = ANY(%s)", (list(key_ids),))
        with temporary_when_busy(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.exec_driver_sql("VACUUM subject_keys")

    def raise_above(self, floor: int) -> None:
        """Numbers are used up rather than the counter set, which could set back what another process just raised."""
        with self._transaction() as db:
            db.exec_driver_sql(_BURN, (floor,))

    def unswept(self) -> tuple[list[int], int]:
        up_to, made = self._rows(_UNSWEPT, SWEPT_AFTER)[0]
        return list(made), up_to

    def sweep(self, unused: Sequence[int], up_to: int) -> None:
        with self._transaction() as db:
            db.exec_driver_sql("DELETE FROM subject_keys WHERE key_id = ANY(%s)", (list(unused),))
            db.exec_driver_sql("UPDATE swept SET up_to=greatest(up_to, %s)", (up_to,))

    def _rows(self, sql: str, *parameters: Any) -> Sequence[Any]:
        """A connection that was cut is replaced once: reading again changes nothing."""
        try:
            return self._read(sql, parameters)
        except TemporaryFailure:
            return self._read(sql, parameters)

    def _read(self, sql: str, parameters: tuple[Any, ...]) -> Sequence[Any]:
        with temporary_when_busy(), self._engine.connect() as db:
            return db.exec_driver_sql(sql, parameters).all()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """Durable at its end, whatever the server's default is."""
        with temporary_when_busy(), self._engine.begin() as db:
            db.exec_driver_sql("SET LOCAL synchronous_commit TO on")
            yield db


def _wrapped(rows: Sequence[Any]) -> list[Wrapped]:
    return [(key_id, epoch, bytes(wrapped)) for key_id, epoch, wrapped in rows]
