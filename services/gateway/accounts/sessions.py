"""Sessions: who is signed in, until when; only the hash of the token is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update

from services.gateway.accounts.sealing import Sealer
from services.gateway.accounts.tables import SESSIONS as T
from services.kit.clock import Clock
from services.kit.ids import hash_token, random_token
from services.kit.sql.engine import reading, temporary_when_busy

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Session:
    """`person` is the hex HMAC of the canonical address."""

    person: str
    email: str
    locale: str
    expires_at: datetime
    hash: bytes


@dataclass(frozen=True)
class Opened:
    """A new session with its token, which is shown this once."""

    token: str
    session: Session


class Sessions:
    def __init__(self, engine: Engine, sealer: Sealer, clock: Clock) -> None:
        self._engine = engine
        self._sealer = sealer
        self._clock = clock

    def open(self, person: str, email: str, locale: str) -> Opened:
        with temporary_when_busy(), self._engine.begin() as tx:
            return self.open_in(tx, person, email, locale)

    def open_in(self, tx: Connection, person: str, email: str, locale: str) -> Opened:
        """As part of the caller's transaction."""
        token, now = random_token(), self._clock.now()
        session = Session(person, email, locale, now + ABSOLUTE, hash_token(token))
        tx.execute(
            insert(T).values(
                session=session.hash,
                person=person,
                address=self._sealer.seal(email, person),
                locale=locale,
                created_at=naive(now),
                seen_at=naive(now),
                expires_at=naive(session.expires_at),
            )
        )
        return Opened(token, session)

    def find(self, token: str) -> Session | None:
        """The live session of a token; being asked for keeps it from idling out."""
        hashed, now = hash_token(token), naive(self._clock.now())
        with temporary_when_busy(), reading(self._engine) as snapshot:
            row = snapshot.execute(select(T).where(T.c.session == hashed)).first()
        if row is None or now >= row.expires_at or now >= row.seen_at + IDLE:
            return None
        if now - row.seen_at >= _NOTED_EVERY:
            with temporary_when_busy(), self._engine.begin() as tx:
                tx.execute(update(T).where(T.c.session == hashed).values(seen_at=now))
        email = self._sealer.open(row.address, row.person)
        return Session(row.person, email, row.locale, row.expires_at.replace(tzinfo=UTC), hashed)

    def end(self, session: Session) -> None:
        with temporary_when_busy(), self._engine.begin() as tx:
            tx.execute(delete(T).where(T.c.session == session.hash))

    def end_all(self, person: str) -> None:
        """After erasure or a change of address."""
        with temporary_when_busy(), self._engine.begin() as tx:
            tx.execute(delete(T).where(T.c.person == person))

    def sweep(self) -> int:
        """Removes what has expired."""
        now = naive(self._clock.now())
        with temporary_when_busy(), self._engine.begin() as tx:
            return tx.execute(delete(T).where((T.c.expires_at <= now) | (T.c.seen_at <= now - IDLE))).rowcount


def naive(at: datetime) -> datetime:
    """As the database holds instants: UTC without a mark."""
    return at.astimezone(UTC).replace(tzinfo=None)
