"""One Kafka broker for all processes of a test run, and brokers of a test's own, to be killed and started again."""

from __future__ import annotations

import os
import shutil
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


@contextmanager
def own_broker(settings: Mapping[str, str] | None = None, **more: Any) -> Iterator[Kafka]:
    """A broker of the test's own. To start it again after `kill`: `start_kafka(kafka.folder, port=kafka.port)`."""
    _needed()
    folder = Path(tempfile.mkdtemp(prefix="chorus-kafka-"))
    try:
        yield start_kafka(folder, settings=settings, **more)
    finally:
        if (running := running_kafka(folder)) is not None:
            running.kill()
        shutil.rmtree(folder, ignore_errors=True)


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
