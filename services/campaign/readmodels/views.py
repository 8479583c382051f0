"""The read models as the use cases ask them (`application.ports.Views`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine

from services.campaign.application.store import Store
from services.campaign.playbooks.rules import COLLECTIVE, Facts, Filed
from services.campaign.readmodels import campaign_rows, case_rows, member_rows
from services.campaign.readmodels.projector import Projector
from services.campaign.readmodels.rows import Row, snapshot

NAMES_AT_ONCE: Final = 500
PIECES_AT_ONCE: Final = 500


class ReadViews:
    def __init__(self, engine: Engine, projector: Projector, store: Store) -> None:
        self._engine = engine
        self._projector = projector
        self._store = store

    def fresh(self) -> None:
        self._projector.catch_up()

    def facts(self, campaign: UUID, subject: UUID | None) -> Facts:
        with snapshot(self._engine) as connection:
            return facts_of(connection, str(campaign), None if subject is None else str(subject))

    def open_promises(self, campaign: UUID, logger: UUID, step: str) -> Sequence[UUID]:
        with snapshot(self._engine) as connection:
            return [UUID(c) for c in case_rows.open_promises(connection, str(campaign), str(logger), step)]

    def latest_filing(self, campaign: UUID, subject: UUID | None) -> UUID | None:
        with snapshot(self._engine) as connection:
            whose = None if subject is None else str(subject)
            found = case_rows.latest_submitted(connection, str(campaign), whose)
        return None if found is None else UUID(found)

    def filings_of(self, campaign: UUID, subject: UUID) -> Sequence[UUID]:
        with snapshot(self._engine) as connection:
            return [UUID(f) for f in case_rows.own_not_closed(connection, str(campaign), str(subject))]

    def evidence_of(self, campaign: UUID, subject: UUID) -> Sequence[UUID]:
        with snapshot(self._engine) as connection:
            rows = member_rows.evidence_of(connection, str(subject))
        return [UUID(row["evidence"]) for row in rows if row["campaign"] == str(campaign)]

    def evidence_kept(self) -> Iterator[UUID]:
        after = ""
        while True:
            with snapshot(self._engine) as connection:
                page = member_rows.page_of_kept_evidence(connection, after, PIECES_AT_ONCE)
            if not page:
                return
            after = page[-1]
            yield from (UUID(piece) for piece in page)

    def ballots(self, campaign: UUID) -> Sequence[UUID]:
        with snapshot(self._engine) as connection:
            return [UUID(row["ballot"]) for row in case_rows.ballots_of(connection, str(campaign))]

    def member_names(self, campaign: UUID) -> Iterator[str]:
        after = 0
        while True:
            with snapshot(self._engine) as connection:
                rows = member_rows.page_of_confirmed(connection, str(campaign), after, NAMES_AT_ONCE)
            if not rows:
                return
            after = rows[-1]["joined"]
            for opened in self._store.open_events([row["joined"] for row in rows]).values():
                if isinstance(opened, dict):
                    yield opened["name"]

    def has_words(self, campaign: UUID, event: UUID) -> bool:
        with snapshot(self._engine) as connection:
            rows = campaign_rows.words_of(connection, [str(event)])
        return any(row["campaign"] == str(campaign) and row["subject"] is None for row in rows)

    def erasures_requested(self) -> Sequence[UUID]:
        with snapshot(self._engine) as connection:
            return [UUID(subject) for subject in member_rows.erasures_requested(connection)]


def facts_of(connection: Connection, campaign: str, subject: str | None) -> Facts:
    """Of the whole campaign; or, with a subject, the collective ones and that member's own.

    For a member's own act nobody is counted: what it costs does not depend on how many others there are.
    """
    tried = case_rows.steps_tried(connection, campaign, subject)
    facts = Facts(
        contacts=frozenset((step, who or COLLECTIVE) for step, who in tried),
        filings=tuple(_filed(row) for row in case_rows.filings_of(connection, campaign, subject)),
        evidence=member_rows.kinds_held(connection, campaign, subject),
    )
    if subject is not None:
        return facts
    return replace(
        facts,
        confirmed=member_rows.by_state(connection, campaign).get("confirmed", 0),
        consents=member_rows.consents_by_step(connection, campaign),
    )


def _filed(row: Row) -> Filed:
    been = {row["state"], "prepared"}
    been |= {"open"} if row["submitted"] is not None else set()
    been |= {"lapsed"} if row["lapsed"] else set()
    been |= {"answered"} if row["response"] is not None else set()
    return Filed(
        step=row["step"],
        filer=row["subject"] or COLLECTIVE,
        states=frozenset(been),
        sent_on=_day(row["filed_on"]),
        receipt_on=_day(row["received_on"]),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
