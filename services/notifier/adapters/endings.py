"""How a mail ended, with what follows from it, durable together: its announcement, or the end of a sealed address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import (
    BigInteger,
    Delete,
    Engine,
    Text,
    Update,
    bindparam,
    delete,
    exists,
    literal_column,
    null,
    select,
    update,
)

from services.kit.sql.engine import temporary_when_busy
from services.kit.sql.upsert import Insert, insert
from services.notifier.adapters.claims import Claimants
from services.notifier.adapters.tables import ANNOUNCEMENTS, HANDED, in_ms
from services.notifier.adapters.tables import OUTBOX as T
from services.notifier.application.addressing import HANDED as HANDED_TO
from services.notifier.application.ports import Waiting

_ANY: Final = (
    update(T)
    .where(T.c.id == bindparam("this"), T.c.state == "due")
    .values(state=bindparam("ends"), reason=bindparam("because"), claimed_by=null(), due_at=bindparam("on"))
)
_MINE: Final = _ANY.where(T.c.claimed_by == bindparam("me"))
_SAID: Final = {
    "type": bindparam("told", type_=Text), "campaign": bindparam("of", type_=Text),
    "at": bindparam("on", type_=BigInteger), "data": bindparam("saying", type_=Text),
}  # fmt: skip
_ANNOUNCES: Final = insert(ANNOUNCEMENTS).values(_SAID)
_DESTROYS: Final = delete(HANDED).where(HANDED.c.id == bindparam("address"))
_Follows = Insert | Delete | None


class Endings:
    """Each mail is one commit, so that a kill repeats one message at the most.

    Beside others that is one statement on a connection that stays, where a transaction takes four trips to the server.
    """

    def __init__(self, engine: Engine, others: Claimants | None) -> None:
        self._engine = engine
        self._others = others

    def put(self, row: Waiting, state: str, reason: str | None, at: datetime, mine: str | None) -> None:
        """Changes nothing where the mail has ended already, or where a claim under the name `mine` was lost."""
        values: dict[str, Any] = {"this": row.id, "ends": state, "because": reason, "on": in_ms(at)}
        if mine is not None:
            values["me"] = mine
        follows, more = _what_follows(row, state, reason)
        ends = _ANY if mine is None else _MINE
        with temporary_when_busy():
            if self._others is not None:
                self._others.does(_TOGETHER[ends, follows], {**values, **more})
                return
            with self._engine.begin() as tx:
                if tx.execute(ends, values).rowcount and follows is not None:
                    tx.execute(follows, {"on": values["on"], **more})


def _what_follows(row: Waiting, state: str, reason: str | None) -> tuple[_Follows, Mapping[str, Any]]:
    if row.recipient == HANDED_TO:
        return _DESTROYS, {"address": row.event}
    if row.campaign is None:
        return None, {}
    said = {"kind": row.kind, "event": row.event, "recipient": row.recipient}
    told = said if reason is None else {**said, "reason": reason}
    return _ANNOUNCES, {"told": f"mail.{state}", "of": row.campaign, "saying": orjson.dumps(told).decode()}


def _together(ends: Update, follows: _Follows) -> Update | Insert | Delete:
    """As PostgreSQL does it at once: what follows, for the row that the update found."""
    if follows is None:
        return ends
    done = ends.returning(T.c.id).cte("done")
    if isinstance(follows, Delete):
        return follows.where(exists(select(literal_column("1")).select_from(done)))
    said: list[Any] = list(_SAID.values())
    return insert(ANNOUNCEMENTS).from_select(list(_SAID), select(*said).select_from(done))


_TOGETHER: Final = {
    (ends, follows): _together(ends, follows) for ends in (_ANY, _MINE) for follows in (_ANNOUNCES, _DESTROYS, None)
}
