"""The outbox: one row for each mail, unique by event, recipient and kind; claimed, looked at again, sent, recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, Row, func, literal, select, update

from services.kit.ids import random_token
from services.kit.logs import correlation
from services.kit.sql.engine import reading, temporary_when_busy
from services.kit.sql.postgres import is_postgres
from services.kit.sql.upsert import insert, rows_put
from services.notifier.adapters.claims import Claimants, release_claims
from services.notifier.adapters.endings import Endings
from services.notifier.adapters.tables import ANNOUNCEMENTS, MEMBERS, from_ms, in_ms
from services.notifier.adapters.tables import OUTBOX as T
from services.notifier.application.ports import Waiting
from services.notifier.domain.kinds import KINDS, Priority
from services.notifier.domain.kinds import MEMBERS as TO_MEMBERS

_PARENT = T.alias("parent")


PLAN = insert(T).on_conflict_do_nothing()
"""Puts a mail, unless the same one was planned before; see `planned`."""


def planned(
    *, event: str, recipient: str, kind: str, campaign: str | None, due: datetime,
    facts: Mapping[str, Any] | None = None, words_event: str | None = None, about: str | None = None,
    sequence: int | None = None, expires: datetime | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The row of a mail, named after what is served."""
    priority = Priority.FAN_OUT if recipient == TO_MEMBERS else KINDS[kind].priority
    return {
        "event": event, "recipient": recipient, "kind": kind, "campaign": campaign, "priority": int(priority),
        "facts": None if facts is None else orjson.dumps(dict(facts)).decode(), "words_event": words_event,
        "about": about, "state": "due", "due_at": in_ms(due), "sequence": sequence, "attempts": 0,
        "expires_at": None if expires is None else in_ms(expires), "correlation": correlation(),
    }  # fmt: skip


def plan(tx: Connection, **mail: Any) -> bool:
    """Plans what `planned` describes, as part of the caller's transaction; whether it was not planned before."""
    return bool(rows_put(tx, insert(T).values(planned(**mail)).on_conflict_do_nothing()))


def outbox_of(engine: Engine, instance: str, closing: ExitStack) -> SqlOutbox:
    """On PostgreSQL under a name that no other process has or had; what a dead one had claimed, the others find."""
    if not is_postgres(engine):
        return SqlOutbox(engine, instance)
    instance = f"{instance}-{random_token()[:12]}"
    others = Claimants(engine, instance)
    closing.callback(others.close)
    return SqlOutbox(engine, instance, others)


