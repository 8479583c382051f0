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

from services.embedded.compose import Embedded, build  # noqa: E402
from services.embedded.settings import EmbeddedSettings  # noqa: E402
from services.kit import logs  # noqa: E402
from services.kit.failures import PermanentFailure  # noqa: E402
from services.kit.gunicorn_server import WEB_WORKER, Server, tell  # noqa: E402

DRAIN_SECONDS = 5


def serve(settings: EmbeddedSettings, build: Callable[[EmbeddedSettings], Embedded] = build, **more: Any) -> None:
    """`more` are further options of gunicorn."""
    logs.configure(service="chorus", form="console", level="WARNING")
    options = {
        "bind": f"127.0.0.1:{settings.port}",
        "worker_class": WEB_WORKER,
        "worker_connections": 2000,
        "proc_name": "chorus",
        **more,
    }
    Server(
        lambda: build(settings),
        options,
        drain_seconds=DRAIN_SECONDS,
        cannot=lambda reason: _cannot(settings, reason),
        ready=lambda embedded: _announce(settings, embedded),
    ).run()


def _cannot(settings: EmbeddedSettings, reason: BaseException) -> None:
    """The words of a failure that nobody foresaw may quote a person; its name may not."""
    known = isinstance(reason, PermanentFailure | OSError)
    said = str(reason) if known else type(reason).__name__
    tell(f"Chorus cannot start: {said}", f"chorus doctor --data {settings.data}   says what is wrong")


def _announce(settings: EmbeddedSettings, embedded: Embedded) -> None:
    def wait() -> None:
        while not embedded.ready():
            time.sleep(0.02)
        server = settings.smtp_host
        mails = f"{settings.base_url}/_mailbox" if server is None else f"sent by {server}:{settings.smtp_port}"
        tell(f"Chorus 合声  {settings.base_url}", f"e-mails     {mails}", "Ctrl-C ends it")

    threading.Thread(target=wait, name="announce", daemon=True).start()


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
    serve(settings_from(sys.argv[1:]))


if __name__ == "__main__":
    main()
