"""The one way a query goes: catch up with the log, find out who asks, answer from one snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from services.campaign.queries.asking import Asking, Desk, Standing
from services.campaign.queries.standing import key_of, standing_in
from services.campaign.queries.table import FILE, TABLE, Access, Query
from services.campaign.readmodels import campaign_rows
from services.campaign.readmodels.projector import Projector
from services.campaign.readmodels.rows import Row, snapshot
from services.contracts.codes import Refused
from services.contracts.commands_v1 import Caller


class QueryService:
    """Raises `Refused(code, facts)`, or TemporaryFailure when the views cannot catch up now."""

    def __init__(self, desk: Desk, engine: Engine, projector: Projector) -> None:
        self._desk = desk
        self._engine = engine
        self._projector = projector

    def ask(self, name: str, caller: Caller, args: Mapping[str, Any]) -> Any:
        query = TABLE.get(name)
        if query is None:
            raise Refused("not-found")
        return self.answer(query, caller, args)

    def file(self, caller: Caller, args: Mapping[str, Any]) -> dict[str, Any]:
        """What opens a file for a caller who may see it."""
        found: dict[str, Any] = self.answer(FILE, caller, args)
        return found

    def answer(self, query: Query, caller: Caller, args: Mapping[str, Any]) -> Any:
        if query.access is not Access.ANYONE:
            self._projector.catch_up()
        with snapshot(self._engine) as rows:
            campaign = None if query.access in _ABOUT_NONE else _campaign(rows, args)
            standing = standing_in(self._desk.store, rows, caller, campaign, self._desk.clock.now())
            _authorise(query.access, caller, standing, campaign)
            asking = Asking(self._desk, rows, standing, args, campaign)
            if not query.reads_log:
                return query.answer(asking)
        return query.answer(asking)


_ABOUT_NONE = (Access.ANYONE, Access.SIGNED_IN, Access.INTERNAL)


def _campaign(rows: Connection, args: Mapping[str, Any]) -> Row | None:
    try:
        sought = str(UUID(str(args.get("campaign"))))
    except ValueError:
        raise Refused("not-found") from None
    return campaign_rows.campaign(rows, sought)


def _authorise(access: Access, caller: Caller, standing: Standing, campaign: Row | None) -> None:
    """Whoever may not know that something exists hears the same as if it did not."""
    if access in (Access.ANYONE, Access.INTERNAL):
        if access is Access.INTERNAL and caller != Caller():
            raise Refused("not-found")
        return
    if access is Access.SIGNED_IN:
        if key_of(caller) is None:
            raise Refused("not-signed-in")
        return
    if access in (Access.MEMBER, Access.STAFF, Access.INVOLVED) and standing.key is None:
        raise Refused("not-signed-in")
    if campaign is None or not _may(access, caller, standing, campaign):
        raise Refused("not-found")


def _may(access: Access, caller: Caller, standing: Standing, campaign: Row) -> bool:
    if access is Access.PUBLIC:
        return campaign["state"] != "draft" or standing.staff or caller.operator
    if access is Access.INTERNAL_CAMPAIGN:
        return caller == Caller()
    if access is Access.STAFF:
        return standing.staff
    if access is Access.MEMBER:
        return standing.subject is not None
    return standing.staff or standing.subject is not None
