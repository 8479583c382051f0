"""A look at one PostgreSQL database as its service sees it: within reach, up to date, durable, shut to the others."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, exc, text

from services.kit.checkup import Finding, good, tried, wrong
from services.kit.sql.migrate import VERSION_TABLE, check

MOST_SKEW_SECONDS: Final = 2.0
_CAUSES: Final = (
    ("password authentication failed", "the password is wrong: deploy/postgres/init.sh sets it from the file"),
    ("no password supplied", "no password is set: name its file in CHORUS_..._DATABASE_PASSWORD_FILE"),
    ("does not exist", "the role or the database is missing: run deploy/postgres/init.sh"),
    ("permission denied", "this role may not go there: run deploy/postgres/init.sh"),
    ("no pg_hba.conf entry", "the server does not let this machine in: see pg_hba.conf"),
)
_FACTS: Final = text(
    "SELECT current_user AS role, current_database() AS name, extract(epoch FROM clock_timestamp()) AS now,"
    " (SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user) AS mighty"
)
_OTHERS: Final = text(
    "SELECT datname FROM pg_database WHERE datname LIKE 'chorus\\_%' AND has_database_privilege(datname, 'CONNECT')"
)
_DURABLE: Final = {"fsync": ("on",), "full_page_writes": ("on",), "synchronous_commit": ("on", "remote_apply")}


@dataclass(frozen=True)
class Part:
    """A folder of migrations and where its version is kept."""

    name: str
    folder: Path
    version_table: str = VERSION_TABLE


def postgres_findings(engine: Engine, own: Collection[str], parts: Sequence[Part]) -> Iterator[Finding]:
    """`own` are the databases that this role should see. Nothing is written."""
    where = f"PostgreSQL at {engine.url.host}:{engine.url.port or 5432}, database {engine.url.database}"
    try:
        with engine.connect() as connection:
            yield good(where)
            yield from _of_the_role(connection, own)
            yield from _of_the_server(connection)
    except exc.SQLAlchemyError as error:
        yield wrong(f"{where} lets nobody in", _cause(error))
        return
    for part in parts:
        looked = partial(check, engine, part.folder, part.version_table)
        yield tried(f"schema of {part.name}", looked)


def _of_the_role(connection: Connection, own: Collection[str]) -> Iterator[Finding]:
    asked = time.time()
    facts = connection.execute(_FACTS).one()
    skew = abs(float(facts.now) - (asked + time.time()) / 2)
    told = f"the clocks of this machine and of the database are {skew:.1f} s apart"
    yield good(told) if skew <= MOST_SKEW_SECONDS else wrong(told, "set both by NTP; deadlines depend on it")
    if facts.mighty:
        yield wrong(f"role {facts.role} may make roles or databases", "it needs no such right: run init.sh")
    reach = set(connection.execute(_OTHERS).scalars()) - set(own)
    if reach:
        names = ", ".join(sorted(reach))
        yield wrong(f"role {facts.role} can open {names}", "shut them to it: run deploy/postgres/init.sh")
    else:
        yield good(f"role {facts.role} can open no other database of Chorus")


def _of_the_server(connection: Connection) -> Iterator[Finding]:
    for name, values in _DURABLE.items():
        present = connection.exec_driver_sql(f"SHOW {name}").scalar_one()
        if present not in values:
            yield wrong(f"{name} is {present}", f"set it to {values[0]}, or a power cut loses what people were told")


def _cause(error: exc.SQLAlchemyError) -> str:
    words = str(getattr(error, "orig", ""))
    return next((remedy for sign, remedy in _CAUSES if sign in words), "no server answers there: is it running?")
