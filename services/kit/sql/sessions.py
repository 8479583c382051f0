"""A connection of one's own to PostgreSQL that stays open, for locks that live exactly as long as their holder."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, Executable, Row, text

from services.kit.sql.engine import passing

LOOK_SECONDS: Final = 0.5


class LockSession:
    """Not thread-safe: its user guards it. Its locks are gone as soon as it is, on whichever side it ended."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._driver: Any = None
        self._heard = 0.0

    def rows(self, statement: str, **values: Any) -> Sequence[Row[Any]]:
        """Opens the connection where there is none. Whatever fails ends the session, with all its locks."""
        try:
            found = self._opened().execute(text(statement), values).all()
        except Exception:
            self.end()
            raise
        self._heard = time.monotonic()
        return found

    def does(self, statement: Executable, values: Mapping[str, Any]) -> None:
        """One statement, a transaction of its own, durable when this returns. Whatever fails ends the session."""
        try:
            self._opened().execute(statement, values)
        except Exception:
            self.end()
            raise
        self._heard = time.monotonic()

    def says(self, statement: str, **values: Any) -> bool:
        return bool(self.rows(statement, **values)[0][0])

    def lives(self) -> bool:
        """Asks the server, though no oftener than every half second."""
        if self._connection is None:
            return False
        if time.monotonic() - self._heard >= LOOK_SECONDS:
            try:
                self.rows("SELECT 1")
            except Exception as error:
                if not passing(error):
                    raise
                return False
        return True

    def end(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
            self._driver.close()

    def _opened(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._driver = self._connection.connection.driver_connection
            self._connection.detach()
        return self._connection
