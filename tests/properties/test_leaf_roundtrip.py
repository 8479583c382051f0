"""Any event comes back from its leaf unchanged and encodes to the same bytes; the bytes are RFC 8785."""

import hashlib
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args, get_type_hints
from uuid import UUID

import orjson
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from services.campaign.domain.base import PERSONAL, Recorded
from services.campaign.domain.events import EVENTS
from services.campaign.vault.encoder import StoredLeaf, base64url, digest_of, encode
from services.campaign.vault.fields import Field, event_fields
from services.campaign.vault.leaf import LeafMapper

MAPPER = LeafMapper(EVENTS)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "str": WORDS,
    "bool": st.booleans(),
    "int": st.integers(-(2**53) + 1, 2**53 - 1),
    "UUID": st.uuids(version=4),
    "date": st.dates(),
    "datetime": st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 1, 1)).map(
        lambda at: at.replace(microsecond=0, tzinfo=UTC)
    ),
    "Decimal": st.decimals(min_value=0, max_value=10**11, places=2, allow_nan=False, allow_infinity=False),
    "list[str]": st.lists(WORDS, max_size=4),
    "list[int]": st.lists(st.integers(0, 2**40), max_size=4),
    "dict[str, str]": st.dictionaries(st.text("ABCDEFGHIJ0123456789", min_size=1, max_size=3), WORDS, max_size=4),
}


def values(event_class: type[Recorded], field: Field) -> st.SearchStrategy[Any]:
    hint = get_type_hints(event_class, include_extras=True)[field.name]
    if field.mark is not None:
        hint = get_args(hint)[0]
    parts = [part for part in (get_args(hint) or ()) if getattr(part, "__name__", "") != "ErasedType"]
    optional = type(None) in parts
    union = not hasattr(hint, "__origin__") or str(hint).startswith("typing.Union")
    kind = next(part for part in parts if part is not type(None)) if parts and union else hint
    name = str(kind) if "[" in str(kind) else kind.__name__
    return st.none() | KINDS[name] if optional else KINDS[name]


@st.composite
def events(draw: st.DrawFn) -> Recorded:
    topic = draw(st.sampled_from(sorted(EVENTS)))
    event_class = EVENTS[topic]
    subject = draw(st.none() | st.uuids(version=4))
    hours = draw(st.integers(0, 400_000))
    at = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(hours=hours, seconds=0 if subject else draw(st.integers(0, 3599)))
    facts: dict[str, Any] = {
        "originator_id": draw(st.uuids(version=4)), "originator_version": draw(st.integers(1, 10**6)), "timestamp": at,
        "event_id": draw(st.uuids(version=4)), "campaign": draw(st.uuids(version=4)), "subject": subject,
        "role": draw(st.sampled_from(["member", "organizer", "system"])),
        "actor": draw(st.none() | st.uuids(version=4)),
    }  # fmt: skip
    if "originator_topic" in event_class.__dataclass_fields__:
        facts["originator_topic"] = topic.partition(".")[0]
    for field in event_fields(event_class):
        facts[field.name] = draw(values(event_class, field))
    made: Any = event_class
    event: Recorded = made(**facts)
    return event


def entropy_of(leaf: StoredLeaf) -> Callable[[int], bytes]:
    """The salts and decoys that a leaf was made with, in the order in which the encoder asks for them."""

    def in_field_order() -> Iterator[bytes]:
        disclosed = {_parts(d)[1]: d for d in (*(leaf.personal or ()), *(leaf.text or ()))}
        for field in event_fields(EVENTS[leaf.topic]):
            if field.name in disclosed:
                yield _raw(_parts(disclosed[field.name])[0])
        real = {digest_of(disclosure) for disclosure in disclosed.values()}
        for digest in orjson.loads(leaf.state).get("_sd", ()):
            if digest not in real:
                yield _raw(digest)

    material = b"".join(in_field_order())
    return lambda count: material.ljust(count, b"\0")


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=")


def _parts(disclosure: str) -> tuple[str, str, Any]:
    salt, name, value = orjson.loads(urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
    return salt, name, value


def plain_leaf(event: Recorded, leaf: StoredLeaf) -> dict[str, Any]:
    """The leaf put together a second time, slowly, from the table of the format."""
    facts = event.__dict__
    described = event_fields(type(event))
    data = {f.name: _json(facts[f.name]) for f in described if f.mark is None and facts[f.name] is not None}
    actor = {"role": event.role, **({} if event.actor is None else {"id": str(event.actor)})}
    made: dict[str, Any] = {
        "v": 1, "id": str(event.event_id), "type": leaf.topic, "version": 1, "campaign": str(event.campaign),
        "stream": str(event.originator_id), "n": event.originator_version, "actor": actor,
        "time": event.timestamp.strftime("%Y-%m-%dT%H:%M:%SZ"), "data": data,
    }  # fmt: skip
    if event.subject is not None:
        made["subject"] = str(event.subject)
    if any(f.mark for f in described):
        made["_sd"], made["_sd_alg"] = orjson.loads(leaf.state)["_sd"], "sha-256"
    return made


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value) if isinstance(value, date | UUID) else value


@given(events())
@settings(max_examples=300, deadline=None)
def test_decode_then_encode_gives_identical_bytes(event: Recorded) -> None:
    leaf = encode(event)
    back = MAPPER.to_domain_event(leaf)
    assert back == event
    assert encode(back, entropy_of(leaf)) == leaf


@given(events())
@settings(max_examples=300, deadline=None)
def test_the_bytes_are_canonical_and_say_what_the_format_says(event: Recorded) -> None:
    leaf = encode(event)
    assert leaf.state == rfc8785.dumps(plain_leaf(event, leaf))


@given(events())
@settings(max_examples=150, deadline=None)
def test_digests_are_padded_sorted_and_unlinkable(event: Recorded) -> None:
    leaf, other = encode(event), encode(event)
    marks = {field.mark for field in event_fields(type(event))} - {None}
    committed = orjson.loads(leaf.state).get("_sd")
    if not marks:
        assert committed is None
        return
    assert committed == sorted(committed)
    assert len(committed) % 4 == 0
    assert len(committed) >= 4
    assert not set(committed) & set(orjson.loads(other.state)["_sd"])
    disclosures = (*(leaf.personal or ()), *(leaf.text or ()))
    assert {base64url(hashlib.sha256(d.encode()).digest()) for d in disclosures} <= set(committed)
    assert (leaf.personal is not None) == (PERSONAL in marks)
    assert all(len(_raw(_parts(disclosure)[0])) == 32 for disclosure in disclosures)


@pytest.mark.parametrize("topic", sorted(EVENTS))
def test_every_event_type_has_an_encoder(topic: str) -> None:
    names = [field.name for field in event_fields(EVENTS[topic])]
    assert not {"_sd", "..."} & set(names)
    assert EVENTS[topic].__dataclass_fields__.keys() >= set(names)
