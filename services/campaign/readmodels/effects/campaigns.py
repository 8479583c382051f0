"""What the events of a campaign change: its own row, its staff, where its words are."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert

from services.campaign.readmodels import tables
from services.campaign.readmodels.effects.entry import Change, Effect, Entry, Zones, as_list, updating

ADD_CAMPAIGN, SET_CAMPAIGN = insert(tables.campaigns), updating(tables.campaigns)
ADD_STAFF, SET_STAFF = insert(tables.staff), updating(tables.staff)
ADD_WORDS = insert(tables.words)


def worded(entry: Entry) -> Change:
    """Remembers that this event carries words, public or sealed, that somebody may ask for by its id."""
    return ADD_WORDS, {
        "event": entry.event, "campaign": entry.campaign, "position": entry.position, "type": entry.type,
        "subject": entry.subject, "time": entry.time,
    }  # fmt: skip


def _state(state: str | None = None) -> Effect:
    def effect(entry: Entry, _zones: Zones) -> Iterable[Change]:
        values: dict[str, object] = {"key": entry.campaign, "version": entry.n}
        yield SET_CAMPAIGN, values if state is None else {**values, "state": state}

    return effect


def _words(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_CAMPAIGN, {"key": entry.campaign, "version": entry.n}
    yield worded(entry)


def _drafted(entry: Entry, _zones: Zones) -> Iterable[Change]:
    data = entry.data
    yield ADD_CAMPAIGN, {
        "campaign": entry.campaign, "version": entry.n, "state": "draft", "jurisdiction": data["jurisdiction"],
        "timezone": data["timezone"], "problem": data["problem"], "provider_kind": data["provider_kind"],
        "locale": data["locale"], "demand_version": 0, "demand_kinds": as_list(data["demand_kinds"]), "step": None,
        "drafted_event": entry.event, "demands_event": entry.event, "position": entry.position,
    }  # fmt: skip
    yield ADD_STAFF, _staff_row(entry, data["organizer"], "organizer", state="accepted", named=entry.position)
    yield worded(entry)


def _staff_row(
    entry: Entry, actor: str, role: str, *, state: str, named: int | None, expires_on: str | None = None
) -> dict[str, object]:
    return {
        "actor": actor, "campaign": entry.campaign, "role": role, "state": state, "expires_on": expires_on,
        "locale": entry.data["locale"], "invited": entry.position, "named": named,
    }  # fmt: skip


def _published(entry: Entry, _zones: Zones) -> Iterable[Change]:
    version = entry.data["demand_version"]
    yield SET_CAMPAIGN, {"key": entry.campaign, "version": entry.n, "state": "open", "demand_version": version}
    yield worded(entry)


def _demands_revised(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_CAMPAIGN, {
        "key": entry.campaign, "version": entry.n, "demand_version": entry.data["demand_version"],
        "demand_kinds": as_list(entry.data["demand_kinds"]), "demands_event": entry.event,
    }  # fmt: skip
    yield worded(entry)


def _organizer_invited(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_CAMPAIGN, {"key": entry.campaign, "version": entry.n}
    yield ADD_STAFF, _staff_row(entry, entry.data["organizer"], "organizer", state="invited", named=None)


def _organizer_accepted(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_CAMPAIGN, {"key": entry.campaign, "version": entry.n}
    yield SET_STAFF, {"key": entry.data["organizer"], "state": "accepted", "named": entry.position}


def _auditor_invited(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_CAMPAIGN, {"key": entry.campaign, "version": entry.n}
    yield ADD_STAFF, _staff_row(
        entry, entry.data["auditor"], "auditor", state="accepted", named=entry.position,
        expires_on=entry.data["expires_on"],
    )  # fmt: skip


def _removed(role: str) -> Effect:
    def effect(entry: Entry, _zones: Zones) -> Iterable[Change]:
        yield SET_CAMPAIGN, {"key": entry.campaign, "version": entry.n}
        yield SET_STAFF, {"key": entry.data[role], "state": "removed"}

    return effect


def _escalated(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_CAMPAIGN, {"key": entry.campaign, "version": entry.n, "step": entry.data["step"]}
    yield worded(entry)


EFFECTS: dict[str, Effect] = {
    "campaign.drafted": _drafted,
    "campaign.published": _published,
    "campaign.revised": _words,
    "campaign.demands_revised": _demands_revised,
    "campaign.organizer_invited": _organizer_invited,
    "campaign.organizer_accepted": _organizer_accepted,
    "campaign.organizer_removed": _removed("organizer"),
    "campaign.auditor_invited": _auditor_invited,
    "campaign.auditor_removed": _removed("auditor"),
    "campaign.update_published": _words,
    "campaign.escalation_decided": _escalated,
    "campaign.outcome_recorded": _words,
    "campaign.experience_shared": _words,
    "campaign.suspended": _state("suspended"),
    "campaign.resumed": _state("open"),
    "campaign.resolved": _state("resolved"),
    "campaign.closed": _state("closed"),
    "campaign.content_removed": _state(),
}
