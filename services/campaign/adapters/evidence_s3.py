"""Evidence files in a bucket of an S3-compatible store: each an object under a random name, complete or absent."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from services.campaign.adapters.evidence_names import is_ours, new_name, ours
from services.campaign.adapters.evidence_place import S3Access
from services.kit.concurrency import run_remote
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.logs import logger

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

P = ParamSpec("P")
R = TypeVar("R")

PART: Final = 11 * 1024 * 1024
"""More than the largest file a member may hand in, encrypted: such a file is one request, and its own condition."""
REGION: Final = "us-east-1"
"""What stores without regions call the only one that they have."""
RANGE: Final = 2 * 1024 * 1024
PAGE: Final = 1000
RETRY_AFTER: Final = 5.0
REFUSALS: Final = (PermissionDeniedError, UnauthenticatedError, FileNotFoundError)
_REFUSED: Final = re.compile(r"status code: 40[134]\b")
"""A refused listing is told by its text alone."""
CLIENT: Final[ClientConfig] = {"connect_timeout": timedelta(seconds=3), "timeout": timedelta(seconds=30)}
RETRIES: Final[RetryConfig] = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}


class S3Evidence:
    """Implements `application.evidence_store.EvidenceStore`.

    The store's client waits in native code, so each request leaves gevent's loop by itself and what is streamed
    is asked for on this side, one part or range at a time.
    """

    def __init__(self, place: str, access: S3Access, name: Callable[[], str] = new_name) -> None:
        """`place` is `s3://bucket` or `s3://bucket/prefix`; nothing is asked of the store yet."""
        self._store = _opened(place, access)
        self._new_name = name

    def put(self, stream: Iterable[bytes]) -> str:
        name = ours(self._new_name())
        parts = _parts(stream)
        first, second = next(parts, b""), next(parts, None)
        if second is None:
            _ask(obstore.put, self._store, name, first, mode="create")
        else:
            self._put_in_parts(name, chain((first, second), parts))
        return name

    def open(self, name: str) -> Iterator[bytes]:
        try:
            size = _look(obstore.head, self._store, ours(name))["size"]
        except FileNotFoundError:
            raise PermanentFailure("evidence-missing") from None
        return self._ranges(name, size)

    def delete(self, name: str) -> None:
        """A store that finds nothing under a name says so by success."""
        _ask(obstore.delete, self._store, ours(name))

    def exists(self, name: str) -> bool:
        try:
            _look(obstore.head, self._store, ours(name))
        except FileNotFoundError:
            return False
        return True

    def names(self, before: datetime) -> Iterator[str]:
        pages = obstore.list(self._store, chunk_size=PAGE)
        while (page := _ask(next, pages, None)) is not None:
            for found in page:
                if is_ours(found["path"]) and found["last_modified"] < before:
                    yield found["path"]

    def check(self) -> None:
        _ask(next, obstore.list(self._store, chunk_size=1), None)

    def _put_in_parts(self, name: str, parts: Iterable[bytes]) -> None:
        """Of a file this large nothing is seen before its last part; what breaks off is taken back."""
        if self.exists(name):
            raise TemporaryFailure("evidence-store-failed", retry_after=RETRY_AFTER)
        writer = obstore.open_writer(self._store, name, buffer_size=PART, max_concurrency=1)
        try:
            for part in parts:
                _ask(writer.write, part)
            _ask(writer.close)
        except BaseException as reason:
            with contextlib.suppress(TemporaryFailure, OSError):
                _ask(writer.__exit__, type(reason), reason, None)
            raise

    def _ranges(self, name: str, size: int) -> Iterator[bytes]:
        for start in range(0, size, RANGE):
            length = min(RANGE, size - start)
            try:
                yield bytes(_look(obstore.get_range, self._store, name, start=start, length=length))
            except FileNotFoundError:
                raise PermanentFailure("evidence-missing") from None


def _opened(place: str, access: S3Access) -> S3Store:
    """What is not set is not named either: then the client takes its own defaults."""
    given = {"endpoint": access.endpoint, "access_key_id": access.key_id, "secret_access_key": access.secret}
    options: S3Config = {"region": access.region or REGION, "virtual_hosted_style_request": False}
    options.update({name: value for name, value in given.items() if value})  # type: ignore[typeddict-item]
    plain = (access.endpoint or "").startswith("http://")
    return S3Store.from_url(place, config=options, client_options={**CLIENT, "allow_http": plain}, retry_config=RETRIES)


def _look(request: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Asks for what may not be there: raises FileNotFoundError, or TemporaryFailure as `_ask` does."""

    def found() -> R | None:
        try:
            return request(*args, **kwargs)
        except FileNotFoundError:
            return None

    outcome = _ask(found)
    if outcome is None:
        raise FileNotFoundError
    return outcome


def _ask(request: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """One request to the store. Raises TemporaryFailure, whatever is wrong.

    A refused key and a missing bucket are temporary, too: somebody sets it right, and an erasure must then go on. So
    is a name that exists already: it is random, and who took it was this same request, sent twice by the client.
    """
    try:
        return run_remote(request, *args, **kwargs)
    except (BaseError, OSError) as error:
        reason = type(error).__name__
        if isinstance(error, REFUSALS) or _REFUSED.search(str(error)):
            logger(__name__).error("the evidence store refuses us", reason=reason)
            raise TemporaryFailure("evidence-store-refused", retry_after=60) from error
        logger(__name__).warning("the evidence store failed", reason=reason)
        raise TemporaryFailure("evidence-store-failed", retry_after=RETRY_AFTER) from error


def _parts(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces of exactly PART bytes, but for the last; nothing for an empty stream."""
    waiting: list[bytes] = []
    size = 0
    for piece in stream:
        waiting.append(piece)
        size += len(piece)
        while size >= PART:
            whole = b"".join(waiting)
            yield whole[:PART]
            waiting, size = [whole[PART:]], size - PART
            del whole
    if size:
        yield b"".join(waiting)
