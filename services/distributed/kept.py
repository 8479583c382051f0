"""A process that is kept running: started again when it ends by itself, a little later each time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from services.distributed.parts.process import Child, PartFailed

FIRST_REST_SECONDS: Final = 0.2
MOST_REST_SECONDS: Final = 10.0
WELL_AFTER_SECONDS: Final = 20.0
LOOKS_SECONDS: Final = 0.1
Tell = Callable[[str], None]


class Kept:
    """`start` makes a running child, and returns when it may be used; it may raise PartFailed."""

    def __init__(self, name: str, start: Callable[[], Child], tell: Tell) -> None:
        self.name = name
        self.restarts = 0
        self._start = start
        self._tell = tell
        self._child: Child | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"keeps-{name}", daemon=True)

    def start(self) -> None:
        """Raises PartFailed; from here on it is kept."""
        self._child = self._start()
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """None while it is down."""
        child = self._child
        return child.pid if child is not None and child.exit_code is None else None

    def let_go(self) -> None:
        """From here on it is not started again."""
        self._ending.set()

    def stop(self, patience: float) -> None:
        self.let_go()
        if self._thread.ident is not None:
            self._thread.join()
        if self._child is not None:
            self._child.stop(patience)

    def _keep(self) -> None:
        rest, since = FIRST_REST_SECONDS, time.monotonic()
        while not self._ending.wait(LOOKS_SECONDS):
            if self._child is None or self._child.exit_code is None:
                continue
            if time.monotonic() - since > WELL_AFTER_SECONDS:
                rest = FIRST_REST_SECONDS
            self._tell(f"{self.name} ended ({_how(self._child.exit_code)}); starting it again")
            if self._ending.wait(rest):
                return
            rest, since = min(rest * 2, MOST_REST_SECONDS), time.monotonic()
            self._again()

    def _again(self) -> None:
        self.restarts += 1
        try:
            self._child = self._start()
        except (PartFailed, OSError) as failure:
            self._tell(f"{self.name} did not come up: {str(failure).splitlines()[0]}")


def _how(exit_code: int) -> str:
    return f"killed by signal {-exit_code}" if exit_code < 0 else f"with {exit_code}"
