"""What is looked at after a drill: the log, the topic, mails, progress and its copy, and what people were answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of the log; `stream` is the aggregate, a member's own for a membership."""

    position: int
    campaign: str
    log_index: int
    stream: str
    type: str
    leaf: bytes


@dataclass(frozen=True, slots=True)
class OnTopic:
    """A record as a stranger reads it, in the order of its partition."""

    partition: int
    offset: int
    key: str
    sequence: int
    log_index: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Owed:
    """A mail of the outbox, under the Message-ID that it must have."""

    message_id: str
    kind: str
    state: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the mail server took; one that was sent again stands there twice."""

    message_id: str
    recipients: str


@dataclass(frozen=True, slots=True)
class Published:
    """Progress of one campaign: the document's bytes, and those of each entry by its number."""

    document: bytes
    entries: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class Facts:
    """`joined` and `confirmed` are the addresses that were answered so, each with its campaign.

    `members` are the streams that hold the key of an address in a campaign. `letters` are Message-IDs by address and
    kind. `grown` is notifier's progress, `copied` gateway's.
    """

    joined: Mapping[str, str] = field(default_factory=dict)
    confirmed: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    keys: int = 0
    log: tuple[Stored, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    topic: tuple[OnTopic, ...] = ()
    owed: tuple[Owed, ...] = ()
    taken: tuple[Taken, ...] = ()
    letters: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    grown: Mapping[str, Published] = field(default_factory=dict)
    copied: Mapping[str, Published] = field(default_factory=dict)
    dead_letters: int = 0
