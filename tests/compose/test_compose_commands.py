"""Every command and every health check of docker-compose.yml runs here, against real parts, without containers.

What a container would change is put in by hand: addresses, ports, and where the secrets are.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.distributed.parts.postgres import Postgres, postgres_installed, start_postgres
from services.distributed.parts.process import Child, free_port
from services.distributed.parts.s3 import s3_program
from services.distributed.processes import COMPOSE, COMPOSE_BIND, PROCESSES, Entry, Place, entry
from services.distributed.secrets import make_missing
from services.kit.clock import SystemClock
from tests.support import compose, kafka, s3
from tests.support.kafka import OwnBroker
from tests.support.smtp_sink import SmtpSink

BIN = Path(sys.executable).parent
LISTENERS = ("listener", "controller.quorum", "log.dirs", "inter.broker")
ONE_SHOTS = [each.name for each in PROCESSES if each.kind == "once"]
STAYING = [each for each in PROCESSES if each.kind != "once"]


def told(name: str) -> dict[str, Any]:
    return compose.services()[name]


def shell(name: str, changes: Mapping[str, str]) -> list[str]:
    """The command of a container that a shell runs, with what differs here put in."""
    (script,) = told(name)["command"]
    script = script.replace("$$", "$")
    for there, here in changes.items():
        assert there in script
        script = script.replace(there, here)
    return [*told(name)["entrypoint"], script]


def healthy(name: str, port: int, *, its: int, environment: Mapping[str, str] | None = None) -> bool:
    """Asks as the container would be asked; `its` is the port that it has there."""
    words = [word.replace(f"127.0.0.1:{its}", f"127.0.0.1:{port}") for word in told(name)["healthcheck"]["test"]]
    words = [word.replace(f"127.0.0.1/{its}", f"127.0.0.1/{port}") for word in words]
    assert words[0] == "CMD"
    path = f"{BIN}:{os.environ['PATH']}"
    done = subprocess.run(words[1:], env={**os.environ, **(environment or {}), "PATH": path}, capture_output=True)
    return done.returncode == 0


READ_ONLY = (
    "mount --make-rprivate / && mount -o remount,bind,ro /"
    " && mount -t tmpfs tmpfs /tmp && mount -t tmpfs tmpfs /dev/shm"
    ' && exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"'
)


@cache
def contained() -> list[str]:
    """Where the system lets us: nothing can be written but /tmp and /dev/shm, and there are no capabilities.

    Sources that lie in /tmp themselves would be gone under its new, empty one.
    """
    if Path(__file__).is_relative_to("/tmp"):
        return []
    words = ["unshare", "--mount", "sh", "-ec", READ_ONLY, "sh"]
    tried = subprocess.run([*words, "touch", "/tmp/here"], capture_output=True) if shutil.which("unshare") else None
    return words if tried is not None and tried.returncode == 0 else []


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Like the root of a container: nobody's home, and open to PostgreSQL's own account."""
    at = Path(tempfile.mkdtemp(prefix="chorus-compose-", dir="/var/tmp"))
    at.chmod(0o711)
    (at / "cwd").mkdir()
    yield at
    shutil.rmtree(at)


@pytest.fixture(scope="module")
def secrets(folder: Path) -> Path:
    make_missing(folder / "secrets", SystemClock().now())
    return folder / "secrets"


@pytest.fixture(scope="module")
def postgres(folder: Path, secrets: Path) -> Iterator[Postgres]:
    """With the options of the container's command, and filled by the script that the container runs at first."""
    if not postgres_installed():
        pytest.fail("PostgreSQL is not installed") if os.environ.get("CI") == "true" else pytest.skip("no PostgreSQL")
    words = told("postgres")["command"]
    assert words[0] == "postgres"
    options = dict(word.split("=", 1) for word in words[1:] if word != "-c")
    server = start_postgres(folder / "postgres", settings=options)
    server.provision({role: secrets / "postgres" / role for role in ("campaign", "notifier", "gateway")})
    yield server
    server.stop()


@pytest.fixture(scope="module")
def broker() -> Iterator[OwnBroker]:
    """With the settings that the container's environment stands for, but for its addresses."""
    given = {
        name.removeprefix("KAFKA_").replace("_", ".").lower(): value
        for name, value in told("kafka")["environment"].items()
        if name != "KAFKA_HEAP_OPTS"
    }
    settings = {name: value for name, value in given.items() if not any(word in name for word in LISTENERS)}
    with kafka.own_broker(settings) as running:
        yield running


@pytest.fixture(scope="module")
def objects(folder: Path, secrets: Path) -> Iterator[str]:
    """The address of the S3 server, started by the container's own words after the bucket's own one-shot."""
    s3.needed()
    at, port = folder / "s3", free_port()
    made = shell("bucket", {"/s3": str(at), "10004:10004": f"{os.getuid()}:{os.getgid()}"})
    subprocess.run(made, check=True)
    its = {"/run/chorus": str(secrets), ":7070": f"127.0.0.1:{port}", "/s3/meta /s3/objects": f"{at}/meta {at}/objects"}
    (folder / "bin").mkdir()
    (folder / "bin" / "versitygw").symlink_to(s3_program())
    path = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    child = Child("S3", shell("s3", its), log=folder / "s3.log", environment=path)
    try:
        child.wait_for_port(port, patience=20)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.stop()


