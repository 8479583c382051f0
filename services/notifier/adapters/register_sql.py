"""What notifier remembers of campaigns and people, so that it knows whom to write to: ids, states, days; no words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, func, select, update

from services.kit.sql.gathered import Gathered
from services.kit.sql.upsert import insert
from services.notifier.adapters.tables import (
    CAMPAIGNS,
    CONTACTS,
    FILINGS,
    MEMBERS,
    ORGANIZERS,
    PROMISES,
    STOPPED,
    WORDS,
)
from services.notifier.application.ports import About, KnownFiling

_NEW_MEMBER = insert(MEMBERS).on_conflict_do_nothing()


class Register:
    """Bound to one transaction of its caller, who ends it with `gathered.write`: new members come in crowds."""

    def __init__(self, tx: Connection, gathered: Gathered | None = None) -> None:
        self._tx = tx
        self._gathered = gathered or Gathered()

    def add_campaign(self, campaign: str, *, timezone: str, locale: str, problem: str) -> None:
        row = {"campaign": campaign, "timezone": timezone, "locale": locale, "problem": problem}
        self._tx.execute(insert(CAMPAIGNS).values(row).on_conflict_do_nothing())

    def about(self, campaign: str) -> About | None:
        row = self._tx.execute(select(CAMPAIGNS).where(CAMPAIGNS.c.campaign == campaign)).one_or_none()
        return None if row is None else About(campaign, ZoneInfo(row.timezone), row.locale, row.problem)

    def add_words(self, campaign: str, event: str) -> None:
        """An event that carries words of the campaign itself; of two with the same field the later one counts."""
        self._tx.execute(insert(WORDS).values(campaign=campaign, event=event).on_conflict_do_nothing())

    def words_events(self, campaign: str) -> list[str]:
        found = select(WORDS.c.event).where(WORDS.c.campaign == campaign).order_by(WORDS.c.place)
        return list(self._tx.execute(found).scalars())

    def set_organizer(self, campaign: str, organizer: str, state: str) -> None:
        row = {"organizer": organizer, "campaign": campaign, "state": state}
        known = insert(ORGANIZERS).values(row)
        self._tx.execute(known.on_conflict_do_update(index_elements=["organizer"], set_={"state": state}))

    def remove_organizer(self, organizer: str) -> None:
        self._tx.execute(delete(ORGANIZERS).where(ORGANIZERS.c.organizer == organizer))

    def organizers(self, campaign: str) -> list[str]:
        """Those who accepted."""
        found = select(ORGANIZERS.c.organizer).where(
            ORGANIZERS.c.campaign == campaign, ORGANIZERS.c.state == "accepted"
        )
        return list(self._tx.execute(found.order_by(ORGANIZERS.c.organizer)).scalars())

    def add_member(self, campaign: str, subject: str) -> None:
        self._gathered.add(_NEW_MEMBER, {"campaign": campaign, "subject": subject, "state": "pending"})

    def confirm(self, campaign: str, subject: str, sequence: int) -> None:
        self._set_member(campaign, subject, state="confirmed", confirmed_at=sequence)

    def set_state(self, campaign: str, subject: str, state: str) -> None:
        self._set_member(campaign, subject, state=state)

    def invalidate(self, campaign: str, subject: str) -> None:
        self._set_member(campaign, subject, before=MEMBERS.c.state, state="invalidated")

    def reinstate(self, campaign: str, subject: str) -> None:
        self._set_member(campaign, subject, state=func.coalesce(MEMBERS.c.before, "pending"), before=None)

    def member_states(self, campaign: str, subjects: list[str]) -> dict[str, str]:
        self._gathered.write(self._tx)
        found = select(MEMBERS.c.subject, MEMBERS.c.state).where(
            MEMBERS.c.campaign == campaign, MEMBERS.c.subject.in_(subjects)
        )
        return {row.subject: row.state for row in self._tx.execute(found)}

    def add_filing(self, filing: str, campaign: str, *, filer: str, own: bool, step: str, deadline: str | None) -> None:
        row = {
            "filing": filing, "campaign": campaign, "filer": filer, "own": int(own), "step": step, "state": "open",
            "deadline": deadline,
        }  # fmt: skip
        self._tx.execute(insert(FILINGS).values(row).on_conflict_do_nothing())

    def set_deadline(self, filing: str, deadline: str) -> None:
        self._tx.execute(update(FILINGS).where(FILINGS.c.filing == filing).values(deadline=deadline))

    def set_filing(self, filing: str, state: str) -> None:
        self._tx.execute(update(FILINGS).where(FILINGS.c.filing == filing).values(state=state))

    def filing(self, filing: str) -> KnownFiling | None:
        row = self._tx.execute(select(FILINGS).where(FILINGS.c.filing == filing)).one_or_none()
        if row is None:
            return None
        return KnownFiling(row.filing, row.filer, bool(row.own), row.step, row.state, row.deadline)

    def add_contact(self, contact: str, logger: str, own: bool) -> None:
        self._tx.execute(insert(CONTACTS).values(contact=contact, logger=logger, own=int(own)).on_conflict_do_nothing())

    def logger(self, contact: str) -> str | None:
        return self._tx.execute(select(CONTACTS.c.logger).where(CONTACTS.c.contact == contact)).scalar()

    def add_promise(self, promise: str, until: str) -> None:
        self._tx.execute(insert(PROMISES).values(promise=promise, until=until).on_conflict_do_nothing())

    def promised_until(self, promise: str) -> str | None:
        return self._tx.execute(select(PROMISES.c.until).where(PROMISES.c.promise == promise)).scalar()

    def stopped(self, campaign: str, subjects: list[str]) -> frozenset[str]:
        """Which of these members want no more news of this campaign."""
        found = select(STOPPED.c.subject).where(STOPPED.c.campaign == campaign, STOPPED.c.subject.in_(subjects))
        return frozenset(self._tx.execute(found).scalars())

    def _set_member(self, campaign: str, subject: str, **values: object) -> None:
        self._gathered.write(self._tx)
        member = (MEMBERS.c.campaign == campaign) & (MEMBERS.c.subject == subject)
        self._tx.execute(update(MEMBERS).where(member).values(values))
