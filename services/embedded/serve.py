"""The embedded server's process: one gunicorn gevent worker that holds all three services."""

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from datetime import datetime  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from gunicorn.app.base import BaseApplication  # noqa: E402
from gunicorn.config import Config  # noqa: E402
from gunicorn.glogging import Logger  # noqa: E402

from services.embedded.settings import EmbeddedSettings  # noqa: E402
from services.kit import logs  # noqa: E402
from services.kit.failures import PermanentFailure  # noqa: E402
from services.kit.garbage import settle_in  # noqa: E402

CANNOT_START = 3
"""gunicorn's word for a worker that never came up: its master ends too, and does not try again for ever."""


class Scrubbed(Logger):
    """gunicorn's own lines go through the same scrubbing as ours: no address, token or typed word in a log."""

    def setup(self, cfg: Config) -> None:
        logs.configure(service="chorus", form="console", level="WARNING")
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True


class Server(BaseApplication):
    """Builds everything in the worker, after the fork; the master only watches it."""

    def __init__(self, settings: EmbeddedSettings, build: Callable[[EmbeddedSettings], Any]) -> None:
        self._settings = settings
        self._build = build
        self._embedded: Any = None
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": f"127.0.0.1:{self._settings.port}",
            "worker_class": "gevent",
            "workers": 1,
            "reuse_port": True,
            "worker_connections": 2000,
            "keepalive": 15,
            "timeout": 60,
            "graceful_timeout": 5,
            "control_socket_disable": True,
            "logger_class": Scrubbed,
            "proc_name": "chorus",
            "post_worker_init": lambda _worker: self._ready(),
            "worker_exit": lambda _server, _worker: self._stop(),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        self._embedded = self._built()
        _as_attributes(self.cfg)
        settle_in()
        return self._embedded.app

    def _built(self) -> Any:
        """What stands in the way of a start is told in one line; whatever nobody foresaw, with its place as well."""
        advice = f"chorus doctor --data {self._settings.data}   says what is wrong"
        try:
            return self._build(self._settings)
        except (PermanentFailure, OSError) as reason:
            _tell(f"Chorus cannot start: {reason}", advice)
            raise SystemExit(CANNOT_START) from None
        except Exception as error:
            _tell(f"Chorus cannot start: {type(error).__name__}", advice)
            raise

    def _ready(self) -> None:
        self._embedded.start()
        threading.Thread(target=self._announce, name="announce", daemon=True).start()

    def _announce(self) -> None:
        while not self._embedded.ready():
            time.sleep(0.02)
        url = self._settings.base_url
        server = self._settings.smtp_host
        mails = f"{url}/_mailbox" if server is None else f"sent by {server}:{self._settings.smtp_port}"
        _tell(f"Chorus 合声  {url}", f"e-mails     {mails}", "Ctrl-C ends it")

    def _stop(self) -> None:
        if self._embedded is not None:
            self._embedded.stop()


def _tell(*lines: str) -> None:
    print("\n  " + "\n  ".join(lines) + "\n", file=sys.stderr, flush=True)  # noqa: T201


def _as_attributes(cfg: Config) -> None:
    """gunicorn looks up some forty settings for each request, through two calls each; now they are plain attributes."""
    vars(cfg).update({name: setting.get() for name, setting in cfg.settings.items()})


def settings_from(arguments: list[str]) -> EmbeddedSettings:
    parser = argparse.ArgumentParser(prog="chorus run")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--smtp", default="")
    parser.add_argument("--settable-clock", dest="clock", default="")
    parser.add_argument("--no-followers", action="store_true")
    given = parser.parse_args(arguments)
    host, _, port = given.smtp.partition(":")
    return EmbeddedSettings(
        data=given.data,
        port=given.port,
        smtp_host=host or None,
        smtp_port=int(port or 25),
        clock_start=datetime.fromisoformat(given.clock) if given.clock else None,
        followers=not given.no_followers,
    )


def main() -> None:
    from services.embedded.compose import build

    Server(settings_from(sys.argv[1:]), build).run()


if __name__ == "__main__":
    main()
