"""Facts that all processes of an installation must share, written down by the first one."""

from __future__ import annotations

import hmac
from typing import Final

from sqlalchemy import Column, Engine, LargeBinary, Table, Text, select

from services.campaign.adapters.tokens_sql import metadata
from services.kit.failures import PermanentFailure
from services.kit.sql.engine import reading, temporary_when_busy
from services.kit.sql.upsert import insert

installation = Table(
    "installation", metadata, Column("fact", Text, primary_key=True), Column("value", LargeBinary, nullable=False)
)
PEPPER: Final = "pepper"


def refuse_other_pepper(engine: Engine, pepper: bytes) -> None:
    """With another pepper a person would be somebody else, and could join, or vote, once more.

    Raises PermanentFailure `pepper-of-another-installation`, TemporaryFailure.
    """
    mark = hmac.digest(pepper, b"chorus installation", "sha256")
    found = _value(engine, PEPPER)
    if found is None:
        with temporary_when_busy(), engine.begin() as connection:
            connection.execute(insert(installation).on_conflict_do_nothing(), {"fact": PEPPER, "value": mark})
        found = _value(engine, PEPPER)
    if found is None or not hmac.compare_digest(found, mark):
        raise PermanentFailure("pepper-of-another-installation")


def _value(engine: Engine, fact: str) -> bytes | None:
    with temporary_when_busy(), reading(engine) as connection:
        return connection.scalar(select(installation.c.value).where(installation.c.fact == fact))
