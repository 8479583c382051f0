"""Leaf bytes to domain event and back, for the event-sourcing library and for whoever opens single events."""

from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from typing import Any, cast
from uuid import UUID

import orjson
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from services.campaign.domain.base import PERSONAL, TEXT, Erased, Recorded
from services.campaign.vault.encoder import StoredLeaf, digest_of, encode
from services.campaign.vault.fields import event_fields, instant_of, version_of
from services.kit.failures import PermanentFailure

EventTypes = Mapping[str, type[Recorded]]
"""The event classes by topic: only they are ever read, whatever a stored row says."""


class LeafMapper(Mapper[UUID]):
    """The library's mapper with the leaf as the stored form."""

    def __init__(self, types: EventTypes) -> None:
        super().__init__(JSONTranscoder())
        self._types = types

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredLeaf:
        return encode(cast(Recorded, domain_event))

    def to_domain_event(self, stored_event: StoredEvent) -> Recorded:
        """Raises PermanentFailure `leaf-unreadable` where the bytes are not the event that the row names."""
        event_class = self._types.get(stored_event.topic)
        if event_class is None:
            raise PermanentFailure("event-type-unknown")
        try:
            state = _state(event_class, stored_event)
        except (ValueError, KeyError, TypeError, ArithmeticError) as error:
            raise PermanentFailure("leaf-unreadable") from error
        event = object.__new__(event_class)
        object.__setattr__(event, "__dict__", state)
        return event


def opened(state: bytes, disclosures: Iterable[str]) -> dict[str, Any]:
    """Names and JSON values of disclosures; raises ValueError for one whose digest is not in the leaf."""
    committed = frozenset(orjson.loads(state).get("_sd", ()))
    values: dict[str, Any] = {}
    for disclosure in disclosures:
        if digest_of(disclosure) not in committed:
            raise ValueError("a disclosure does not belong to its leaf")
        _, name, value = orjson.loads(urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
        values[name] = value
    return values


def _state(event_class: type[Recorded], stored: StoredEvent) -> dict[str, Any]:
    leaf = orjson.loads(stored.state)
    if (leaf["stream"], leaf["n"], leaf["type"]) != (
        str(stored.originator_id), stored.originator_version, stored.topic,
    ):  # fmt: skip
        raise ValueError("the leaf is of another event")
    own = _own_fields(event_class, leaf, stored)
    actor, subject = leaf["actor"].get("id"), leaf.get("subject")
    frame = {
        "originator_id": stored.originator_id,
        "originator_version": stored.originator_version,
        "timestamp": instant_of(leaf["time"]),
        "event_id": UUID(leaf["id"]),
        "campaign": UUID(leaf["campaign"]),
        "role": leaf["actor"]["role"],
        "actor": None if actor is None else UUID(actor),
        "subject": None if subject is None else UUID(subject),
    }
    if "originator_topic" in event_class.__dataclass_fields__:
        frame["originator_topic"] = stored.topic.partition(".")[0]
    return {**frame, **own}


def _own_fields(event_class: type[Recorded], leaf: dict[str, Any], stored: StoredEvent) -> dict[str, Any]:
    """Clear and opened values after upcasting; a field of this version that is nowhere is None, or Erased."""
    disclosed = {PERSONAL: getattr(stored, "personal", None), TEXT: getattr(stored, "text", None)}
    values = dict(leaf["data"])
    for disclosures in disclosed.values():
        values.update(opened(stored.state, disclosures or ()))
    version = leaf["version"]
    if not 1 <= version <= version_of(event_class):
        raise ValueError("the event is of a version that this program does not know")
    for step in range(version, version_of(event_class)):
        getattr(event_class, f"upcast_v{step}_v{step + 1}")(values)
    own: dict[str, Any] = {}
    for field in event_fields(event_class):
        if field.name in values:
            value = values.pop(field.name)
            own[field.name] = None if value is None else field.read(value)
        else:
            erased = field.mark is not None and disclosed[field.mark] is None
            own[field.name] = Erased if erased else None
    if values:
        raise ValueError("the leaf has fields that its type does not know")
    return own
