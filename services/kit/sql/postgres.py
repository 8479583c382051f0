"""PostgreSQL engines: psycopg 3, connections checked before use, nobody waits for a lock or idles in a transaction."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from services.kit.failures import PermanentFailure
from services.kit.settings import Secret

_SCHEMES: Final = ("postgresql", "postgres")
_LIFE_SIGNS: Final = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
"""Both sides ask a silent line after 5 s and give it up after 6 more: no lock of a lost machine stays for hours."""
_UNHEARD_MS: Final = 11_000


def postgres_engine(
    url: str,
    password: Secret | None,
    *,
    application: str,
    pool_size: int = 5,
    max_overflow: int = 15,
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
    except ArgumentError as error:
        raise PermanentFailure("bad-database-url") from error
    if address.drivername not in _SCHEMES or address.password is not None or not address.database:
        raise PermanentFailure("bad-database-url")
    address = address.set(drivername="postgresql+psycopg", password=None if password is None else str(password))
    limits = {"lock_timeout": lock_seconds, "idle_in_transaction_session_timeout": idle_seconds}
    options: dict[str, Any] = {
        "application_name": application,
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "options": " ".join(f"-c {name}={int(seconds * 1000)}" for name, seconds in limits.items())
        + " -c timezone=UTC"
        + (f" -c search_path={','.join(schemas)}" if schemas else ""),
    }
    return create_engine(
        address,
        connect_args=options,
        pool_pre_ping=True,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=lock_seconds,
        hide_parameters=True,
    )


def is_postgres(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"
