"""Addresses that take no mail, known by a keyed hash only."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, delete, select

from services.kit.sql.engine import reading, temporary_when_busy
from services.kit.sql.upsert import insert
from services.notifier.adapters.tables import SUPPRESSED as T
from services.notifier.adapters.tables import in_ms


class SqlSuppressions:
    def __init__(self, engine: Engine, key: bytes) -> None:
        self._engine = engine
        self._key = key

    def among(self, addresses: Sequence[str]) -> frozenset[str]:
        by_key = {self._of(address): address for address in addresses}
        with temporary_when_busy(), reading(self._engine) as tx:
            found = tx.execute(select(T.c.address_key).where(T.c.address_key.in_(by_key))).scalars().all()
        return frozenset(by_key[key] for key in found)

    def add(self, address: str, reason: str, at: datetime) -> None:
        row = {"address_key": self._of(address), "reason": reason, "since": in_ms(at)}
        with temporary_when_busy(), self._engine.begin() as tx:
            tx.execute(insert(T).values(row).on_conflict_do_nothing())

    def lift(self, address: str) -> None:
        with temporary_when_busy(), self._engine.begin() as tx:
            tx.execute(delete(T).where(T.c.address_key == self._of(address)))

    def _of(self, address: str) -> bytes:
        text = unicodedata.normalize("NFC", address.strip()).casefold()
        return hmac.digest(self._key, text.encode(), "sha256")
