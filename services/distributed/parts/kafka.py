"""A Kafka broker of one's own on loopback: Apache Kafka itself, one KRaft node, its data in a folder."""

from __future__ import annotations

import base64
import fcntl
import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from services.distributed.parts.process import HOST, Child, PartFailed, Progress, end, free_port, is_alive, port_answers

INSTALLER: Final = Path(__file__).parents[3] / "tools" / "kafka"
_JAVA: Final = ("java", "-Xms192m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_CLASSES: Final = "classes.jsa"
"""Beside the jars: what a broker loads of them, as Java keeps it, so that it starts with half the work."""
_LEAVING_SECONDS: Final = 60.0
_LOGGING: Final = """\
rootLogger.level = WARN
rootLogger.appenderRef.stdout.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c{1} %m%n
"""
_SETTINGS: Final = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}
"""The short session lets a broker that was killed serve again after five seconds instead of fourteen."""


@dataclass(frozen=True)
class Kafka:
    """A running broker. `folder` holds `data/`, `server.properties` and `server.log`."""

    folder: Path
    port: int
    pid: int
    child: Child | None = None

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

    def stop(self, patience: float = 20) -> None:
        """Ends it in good order, also when another process started it."""
        if self.child is not None:
            self.child.stop(patience)
        else:
            end(self.pid, signal.SIGTERM, patience)
        _pid_file(self.folder).unlink(missing_ok=True)

    def kill(self) -> None:
        """As a power cut of the process would; what it had taken is in the system's hands and stays."""
        if self.child is not None:
            self.child.kill()
        else:
            os.kill(self.pid, signal.SIGKILL)


def start_kafka(
    folder: Path,
    *,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
    security: str = "PLAINTEXT",
    format_options: tuple[str, ...] = (),
    libraries: Path | None = None,
    java_options: tuple[str, ...] = (),
    progress: Progress | None = None,
    answers: Callable[[int], bool] = port_answers,
) -> Kafka:
    """Starts the broker of this folder, making its storage first where there is none; one that still runs is ended
    before. Fetches the broker where it is not on this machine yet.

    `settings` are lines of server.properties, `security` the protocol of the listener, `format_options` words for
    Kafka's storage tool, such as users for SCRAM. Raises PartFailed.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if (left := running_kafka(folder)) is not None:
        left.stop()
    libraries, port = libraries or kafka_libraries(), port or free_port()
    properties = folder / "server.properties"
    _write(properties, {**_SETTINGS, **_places(folder, port, security), **(settings or {})})
    (folder / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
    classpath = [*_kept_classes(libraries), "-cp", f"{libraries}/*"]
    if not (folder / "data" / "meta.properties").exists():
        _format(classpath, properties, format_options)
    logging = f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}"
    command = [*_JAVA, *java_options, logging, *classpath, "kafka.Kafka", str(properties)]
    child = Child("the Kafka broker", command, log=folder / "server.log", folder=folder)
    _pid_file(folder).write_text(f"{child.pid} {port}", encoding="ascii")
    try:
        child.wait_until(lambda: answers(port), progress=progress)
    except PartFailed:
        child.kill()
        raise
    return Kafka(folder, port, child.pid, child)


def running_kafka(folder: Path) -> Kafka | None:
    """The broker of this folder, when it runs already, whoever started it."""
    folder = folder.absolute()
    try:
        pid, port = (int(word) for word in _pid_file(folder).read_text(encoding="ascii").split())
        its_own = str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return Kafka(folder, port, pid) if its_own and is_alive(pid) else None


def kafka_libraries() -> Path:
    """Where the broker's jars are; the first call on a machine fetches them, which takes half a minute."""
    done = subprocess.run([str(INSTALLER)], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise PartFailed(f"no Kafka broker: {INSTALLER} failed with {done.returncode}\n{done.stderr}")
    libraries = (INSTALLER.parents[1] / done.stdout.strip() / "libs").absolute()
    if not (libraries.parent / _CLASSES).exists():
        with suppress(OSError):
            _keep_classes(libraries)
    return libraries


def _keep_classes(libraries: Path) -> None:
    """Once for a set of jars: a broker with nothing to do is started and ended in order, and leaves what it loaded.

    Where that does not come about a file without content says so, and brokers start as they would without it.
    """
    kept = libraries.parent / _CLASSES
    with kept.with_suffix(".lock").open("w") as lock, TemporaryDirectory(prefix="chorus-kafka-") as name:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            return
        fresh = Path(name) / _CLASSES
        fresh.touch()
        with suppress(PartFailed):
            options = (f"-XX:ArchiveClassesAtExit={fresh}",)
            start_kafka(Path(name) / "broker", libraries=libraries, java_options=options).stop(_LEAVING_SECONDS)
        shutil.copy(fresh, kept.with_suffix(".part"))
        kept.with_suffix(".part").replace(kept)


def _kept_classes(libraries: Path) -> list[str]:
    kept = libraries.parent / _CLASSES
    return [f"-XX:SharedArchiveFile={kept}"] if kept.exists() and kept.stat().st_size else []


def _places(folder: Path, port: int, security: str) -> dict[str, str]:
    controller = free_port()
    return {
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listeners": f"CLIENTS://{HOST}:{port},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": f"CLIENTS://{HOST}:{port}",
        "inter.broker.listener.name": "CLIENTS",
        "listener.security.protocol.map": f"CLIENTS:{security},CONTROLLER:PLAINTEXT",
        "log.dirs": str(folder / "data"),
    }


def _write(path: Path, lines: Mapping[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in lines.items()), encoding="utf-8")


def _format(classpath: list[str], properties: Path, options: tuple[str, ...]) -> None:
    shutil.rmtree(properties.parent / "data", ignore_errors=True)
    name = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    words = ["format", f"--cluster-id={name}", "--config", str(properties), *options]
    command = [*_JAVA, *classpath, "kafka.tools.StorageTool", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise PartFailed(f"Kafka's storage could not be made\n{done.stdout}{done.stderr}")


def _pid_file(folder: Path) -> Path:
    return folder / "broker.pid"
