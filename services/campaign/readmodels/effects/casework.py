"""What the events of contacts and filings change, and what falls due from them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Text, and_, bindparam, delete, insert, select

from services.campaign.playbooks.calendar import deadline_instant
from services.campaign.readmodels import tables
from services.campaign.readmodels.effects.campaigns import SET_CAMPAIGN, worded
from services.campaign.readmodels.effects.entry import Change, Effect, Entry, Zones, as_list, day_of, updating
from services.kit.sql import upsert

ADD_CONTACT, ADD_PROMISE, SET_PROMISE = insert(tables.contacts), insert(tables.promises), updating(tables.promises)
ADD_FILING, SET_FILING = insert(tables.filings), updating(tables.filings)
ADD_MATERIAL, ADD_GIVEN = insert(tables.materials), insert(tables.given)
_due = upsert.insert(tables.due)
FALLS_DUE = _due.on_conflict_do_update(
    index_elements=["kind", "thing"], set_={"at": _due.excluded.at, "day": _due.excluded.day}
)
_made = tables.promises.c
QUOTE_PROMISE = insert(tables.words).from_select(
    ["event", "campaign", "position", "type", "subject", "time"],
    select(
        bindparam("quoting", type_=Text), _made.campaign, _made.recorded, bindparam("quoted_as", type_=Text),
        bindparam("of_subject", type_=Text), bindparam("at_time", type_=Text),
    ).where(_made.promise == bindparam("quoted")),
)  # fmt: skip
"""The words of a promise are asked for by the event that breaks it."""
NO_LONGER_DUE = delete(tables.due).where(
    and_(tables.due.c.kind == bindparam("of_kind"), tables.due.c.thing == bindparam("of_thing"))
)


def falls_due(entry: Entry, kind: str, thing: str, at: str, day: str) -> Change:
    return FALLS_DUE, {
        "kind": kind, "thing": thing, "campaign": entry.campaign, "stream": entry.stream, "at": at, "day": day,
    }  # fmt: skip


def no_longer_due(kind: str, thing: str) -> Change:
    return NO_LONGER_DUE, {"of_kind": kind, "of_thing": thing}


def _contact_logged(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield ADD_CONTACT, {
        "contact": entry.stream, "campaign": entry.campaign, "subject": entry.subject,
        "logger": entry.subject or entry.actor, "step": entry.data["step"], "channel": entry.data["channel"],
        "time": entry.time, "logged": entry.position,
    }  # fmt: skip


def _promise_recorded(entry: Entry, _zones: Zones) -> Iterable[Change]:
    data = entry.data
    yield ADD_PROMISE, {
        "promise": data["promise"], "contact": entry.stream, "campaign": entry.campaign,
        "logger": entry.subject or entry.actor, "step": data["step"], "until": data["until"], "state": "open",
        "recorded": entry.position,
    }  # fmt: skip
    yield falls_due(entry, "promise", data["promise"], data["until"], data["until"][:10])


def _promise_settled(state: str) -> Effect:
    def effect(entry: Entry, _zones: Zones) -> Iterable[Change]:
        yield SET_PROMISE, {"key": entry.data["promise"], "state": state}
        yield no_longer_due("promise", entry.data["promise"])
        if state == "broken":
            yield QUOTE_PROMISE, {
                "quoting": entry.event, "quoted_as": entry.type, "of_subject": entry.subject,
                "at_time": entry.time, "quoted": entry.data["promise"],
            }  # fmt: skip

    return effect


def _prepared(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield ADD_FILING, {
        "filing": entry.stream, "campaign": entry.campaign, "subject": entry.subject, "actor": entry.actor,
        "step": entry.data["step"], "state": "prepared", "version": entry.n, "prepared_event": entry.event,
        "prepared": entry.position, "submitted": None, "submitted_event": None, "filed_on": None,
        "warnings": as_list(()), "override": False, "lapsed": False, "receipt": None, "received_on": None,
        "deadline": None, "response": None, "response_event": None, "verdict": None, "responded_on": None,
    }  # fmt: skip
    yield worded(entry)


def _submitted(entry: Entry, zones: Zones) -> Iterable[Change]:
    data = entry.data
    yield SET_FILING, {
        "key": entry.stream, "version": entry.n, "state": "open", "submitted": entry.position,
        "submitted_event": entry.event, "filed_on": data["filed_on"], "warnings": as_list(data["warnings"]),
        "override": data["override"], "deadline": data.get("deadline"),
    }  # fmt: skip
    if entry.subject is None:
        yield SET_CAMPAIGN, {"key": entry.campaign, "step": data["step"]}
    yield worded(entry)
    yield from _runs_until(entry, zones)


def _receipt_recorded(entry: Entry, zones: Zones) -> Iterable[Change]:
    yield SET_FILING, {
        "key": entry.stream, "version": entry.n, "receipt": entry.position, "received_on": entry.data["received_on"],
    }  # fmt: skip
    yield from _runs_until(entry, zones)


def _extended(entry: Entry, zones: Zones) -> Iterable[Change]:
    yield SET_FILING, {"key": entry.stream, "version": entry.n}
    yield worded(entry)
    yield from _runs_until(entry, zones)


def _runs_until(entry: Entry, zones: Zones) -> Iterable[Change]:
    deadline = entry.data.get("deadline")
    if deadline is None:
        return
    at = deadline_instant(day_of(deadline), zones(entry.campaign)).strftime("%Y-%m-%dT%H:%M:%SZ")
    yield SET_FILING, {"key": entry.stream, "deadline": deadline}
    yield falls_due(entry, "filing", entry.stream, at, deadline)


def _material_requested(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_FILING, {"key": entry.stream, "version": entry.n}
    yield ADD_MATERIAL, {
        "request": entry.data["request"], "filing": entry.stream, "campaign": entry.campaign,
        "member": entry.data.get("member"), "until": entry.data.get("until"), "asked": entry.position,
    }  # fmt: skip
    yield worded(entry)


def _material_given(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_FILING, {"key": entry.stream, "version": entry.n}
    yield ADD_GIVEN, {
        "position": entry.position, "request": entry.data["request"], "evidence": entry.data["evidence"],
    }  # fmt: skip


def _response_recorded(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_FILING, {
        "key": entry.stream, "version": entry.n, "state": "answered", "response": entry.position,
        "response_event": entry.event, "verdict": entry.data["verdict"], "responded_on": entry.data["responded_on"],
    }  # fmt: skip
    yield worded(entry)
    yield no_longer_due("filing", entry.stream)


def _lapsed(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_FILING, {"key": entry.stream, "version": entry.n, "state": "lapsed", "lapsed": True}
    yield no_longer_due("filing", entry.stream)


def _escalated(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_FILING, {"key": entry.stream, "version": entry.n}


def _closed(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_FILING, {"key": entry.stream, "version": entry.n, "state": "closed"}
    yield no_longer_due("filing", entry.stream)


EFFECTS: dict[str, Effect] = {
    "contact.logged": _contact_logged,
    "contact.promise_recorded": _promise_recorded,
    "contact.promise_kept": _promise_settled("kept"),
    "contact.promise_broken": _promise_settled("broken"),
    "filing.prepared": _prepared,
    "filing.submitted": _submitted,
    "filing.receipt_recorded": _receipt_recorded,
    "filing.material_requested": _material_requested,
    "filing.material_given": _material_given,
    "filing.response_recorded": _response_recorded,
    "filing.deadline_extended": _extended,
    "filing.deadline_lapsed": _lapsed,
    "filing.escalated": _escalated,
    "filing.closed": _closed,
}
