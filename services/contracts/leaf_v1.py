"""The public leaf, version 1: one event of a campaign's history as everyone may read it, and its strict reader."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NoReturn

LONGEST: Final = 65_535
"""Bytes: entries of the public log count their length in 16 bits."""
LARGEST_INTEGER: Final = 2**53 - 1
ROLES: Final = frozenset({"member", "organizer", "auditor", "operator", "system"})
_REQUIRED: Final = frozenset({"v", "id", "type", "version", "campaign", "stream", "n", "actor", "time", "data"})
_OPTIONAL: Final = frozenset({"subject", "_sd", "_sd_alg"})
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_TYPE: Final = re.compile(r"[a-z]+\.[a-z]+(?:_[a-z]+)*", re.ASCII)
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", re.ASCII)


class BadLeaf(ValueError):
    """Bytes that are no leaf: `code` says why, `where` names the key."""

    def __init__(self, code: str, where: str = "") -> None:
        super().__init__(f"{code} {where}".rstrip())
        self.code = code
        self.where = where


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf that was read strictly; `whole` is the object itself, as the progress reducer takes it."""

    id: str
    type: str
    version: int
    campaign: str
    stream: str
    n: int
    subject: str | None
    role: str
    actor: str | None
    time: str
    data: Mapping[str, Any]
    digests: tuple[str, ...] | None
    whole: Mapping[str, Any]


def parse(raw: bytes) -> Leaf:
    """The leaf that these bytes are. Raises BadLeaf for anything that campaign would not have written so."""
    if len(raw) > LONGEST:
        raise BadLeaf("leaf-too-long")
    whole = _read(raw)
    _check_frame(whole)
    actor, data = whole["actor"], whole["data"]
    _check_actor(actor)
    _check_time(whole["time"], "subject" in whole)
    if type(data) is not dict:
        raise BadLeaf("wrong-type", "data")
    digests = _digests(whole)
    _check_places(whole)
    return Leaf(
        whole["id"], whole["type"], whole["version"], whole["campaign"], whole["stream"], whole["n"],
        whole.get("subject"), actor["role"], actor.get("id"), whole["time"], data, digests, whole,
    )  # fmt: skip


def instant(text: str) -> datetime:
    """The instant that `YYYY-MM-DDTHH:MM:SSZ` names; raises BadLeaf for anything else."""
    if not _TIME.fullmatch(text):
        raise BadLeaf("wrong-time")
    return _instant(text)


@lru_cache(maxsize=4096)
def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadLeaf("wrong-time") from None
    if not 1970 <= at.year <= 9998:
        raise BadLeaf("wrong-time")
    return at


def _read(raw: bytes) -> dict[str, Any]:
    try:
        whole = _DECODER.decode(raw.decode("utf-8"))
        again = _ENCODER.encode(whole).encode("utf-8")
    except BadLeaf:
        raise
    except (ValueError, RecursionError):
        raise BadLeaf("not-json") from None
    if type(whole) is not dict:
        raise BadLeaf("wrong-type")
    if again != raw:
        raise BadLeaf("not-canonical")
    _check_values(whole)
    return whole


def _check_values(value: Any) -> None:
    """Keys are ASCII, so that every order of keys agrees; there is no null. (Floats never come out of the reader.)"""
    if type(value) is dict:
        for key, item in value.items():
            if not key.isascii():
                raise BadLeaf("key-not-ascii", key[:80])
            _check_values(item)
    elif type(value) is list:
        for item in value:
            _check_values(item)
    elif value is None:
        raise BadLeaf("null")


def _check_frame(whole: dict[str, Any]) -> None:
    keys = whole.keys()
    if missing := _REQUIRED - keys:
        raise BadLeaf("missing-key", min(missing))
    if unknown := keys - _REQUIRED - _OPTIONAL:
        raise BadLeaf("unknown-key", min(unknown)[:80])
    if type(whole["v"]) is not int or whole["v"] != 1:
        raise BadLeaf("unknown-format", "v")
    for key in ("id", "campaign", "stream", "subject"):
        if key in whole and not _matches(_ID, whole[key]):
            raise BadLeaf("wrong-id", key)
    for key in ("version", "n"):
        if type(whole[key]) is not int or whole[key] < 1:
            raise BadLeaf("wrong-type", key)
    if not _matches(_TYPE, whole["type"]):
        raise BadLeaf("wrong-type", "type")


def _check_actor(actor: Any) -> None:
    if type(actor) is not dict or not {"role"} <= actor.keys() <= {"id", "role"}:
        raise BadLeaf("wrong-actor", "actor")
    if type(actor["role"]) is not str or actor["role"] not in ROLES:
        raise BadLeaf("wrong-actor", "actor.role")
    if "id" in actor and (actor["role"] == "system" or not _matches(_ID, actor["id"])):
        raise BadLeaf("wrong-actor", "actor.id")


def _check_time(time: Any, about_a_member: bool) -> None:
    if type(time) is not str:
        raise BadLeaf("wrong-time", "time")
    instant(time)
    if about_a_member and not time.endswith(":00:00Z"):
        raise BadLeaf("time-not-cut", "time")


def _digests(whole: dict[str, Any]) -> tuple[str, ...] | None:
    """Sorted, without a repetition, padded to a multiple of four."""
    if ("_sd" in whole) != ("_sd_alg" in whole) or whole.get("_sd_alg", "sha-256") != "sha-256":
        raise BadLeaf("wrong-digests", "_sd_alg")
    if "_sd" not in whole:
        return None
    digests = whole["_sd"]
    if type(digests) is not list or not digests or len(digests) % 4:
        raise BadLeaf("wrong-digests", "_sd")
    if not all(_matches(_DIGEST, digest) for digest in digests) or sorted(set(digests)) != digests:
        raise BadLeaf("wrong-digests", "_sd")
    return tuple(digests)


def _check_places(whole: dict[str, Any]) -> None:
    """A campaign's own stream bears its id; a membership's stream is the subject."""
    aggregate = whole["type"].partition(".")[0]
    if aggregate == "campaign" and whole["stream"] != whole["campaign"]:
        raise BadLeaf("wrong-stream", "stream")
    if aggregate == "membership" and whole["stream"] != whole.get("subject"):
        raise BadLeaf("wrong-stream", "subject")


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return type(value) is str and pattern.fullmatch(value) is not None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadLeaf("duplicate-key")
    return fields


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(number := int(digits)) > LARGEST_INTEGER:
        raise BadLeaf("integer-too-large")
    return number


def _no_float(digits: str) -> NoReturn:
    raise BadLeaf("float", digits[:20])


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_no_float, parse_constant=_no_float
)
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
"""For ASCII keys, no floats and no null these are the bytes of RFC 8785."""
