"""Where time comes from: the system's clock, or one that is set by hand, here or for several processes by a file."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SettableClock:
    """Stands still until it is set; it goes backwards only when forced."""

    def __init__(self, start: datetime) -> None:
        self._lock = threading.Lock()
        self._now = _in_utc(start)

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def set(self, at: datetime, *, force: bool = False) -> None:
        at = _in_utc(at)
        with self._lock:
            if at < self._now and not force:
                raise ValueError(
                    f"the clock stands at {self._now.isoformat()} and does not go back to {at.isoformat()}"
                )
            self._now = at


class FileClock:
    """Reads the instant from a file that `SharedClock` writes: one `stat` a call, one reading a change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = ((0, 0), datetime.min.replace(tzinfo=UTC))

    def now(self) -> datetime:
        """Raises OSError where nobody keeps the file. Any number of threads."""
        status = self._path.stat()
        stamp = (status.st_ino, status.st_mtime_ns)
        seen, at = self._known
        if seen != stamp:
            at = _in_utc(datetime.fromisoformat(self._path.read_text(encoding="ascii").strip()))
            self._known = (stamp, at)
        return at


class WrongClock:
    """The system's clock, wrong by as many seconds as stand in a file; it may jump at any time, back as well."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """Right where there is no such file."""
        try:
            wrong = float(self._path.read_text(encoding="ascii"))
        except FileNotFoundError:
            wrong = 0.0
        return datetime.now(UTC) + timedelta(seconds=wrong)


class SharedClock(SettableClock):
    """A clock set by hand that other processes read from a file; a new one goes on from where the file stands."""

    def __init__(self, path: Path, start: datetime) -> None:
        self.path = path
        stood = FileClock(path).now() if path.exists() else _in_utc(start)
        super().__init__(max(stood, _in_utc(start)))
        self._write()

    def set(self, at: datetime, *, force: bool = False) -> None:
        super().set(at, force=force)
        self._write()

    def _write(self) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(self.now().isoformat(), encoding="ascii")
        new.replace(self.path)


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC)
