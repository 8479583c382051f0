"""A real S3-compatible server for the tests of one process, and a fresh bucket in it for whoever asks."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest

from services.campaign.adapters.evidence_place import S3Access
from services.distributed.parts.s3 import S3Server, s3_present, start_s3


@dataclass(frozen=True)
class Bucket:
    """An empty bucket; `path` is the folder it is on the server's disk."""

    name: str
    server: S3Server

    @property
    def place(self) -> str:
        return f"s3://{self.name}"

    @property
    def path(self) -> Path:
        return self.server.folder / "objects" / self.name

    @property
    def access(self) -> S3Access:
        return S3Access(endpoint=self.server.endpoint, key_id=self.server.key_id, secret=self.server.secret)


def bucket() -> Bucket:
    found = Bucket(f"test-{uuid4().hex[:16]}", _server())
    found.path.mkdir()
    return found


def own_server() -> S3Server:
    """A server of the test's own, to be stopped by it; its folder is under the server's name for the test to drop."""
    needed()
    return start_s3(Path(tempfile.mkdtemp(prefix="chorus-s3-")))


def needed() -> None:
    if s3_present():
        return
    if os.environ.get("CI") == "true":
        pytest.fail("there is no S3 server: run tools/s3")
    pytest.skip("there is no S3 server: tools/s3 builds one")


@cache
def _server() -> S3Server:
    server = own_server()
    atexit.register(_leave, server, os.getpid())
    return server


def _leave(server: S3Server, owner: int) -> None:
    if os.getpid() == owner:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)
