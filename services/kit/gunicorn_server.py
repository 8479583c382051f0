"""The one gunicorn of this house: one worker, built after the fork, that ends in order and logs without secrets."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.garbage import settle_in
from services.kit.settings import BadSetting

CANNOT_START: Final = 3
"""gunicorn's word for a worker that never came up: its master ends too, and does not try again for ever."""
WEB_WORKER: Final = "services.kit.prompt_worker.PromptWorker"
ENDING_SECONDS: Final = 15
"""What is left for closing, behind the time that requests under way are given, before the worker is killed."""
MEMORY: Final = "/dev/shm"  # noqa: S108  a heartbeat file, which must never wait for a disk


class Served(Protocol):
    """What a server runs: made in the worker, started when it listens, drained and stopped when it ends."""

    @property
    def app(self) -> Any: ...

    def start(self) -> None: ...

    def drain(self) -> None: ...

    def stop(self) -> None: ...


class Scrubbed(Logger):
    """gunicorn's own lines go through the same scrubbing as ours: no address, token or typed word in a log."""

    def setup(self, cfg: Config) -> None:
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True


class Server(BaseApplication):
    """Builds everything in the worker; the master only watches it, and ends when the worker never came up."""

    def __init__(
        self,
        build: Callable[[], Served],
        options: Mapping[str, Any],
        *,
        drain_seconds: int,
        cannot: Callable[[BaseException], None],
        ready: Callable[[Any], None] = lambda _served: None,
    ) -> None:
        """`cannot` tells why nothing was built; `ready` is called once it listens, in the worker."""
        self._build = build
        self._options = {**_always(drain_seconds), **options}
        self._drain_seconds = drain_seconds
        self._cannot = cannot
        self._announce = ready
        self._served: Served | None = None
        super().__init__()

    def load_config(self) -> None:
        ours = {
            "post_worker_init": self._started,
            "worker_exit": lambda _server, _worker: self._stop(),
        }
        for name, value in {**self._options, **ours}.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        self._served = self._built()
        _as_attributes(self.cfg, self._drain_seconds)
        settle_in()
        return self._served.app

    def _built(self) -> Served:
        """What stands in the way of a start is told in one line; whatever nobody foresaw, with its place as well."""
        try:
            return self._build()
        except (PermanentFailure, TemporaryFailure, BadSetting, OSError) as reason:
            self._cannot(reason)
            raise SystemExit(CANNOT_START) from None
        except Exception as error:
            self._cannot(error)
            raise

    def _started(self, worker: Any) -> None:
        if self._served is not None:
            self._served.start()
            threading.Thread(target=self._drained, args=(worker,), name="drain", daemon=True).start()
            self._announce(self._served)

    def _drained(self, worker: Any) -> None:
        """gunicorn has no hook for the moment at which a worker is told to end."""
        while worker.alive:
            time.sleep(0.2)
        if self._served is not None:
            self._served.drain()
        if hasattr(worker, "send_home"):
            worker.send_home()

    def _stop(self) -> None:
        if self._served is not None:
            self._served.stop()


def tell(*lines: str) -> None:
    print("\n  " + "\n  ".join(lines) + "\n", file=sys.stderr, flush=True)  # noqa: T201


def _always(drain_seconds: int) -> dict[str, Any]:
    return {
        "workers": 1,
        "reuse_port": True,
        "keepalive": 15,
        "timeout": 60,
        "graceful_timeout": drain_seconds + ENDING_SECONDS,
        "control_socket_disable": True,
        "logger_class": Scrubbed,
        "worker_tmp_dir": MEMORY if Path(MEMORY).is_dir() else None,
    }


def _as_attributes(cfg: Config, drain_seconds: int) -> None:
    """gunicorn looks up some forty settings for each request, through two calls each; now they are plain attributes.

    Here in the worker the grace is that of requests alone; its master waits for the closing as well.
    """
    vars(cfg).update({name: setting.get() for name, setting in cfg.settings.items()})
    vars(cfg)["graceful_timeout"] = drain_seconds
