"""What many tests begin with and none changes: made once in a process, then copied."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path


@cache
def _made(make: Callable[[Path], None]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="chorus-copies-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make(folder)
    return folder


def copied(make: Callable[[Path], None], folder: Path) -> None:
    """`folder` has the files that `make` makes in an empty one, such as databases whose migrations have run; those that
    it had before stay as they are."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in _made(make).iterdir():
        if not (folder / path.name).exists():
            shutil.copy(path, folder)
