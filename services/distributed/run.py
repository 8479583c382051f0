"""`make run-distributed`: all of an installation on loopback, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from datetime import datetime
from pathlib import Path
from types import FrameType

import click

from services.distributed.door import Door
from services.distributed.installation import Installation, Wanted
from services.distributed.parts.process import PartFailed
from services.distributed.ports import Ports, is_free
from services.distributed.turns import Turn, remote_timeline
from services.kit.clock import SharedClock
from services.kit.clock_door import clock_blueprint
from services.kit.folder_lock import FolderInUse, FolderLock
from services.kit.timeline import Timeline

RUN_FILE = "run.json"


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port on 127.0.0.1.")
@click.option("--data", default="var/distributed", show_default=True, type=click.Path(path_type=Path), help="Folder.")
@click.option("--gateways", default=2, show_default=True, type=click.IntRange(1, 16), help="Processes of gateway-web.")
@click.option("--campaigns", default=2, show_default=True, type=click.IntRange(1, 16), help="Of campaign-web.")
@click.option("--notifiers", default=2, show_default=True, type=click.IntRange(1, 12), help="Of notifier-worker.")
@click.option("--settable-clock", default="", metavar="START", help="Time stands at START until set at /_clock.")
def run(port: int, data: Path, gateways: int, campaigns: int, notifiers: int, settable_clock: str) -> None:
    """Start PostgreSQL, Kafka, an S3 server, a mail server and all services on loopback; Ctrl-C ends all of it.

    Everything is kept under the data folder, and a later start goes on with it.
    """
    if not is_free(port):
        raise click.ClickException(f"port {port} is in use; choose another one: make run-distributed PORT={port + 1}")
    start = _instant(settable_clock)
    data = data.absolute()
    data.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(data)
    try:
        lock.acquire(0)
    except FolderInUse as held:
        raise click.ClickException(f"another run is there: {held}") from None
    clock = None if start is None else SharedClock(data / "clock", start)
    replicas = {"GATEWAYS": gateways, "CAMPAIGNS": campaigns, "NOTIFIERS": notifiers}
    wanted = Wanted(data, port, replicas, None if clock is None else clock.path)
    try:
        _Run(wanted, clock).until_told()
    except PartFailed as failure:
        raise click.ClickException(str(failure)) from None
    finally:
        lock.release()


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError
    except ValueError:
        raise click.BadParameter(
            "expected an instant with its offset, such as 2026-03-02T09:00:00+08:00", param_hint="--settable-clock"
        ) from None
    return at


class _Run:
    """From the first start of a part to the end of the last."""

    def __init__(self, wanted: Wanted, clock: SharedClock | None) -> None:
        self._told = threading.Event()
        self._failure: PartFailed | None = None
        self._clock = clock
        self._began = time.monotonic()
        ports = Ports()
        door_port = ports.take()
        self._installation = Installation(wanted, door_port, ports, self._tell)
        self._door = Door(door_port, self._installation.describe)
        self._file = wanted.data / RUN_FILE
        self._file.unlink(missing_ok=True)

    def until_told(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end)
        self._tell(f"starting Chorus distributed, data in {self._installation.wanted.data}")
        starting = threading.Thread(target=self._start, name="start", daemon=True)
        starting.start()
        self._told.wait()
        began = time.monotonic()
        self._tell("ending all of it")
        self._file.unlink(missing_ok=True)
        self._door.close()
        self._installation.stop()
        self._tell(f"all ended in {time.monotonic() - began:.1f} s")
        if self._failure is not None:
            raise self._failure

    def _start(self) -> None:
        try:
            self._installation.start()
        except PartFailed as failure:
            self._failure = failure
            self._told.set()
            return
        pages = () if self._clock is None else (clock_blueprint(self._clock, self._timeline),)
        self._door.open(self._installation.parts.ports.mail, *pages)
        self._file.write_text(self._installation.describe(), encoding="utf-8")
        self._announce()

    def _announce(self) -> None:
        url = self._installation.url
        lines = (
            f"Chorus 合声  {url}   (ready after {time.monotonic() - self._began:.1f} s)",
            f"e-mails     {url}/_mailbox",
            f"logs        {self._installation.wanted.data / 'logs'}",
            "Ctrl-C ends all of it",
        )
        click.echo("\n  " + "\n  ".join(lines) + "\n", err=True)

    def _timeline(self) -> Timeline:
        if self._clock is None:
            raise LookupError("time is not set by hand here")
        secret = (self._installation.secrets / "internal").read_text(encoding="utf-8").strip()
        turns = [
            Turn(one.name, f"http://127.0.0.1:{one.port}", secret)
            for one in self._installation.processes()
            if one.kind == "follower"
        ]
        return remote_timeline(self._clock, turns)

    def _tell(self, line: str) -> None:
        click.echo(f"· {line}", err=True)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._told.set()


if __name__ == "__main__":
    run()
