"""What a transaction costs the relay: records a second, and milliseconds from publishing to reading, side by side.

`python -m tests.load.kafka_publish` starts a broker of its own and measures a topic with one publisher (a transaction a
slice) beside a shared one (idempotent, record by record), with slices of 1, 50 and 500.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from services.contracts.topics import Topic
from services.distributed.parts.kafka import start_kafka
from services.kit.stream.kafka import KafkaSettings, KafkaStream
from services.kit.stream.kafka_topics import create_topics
from services.kit.stream.port import START, Record
from tests.support.streams import record

DATA: Final = b'{"x":"' + b"y" * 560 + b'"}'
KEYS: Final = 200


def batch(first: int, size: int) -> list[Record]:
    return [record(f"{n % KEYS:036d}", n, DATA) for n in range(first, first + size)]


def rate(stream: KafkaStream, topic: Topic, size: int, seconds: float) -> float:
    stream.publish(topic, batch(0, size))
    begun, count = time.monotonic(), 0
    while (spent := time.monotonic() - begun) < seconds:
        stream.publish(topic, batch(count, size))
        count += size
    return count / spent


def delays(writer: KafkaStream, reader: KafkaStream, topic: Topic, size: int, times: int) -> list[float]:
    """From the call of `publish` to the last record of the slice in the hands of a reader that is woken by hints."""
    one = replace(topic, partitions=1)
    writer.publish(one, batch(0, 1))
    arrived, after, measured = threading.Event(), START, []
    reader.wake(one, arrived.set)
    while page := reader.fetch(one, 0, after, 1000):
        after = page[-1].offset
    for _ in range(times):
        time.sleep(0.02)
        begun, missing = time.perf_counter(), size
        publishing = threading.Thread(target=writer.publish, args=(one, batch(0, size)))
        publishing.start()
        while missing:
            page = reader.fetch(one, 0, after, 1000)
            missing -= len(page)
            after = page[-1].offset if page else after
            if not page and arrived.wait(0.05):
                arrived.clear()
        measured.append((time.perf_counter() - begun) * 1000)
        publishing.join()
    return measured


@click.command()
@click.option("--seconds", default=5.0, show_default=True, help="How long each rate is measured.")
@click.option("--times", default=200, show_default=True, help="How often each delay is measured.")
@click.option("--fsync", is_flag=True, help="The broker puts every append on the disk before it answers.")
def main(seconds: float, times: int, fsync: bool) -> None:
    settings = {"log.flush.interval.messages": "1"} if fsync else {}
    with tempfile.TemporaryDirectory() as folder:
        kafka = start_kafka(Path(folder), settings=settings)
        try:
            where = KafkaSettings(servers=(kafka.bootstrap,))
            print(f"{'':24}{'slice':>6}{'records/s':>12}{'p50 ms':>9}{'p99 ms':>9}")
            for size in (1, 50, 500):
                for name, shared in (("transactions", False), ("idempotent", True)):
                    topics = [Topic(f"{what}-{name}-{size}", 12, shared=shared) for what in ("rate", "delay")]
                    create_topics(where, topics)
                    writer, reader = KafkaStream(where, "writer"), KafkaStream(where, "reader")
                    fast = rate(writer, topics[0], size, seconds)
                    slow = delays(writer, reader, topics[1], size, times)
                    cuts = statistics.quantiles(slow, n=100)
                    print(f"{name:24}{size:>6}{fast:>12,.0f}{cuts[49]:>9.1f}{cuts[98]:>9.1f}", flush=True)
                    writer.close()
                    reader.close()
        finally:
            kafka.stop()


if __name__ == "__main__":
    main()
