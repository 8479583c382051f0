"""The one door to gevent: work that blocks leaves the event loop, where there is one."""

import sys
from collections.abc import Callable
from functools import cache
from typing import Any, Final, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
REMOTE_THREADS: Final = 10


def cooperative() -> bool:
    """Whether this process was monkey-patched by gevent, so that threads are greenlets of one loop."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("threading"))


def run_blocking(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function that blocks without yielding (fsync, COMMIT, a long SQL scan), and return what it returns.

    Under gevent it runs in a native thread while other greenlets go on; otherwise it is a plain call. The function
    must leave nothing half done behind in that thread: a cursor is exhausted before it returns.
    """
    if not cooperative():
        return function(*args, **kwargs)
    import gevent

    return _in(gevent.get_hub().threadpool, lambda: function(*args, **kwargs))


def run_remote(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The same for what waits for another machine. It has threads of its own: while that machine is silent, the disk
    and the search for addresses are not."""
    if not cooperative():
        return function(*args, **kwargs)
    return _in(_remote_threads(), lambda: function(*args, **kwargs))


@cache
def _remote_threads() -> Any:
    """Made at the first need, so behind any fork."""
    from gevent.threadpool import ThreadPool

    return ThreadPool(REMOTE_THREADS)


def _in(threads: Any, function: Callable[[], R]) -> R:
    def outcome() -> tuple[R | None, BaseException | None]:
        try:
            return function(), None
        except BaseException as error:
            return None, error

    result, error = threads.apply(outcome)
    if error is not None:
        raise error
    return cast(R, result)
