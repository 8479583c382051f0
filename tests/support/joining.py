"""A process of its own in which people join a campaign until it ends or is killed; it prints who was acknowledged."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
GEVENT: Final = "import gevent.monkey; gevent.monkey.patch_all()"
_PROGRAM: Final = """
{patch}
import os, sys, threading
from pathlib import Path
from uuid import UUID
from services.kit.failures import TemporaryFailure
from tests.support.stores import AttachedBackend, StoreUnderTest
folder, url, campaign, name = Path(sys.argv[1]), *sys.argv[2:5]
under_test = StoreUnderTest(AttachedBackend(url, folder / "secrets") if url else "sqlite", folder)
campaign = UUID(campaign) if campaign else under_test.campaign().id
print(campaign, flush=True)
def join(thread):
    for turn in range({turns}):
        address = f"{{name}}{{thread}}-{{turn}}@example.org"
        try:
            under_test.join(campaign, address)
        except TemporaryFailure:
            continue
        os.write(1, f"{{address}}\\n".encode())
threads = [threading.Thread(target=join, args=(n,)) for n in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
under_test.close()
"""


def joining(
    folder: Path, *, patch: str = "", turns: int, url: str = "", campaign: str = "", name: str = "u"
) -> "subprocess.Popen[str]":
    """SQLite in `folder`; with a `url`, the PostgreSQL there, and the secrets of the folder."""
    return running(_PROGRAM.format(patch=patch, turns=turns), str(folder), url, campaign, name)


def running(program: str, *arguments: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )


def acknowledged(process: "subprocess.Popen[str]", at_least: int) -> list[str]:
    """The next so many addresses, in the order in which they were acknowledged."""
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(at_least)]


def rest(process: "subprocess.Popen[str]") -> list[str]:
    """What a process that was killed, or has ended, had still acknowledged."""
    assert process.stdout is not None
    lines = process.stdout.read().split("\n")[:-1]
    process.wait()
    process.stdout.close()
    if process.stdin is not None:
        process.stdin.close()
    return [line.strip() for line in lines]
