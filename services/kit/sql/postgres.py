"""PostgreSQL engines: psycopg 3, rested connections asked before use, waiting for locks and idling bounded."""

from __future__ import annotations

import time
from typing import Any, Final

from sqlalchemy import Engine, ExceptionContext, create_engine, event, exc, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from services.kit.failures import PermanentFailure
from services.kit.settings import Secret

_SCHEMES: Final = ("postgresql", "postgres")
_LIFE_SIGNS: Final = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
"""Both sides ask a silent line after 5 s and give it up after 6 more: no lock of a lost machine stays for hours."""
_UNHEARD_MS: Final = 11_000
_NOT_SUPPORTED: Final = "0A000"
_PLAN_CHECK: Final = "RevalidateCachedQuery"
"""The server's function that says `cached plan must not change result type`, whatever its language."""
RESTED_SECONDS: Final = 1.0
_RESTS_SINCE: Final = "rests since"


def postgres_engine(
    url: str,
    password: Secret | None,
    *,
    application: str,
    pool_size: int = 10,
    max_overflow: int = 5,
    lock_seconds: float = 5.0,
    idle_seconds: float = 5.0,
    schemas: tuple[str, ...] = (),
) -> Engine:
    """An engine for many threads or greenlets of one process; opens no connection yet.

    `url` is `postgresql://role@host:port/database` and carries no password. `engine.begin()` is READ COMMITTED: rows
    that are read in order to be written are locked with FOR UPDATE. `schemas` are where tables are looked for, in this
    order, and made (in the first); without them it is `public`. Raises PermanentFailure `bad-database-url`.
    """
    try:
        address = make_url(url)
    except exc.ArgumentError as error:
        raise PermanentFailure("bad-database-url") from error
    if address.drivername not in _SCHEMES or address.password is not None or not address.database:
        raise PermanentFailure("bad-database-url")
    address = address.set(drivername="postgresql+psycopg", password=None if password is None else str(password))
    session = {
        "lock_timeout": int(lock_seconds * 1000),
        "idle_in_transaction_session_timeout": int(idle_seconds * 1000),
        "timezone": "UTC",
        **{f"tcp_{name}": value for name, value in _LIFE_SIGNS.items()},
        **({"search_path": ",".join(schemas)} if schemas else {}),
    }
    options: dict[str, Any] = {
        "application_name": application,
        "connect_timeout": 5,
        "tcp_user_timeout": _UNHEARD_MS,
        "options": " ".join(f"-c {name}={value}" for name, value in session.items()),
        **_LIFE_SIGNS,
    }
    engine = create_engine(
        address,
        connect_args=options,
        pool_use_lifo=True,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=lock_seconds,
        hide_parameters=True,
    )
    _ask_after_a_rest(engine)
    _leave_outdated_plans(engine)
    return engine


def _ask_after_a_rest(engine: Engine) -> None:
    """A connection that rested is asked whether it lives before it is used; one that was used just now is not, since
    that would be one of four trips to the server in each reading."""

    @event.listens_for(engine, "checkin")
    def rests(_driver: Any, record: ConnectionPoolEntry) -> None:
        record.info[_RESTS_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def taken(driver: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        since = record.info.get(_RESTS_SINCE)
        if since is None or time.monotonic() - since < RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(driver)
        except engine.dialect.loaded_dbapi.Error as error:
            raise exc.InvalidatePoolError from error


def _leave_outdated_plans(engine: Engine) -> None:
    """A connection whose statements were prepared before a migration counts as lost: another is opened."""

    @event.listens_for(engine, "handle_error")
    def failed(context: ExceptionContext) -> None:
        if plan_outdated(context.original_exception):
            context.is_disconnect = True


def plan_outdated(error: BaseException) -> bool:
    """Whether a prepared statement gives other columns since a migration, which only a fresh connection learns."""
    if getattr(error, "sqlstate", None) != _NOT_SUPPORTED:
        return False
    return getattr(getattr(error, "diag", None), "source_function", None) == _PLAN_CHECK


def is_postgres(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"
