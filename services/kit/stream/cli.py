"""`chorus topics`: what an installation on Kafka needs before its processes start."""

from __future__ import annotations

import os

import click

from services.contracts.topics import TOPICS, Topic
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.settings import BadSetting, read
from services.kit.stream.kafka_settings import KafkaSettings

REASONS = {
    "stream-away": "no broker answers",
    "stream-refuses-us": "Kafka refuses us: look at user, password and what that user may do",
    "stream-not-trusted": "Kafka's certificate is not signed by an authority we trust, or not for this host",
    "too-few-brokers-for-the-replication": "there are fewer brokers than copies asked for",
}


@click.command()
@click.option("--patience", default=60.0, show_default=True, help="Seconds to wait for a broker that is starting.")
def topics(patience: float) -> None:
    """Make the Kafka topics that are missing, and say how those that are there differ. Safe to run again.

    Where and how: CHORUS_KAFKA and the settings beside it. Nothing that is there is changed. Ends with 1 when a topic
    would lose records or put them into wrong partitions.
    """
    try:
        settings = read(KafkaSettings, os.environ)
    except BadSetting as error:
        raise click.ClickException(str(error)) from None
    if not settings.servers:
        raise click.ClickException("CHORUS_KAFKA is missing: name Kafka's bootstrap servers, HOST:PORT")
    from services.kit.stream.kafka_topics import create_topics

    try:
        made, differences = create_topics(settings, TOPICS, patience)
    except (TemporaryFailure, PermanentFailure) as failure:
        raise click.ClickException(f"{REASONS.get(failure.code, failure.code)} ({failure.code})") from None
    for topic in TOPICS:
        click.echo(f"{'made' if topic.name in made else 'there'}: {_shown(topic)}")
    for one in differences:
        mark = "WRONG" if one.grave else "differs"
        click.echo(f"{mark}: {one.topic}: {one.setting} is {one.found}, should be {one.wanted}", err=True)
    if any(one.grave for one in differences):
        raise SystemExit(1)


def _shown(topic: Topic) -> str:
    kept = "the last of each key" if topic.compacted else "for ever"
    if topic.retention_days is not None:
        kept = f"for {topic.retention_days} days"
    return f"{topic.name} ({topic.partitions} partitions, kept {kept})"
