"""What a look at an installation finds: one sentence each, and where it is not good, what to do about it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import urllib3

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.settings import BadSetting

KEY_BYTES: Final = 32
_REMEDIES: Final = {
    "secret-missing": "run `chorus secrets FOLDER`, or put back the copy that belongs to these databases",
    "schema-missing": "run the migrate command of this service",
    "schema-older-than-code": "run the migrate command of this service",
    "schema-newer-than-code": "this program is older than the database: install the newer one",
}


@dataclass(frozen=True)
class Finding:
    good: bool
    sentence: str


def good(sentence: str) -> Finding:
    return Finding(True, sentence)


def wrong(sentence: str, remedy: str) -> Finding:
    return Finding(False, f"{sentence}: {remedy}")


def tried(what: str, act: Callable[[], object], remedy: str = "") -> Finding:
    """Good when `act` returns; the code of its failure otherwise."""
    try:
        act()
    except (PermanentFailure, TemporaryFailure) as failure:
        return wrong(f"{what}: {failure.code}", _REMEDIES.get(failure.code, remedy))
    except BadSetting as fault:
        return wrong(what, str(fault))
    return good(what)


def key_file(path: Path) -> Finding:
    """A secret of 32 bytes that nobody but its owner may read, and that this user can."""
    try:
        found = path.lstat()
    except OSError:
        return wrong(f"secret {path} is missing", _REMEDIES["secret-missing"])
    if not stat.S_ISREG(found.st_mode):
        return wrong(f"secret {path} is no plain file", "put the file itself there")
    if found.st_mode & 0o077:
        return wrong(f"secret {path} may be read by others", f"run chmod 600 {path}")
    if not os.access(path, os.R_OK):
        return wrong(f"secret {path} cannot be read by this user", "give it to the user that the process runs as")
    if found.st_size != KEY_BYTES:
        return wrong(f"secret {path} has not {KEY_BYTES} bytes", "put back the copy that belongs to these databases")
    return good(f"secret {path}")


def word(name: str, value: str | None, least: int = 32) -> Finding:
    """A secret that is text, given by a setting."""
    if not value:
        return wrong(f"{name} is not set", f"name its file in {name}_FILE")
    if len(value) < least:
        return wrong(f"{name} is shorter than {least} letters", "make a new one with `chorus secrets FOLDER`")
    return good(f"{name} is set")


def door(name: str, url: str) -> Finding:
    """Another service's internal door, as its health tells."""
    remedy = f"look at the log of {name}, and at its own `/health/ready`"
    try:
        answer = urllib3.request("GET", f"{url.rstrip('/')}/health/ready", timeout=5.0, retries=False)
    except urllib3.exceptions.HTTPError:
        return wrong(f"{name} does not answer at {url}", "is it running, and is the address right?")
    if answer.status == 200:
        return good(f"{name} is ready at {url}")
    return wrong(f"{name} at {url} is not ready (HTTP {answer.status})", remedy)


def backlog(count: int, what: str, most: int, remedy: str) -> Finding:
    return good(f"{count} {what}") if count <= most else wrong(f"{count} {what}", remedy)


def each(findings: Callable[[], Iterator[Finding]], what: str) -> Iterator[Finding]:
    """What is found until something is away; that is the last finding then."""
    try:
        yield from findings()
    except (PermanentFailure, TemporaryFailure) as failure:
        yield wrong(f"{what}: {failure.code}", _REMEDIES.get(failure.code, "mend what is wrong above, then look again"))
