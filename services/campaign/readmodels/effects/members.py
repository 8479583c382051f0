"""What the events of a membership and of its evidence change."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, insert, update

from services.campaign.readmodels import tables
from services.campaign.readmodels.effects.campaigns import worded
from services.campaign.readmodels.effects.entry import Change, Effect, Entry, Zones, as_list, updating

ADD_MEMBER, SET_MEMBER = insert(tables.members), updating(tables.members)
INVALIDATE = (
    update(tables.members)
    .where(tables.members.c.subject == bindparam("key"))
    .values(before=tables.members.c.state, state="invalidated")
)
REINSTATE = (
    update(tables.members)
    .where(tables.members.c.subject == bindparam("key"))
    .values(state=tables.members.c.before, before=None)
)
ADD_CONSENT, ADD_SAFETY = insert(tables.consents), insert(tables.safety)
ADD_EVIDENCE, SET_EVIDENCE = insert(tables.evidence), updating(tables.evidence)


def _joined(entry: Entry, _zones: Zones) -> Iterable[Change]:
    return (
        (
            ADD_MEMBER,
            {
                "subject": entry.stream, "campaign": entry.campaign, "state": "pending", "before": None,
                "erasure": "none", "locale": entry.data["locale"], "joined_on": entry.time, "joined": entry.position,
                "address": entry.position, "demand_version": None, "claim": None, "problem": None, "remedy": None,
                "amount": None, "currency": None, "rating": None, "satisfied": None,
            },
        ),
    )  # fmt: skip


def _confirmed(entry: Entry, _zones: Zones) -> Iterable[Change]:
    version = entry.data["demand_version"]
    return ((SET_MEMBER, {"key": entry.stream, "state": "confirmed", "demand_version": version}),)


def _claim_stated(entry: Entry, _zones: Zones) -> Iterable[Change]:
    data = entry.data
    yield SET_MEMBER, {
        "key": entry.stream, "claim": entry.position, "problem": data["problem"], "remedy": data["remedy"],
        "amount": data.get("amount"), "currency": data.get("currency"),
    }  # fmt: skip


def _consent_given(entry: Entry, _zones: Zones) -> Iterable[Change]:
    version, step = entry.data.get("demand_version"), entry.data.get("step")
    if version is not None:
        yield SET_MEMBER, {"key": entry.stream, "demand_version": version}
    yield ADD_CONSENT, {
        "position": entry.position, "campaign": entry.campaign, "subject": entry.stream, "to": entry.data["to"],
        "demand_version": version, "step": step,
    }  # fmt: skip


def _contact_changed(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_MEMBER, {"key": entry.stream, "address": entry.position}


def _safety_step_taken(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield ADD_SAFETY, {"position": entry.position, "subject": entry.stream, "steps": as_list(entry.data["steps"])}
    yield worded(entry)


def _outcome_rated(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_MEMBER, {"key": entry.stream, "rating": entry.position, "satisfied": entry.data["satisfied"]}


def _experience_shared(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield worded(entry)


def _state(**values: str) -> Effect:
    def effect(entry: Entry, _zones: Zones) -> Iterable[Change]:
        yield SET_MEMBER, {"key": entry.stream, **values}

    return effect


def _invalidated(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield INVALIDATE, {"key": entry.stream}


def _reinstated(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield REINSTATE, {"key": entry.stream}


def _evidence_submitted(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield ADD_EVIDENCE, {
        "evidence": entry.stream, "campaign": entry.campaign, "subject": entry.subject, "kind": entry.data["kind"],
        "state": "submitted", "submitted": entry.position, "review": None, "redaction": None,
    }  # fmt: skip


def _evidence_classified(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_EVIDENCE, {"key": entry.stream, "kind": entry.data["kind"]}


def _evidence_reviewed(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_EVIDENCE, {"key": entry.stream, "state": entry.data["verdict"], "review": entry.position}
    yield worded(entry)


def _evidence_redacted(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_EVIDENCE, {"key": entry.stream, "redaction": entry.position}


def _evidence_withdrawn(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_EVIDENCE, {"key": entry.stream, "state": "withdrawn"}


EFFECTS: dict[str, Effect] = {
    "membership.joined": _joined,
    "membership.confirmed": _confirmed,
    "membership.claim_stated": _claim_stated,
    "membership.consent_given": _consent_given,
    "membership.contact_changed": _contact_changed,
    "membership.safety_step_taken": _safety_step_taken,
    "membership.outcome_rated": _outcome_rated,
    "membership.experience_shared": _experience_shared,
    "membership.withdrew": _state(state="withdrawn"),
    "membership.invalidated": _invalidated,
    "membership.reinstated": _reinstated,
    "membership.erasure_requested": _state(erasure="requested"),
    "membership.subject_erased": _state(erasure="erased"),
    "membership.erasure_completed": _state(erasure="completed"),
    "evidence.submitted": _evidence_submitted,
    "evidence.classified": _evidence_classified,
    "evidence.reviewed": _evidence_reviewed,
    "evidence.redacted": _evidence_redacted,
    "evidence.withdrawn": _evidence_withdrawn,
}
