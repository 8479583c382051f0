"""The doctor of an installation of processes: each service's own look at it, by the settings in the environment."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

from services.campaign import doctor as campaign
from services.campaign.settings import CampaignSettings
from services.contracts.topics import TOPICS
from services.gateway import doctor as gateway
from services.gateway.settings import GatewaySettings
from services.kit.checkup import Finding, each
from services.kit.settings import BadSetting, read
from services.kit.stream.checkup import topic_findings
from services.kit.stream.kafka_settings import KafkaSettings
from services.kit.stream.port import Reader
from services.notifier import doctor as notifier
from services.notifier.settings import NotifierSettings

LEAST_FREE: Final = 500 * 1024 * 1024


class Service(NamedTuple):
    """`database` is the setting that says that this service is described here."""

    name: str
    database: str
    settings: type[Any]
    findings: Callable[[Any, Reader | None], Iterator[Finding]]


SERVICES: Final = (
    Service("campaign", "CHORUS_CAMPAIGN_DATABASE", CampaignSettings, campaign.findings),
    Service("notifier", "CHORUS_NOTIFIER_DATABASE", NotifierSettings, notifier.findings),
    Service("gateway", "CHORUS_GATEWAY_DATABASE", GatewaySettings, gateway.findings),
)


def is_described(environment: Mapping[str, str]) -> bool:
    return any(environment.get(service.database) for service in SERVICES)


def findings(environment: Mapping[str, str]) -> Iterator[tuple[bool, str]]:
    """Of the services that the environment describes, and of Kafka where it is named."""
    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (3.11 or newer is needed)"
    free = shutil.disk_usage(Path.cwd()).free
    yield free >= LEAST_FREE, f"{free // 1024**2} MiB free on the disk here (at least {LEAST_FREE // 1024**2})"
    with ExitStack() as closing:
        reader: Reader | None = None
        for finding in _kafka(environment):
            yield finding.good, finding.sentence
            reader = _reader(environment, closing) if reader is None and finding.good else reader
        for service in SERVICES:
            if environment.get(service.database):
                for finding in _of(service, environment, reader):
                    yield finding.good, f"{service.name}: {finding.sentence}"


def _kafka(environment: Mapping[str, str]) -> Iterator[Finding]:
    try:
        settings = read(KafkaSettings, environment)
    except BadSetting as fault:
        yield Finding(False, str(fault))
        return
    if settings.servers:
        where = f"Kafka at {', '.join(settings.servers)}"
        yield from each(lambda: topic_findings(settings, TOPICS), where)


def _reader(environment: Mapping[str, str], closing: ExitStack) -> Reader:
    """Once Kafka has answered."""
    from services.kit.stream.kafka import KafkaStream

    stream = KafkaStream(read(KafkaSettings, environment), "chorus-doctor")
    closing.callback(stream.close)
    return stream


def _of(service: Service, environment: Mapping[str, str], reader: Reader | None) -> Iterator[Finding]:
    try:
        settings = read(service.settings, environment)
    except BadSetting as fault:
        yield Finding(False, str(fault))
        return
    yield from each(lambda: service.findings(settings, reader), "what follows")
