"""Writes docs/settings.md and docs/metrics.md from the settings and metrics of all services; `--check` compares."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from services.campaign.metrics import CAMPAIGN
from services.campaign.settings import CampaignSettings
from services.gateway.metrics import GATEWAY
from services.gateway.settings import GatewaySettings
from services.kit.metrics import KIT, Metric
from services.kit.server_settings import ServerSettings
from services.kit.settings import Described, describe
from services.kit.stream.kafka_settings import KafkaSettings
from services.notifier.metrics import NOTIFIER
from services.notifier.settings import MailboxSettings, NotifierSettings

ROOT: Final = Path(__file__).resolve().parents[2]
ALERTS: Final = Path("deploy/prometheus/alerts.yml")
_NAME: Final = re.compile(r"\b(?:chorus|process)_[a-z_]+")
_SUFFIX: Final = re.compile(r"_(?:bucket|sum|count)\Z")


@dataclass(frozen=True)
class Chapter:
    title: str
    readers: str
    settings: type[Any]


SETTINGS: Final = (
    Chapter("Every process", "every `web`, `relay`, `worker` and `inbox`", ServerSettings),
    Chapter("Campaign", "`chorus campaign migrate`, `web`, `relay`, `worker`", CampaignSettings),
    Chapter("Notifier", "`chorus notifier migrate`, `web`, `worker`", NotifierSettings),
    Chapter("Gateway", "`chorus gateway migrate`, `web`, `inbox`", GatewaySettings),
    Chapter("Kafka", "`chorus topics`, `campaign relay`, `notifier worker`, `gateway inbox`", KafkaSettings),
    Chapter("The mailbox of local runs", "`chorus notifier mailbox`", MailboxSettings),
)
METRICS: Final[tuple[tuple[str, Sequence[Metric]], ...]] = (
    ("Every process", KIT),
    ("Campaign", CAMPAIGN),
    ("Notifier", NOTIFIER),
    ("Gateway", GATEWAY),
)
KINDS: Final = {"count": "counter", "level": "gauge", "spread": "histogram"}
_SETTINGS_HEAD: Final = """# Settings

Written by `make generate` from `services/*/settings.py`; do not edit.

Every process reads its settings once, from environment variables, and ends with one line that names what is missing or
unreadable, never a value. Instead of `NAME` each can be given as `NAME_FILE`, the path of a file that holds the value:
use that for secrets. `make run` needs none of this; `make run-distributed` and `docker-compose.yml` set what stands in
`services/distributed/processes.py`.
"""
_METRICS_HEAD: Final = """# Metrics

Written by `make generate` from the tables in the code and from `deploy/prometheus/alerts.yml`; do not edit.

Each process answers `/metrics` in Prometheus's text format on its own port (the last address of `CHORUS_BIND`), where
`/health/live` and `/health/ready` are too. One process is one worker, so nothing has to be added up inside of it.
Labels are few and bounded: routes are templates, types and kinds come from tables, nothing is about a person.
`process_*` are the usual ones of Prometheus's client (memory, CPU, open files).
"""


def settings_page() -> str:
    parts = [_SETTINGS_HEAD]
    for chapter in SETTINGS:
        rows = [_setting(row) for row in describe(chapter.settings)]
        head = ("variable", "default", "kind", "what it does")
        parts.append(f"\n## {chapter.title}\n\nRead by {chapter.readers}.\n\n{_table(head, rows)}")
    return "".join(parts)


def metrics_page(alerts: Mapping[str, Sequence[str]]) -> str:
    parts = [_METRICS_HEAD]
    for title, table in METRICS:
        rows = [_metric(metric, alerts.get(metric.name, ())) for metric in table]
        parts.append(f"\n## {title}\n\n{_table(('name', 'kind', 'labels', 'meaning', 'alert'), rows)}")
    return "".join(parts)


def alerts_by_metric(text: str) -> dict[str, list[str]]:
    """Names of metrics, as the tables have them, with the alerts that look at them."""
    found: dict[str, list[str]] = {}
    for alert, names in _alerts(text):
        for name in names:
            found.setdefault(name, []).append(alert)
    return found


def _alerts(text: str) -> Iterator[tuple[str, list[str]]]:
    known = {metric.name for _, table in METRICS for metric in table}
    for group in yaml.safe_load(text)["groups"]:
        for rule in group["rules"]:
            names = dict.fromkeys(_NAME.findall(rule["expr"]))
            yield rule["alert"], [name if name in known else _SUFFIX.sub("", name) for name in names]


def _setting(row: Described) -> tuple[str, ...]:
    default = f"`{row.default}`" if row.default and not row.default.startswith("(") else row.default
    return f"`{row.name}`", default, row.kind.replace("|", "\\|"), row.sentence


def _metric(metric: Metric, alerts: Sequence[str]) -> tuple[str, ...]:
    links = ", ".join(f"[{alert}](operations.md#{alert.lower()})" for alert in alerts)
    return f"`{metric.name}`", KINDS[metric.kind], ", ".join(metric.labels), metric.help, links


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def pages() -> dict[Path, str]:
    alerts = alerts_by_metric((ROOT / ALERTS).read_text(encoding="utf-8"))
    return {Path("docs/settings.md"): settings_page(), Path("docs/metrics.md"): metrics_page(alerts)}


def main(arguments: Sequence[str]) -> int:
    differing = [path for path, text in pages().items() if _present(ROOT / path) != text]
    for path in differing:
        if "--check" in arguments:
            sys.stderr.write(f"differs: {path}\n")
        else:
            (ROOT / path).write_text(pages()[path], encoding="utf-8", newline="\n")
            sys.stderr.write(f"written: {path}\n")
    return 1 if differing and "--check" in arguments else 0


def _present(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
