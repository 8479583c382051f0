"""Lists as PostgreSQL's binary arrays: built in one go, of one type whatever they hold, so that one plan serves all."""

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Any, Final

from psycopg import Connection, pq
from psycopg.abc import Buffer
from psycopg.adapt import Dumper

_HEAD: Final = Struct(">iiIii")
_SIZE: Final = Struct(">i").pack
_NULL: Final = _SIZE(-1)
_NUMBER: Final = Struct(">iq").pack
_SHORT: Final = Struct(">ii").pack


class Array(bytes):
    """The bytes of an array, ready to be sent."""

    oid = 0


class Bytes(Array):
    oid = 1001


class Texts(Array):
    oid = 1009


class Numbers(Array):
    """bigint[]"""

    oid = 1016


class Ints(Array):
    """int[]"""

    oid = 1007


def bytes_array(values: Sequence[bytes | None]) -> Bytes:
    return Bytes(_strings(17, values))


def text_array(values: Iterable[str | None]) -> Texts:
    return Texts(_strings(25, [None if value is None else value.encode() for value in values]))


def number_array(values: Sequence[int | None]) -> Numbers:
    return Numbers(_numbers(20, 8, _NUMBER, values))


def int_array(values: Sequence[int]) -> Ints:
    return Ints(_numbers(23, 4, _SHORT, values))


def register(connection: Connection[Any]) -> None:
    """The connection then takes these arrays as parameters."""
    for kind in (Bytes, Texts, Numbers, Ints):
        connection.adapters.register_dumper(kind, _dumper(kind))


def _strings(oid: int, values: Sequence[bytes | None]) -> bytes:
    parts: list[bytes] = [_head(oid, len(values), None in values)]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            parts.append(_SIZE(len(value)))
            parts.append(value)
    return b"".join(parts)


def _numbers(oid: int, size: int, pack: Any, values: Sequence[int | None]) -> bytes:
    parts = [_NULL if value is None else pack(size, value) for value in values]
    return _head(oid, len(values), None in values) + b"".join(parts)


def _head(oid: int, count: int, nulls: int) -> bytes:
    return _HEAD.pack(1, nulls, oid, count, 1) if count else _HEAD.pack(0, 0, oid, 0, 0)[:12]


def _dumper(kind: type[Array]) -> type[Dumper]:
    class ArrayDumper(Dumper):
        format = pq.Format.BINARY
        oid = kind.oid

        def dump(self, obj: Any) -> Buffer:
            found: bytes = obj
            return found

    return ArrayDumper