class SqlOutbox:
    """`instance` names this process among those that share the database. On SQLite it is the only one, and what bears
    its name at the start it had claimed before; on PostgreSQL `others` knows which of them are gone."""

    def __init__(
        self, engine: Engine, instance: str, others: Claimants | None = None, *, batch: int = 50, slice_size: int = 500
    ) -> None:
        self._engine = engine
        self._instance = instance
        self._others = others
        self._endings = Endings(engine, others)
        self._batch = batch
        self._slice_size = slice_size

    def take_back(self, now: datetime) -> None:
        """At the start, and where a batch broke off: what was being sent is due again, under the same Message-ID."""
        with self._writing() as tx:
            release_claims(tx, self._instance, in_ms(now))

    def next_due(self) -> datetime | None:
        with temporary_when_busy(), reading(self._engine) as tx:
            found = [
                tx.execute(select(func.min(T.c.due_at)).where(T.c.state == "due", T.c.priority == priority)).scalar()
                for priority in Priority
            ]
        return min((from_ms(at) for at in found if at is not None), default=None)

    def claim(self, horizon: datetime, inclusive: bool, until: datetime) -> Sequence[Waiting]:
        latest = in_ms(horizon)
        in_time = T.c.due_at <= latest if inclusive else T.c.due_at < latest
        if self._others is not None:
            self._others.free_the_dead(latest - 1)
        with self._writing() as tx:
            for priority in Priority:
                ids = (
                    select(T.c.id)
                    .where(T.c.state == "due", T.c.priority == priority, in_time)
                    .order_by(T.c.due_at, T.c.id)
                    .limit(1 if priority is Priority.FAN_OUT else self._batch)
                    .with_for_update(skip_locked=True)
                )
                if taken := list(tx.execute(ids).scalars()):
                    claim = {"claimed_by": self._instance, "due_at": in_ms(until)}
                    tx.execute(update(T).where(T.c.id.in_(taken)).values(claim))
                    return _waiting(tx, taken)
        return []

    def grow(self, row: Waiting, now: datetime) -> int:
        with self._writing() as tx:
            fan = tx.execute(select(T).where(self._mine(row)).with_for_update()).one_or_none()
            if fan is None:
                return 0
            subjects = _next_members(tx, fan, self._slice_size)
            if not subjects:
                tx.execute(update(T).where(T.c.id == row.id).values(state="sent", claimed_by=None, due_at=in_ms(now)))
                return 0
            _make_rows(tx, fan, subjects, now)
            on = {"reached": subjects[-1], "claimed_by": None, "due_at": in_ms(now)}
            tx.execute(update(T).where(T.c.id == row.id).values(on))
            return len(subjects)

    def postpone(self, row: Waiting, to: datetime, reason: str, *, tried: bool) -> None:
        to = to if row.expires_at is None else min(to, row.expires_at)
        later = {"claimed_by": None, "due_at": in_ms(to), "reason": reason, "attempts": row.attempts + int(tried)}
        with self._writing() as tx:
            tx.execute(update(T).where(self._mine(row)).values(later))

    def sent(self, row: Waiting, at: datetime) -> None:
        """Whoever has claimed it meanwhile: it has left."""
        self._end(row, "sent", None, at, None)

    def end(self, row: Waiting, state: str, reason: str, at: datetime) -> None:
        self._end(row, state, reason, at, self._instance)

    def _mine(self, row: Waiting) -> ColumnElement[bool]:
        """A claim whose time is up belongs to whoever claimed it next; that one decides."""
        return (T.c.id == row.id) & (T.c.state == "due") & (T.c.claimed_by == self._instance)

    def _end(self, row: Waiting, state: str, reason: str | None, at: datetime, mine: str | None) -> None:
        self._still_here()
        self._endings.put(row, state, reason, at, mine)

    def _still_here(self) -> None:
        if self._others is not None:
            self._others.still_here()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self._still_here()
        with temporary_when_busy(), self._engine.begin() as tx:
            yield tx


def announce(tx: Connection, type: str, campaign: str, at: datetime, data: Mapping[str, str]) -> None:
    """A row for `notifier.events.v1`: ids, kinds and codes only."""
    row = {"type": type, "campaign": campaign, "at": in_ms(at), "data": orjson.dumps(dict(data)).decode()}
    tx.execute(insert(ANNOUNCEMENTS).values(row))


def _next_members(tx: Connection, fan: Row[Any], limit: int) -> list[str]:
    """Confirmed before the event was recorded, and still."""
    chosen = select(MEMBERS.c.subject).where(
        MEMBERS.c.campaign == fan.campaign,
        MEMBERS.c.subject > (fan.reached or ""),
        MEMBERS.c.state == "confirmed",
        MEMBERS.c.confirmed_at < fan.sequence,
    )
    return list(tx.execute(chosen.order_by(MEMBERS.c.subject).limit(limit)).scalars())


def _make_rows(tx: Connection, fan: Row[Any], subjects: list[str], now: datetime) -> None:
    common = {
        "event": fan.event, "kind": fan.kind, "campaign": fan.campaign, "fan_out": fan.id, "state": "due",
        "priority": int(KINDS[fan.kind].priority), "due_at": in_ms(now), "attempts": 0, "correlation": fan.correlation,
    }  # fmt: skip
    tx.execute(insert(T).on_conflict_do_nothing(), [{**common, "recipient": subject} for subject in subjects])


def _waiting(tx: Connection, ids: list[int]) -> list[Waiting]:
    """A row that a fan-out made has its facts from there."""
    found = (
        select(
            T,
            func.coalesce(T.c.facts, _PARENT.c.facts, literal("{}")).label("known"),
            func.coalesce(T.c.words_event, _PARENT.c.words_event).label("words"),
        )
        .outerjoin(_PARENT, _PARENT.c.id == T.c.fan_out)
        .where(T.c.id.in_(ids))
        .order_by(T.c.id)
    )
    return [
        Waiting(
            row.id, row.event, row.recipient, row.kind, row.campaign, orjson.loads(row.known), row.words, row.about,
            row.attempts, None if row.expires_at is None else from_ms(row.expires_at), row.correlation,
        )
        for row in tx.execute(found)
    ]  # fmt: skip
