"""Metrics: every name of the plumbing in one table; services bring a table of their own to the same registry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


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
    Metric("chorus_relay_holes", "level", "1 when the log has a hole and the relay stands still.", ("topic",)),
    Metric("chorus_consumer_offset", "level", "Offset of the last record consumed.", ("consumer", "partition")),
    Metric("chorus_consumer_records_total", "count", "Records consumed.", ("consumer",)),
    Metric("chorus_dead_letters_total", "count", "Records put aside as poison or behind it.", ("consumer",)),
)


class Metrics:
    """The metrics of one process; made by the wiring, handed to whoever counts."""

    def __init__(self, *tables: tuple[Metric, ...], multiprocess_dir: Path | None = None) -> None:
        self._registry = CollectorRegistry()
        self._multiprocess_dir = multiprocess_dir
        self._labelled: dict[tuple[object, ...], Any] = {}
        self._collectors: dict[str, Any] = {
            metric.name: _collector(metric, self._registry) for table in (KIT, *tables) for metric in table
        }

    def count(self, name: str, amount: float = 1, **labels: object) -> None:
        self._of(name, labels).inc(amount)

    def set(self, name: str, value: float, **labels: object) -> None:
        self._of(name, labels).set(value)

    def observe(self, name: str, value: float, **labels: object) -> None:
        self._of(name, labels).observe(value)

    def value(self, name: str, **labels: object) -> float:
        """The present value of a count or a level; 0 where nothing was said yet."""
        return self._registry.get_sample_value(name, {key: str(item) for key, item in labels.items()}) or 0.0

    def render(self) -> bytes:
        """The text of `/metrics`; of all processes of the service where they share a folder."""
        if self._multiprocess_dir is None:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together, path=str(self._multiprocess_dir))  # type: ignore[no-untyped-call]
        return generate_latest(together)

    def _of(self, name: str, labels: dict[str, object]) -> Any:
        if not labels:
            return self._collectors[name]
        sought = (name, *labels.items())
        found = self._labelled.get(sought)
        if found is None:
            found = self._labelled[sought] = self._collectors[name].labels(**labels)
        return found


def _collector(metric: Metric, registry: CollectorRegistry) -> Any:
    if metric.kind == "count":
        return Counter(metric.name, metric.help, metric.labels, registry=registry)
    if metric.kind == "level":
        return Gauge(metric.name, metric.help, metric.labels, registry=registry, multiprocess_mode="mostrecent")
    return Histogram(metric.name, metric.help, metric.labels, registry=registry, buckets=metric.buckets)
