"""Campaign as it runs distributed: real processes on one PostgreSQL, and a notifier that keeps what it is handed."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.distributed.parts.process import Child, free_port
from services.distributed.secrets import make_missing
from services.gateway.clients.campaign_http import CampaignHttp
from tests.support.campaign_databases import pair
from tests.support.campaign_house import Person, local
from tests.support.postgres import Database
from tests.support.stores import in_parallel

CHORUS = Path(__file__).parents[2] / ".venv" / "bin" / "chorus"


@dataclass
class Notifier:
    """Takes every mail, and remembers each time it was handed one."""

    taken: list[dict[str, Any]] = field(default_factory=list)
    patience: float = 0.0
    """How long it takes to answer."""

    @contextmanager
    def listening(self) -> Iterator[str]:
        notifier = self

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                mail = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                time.sleep(notifier.patience)
                notifier.taken.append(mail)
                self.send_response(202)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()

    def kinds(self, address: str) -> list[str]:
        return [mail["kind"] for mail in self.taken if mail["email"] == address]


class Running:
    """One process, as its own port shows it; people act at it as at any house."""

    def __init__(self, child: Child, port: int, secret: str, pepper: bytes) -> None:
        self.child = child
        self.url = f"http://127.0.0.1:{port}"
        self.service = CampaignHttp(self.url, secret)
        self.pepper = pepper

    def local(self, text: str) -> datetime:
        return local(text)

    def person(self, email: str, name: str, campaign: str = "") -> Person:
        return Person(self, email, name, campaign)

    def health(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5) as answer:
            found: dict[str, Any] = json.loads(answer.read())
            return found

    def is_ready(self) -> bool:
        try:
            return bool(self.health()["ok"])
        except OSError:
            return False

    def metric(self, name: str) -> float:
        """0 where nothing was counted yet."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(f"{name} "):
                    return float(line.split()[1])
        return 0.0

    def kill(self) -> None:
        self.child.kill()

    def stop(self) -> None:
        self.service.close()
        self.child.stop()


@dataclass
class Installation:
    """Databases, secrets and files in place; `start` adds processes."""

    folder: Path
    database: Database
    keys: Database
    notifier: Notifier
    notifier_url: str
    running: list[Running] = field(default_factory=list)

    @property
    def secret(self) -> str:
        return (self.folder / "secrets" / "internal").read_text(encoding="ascii")

    @property
    def pepper(self) -> bytes:
        return (self.folder / "secrets" / "campaign" / "pepper").read_bytes()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CHORUS_CAMPAIGN_DATABASE": self.database.url,
            "CHORUS_KEYS_DATABASE": self.keys.url,
            "CHORUS_CAMPAIGN_DATABASE_PASSWORD": str(self.database.password),
            "CHORUS_CAMPAIGN_DATA": str(self.folder / "data"),
            "CHORUS_SECRETS": str(self.folder / "secrets" / "campaign"),
            "CHORUS_INTERNAL_SECRET_FILE": str(self.folder / "secrets" / "internal"),
            "CHORUS_NOTIFIER_URL": self.notifier_url,
        }

    def start(self, *kinds: str, **settings: str) -> list[Running]:
        """Several at once; ready when this returns."""
        started = [self._spawn(kind, settings) for kind in kinds]
        for each in started:
            each.child.wait_until(each.is_ready, patience=60)
        return started

    def _spawn(self, kind: str, settings: dict[str, str]) -> Running:
        port = free_port()
        environment = {**self.environment, **settings, "CHORUS_BIND": f"127.0.0.1:{port}"}
        log = self.folder / "logs" / f"{kind}-{len(self.running)}.log"
        child = Child(kind, [CHORUS, "campaign", kind], log=log, environment=environment)
        running = Running(child, port, self.secret, self.pepper)
        self.running.append(running)
        return running

    def events(self, campaign: str, kind: str) -> int:
        """How many of a type are in a campaign's log."""
        with self.database.engine().connect() as connection:
            sought = (
                "SELECT count(*) FROM public.stored_events e JOIN public.campaigns c USING(campaign_no)"
                " WHERE c.campaign = :campaign AND e.topic = :kind"
            )
            found = connection.execute(text(sought), {"campaign": UUID(campaign).bytes, "kind": kind})
            return int(found.scalar_one())

    def stop(self) -> None:
        if self.running:
            in_parallel([each.stop for each in self.running])

    def logged(self, words: str) -> list[str]:
        """Lines of all processes that hold these words."""
        logs = [path.read_text(encoding="utf-8") for path in sorted((self.folder / "logs").iterdir())]
        return [line for log in logs for line in log.splitlines() if words in line]


@contextmanager
def installation(folder: Path) -> Iterator[Installation]:
    with ExitStack() as stack:
        make_missing(folder / "secrets", datetime.now(UTC))
        notifier, databases = Notifier(), stack.enter_context(pair())
        found = Installation(
            folder,
            databases.events,
            databases.keys,
            notifier,
            stack.enter_context(notifier.listening()),
        )
        stack.callback(found.stop)
        yield found


def until(true: Any, patience: float = 10.0) -> None:
    """Asks again and again, each 20 ms."""
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)