@pytest.fixture(scope="module")
def place(secrets: Path, postgres: Postgres, broker: OwnBroker, objects: str) -> Iterator[Place]:
    sink = SmtpSink().start()
    yield replace(
        COMPOSE,
        secrets=str(secrets),
        postgres=f"127.0.0.1:{postgres.port}",
        kafka=broker.bootstrap,
        mail_host="127.0.0.1",
        mail_port=str(sink.port),
        s3=objects,
        campaign=f"http://127.0.0.1:{free_port()}",
        notifier=f"http://127.0.0.1:{free_port()}",
        base_url=f"http://localhost:{free_port()}",
    )
    sink.stop()


class Run:
    """All processes of the table, each started by the words of its container."""

    def __init__(self, folder: Path, place: Place) -> None:
        self.folder = folder
        self.place = place
        self.children: dict[str, Child] = {}
        self.ports: dict[str, int] = {}

    def once(self, name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._words(name), env=self._environment(entry(name)), cwd=self.cwd, capture_output=True, text=True,
            timeout=120,
        )  # fmt: skip

    def start(self, name: str) -> None:
        one, self.ports[name] = entry(name), free_port()
        door = {"campaign-web": self.place.campaign, "notifier-web": self.place.notifier}.get(name, self.place.base_url)
        bind = COMPOSE_BIND[one.kind].replace("0.0.0.0:8000", f"127.0.0.1:{door.rpartition(':')[2]}")
        bind = bind.replace("0.0.0.0:9000", f"127.0.0.1:{self.ports[name]}")
        environment = {**self._environment(one), "CHORUS_BIND": bind}
        log = self.folder / "logs" / f"{name}.log"
        self.children[name] = Child(name, self._words(name), log=log, environment=environment, folder=self.cwd)

    def wait_for(self, name: str) -> None:
        child, patience = self.children[name], 120
        child.wait_for_port(self.ports[name], patience=patience)
        child.wait_until(lambda: self.healthy(name), patience=patience)

    def healthy(self, name: str) -> bool:
        return healthy(name, self.ports[name], its=9000)

    def stop(self) -> None:
        with ThreadPoolExecutor() as all_at_once:
            list(all_at_once.map(lambda child: child.stop(30), self.children.values()))

    @property
    def cwd(self) -> Path:
        return self.folder / "cwd"

    def _words(self, name: str) -> list[str]:
        return [*contained(), str(BIN / "chorus"), *told(name)["command"]]

    def _environment(self, one: Entry) -> dict[str, str]:
        bare = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(self.cwd), "PYTHONDONTWRITEBYTECODE": "1"}
        return {**bare, **one.environment(self.place)}


@pytest.fixture(scope="module")
def run(folder: Path, place: Place) -> Iterator[Run]:
    running = Run(folder, place)
    try:
        for name in ONE_SHOTS:
            done = running.once(name)
            assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        for one in STAYING:
            running.start(one.name)
        for one in STAYING:
            running.wait_for(one.name)
        yield running
    finally:
        running.stop()


def test_the_parts_of_others_are_well(place: Place, postgres: Postgres, broker: OwnBroker, objects: str) -> None:
    assert healthy("postgres", postgres.port, its=5432, environment={"PGPORT": str(postgres.port), "PATH": PSQL})
    assert healthy("kafka", int(broker.bootstrap.rpartition(":")[2]), its=9092)
    assert healthy("s3", int(objects.rpartition(":")[2]), its=7070)


PSQL = ":".join([*map(str, Path("/usr/lib/postgresql").glob("*/bin")), os.environ["PATH"]])


def test_a_part_that_is_away_is_not_well() -> None:
    nobody = free_port()
    assert not healthy("postgres", nobody, its=5432, environment={"PGPORT": str(nobody)})
    assert not healthy("kafka", nobody, its=9092)
    assert not healthy("s3", nobody, its=7070)
    assert not healthy("gateway-web", nobody, its=9000)


def test_every_process_starts_by_its_words_is_well_and_writes_nothing_beside(run: Run) -> None:
    """One test, as they all need the whole installation. The containers are read-only: what a process would write
    where it is started, or at home, shows here."""
    for name in ONE_SHOTS:
        again = run.once(name)
        assert again.returncode == 0, again.stderr
    assert [one.name for one in STAYING if not run.healthy(one.name)] == []
    assert list(run.cwd.rglob("*")) == []
    run.children["gateway-inbox"].kill()
    assert not run.healthy("gateway-inbox")
    run.start("gateway-inbox")
    run.wait_for("gateway-inbox")
