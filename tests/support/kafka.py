"""One Kafka broker for all processes of a test run, and brokers of a test's own, to be killed and started again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.distributed.parts.kafka import Kafka, kafka_libraries, running_kafka, start_kafka
from services.distributed.parts.process import PartFailed
from tests.support.shared_server import Shared


def broker() -> Kafka:
    """The broker of the test run; topics of its tests have names of their own."""
    _needed()
    return _SHARED.get()


class OwnBroker:
    """A broker of the test's own, that comes back in the same place after `kill` or `stop`."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self._options = options
        self._kafka = start_kafka(folder, **options)
        self.bootstrap = self._kafka.bootstrap

    def kill(self) -> None:
        self._kafka.kill()

    def start(self) -> None:
        self._kafka = start_kafka(self._kafka.folder, port=self._kafka.port, **self._options)


@contextmanager
def own_broker(settings: Mapping[str, str] | None = None, **options: Any) -> Iterator[OwnBroker]:
    _needed()
    with tempfile.TemporaryDirectory(prefix="chorus-kafka-", ignore_cleanup_errors=True) as folder:
        broker = OwnBroker(Path(folder), settings=settings, **options)
        try:
            yield broker
        finally:
            broker.kill()


def _start(folder: Path) -> Kafka:
    return start_kafka(folder)


_SHARED = Shared("kafka", _start, running_kafka)


@cache
def _absent() -> str | None:
    try:
        kafka_libraries()
    except PartFailed as error:
        return str(error)
    return None


def _needed() -> None:
    if (reason := _absent()) is None:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
