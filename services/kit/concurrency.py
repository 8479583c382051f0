"""The one door to gevent: work that blocks leaves the event loop, where there is one."""

import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


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

    def outcome() -> tuple[R | None, BaseException | None]:
        try:
            return function(*args, **kwargs), None
        except BaseException as error:
            return None, error

    result, error = gevent.get_hub().threadpool.apply(outcome)
    if error is not None:
        raise error
    return cast(R, result)
