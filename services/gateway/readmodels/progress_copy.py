"""Reading the copy of public progress: one campaign, its entries, the list, what changed since."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Engine, Row, Select, func, select, tuple_

from services.gateway.readmodels.tables import CAMPAIGNS as C
from services.gateway.readmodels.tables import ENTRIES as E
from services.kit.sql.engine import reading, temporary_when_busy

Json = dict[str, Any]
_LAST = 2**31 - 1
"""No entry has a higher number, and PostgreSQL refuses to look for one."""
_NOWHERE = "\x00"
"""No text of ours has it, and PostgreSQL refuses to look for it."""


@dataclass(frozen=True)
class Public:
    """Numbers and words of one published campaign."""

    document: Json
    words: Json
    change: int
    published: str | None


class BadCursor(ValueError):
    """A cursor that this list never gave."""


class ProgressCopy:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, campaign: str) -> Public | None:
        """None for a draft, and for what is unknown."""
        query = select(C).where(C.c.campaign == campaign, C.c.state != "draft", C.c.document.is_not(None))
        with temporary_when_busy(), reading(self._engine) as snapshot:
            row = snapshot.execute(query).first()
        return None if row is None else _public(row)

    def entries(self, campaign: str, after: int = 0, limit: int = 50) -> list[Json]:
        """In their order, from the first behind `after`."""
        behind = E.c.number > min(after, _LAST)
        query = select(E.c.entry).where(E.c.campaign == campaign, behind).order_by(E.c.number).limit(limit)
        with temporary_when_busy(), reading(self._engine) as snapshot:
            return [orjson.loads(entry) for entry in snapshot.execute(query).scalars()]

    def latest_entries(self, campaign: str, limit: int = 50) -> list[Json]:
        """The newest first."""
        query = select(E.c.entry).where(E.c.campaign == campaign).order_by(E.c.number.desc()).limit(limit)
        with temporary_when_busy(), reading(self._engine) as snapshot:
            return [orjson.loads(entry) for entry in snapshot.execute(query).scalars()]

    def last_number(self, campaign: str) -> int:
        query = select(func.max(E.c.number)).where(E.c.campaign == campaign)
        with temporary_when_busy(), reading(self._engine) as snapshot:
            return snapshot.execute(query).scalar() or 0

    def search(
        self,
        *,
        problem: str | None = None,
        provider: str | None = None,
        q: str | None = None,
        after: str | None = None,
        limit: int = 20,
    ) -> tuple[list[Public], str | None]:
        """Published campaigns, the newest first, and the cursor of the next page. Raises BadCursor."""
        if any(_NOWHERE in (text or "") for text in (problem, provider, q)):
            return [], None
        query = _newest(select(C).where(C.c.published.is_not(None), C.c.document.is_not(None), C.c.state != "draft"))
        if problem:
            query = query.where(C.c.problem == problem)
        if provider:
            query = query.where(C.c.provider.contains(provider.casefold(), autoescape=True))
        for word in (q or "").casefold().split()[:8]:
            found = C.c.title.contains(word, autoescape=True) | C.c.provider.contains(word, autoescape=True)
            query = query.where(found)
        if after:
            query = query.where(tuple_(C.c.published, C.c.campaign) < tuple_(*_place(after)))
        with temporary_when_busy(), reading(self._engine) as snapshot:
            rows = snapshot.execute(query.limit(limit + 1)).all()
        more = _cursor(rows[limit - 1]) if len(rows) > limit else None
        return [_public(row) for row in rows[:limit]], more

    def changed_since(self, change: int) -> dict[str, int]:
        """Campaign -> its latest change, for what changed after `change`."""
        query = select(C.c.campaign, C.c.change).where(C.c.change > change)
        with temporary_when_busy(), reading(self._engine) as snapshot:
            return {row.campaign: row.change for row in snapshot.execute(query)}

    def last_change(self) -> int:
        with temporary_when_busy(), reading(self._engine) as snapshot:
            return snapshot.execute(select(func.max(C.c.change))).scalar() or 0

    def readable(self) -> None:
        """A check for Health."""
        self.last_change()


def _newest(query: Select[Any]) -> Select[Any]:
    return query.order_by(C.c.published.desc(), C.c.campaign.desc())


def _public(row: Row[Any]) -> Public:
    words = orjson.loads(row.words) if row.words else {}
    return Public(orjson.loads(row.document), words, row.change, row.published)


def _cursor(row: Row[Any]) -> str:
    return base64.urlsafe_b64encode(f"{row.published}|{row.campaign}".encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[str, str]:
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        raise BadCursor from None
    published, bar, campaign = text.partition("|")
    if not bar or _NOWHERE in text:
        raise BadCursor
    return published, campaign
