"""Domain event to leaf bytes: one encoder per event class, compiled at first use from the marks on its fields."""

import hashlib
import os
from binascii import b2a_base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from eventsourcing.persistence import StoredEvent

from services.campaign.domain.base import PERSONAL, DomainError, Recorded
from services.campaign.vault.fields import Field, event_fields, topic_of, version_of

LONGEST_LEAF: Final = 65_535
"""Bytes of one entry: a bundle of the public log counts them in 16 bits (tlog-tiles)."""
SALT_BYTES: Final = 32
Entropy = Callable[[int], bytes]
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_CANONICAL: Final = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z
"""The same bytes as RFC 8785 for what a leaf may hold: ASCII keys, no floats, no null, integers below 2^53."""


@dataclass(frozen=True, slots=True)
class StoredLeaf(StoredEvent):
    """A stored event (state = leaf bytes) and the disclosures that travel beside it, never inside.

    None: the type has no such fields (when written), or they were erased (when read).
    """

    event_id: UUID
    campaign: UUID
    subject: UUID | None
    personal: tuple[str, ...] | None
    text: tuple[str, ...] | None

    @property
    def stream(self) -> UUID:
        assert isinstance(self.originator_id, UUID)
        return self.originator_id

    @property
    def holder(self) -> UUID:
        """Whose key seals the personal fields: the member the event is about, else the stream itself."""
        return self.stream if self.subject is None else self.subject


class LeafError(ValueError):
    """An event that has no leaf: a wrong value in a field, an uncut time, something erased."""


def base64url(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_URL_SAFE).rstrip(b"=").decode()


def digest_of(disclosure: str) -> str:
    """The salted digest that stands in a leaf for a disclosure (RFC 9901)."""
    return base64url(hashlib.sha256(disclosure.encode()).digest())


def encode(event: Recorded, entropy: Entropy = os.urandom) -> StoredLeaf:
    """The event's leaf and disclosures; `entropy(n)` gives the salts in field order, then the decoys.

    Raises LeafError for a value that the leaf format refuses, DomainError `event-too-large`.
    """
    event_class = type(event)
    encoder = _ENCODERS.get(event_class)
    if encoder is None:
        encoder = _ENCODERS[event_class] = _compile(event_class)
    try:
        return encoder(event, entropy)
    except TypeError as error:
        raise LeafError(f"{topic_of(event_class)}: {error}") from error


_ENCODERS: Final[dict[type, Callable[[Recorded, Entropy], StoredLeaf]]] = {}


def _compile(event_class: type[Recorded]) -> Callable[[Recorded, Entropy], StoredLeaf]:
    topic, version = topic_of(event_class), version_of(event_class)
    described = event_fields(event_class)
    clear = tuple((f.name, f.write) for f in described if f.mark is None)
    commit = _compile_committed([f for f in described if f.mark is not None])
    facts_count = len(event_class.__dataclass_fields__)

    def encode_event(event: Recorded, entropy: Entropy) -> StoredLeaf:
        facts = event.__dict__
        if len(facts) != facts_count:
            raise LeafError(f"{topic} carries fields that its type does not know")
        data = {}
        for name, write in clear:
            value = facts[name]
            if value is not None:
                data[name] = write(value)
        stream, subject, actor = facts["originator_id"], facts["subject"], facts["actor"]
        leaf: dict[str, Any] = {
            "actor": {"role": facts["role"]} if actor is None else {"id": actor, "role": facts["role"]},
            "campaign": facts["campaign"],
            "data": data,
            "id": facts["event_id"],
            "n": facts["originator_version"],
            "stream": stream,
            "time": _cut(facts["timestamp"], subject is not None),
            "type": topic,
            "v": 1,
            "version": version,
        }
        if subject is not None:
            leaf["subject"] = subject
        personal = text = None
        if commit is not None:
            leaf["_sd"], personal, text = commit(facts, entropy)
            leaf["_sd_alg"] = "sha-256"
        state = orjson.dumps(leaf, option=_CANONICAL)
        if len(state) > LONGEST_LEAF:
            raise DomainError("event-too-large", bytes=len(state), limit=LONGEST_LEAF)
        return StoredLeaf(
            stream, leaf["n"], topic, state, leaf["id"], leaf["campaign"], subject, personal, text
        )  # fmt: skip

    return encode_event


Committed = tuple[list[str], tuple[str, ...] | None, tuple[str, ...] | None]


def _compile_committed(fields: list[Field]) -> Callable[[dict[str, Any], Entropy], Committed] | None:
    """Digests with their decoys, personal disclosures, text disclosures; None for a type that commits to nothing."""
    if not fields:
        return None
    marked = tuple((f.name, f.write, f.mark == PERSONAL) for f in fields)
    has_personal = any(personal for _, _, personal in marked)
    has_text = not all(personal for _, _, personal in marked)
    most = -(-len(marked) // 4) * 4
    sha256, dumps = hashlib.sha256, orjson.dumps

    def b64(raw: bytes) -> bytes:
        return b2a_base64(raw, newline=False).translate(_URL_SAFE)

    def commit(facts: dict[str, Any], entropy: Entropy) -> Committed:
        salts = entropy(SALT_BYTES * most)
        at = 0
        digests: list[str] = []
        personal: list[str] = []
        text: list[str] = []
        for name, write, is_personal in marked:
            value = facts[name]
            if value is None:
                continue
            salt = b64(salts[at : at + SALT_BYTES])[:43].decode()
            disclosure = b64(dumps((salt, name, write(value)))).rstrip(b"=")
            (personal if is_personal else text).append(disclosure.decode())
            digests.append(b64(sha256(disclosure).digest())[:43].decode())
            at += SALT_BYTES
        for _ in range(-len(digests) % 4 or (0 if digests else 4)):
            digests.append(b64(salts[at : at + SALT_BYTES])[:43].decode())
            at += SALT_BYTES
        digests.sort()
        return digests, tuple(personal) if has_personal else None, tuple(text) if has_text else None

    return commit


def _cut(at: Any, to_the_hour: bool) -> Any:
    """The time as the leaf shows it; what is finer than that was not cut and is refused."""
    if at.microsecond or at.utcoffset():
        raise LeafError("the time of an event is UTC, cut to the second")
    if to_the_hour and (at.minute or at.second):
        raise LeafError("the time of an event about one member is cut to the hour")
    return at
