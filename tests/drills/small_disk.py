"""A folder on a disk that is soon full: a file system in memory of a few megabytes, mounted there.

Where mounting is not allowed the disk cannot be filled; instead the files of a process are not allowed to grow.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

FILLER: Final = "filler"
PIECE: Final = 1 << 16


class SmallDisk:
    """Entered, it is there and empty; left, it is gone with what was on it."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self.mounted = False
        self._megabytes = megabytes

    @property
    def how(self) -> str:
        if self.mounted:
            return f"a file system of {self._megabytes} MB, filled up (ENOSPC)"
        return "no right to mount: files that may not grow (EFBIG)"

    def __enter__(self) -> SmallDisk:
        self.folder.mkdir(parents=True, exist_ok=True)
        options = ["-t", "tmpfs", "-o", f"size={self._megabytes}m,mode=0755", "tmpfs"]
        mount = shutil.which("mount")
        if mount is not None:
            done = subprocess.run([mount, *options, str(self.folder)], capture_output=True, check=False)
            self.mounted = done.returncode == 0
        return self

    def __exit__(self, *_: object) -> None:
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def fill(self, pids: Iterable[int]) -> None:
        """To the last byte."""
        if not self.mounted:
            _may_grow(pids, 0)
            return
        with (self.folder / FILLER).open("ab", buffering=0) as filler:
            for piece in (PIECE, 512, 1):
                try:
                    while True:
                        filler.write(b"\0" * piece)
                except OSError:
                    continue

    def empty(self, pids: Iterable[int]) -> None:
        if not self.mounted:
            _may_grow(pids, resource.RLIM_INFINITY)
        (self.folder / FILLER).unlink(missing_ok=True)


def _may_grow(pids: Iterable[int], most: int) -> None:
    for pid in pids:
        try:
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hard))
        except ProcessLookupError:
            continue
