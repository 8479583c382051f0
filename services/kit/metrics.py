"""Metrics: every name of the plumbing in one table; services bring a table of their own to the same registry."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from services.kit.failures import PermanentFailure, TemporaryFailure

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
UNKNOWN = math.nan


@dataclass(frozen=True)
class Metric:
    """One name; a count only grows, a level goes up and down, a spread is a histogram (of seconds by default)."""

    name: str
    kind: Literal["count", "level", "spread"]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = SECONDS


KIT = (
    Metric("chorus_http_requests_total", "count", "Requests answered.", ("service", "method", "route", "status")),
    Metric("chorus_http_request_seconds", "spread", "Time to answer a request.", ("service", "route")),
    Metric("chorus_worker_done_total", "count", "Things done by a background worker.", ("worker",)),
    Metric("chorus_worker_failures_total", "count", "Slices of a worker that failed.", ("worker", "kind")),
    Metric("chorus_relay_position", "level", "Position of the last record put on the stream.", ("topic",)),
    Metric("chorus_relay_records_total", "count", "Records put on the stream.", ("topic", "type")),
    Metric("chorus_relay_holes", "level", "1 when the log has a hole and the relay stands still.", ("topic",)),
    Metric("chorus_relay_ahead", "level", "1 when the topic has what the log has not: the relay stands.", ("topic",)),
    Metric("chorus_consumer_offset", "level", "Offset of the last record consumed.", ("consumer", "partition")),
    Metric("chorus_consumer_records_total", "count", "Records consumed.", ("consumer",)),
    Metric("chorus_consumer_lag", "level", "Offsets to the ends of the partitions of this process.", ("consumer",)),
    Metric("chorus_dead_letters_total", "count", "Records put aside as poison or behind it.", ("consumer",)),
    Metric("chorus_dead_letters_waiting", "level", "Records put aside that wait to be played again.", ("consumer",)),
)


class Metrics:
    """The metrics of one process; made by the wiring, handed to whoever counts."""

    def __init__(self, *tables: tuple[Metric, ...]) -> None:
        self._registry = CollectorRegistry()
        self._labelled: dict[tuple[object, ...], Any] = {}
        self._collectors: dict[str, Any] = {}
        ProcessCollector(registry=self._registry)
        self.include(KIT, *tables)

    def include(self, *tables: tuple[Metric, ...]) -> None:
        """Further names; a table that is there already changes nothing. Called by a service's wiring."""
        for table in tables:
            for metric in table:
                if metric.name not in self._collectors:
                    self._collectors[metric.name] = _collector(metric, self._registry)

    def count(self, name: str, amount: float = 1, **labels: object) -> None:
        self._of(name, labels).inc(amount)

    def set(self, name: str, value: float, **labels: object) -> None:
        self._of(name, labels).set(value)

    def observe(self, name: str, value: float, **labels: object) -> None:
        self._of(name, labels).observe(value)

    def watch(self, name: str, read: Callable[[], float], **labels: object) -> None:
        """A level that is read whenever somebody looks; NaN where it cannot be read then."""
        self._of(name, labels).set_function(lambda: _reading(read))

    def value(self, name: str, **labels: object) -> float:
        """The present value of a count or a level; 0 where nothing was said yet."""
        return self._registry.get_sample_value(name, {key: str(item) for key, item in labels.items()}) or 0.0

    def render(self) -> bytes:
        """The text of `/metrics`."""
        return generate_latest(self._registry)

    def _of(self, name: str, labels: dict[str, object]) -> Any:
        if not labels:
            return self._collectors[name]
        sought = (name, *labels.items())
        found = self._labelled.get(sought)
        if found is None:
            found = self._labelled[sought] = self._collectors[name].labels(**labels)
        return found


def _reading(read: Callable[[], float]) -> float:
    try:
        return float(read())
    except (TemporaryFailure, PermanentFailure):
        return UNKNOWN


def _collector(metric: Metric, registry: CollectorRegistry) -> Any:
    if metric.kind == "count":
        return Counter(metric.name, metric.help, metric.labels, registry=registry)
    if metric.kind == "level":
        return Gauge(metric.name, metric.help, metric.labels, registry=registry)
    return Histogram(metric.name, metric.help, metric.labels, registry=registry, buckets=metric.buckets)
