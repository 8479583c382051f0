"""What was deleted leaves PostgreSQL's tables soon, and not when the server finds it worth its while."""

from typing import Final

from sqlalchemy import Engine

from services.kit.failures import TemporaryFailure
from services.kit.sql.engine import temporary_when_busy

WORDS: Final = ("content", "handover", "sealed")
"""Tables that hold what people wrote, in clear or sealed; the one that may be very large comes last."""
_WITH_DEAD: Final = (
    "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname = ANY(%s) AND n_dead_tup > 0"
)
_AT_MOST: Final = "SET statement_timeout = '20s'"
_VACUUM: Final = "VACUUM (SKIP_LOCKED) public."
"""Only pages that changed since the last time are visited; what is cut short goes on the next time from there."""


def clear_removed(engine: Engine) -> int:
    """How many tables had deleted rows in their pages. Raises TemporaryFailure; a table that takes too long holds up no
    other."""
    failed: TemporaryFailure | None = None
    with temporary_when_busy(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.detach()
        db.exec_driver_sql(_AT_MOST)
        having = set(db.exec_driver_sql(_WITH_DEAD, (list(WORDS),)).scalars())
        for table in filter(having.__contains__, WORDS):
            try:
                with temporary_when_busy():
                    db.exec_driver_sql(_VACUUM + table)
            except TemporaryFailure as failure:
                failed = failure
    if failed is not None:
        raise failed
    return len(having)
