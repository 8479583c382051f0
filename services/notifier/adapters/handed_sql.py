"""Mails handed over with their address: the address lies sealed until the mail is sent, a day at the longest."""

from __future__ import annotations

from datetime import datetime, timedelta

import orjson
from sqlalchemy import Engine, select

from services.contracts.notifier_port import Handover
from services.kit.sql.engine import reading, temporary_when_busy
from services.kit.sql.upsert import insert
from services.notifier.adapters.outbox_sql import plan
from services.notifier.adapters.secrets import seal, unseal
from services.notifier.adapters.tables import HANDED as T
from services.notifier.adapters.tables import in_ms
from services.notifier.application.addressing import HANDED as HANDED_TO


class SqlHandedOver:
    """SQLite overwrites what was a row; on PostgreSQL it goes with the next vacuum, and is sealed until then."""

    def __init__(self, engine: Engine, key: bytes) -> None:
        self._engine = engine
        self._key = key

    def put(self, mail: Handover, now: datetime, due: datetime, keep: timedelta) -> None:
        body = {"kind": mail.kind, "email": mail.email, "locale": mail.locale, "facts": dict(mail.facts)}
        if mail.campaign is not None:
            body["campaign"] = mail.campaign
        expires = now + keep
        row = {
            "id": mail.id,
            "sealed": seal(self._key, mail.id, orjson.dumps(body)),
            "expires_at": in_ms(expires),
        }
        with temporary_when_busy(), self._engine.begin() as tx:
            planned = plan(
                tx, event=mail.id, recipient=HANDED_TO, kind=mail.kind, campaign=mail.campaign,
                due=min(due, expires), expires=expires,
            )  # fmt: skip
            if planned:
                tx.execute(insert(T).values(row))

    def open(self, id: str) -> Handover | None:
        with temporary_when_busy(), reading(self._engine) as tx:
            sealed = tx.execute(select(T.c.sealed).where(T.c.id == id)).scalar()
        return None if sealed is None else Handover(id=id, **orjson.loads(unseal(self._key, id, sealed)))
