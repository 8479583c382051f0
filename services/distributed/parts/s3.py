"""An S3-compatible server of one's own on loopback: Versity S3 Gateway on a folder, a bucket being a folder in it."""

from __future__ import annotations

import secrets
import subprocess
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.distributed.parts.process import HOST, Child, PartFailed, Progress, free_port

BUCKET: Final = "chorus-evidence"
REGION: Final = "us-east-1"
HEALTH: Final = "/health"
INSTALLER: Final = Path(__file__).parents[3] / "tools" / "s3"


@dataclass(frozen=True)
class S3Server:
    """A running server. `folder` holds `objects/`, `meta/` and `server.log`."""

    folder: Path
    port: int
    key_id: str
    secret: str
    child: Child

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        return self.child.pid

    def stop(self, patience: float = 10) -> None:
        self.child.stop(patience)

    def kill(self) -> None:
        """As a power cut would."""
        self.child.kill()


def start_s3(
    folder: Path,
    *,
    port: int | None = None,
    key_id: str = "chorus",
    secret: str | None = None,
    buckets: Sequence[str] = (BUCKET,),
    server: Path | None = None,
    progress: Progress | None = None,
) -> S3Server:
    """Serves this folder's buckets, making those that are missing; builds the server where it is not there yet.

    The keys come from the caller, who keeps them. Raises PartFailed.
    """
    folder = folder.absolute()
    objects, meta = folder / "objects", folder / "meta"
    for needed in (meta, *(objects / bucket for bucket in buckets)):
        needed.mkdir(mode=0o700, parents=True, exist_ok=True)
    port, secret = port or free_port(), secret or secrets.token_urlsafe(24)
    options = ["--port", f"{HOST}:{port}", "--region", REGION, "--health", HEALTH, "--quiet"]
    command: list[str | Path] = [server or s3_program(), *options, "posix", "--sidecar", meta, objects]
    keys = {"ROOT_ACCESS_KEY_ID": key_id, "ROOT_SECRET_ACCESS_KEY": secret}
    child = Child("the S3 server", command, log=folder / "server.log", environment=keys, folder=folder)
    try:
        child.wait_until(lambda: _healthy(port), patience=30, progress=progress)
    except PartFailed:
        child.kill()
        raise
    return S3Server(folder, port, key_id, secret, child)


def s3_program() -> Path:
    """Where the server is; the first call on a machine builds it, which takes minutes."""
    done = subprocess.run([str(INSTALLER)], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise PartFailed(f"no S3 server: {INSTALLER} failed with {done.returncode}\n{done.stderr}")
    return (INSTALLER.parents[1] / done.stdout.strip()).absolute()


def s3_present() -> bool:
    return subprocess.call([str(INSTALLER), "--present"], stdout=subprocess.DEVNULL) == 0  # noqa: S603


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{HEALTH}", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
