"""The envelope of everything on the stream: CloudEvents 1.0, binary mode (attributes in headers, data as value)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

CONTENT_TYPE = "application/json"
_EXTENSION_NAME = re.compile(r"[a-z0-9]{1,20}")
_REQUIRED = ("id", "source", "type", "time", "partitionkey", "sequence")
_OPTIONAL = ("correlationid", "causationid", "traceparent", "subject", "dataschema")
_OWN = frozenset((*_REQUIRED, *_OPTIONAL, "specversion", "datacontenttype", "data"))


class BadEnvelope(ValueError):
    """Headers that are no envelope of ours."""


@dataclass(frozen=True)
class Envelope:
    """`sequence` is the position in the log of `source`: it grows strictly within a source.

    `partitionkey` names the campaign: records of one key keep their order. `extensions` holds further
    CloudEvents attributes, of whoever forwards the record.
    """

    id: str
    source: str
    type: str
    time: datetime
    partitionkey: str
    sequence: int
    data: bytes
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None
    subject: str | None = None
    dataschema: str | None = None
    extensions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise BadEnvelope("time needs a time zone")
        if self.sequence < 0:
            raise BadEnvelope("sequence is a position, from 0")
        if not (self.id and self.source and self.type and self.partitionkey):
            raise BadEnvelope("id, source, type and partitionkey are required")
        for name in self.extensions:
            if name in _OWN or not _EXTENSION_NAME.fullmatch(name):
                raise BadEnvelope(f"{name} is no name of an extension")

    def to_headers(self) -> list[tuple[str, bytes]]:
        """Kafka headers, `ce_` before each attribute; sequence has 19 digits, so that text order is its order."""
        texts = [
            ("specversion", "1.0"),
            ("id", self.id),
            ("source", self.source),
            ("type", self.type),
            ("time", instant(self.time)),
            ("partitionkey", self.partitionkey),
            ("sequence", f"{self.sequence:019d}"),
        ]
        texts += [(name, value) for name in _OPTIONAL if (value := getattr(self, name)) is not None]
        texts += sorted(self.extensions.items())
        return [("content-type", CONTENT_TYPE.encode()), *((f"ce_{name}", text.encode()) for name, text in texts)]

    @classmethod
    def from_headers(cls, headers: Iterable[tuple[str, bytes]], data: bytes) -> Envelope:
        """The envelope that these headers tell; raises BadEnvelope where one is missing or unreadable."""
        try:
            texts = {name[3:]: value.decode() for name, value in headers if name.startswith("ce_")}
            if texts.pop("specversion") != "1.0":
                raise BadEnvelope("not CloudEvents 1.0")
            required = {name: texts.pop(name) for name in _REQUIRED}
            time, sequence = datetime.fromisoformat(required.pop("time")), int(required.pop("sequence"))
            optional = {name: texts.pop(name) for name in _OPTIONAL if name in texts}
            return cls(**required, time=time, sequence=sequence, data=data, **optional, extensions=texts)
        except (KeyError, ValueError) as error:
            raise BadEnvelope(str(error)) from None


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with Z; fractions only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
