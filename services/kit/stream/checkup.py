"""A look at the stream: the topics are as promised, and how far it lies behind the log and its consumers behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, func, select

from services.contracts.topics import Topic
from services.kit.checkup import Finding, backlog, good, wrong
from services.kit.stream.kafka_settings import KafkaSettings
from services.kit.stream.port import START, Reader
from services.kit.stream.relay import last_sequence
from services.kit.stream.tables import DEAD_LETTERS, POSITIONS

MOST_BEHIND: Final = 1000


def topic_findings(settings: KafkaSettings, topics: Sequence[Topic]) -> Iterator[Finding]:
    """Raises TemporaryFailure or PermanentFailure when Kafka is away or refuses us."""
    from services.kit.stream.kafka_topics import compare_topics

    missing, differences = compare_topics(settings, topics)
    yield good(f"Kafka at {', '.join(settings.servers)}")
    for name in missing:
        yield wrong(f"topic {name} is missing", "run `chorus topics`")
    for one in differences:
        told = f"topic {one.topic}: {one.setting} is {one.found}, should be {one.wanted}"
        yield wrong(told, "mend it with Kafka's own tools") if one.grave else good(told)
    if not missing and not differences:
        yield good(f"{len(topics)} topics are as they should be")


def relay_findings(reader: Reader, topic: Topic, head: int) -> Iterator[Finding]:
    """`head` is the last position of the log."""
    last = last_sequence(reader, topic)
    if last > head:
        remedy = "the log was put back to an earlier state; see TopicAheadOfLog in docs/operations.md"
        yield wrong(f"{topic.name} ends with event {last}, the log with {head}", remedy)
    else:
        yield backlog(head - last, f"events wait to be put on {topic.name}", MOST_BEHIND, "is a relay running?")


def consumer_findings(
    tx: Connection, reader: Reader | None, topic: Topic, consumers: Sequence[str]
) -> Iterator[Finding]:
    """From the service's own database; without a reader the lag is not looked at."""
    for name in consumers:
        mine = (POSITIONS.c.consumer == name, POSITIONS.c.topic == topic.name)
        if reader is not None:
            rows = tx.execute(
                select(POSITIONS.c.partition, func.max(POSITIONS.c.last_offset))
                .where(*mine)
                .group_by(POSITIONS.c.partition)
            )
            reached = {row[0]: row[1] for row in rows}
            behind = sum(max(0, reader.end(topic, at) - reached.get(at, START)) for at in reader.partitions(topic))
            yield backlog(behind, f"offsets of {topic.name} wait for consumer {name}", MOST_BEHIND, "is it running?")
        parked = select(func.count(), func.min(DEAD_LETTERS.c.reason)).where(
            DEAD_LETTERS.c.consumer == name, DEAD_LETTERS.c.topic == topic.name
        )
        count, reason = tx.execute(parked).one()
        told = f"dead letters of consumer {name}" + (f" ({reason})" if reason else "")
        yield backlog(count, told, 0, "mend the cause, then `chorus redrive` (docs/operations.md, DeadLetters)")
