"""The program of every process of a service: `python -m services.kit.serve NAME web|follower MODULE:FUNCTION`."""

import sys

if __name__ == "__main__" and sys.argv[2:3] == ["web"]:
    from gevent import monkey

    monkey.patch_all()

from importlib import import_module
from typing import Any, Final

from services.kit import logs
from services.kit.clock import Clock, FileClock, SystemClock, WrongClock
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.gunicorn_server import CANNOT_START, WEB_WORKER, Server
from services.kit.operations import Operations, Turns
from services.kit.server_settings import ServerSettings, from_environment
from services.kit.serving import Build, Kind, Running
from services.kit.settings import BadSetting

FOLLOWER_THREADS: Final = 4


def run(name: str, kind: Kind, build: Build, settings: ServerSettings) -> None:
    """Never returns but by the end of the process."""
    logs.configure(service=name, form=settings.log_form, level=settings.log_level)
    Server(
        lambda: _Served(build, settings),
        {**_OPTIONS[kind], **_options(name, kind, settings)},
        drain_seconds=settings.drain_seconds,
        cannot=_cannot,
        ready=lambda _served: logs.logger(__name__).info("started", name=name),
    ).run()


class _Served:
    """A process as its server sees it, made in the worker."""

    def __init__(self, build: Build, settings: ServerSettings) -> None:
        clock = _clock(settings)
        by_hand = settings.clock_file is not None
        if by_hand and settings.secret is None:
            raise BadSetting("CHORUS_INTERNAL_SECRET is needed where the time is set by hand")
        self._running = Running(build(clock), clock, ticking=not by_hand)
        turns = Turns(self._running, settings.secret) if by_hand and settings.secret is not None else None
        self.app = Operations(self._running, _own_port(settings), turns)
        self.start, self.drain, self.stop = self._running.start, self._running.drain, self._running.stop


def _clock(settings: ServerSettings) -> Clock:
    if settings.clock_file is not None:
        return FileClock(settings.clock_file)
    return SystemClock() if settings.clock_wrong is None else WrongClock(settings.clock_wrong)


def _own_port(settings: ServerSettings) -> int | None:
    return int(settings.bind[-1].rpartition(":")[2]) if len(settings.bind) > 1 else None


_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "web": {"worker_class": WEB_WORKER},
    "follower": {"worker_class": "gthread", "threads": FOLLOWER_THREADS},
}


def _options(name: str, kind: Kind, settings: ServerSettings) -> dict[str, Any]:
    return {
        "bind": list(settings.bind),
        "worker_connections": settings.connections if kind == "web" else 100,
        "proc_name": f"chorus-{name}",
        "forwarded_allow_ips": ",".join(settings.proxies),
    }


def _cannot(reason: BaseException) -> None:
    """One line that says why; the words of a failure that nobody foresaw stay out of the log."""
    told = logs.logger(__name__)
    if isinstance(reason, PermanentFailure | TemporaryFailure):
        told.error("cannot start", code=reason.code, reason=str(reason))
    elif isinstance(reason, BadSetting | OSError):
        told.error("cannot start", reason=str(reason))
    else:
        told.error("cannot start", exc_info=reason)


def main(arguments: list[str]) -> None:
    name, place = arguments[0], arguments[2]
    kind: Kind = "web" if arguments[1] == "web" else "follower"
    try:
        settings = from_environment()
    except BadSetting as fault:
        logs.configure(service=name)
        _cannot(fault)
        raise SystemExit(CANNOT_START) from None
    module, _, function = place.partition(":")
    run(name, kind, lambda clock: getattr(import_module(module), function)(clock), settings)


if __name__ == "__main__":
    main(sys.argv[1:])
