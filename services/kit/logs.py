"""Logs without personal data: only known keys pass, addresses and tokens are withheld, a value cannot forge a line."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import IO, Any, Literal
from uuid import UUID

import structlog

KEYS = frozenset(
    "event level logger timestamp correlation_id causation_id service worker consumer topic partition offset "
    "sequence position campaign code status method route duration_ms count attempt seconds reason error where "
    "version port host state kind signal size name check".split()
)
WITHHELD = "[withheld]"
_PRIVATE = re.compile(
    r"[^\s@]*(?:@|%40)[^\s@]*"  # addresses, also as URLs write them
    r"|(?<![\w-])[\w-]{40,}(?![\w-])"  # tokens and digests
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"  # IPv4
    r"|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"  # IPv6 (and times of day)
)
_PLAIN = re.compile(r"(?:[A-Za-z0-9_-]{0,39}[ /<>,=()+])*[A-Za-z0-9_-]{0,39}\Z")
"""Short words with nothing between them that an address, a number of a network or a control character is made of: most
of what is logged, seen at a glance."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LIBRARY_FIELDS = frozenset({"_record", "_from_structlog"})
_CORRELATION: ContextVar[tuple[str, str | None] | None] = ContextVar("correlation", default=None)

Event = MutableMapping[str, Any]


def scrub(text: str) -> str:
    """`text` on one line, without anything that looks like an address, a token or a network address."""
    if len(text) <= 200 and _PLAIN.match(text):
        return text
    return _PRIVATE.sub(WITHHELD, _CONTROL.sub(" ", text[:2000]))[:500]


class Named:
    """Says who speaks, in every thread and greenlet."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        event.setdefault("service", self._service)
        return event


def name_request(_logger: Any, _method: str, event: Event) -> Event:
    """Adds the request (or record) that is being served, unless the line names one of its own."""
    present = _CORRELATION.get()
    if present is not None and "correlation_id" not in event:
        event["correlation_id"] = present[0]
        if present[1] is not None:
            event["causation_id"] = present[1]
    if event.get("correlation_id", "") is None:
        del event["correlation_id"]
    return event


class OnlyAllowed:
    """Drops every key that is not on the list and names it, so that the mistake is seen and the value is not."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = frozenset(keys)

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        dropped = [key for key in event if key not in self._keys and key not in _LIBRARY_FIELDS]
        for key in dropped:
            del event[key]
        if dropped:
            event["dropped"] = sorted(scrub(key) for key in dropped)
        return event


def describe_exception(_logger: Any, _method: str, event: Event) -> Event:
    """Type and place of an exception; never its message, which may quote what a person typed."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else (sys.exc_info() if given is True else given or (0, None))[1]
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-4:]
        event["error"] = type(error).__name__
        event["where"] = " < ".join(f"{_short(frame.filename)}:{frame.lineno}" for frame in reversed(frames))
    event.pop("stack_info", None)
    return event


def scrub_values(_logger: Any, _method: str, event: Event) -> Event:
    for key, value in event.items():
        if key in _LIBRARY_FIELDS or key in ("timestamp", "dropped") or isinstance(value, int | float | None):
            continue
        if isinstance(value, UUID | date):
            event[key] = str(value)
        else:
            event[key] = scrub(value) if isinstance(value, str) else f"<{type(value).__name__}>"
    return event


def configure(
    service: str,
    form: Literal["json", "console"] = "json",
    level: str = "INFO",
    more_keys: Iterable[str] = (),
    stream: IO[str] | None = None,
) -> None:
    """Sets up structlog and the standard library's logging of this process; called once by an entry point."""
    shared: list[Any] = [
        Named(service),
        name_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        describe_exception,
        OnlyAllowed(KEYS | frozenset(more_keys)),
        scrub_values,
    ]
    last: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if form == "console":
        last = structlog.dev.ConsoleRenderer(colors=False)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    _leave_out_what_is_never_shown()
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _leave_out_what_is_never_shown() -> None:
    """Python's own advice for the cost of a line: no search for its place, no names of threads and processes."""
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def logger(name: str) -> structlog.stdlib.BoundLogger:
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound


def correlate(correlation_id: str, causation_id: str | None = None) -> None:
    """From here on, what this thread or greenlet logs names the request (or record) that it serves."""
    _CORRELATION.set((correlation_id, causation_id))


def uncorrelate() -> None:
    _CORRELATION.set(None)


def correlation() -> str | None:
    """The request that this thread or greenlet serves, None for work that nobody asked for."""
    present = _CORRELATION.get()
    return None if present is None else present[0]


@contextmanager
def correlated(correlation_id: str | None, causation_id: str | None = None) -> Iterator[None]:
    """For the time of the block, whatever was served before is served again afterwards; None changes nothing."""
    if correlation_id is None:
        yield
        return
    token = _CORRELATION.set((correlation_id, causation_id))
    try:
        yield
    finally:
        _CORRELATION.reset(token)


def _short(filename: str) -> str:
    return "/".join(filename.rsplit("/", 2)[-2:])
