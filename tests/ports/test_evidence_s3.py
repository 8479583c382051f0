"""What is true of evidence in a bucket alone: memory, other greenlets, a store that is away or refuses us."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.campaign.adapters.evidence_folder import EvidenceFolder
from services.campaign.adapters.evidence_place import S3Access, evidence_store
from services.campaign.adapters.evidence_s3 import PART, S3Evidence
from services.campaign.application.intake import LARGEST_FILE
from services.campaign.vault.files import decrypt, encrypt, new_file_key
from services.kit.failures import TemporaryFailure
from services.kit.settings import BadSetting
from tests.support import s3

ASKS: dict[str, Callable[[S3Evidence], Any]] = {
    "put": lambda store: store.put([b"bytes"]),
    "put-large": lambda store: store.put([b"x" * (PART + 1)]),
    "open": lambda store: store.open("0" * 32),
    "delete": lambda store: store.delete("0" * 32),
    "exists": lambda store: store.exists("0" * 32),
    "names": lambda store: list(store.names(s3_era())),
    "check": lambda store: store.check(),
}


def s3_era() -> Any:
    from datetime import UTC, datetime

    return datetime(2100, 1, 1, tzinfo=UTC)


def test_the_largest_file_of_a_member_is_one_conditional_request() -> None:
    assert sum(len(piece) for piece in encrypt([b"x" * LARGEST_FILE], new_file_key())) < PART


def test_the_bytes_on_the_store_s_disk_are_not_those_of_the_file() -> None:
    bucket, key, content = s3.bucket(), new_file_key(), b"a very private receipt" * 1000
    store = S3Evidence(bucket.place, bucket.access)
    name = store.put(encrypt([content], key))
    assert b"private" not in (bucket.path / name).read_bytes()
    assert b"".join(decrypt(store.open(name), key)) == content


def test_an_upload_that_breaks_leaves_no_parts_on_the_store() -> None:
    bucket = s3.bucket()

    def broken() -> Iterator[bytes]:
        for _ in range(3):
            yield b"x" * PART
        raise ValueError("gone")

    with pytest.raises(ValueError, match="gone"):
        S3Evidence(bucket.place, bucket.access).put(broken())
    assert [path for path in bucket.path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("ask", ASKS)
def test_a_store_that_refuses_us_is_to_be_asked_again(ask: str) -> None:
    bucket = s3.bucket()
    store = S3Evidence(bucket.place, replace(bucket.access, secret="another"))
    with pytest.raises(TemporaryFailure, match="evidence-store-refused") as failure:
        ASKS[ask](store)
    assert "another" not in str(failure.value)


@pytest.mark.parametrize("ask", ["put", "put-large", "delete", "names", "check"])
def test_a_bucket_that_is_missing_is_never_taken_for_a_file_that_is_gone(ask: str) -> None:
    bucket = s3.bucket()
    with pytest.raises(TemporaryFailure, match="evidence-store-"):
        ASKS[ask](S3Evidence("s3://no-such-bucket", bucket.access))


@pytest.mark.parametrize("ask", ASKS)
def test_a_store_that_is_away_is_to_be_asked_again(ask: str) -> None:
    away = S3Access(endpoint="http://127.0.0.1:9", key_id="k", secret="s")
    with pytest.raises(TemporaryFailure, match="evidence-store-failed"):
        ASKS[ask](S3Evidence("s3://bucket", away))


def test_a_store_killed_in_the_middle_of_a_download_and_started_again() -> None:
    from services.distributed.parts.s3 import BUCKET, start_s3

    server = s3.own_server()
    access = S3Access(server.endpoint, key_id=server.key_id, secret=server.secret)
    store = S3Evidence(f"s3://{BUCKET}", access)
    try:
        name = store.put([b"x" * LARGEST_FILE])
        pieces = store.open(name)
        next(pieces)
        server.kill()
        with pytest.raises(TemporaryFailure, match="evidence-store-failed"):
            list(pieces)
        server = start_s3(server.folder, port=server.port, key_id=server.key_id, secret=server.secret)
        assert sum(map(len, store.open(name))) == LARGEST_FILE
    finally:
        server.stop()
        shutil.rmtree(server.folder)


MEMORY = """
import resource, sys, hashlib
from services.campaign.adapters.evidence_place import S3Access
from services.campaign.adapters.evidence_s3 import S3Evidence
store = S3Evidence(sys.argv[1], S3Access(sys.argv[2], key_id=sys.argv[3], secret=sys.argv[4]))
list(store.open(store.put([b"warm"])))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
name = store.put(bytes([n % 256]) * 65536 for n in range(int(sys.argv[5]) * 16))
up = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert sum(len(piece) for piece in store.open(name)) == int(sys.argv[5]) * 1048576
down = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((up - before) // 1024, (down - up) // 1024)
"""


def test_memory_is_bounded_however_large_the_file() -> None:
    bucket = s3.bucket()
    grown = {}
    for mebibytes in (60, 180):
        ran = run(MEMORY, bucket, str(mebibytes))
        up, down = map(int, ran.split())
        grown[mebibytes] = up
        assert up < 70, f"{up} MiB more to send {mebibytes} MiB"
        assert down < 16, f"{down} MiB more to fetch {mebibytes} MiB"
    assert grown[180] < grown[60] + 24


GREENLETS = """
from gevent import monkey; monkey.patch_all()
import socket, sys, threading, gevent
from services.campaign.adapters.evidence_place import S3Access
from services.campaign.adapters.evidence_s3 import S3Evidence
from services.kit.failures import TemporaryFailure
store = S3Evidence(sys.argv[1], S3Access(sys.argv[2], key_id=sys.argv[3], secret=sys.argv[4]))
def life(n):
    name = store.put(bytes([n]) * 65536 for _ in range(16 * 9))
    assert b"".join(store.open(name)) == bytes([n]) * 65536 * 16 * 9
    store.delete(name)
    return not store.exists(name)
done = [gevent.spawn(life, n) for n in range(8)]
gevent.joinall(done, raise_error=True)
assert all(each.value for each in done)
silent = socket.create_server(("127.0.0.1", 0))
beats = 0
def answer_late():
    global beats
    peer = silent.accept()[0]
    for beats in range(1, 101):
        gevent.sleep(0.01)
    peer.sendall(b"HTTP/1.1 403 Forbidden\\r\\nContent-Length: 0\\r\\n\\r\\n")
gevent.spawn(answer_late)
try:
    S3Evidence("s3://b", S3Access("http://127.0.0.1:%d" % silent.getsockname()[1], key_id="k", secret="s")).check()
except TemporaryFailure as failure:
    print(failure.code, beats)
"""


def test_other_greenlets_go_on_while_the_store_is_slow() -> None:
    """The server that answers late is itself a greenlet: it could never answer if the question stood in its way."""
    assert run(GREENLETS, s3.bucket()).splitlines()[-1] == "evidence-store-refused 100"


SILENT = """
from gevent import monkey; monkey.patch_all()
import socket, sys, time, gevent
from services.campaign.adapters.evidence_place import S3Access
from services.campaign.adapters.evidence_s3 import S3Evidence
from services.kit.concurrency import run_blocking
silent = socket.create_server(("127.0.0.1", 0), backlog=64)
store = S3Evidence("s3://b", S3Access("http://127.0.0.1:%d" % silent.getsockname()[1], key_id="k", secret="s"))
asking = [gevent.spawn(store.check) for _ in range(30)]
peers = [silent.accept()[0] for _ in range(10)]
began = time.monotonic()
run_blocking(int, "1")
socket.getaddrinfo("localhost", 80)
print("at once" if time.monotonic() - began < 2 else "held up")
sys.stdout.flush()
__import__("os")._exit(0)
"""


def test_a_silent_store_holds_up_neither_the_disk_nor_the_search_for_addresses() -> None:
    assert run(SILENT, s3.bucket()).splitlines()[-1] == "at once"


def run(script: str, bucket: s3.Bucket, *arguments: str) -> str:
    access = bucket.access
    given = [bucket.place, str(access.endpoint), str(access.key_id), str(access.secret), *arguments]
    done = subprocess.run([sys.executable, "-c", script, *given], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_settings_choose_the_place(tmp_path: Path) -> None:
    assert isinstance(evidence_store(None, tmp_path / "evidence"), EvidenceFolder)
    assert isinstance(evidence_store("s3://bucket", None), S3Evidence)
    for place, folder in (("ftp://bucket", tmp_path), (None, None)):
        with pytest.raises(BadSetting, match="CHORUS_EVIDENCE"):
            evidence_store(place, folder)


def test_the_secret_shows_itself_nowhere() -> None:
    assert "hidden" not in repr(S3Access("http://127.0.0.1:9", key_id="k", secret="hidden"))
