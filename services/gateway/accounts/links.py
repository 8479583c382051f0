"""Sign-in by a link that was mailed: one use, ten minutes, good only for the browser that asked or with the code."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from services.contracts.notifier_port import Handover, NotifierPort
from services.gateway.accounts.sealing import Sealer
from services.gateway.accounts.sessions import Opened, Sessions, naive
from services.gateway.accounts.tables import LINKS as T
from services.kit.addresses import person_key
from services.kit.clock import Clock
from services.kit.ids import hash_token, new_id, random_token
from services.kit.logs import correlation
from services.kit.sql.engine import reading, temporary_when_busy
from services.kit.sql.locks import lock_in

LIFE = timedelta(minutes=10)
WINDOW = timedelta(minutes=15)
MOST_TRIES = 5
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class LinkState:
    """What a page may know before anything is used up: whether this browser asked for the link."""

    usable: bool
    same_browser: bool


class Links:
    def __init__(
        self,
        engine: Engine,
        sealer: Sealer,
        clock: Clock,
        sessions: Sessions,
        notifier: NotifierPort,
        pepper: bytes,
        per_window: int,
    ) -> None:
        self._engine = engine
        self._sealer = sealer
        self._clock = clock
        self._sessions = sessions
        self._notifier = notifier
        self._pepper = pepper
        self._per_window = per_window

    def ask(self, email: str, locale: str, browser: str | None = None) -> str:
        """Mails a link and returns the secret of the asking browser; the same for every address.

        Older links of the person die. Beyond the limit of the window nothing is mailed.
        """
        browser = browser or random_token()
        token, code, now = random_token(), new_code(), self._clock.now()
        person, link = person_key(self._pepper, email).hex(), str(new_id())
        with temporary_when_busy(), self._engine.begin() as tx:
            lock_in(tx, f"links of {person}")
            if self._asked_lately(tx, person, now) >= self._per_window:
                return browser
            tx.execute(update(T).where(T.c.person == person).values(ended=1))
            tx.execute(
                insert(T).values(
                    link=link,
                    token=hash_token(token),
                    code=_code_hash(link, code),
                    browser=hash_token(browser),
                    person=person,
                    address=self._sealer.seal(email, link),
                    locale=locale,
                    created_at=naive(now),
                    expires_at=naive(now + LIFE),
                )
            )
        facts, served = _facts(token, code), correlation()
        self._notifier.hand_over(
            Handover(f"sign-in|{link}", "sign-in", email=email, locale=locale, facts=facts, correlation=served)
        )
        return browser

    def look(self, token: str, browser: str | None) -> LinkState:
        """Uses nothing up; for the page that shows the button."""
        with temporary_when_busy(), reading(self._engine) as snapshot:
            row = snapshot.execute(select(T).where(T.c.token == hash_token(token))).first()
        if row is None or not self._alive(row):
            return LinkState(False, False)
        return LinkState(True, _is(row.browser, browser))

    def use(self, token: str, *, browser: str | None = None, code: str | None = None) -> Opened | None:
        """The session, once: with the browser's secret, or from elsewhere with the code of the mail (five tries)."""
        with temporary_when_busy(), self._engine.begin() as tx:
            row = tx.execute(select(T).where(T.c.token == hash_token(token)).with_for_update()).first()
            return None if row is None else self._exchange(tx, row, _is(row.browser, browser), code)

    def use_code(self, browser: str, code: str) -> Opened | None:
        """For the page on which the asking browser types the code, without the link."""
        with temporary_when_busy(), self._engine.begin() as tx:
            newest = select(T).where(T.c.browser == hash_token(browser)).order_by(T.c.created_at.desc(), T.c.ended)
            row = tx.execute(newest.limit(1).with_for_update()).first()
            return None if row is None else self._exchange(tx, row, False, code)

    def sweep(self) -> int:
        """Removes what has expired and no longer counts against the limit."""
        with temporary_when_busy(), self._engine.begin() as tx:
            return tx.execute(delete(T).where(T.c.created_at <= naive(self._clock.now() - WINDOW))).rowcount

    def _exchange(self, tx: Connection, row: Row[Any], trusted: bool, code: str | None) -> Opened | None:
        if not self._alive(row):
            return None
        if not trusted and not (code and hmac.compare_digest(row.code, _code_hash(row.link, code))):
            if code:
                tx.execute(update(T).where(T.c.link == row.link).values(tries=T.c.tries + 1))
            return None
        tx.execute(update(T).where(T.c.link == row.link).values(ended=1))
        email = self._sealer.open(row.address, row.link)
        return self._sessions.open_in(tx, row.person, email, row.locale)

    def _alive(self, row: Row[Any]) -> bool:
        return not row.ended and row.tries < MOST_TRIES and naive(self._clock.now()) < row.expires_at

    def _asked_lately(self, tx: Connection, person: str, now: datetime) -> int:
        since = T.c.created_at > naive(now - WINDOW)
        return tx.execute(select(func.count()).select_from(T).where(T.c.person == person, since)).scalar_one()


def new_code() -> str:
    """Eight letters that are not mistaken for one another: about 40 bits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


def _facts(token: str, code: str) -> dict[str, str]:
    return {"token": token, "code": code}


def _code_hash(link: str, code: str) -> bytes:
    typed = "".join(code.split()).replace("-", "").upper()
    return hash_token(f"{link}|{typed}")


def _is(stored: bytes, secret: str | None) -> bool:
    return secret is not None and hmac.compare_digest(stored, hash_token(secret))
