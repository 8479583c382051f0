"""A PostgreSQL server of one's own on loopback, from Debian's package, with Chorus's roles and databases."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.distributed.parts.process import HOST, Child, PartFailed, Progress, end, free_port, is_alive, program

ACCOUNT: Final = "postgres"
SUPERUSER: Final = "postgres"
INIT_SCRIPT: Final = Path(__file__).parents[3] / "deploy" / "postgres" / "init.sh"
_SETTINGS: Final = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "password_encryption": "scram-sha-256",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class Postgres:
    """A running server. `folder` holds `data/`, `server.log` and the superuser's password."""

    folder: Path
    port: int
    pid: int
    child: Child | None = None

    @property
    def superuser_password(self) -> str:
        return _password_file(self.folder).read_text(encoding="utf-8").strip()

    def url(self, database: str, role: str) -> str:
        return f"postgresql://{role}@{HOST}:{self.port}/{database}"

    def provision(self, passwords: Mapping[str, Path]) -> None:
        """Makes roles and databases; `passwords` names the files for campaign, notifier and gateway."""
        files = {f"CHORUS_{role.upper()}_DATABASE_PASSWORD_FILE": str(path) for role, path in passwords.items()}
        _run([str(INIT_SCRIPT)], environment={**self._superuser(), **files})

    def psql(self, sql: str, database: str = "postgres") -> str:
        """Runs statements as superuser and returns what they print, bare."""
        psql = _program("psql")
        command = [str(psql), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]
        return _run(command, environment=self._superuser()).strip()

    def stop(self, patience: float = 20) -> None:
        """Ends it in good order, also when another process started it."""
        if self.child is not None:
            self.child.stop(patience)
        else:
            end(self.pid, signal.SIGINT, patience)

    def kill(self) -> None:
        """As a power cut would; the next start recovers."""
        if self.child is not None:
            self.child.kill()
        else:
            os.kill(self.pid, signal.SIGKILL)

    def _superuser(self) -> dict[str, str]:
        path = str(_program("psql").parent) + os.pathsep + os.environ.get("PATH", "")
        password = self.superuser_password
        return {"PGHOST": HOST, "PGPORT": str(self.port), "PGUSER": SUPERUSER, "PGPASSWORD": password, "PATH": path}


DYING_SECONDS = 20.0
_STILL_DYING = "pre-existing shared memory block"
"""What a server says while processes of one that was killed are still ending: a moment later it would come up."""


def start_postgres(
    folder: Path,
    *,
    port: int | None = None,
    superuser_password: str | None = None,
    settings: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Postgres:
    """Starts the server of this folder, making it first where there is none; one that still runs is ended before.

    Raises PartFailed. As root the server runs as the account `postgres`, which must be able to enter the folder.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if (left := running_postgres(folder)) is not None:
        left.stop()
    if not (folder / "data" / "PG_VERSION").exists():
        _make(folder, superuser_password or secrets.token_urlsafe(24))
    port = port or free_port()
    options = [f"--{name}={value}" for name, value in {**_SETTINGS, **(settings or {}), "port": str(port)}.items()]
    command = [*_as_account(), str(_program("postgres")), "-D", str(folder / "data"), *options]
    ready = [str(_program("pg_isready")), "-q", "-h", HOST, "-p", str(port)]
    until = time.monotonic() + DYING_SECONDS
    while True:
        child = Child("PostgreSQL", command, log=folder / "server.log", folder=folder, stop_signal=signal.SIGINT)
        try:
            child.wait_until(lambda: subprocess.call(ready) == 0, progress=progress)  # noqa: S603
            return Postgres(folder, port, child.pid, child)
        except PartFailed as failed:
            child.kill()
            if _STILL_DYING not in str(failed) or time.monotonic() > until:
                raise
        time.sleep(0.2)


def running_postgres(folder: Path) -> Postgres | None:
    """The server of this folder, when it runs already, whoever started it."""
    data = folder.absolute() / "data"
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid, port = int(lines[0]), int(lines[3])
        its_own = str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return None
    return Postgres(folder.absolute(), port, pid) if its_own and is_alive(pid) else None


def postgres_installed() -> bool:
    return all(program(name, *_folders()) is not None for name in ("postgres", "initdb", "psql", "pg_isready"))


def _make(folder: Path, password: str) -> None:
    data, given = folder / "data", _password_file(folder)
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    given.touch(mode=0o600)
    given.write_text(password, encoding="utf-8")
    if os.geteuid() == 0:
        shutil.chown(data, ACCOUNT, ACCOUNT)
        shutil.chown(given, ACCOUNT, ACCOUNT)
        _enter(data)
    words = ["--username", SUPERUSER, "--pwfile", str(given), "--auth", "scram-sha-256", "--no-instructions"]
    words += ["--encoding", "UTF8", "--locale", "C", "--no-sync"]
    _run([*_as_account(), str(_program("initdb")), "-D", str(data), *words], folder=folder)


def _enter(data: Path) -> None:
    command = [*_as_account(), "test", "-w", str(data)]
    if subprocess.call(command, cwd="/", stderr=subprocess.DEVNULL) != 0:  # noqa: S603
        shutil.rmtree(data)
        raise PartFailed(f"the account {ACCOUNT} cannot enter {data}: open the folders above it (chmod o+x)")


def _as_account() -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"]


def _password_file(folder: Path) -> Path:
    return folder / "superuser-password"


def _folders() -> list[Path]:
    """Debian keeps the server's programs off PATH, a folder for each version."""
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)


def _program(name: str) -> Path:
    found = program(name, *_folders())
    if found is None:
        raise PartFailed(f"PostgreSQL is not installed (no {name}): run tools/postgres")
    return found


def _run(command: list[str], *, environment: Mapping[str, str] | None = None, folder: Path | None = None) -> str:
    done = subprocess.run(  # noqa: S603
        command, env={**os.environ, **(environment or {})}, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PartFailed(f"{Path(command[0]).name} failed with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
