"""Whom a mail goes to, resolved at the moment it is sent: address, name, language, link and the words it quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.campaign.application.mails import CONFIRM_VALID
from services.campaign.queries.asking import Asking, Json
from services.campaign.readmodels import campaign_rows, member_rows
from services.campaign.readmodels.rows import Row
from services.contracts.codes import Refused

MOST_ASKED: Final = 1000


def recipients(asking: Asking) -> list[Json | None]:
    """One answer for each ask, in order; None for whoever was erased, removed, or was never there."""
    asks = asking.args.get("asks")
    if not isinstance(asks, list | tuple) or len(asks) > MOST_ASKED or not all(isinstance(a, Mapping) for a in asks):
        raise Refused("invalid", {"field": "asks"})
    people = _people(asking, [str(ask.get("recipient")) for ask in asks])
    words = _words(asking, sorted({str(ask["event"]) for ask in asks if ask.get("event")}))
    tokens = _tokens(asking, asks, people)
    return [_answer(ask, people, words, tokens) for ask in asks]


def _people(asking: Asking, ids: Sequence[str]) -> dict[str, Json]:
    """Id to address, name, language, for those who can still be reached."""
    wanted = sorted(set(ids))
    members = [
        row
        for row in member_rows.members_among(asking.rows, wanted)
        if row["campaign"] == asking.campaign_id and row["erasure"] in ("none", "requested")
    ]
    staff = [
        row
        for row in campaign_rows.staff_among(asking.rows, wanted)
        if row["campaign"] == asking.campaign_id and row["state"] != "removed"
    ]
    positions = [row[name] for row in members for name in ("joined", "address")]
    opened = asking.opened(positions + [row[name] for row in staff for name in ("invited", "named")])
    found = {row["subject"]: _member(row, opened) for row in members}
    found.update({row["actor"]: _staff(row, opened) for row in staff})
    return {person: facts for person, facts in found.items() if facts["email"] is not None}


def _member(row: Row, opened: Mapping[int, Json]) -> Json:
    return {
        "email": opened.get(row["address"], {}).get("email"),
        "name": opened.get(row["joined"], {}).get("name"),
        "locale": row["locale"],
        "state": row["state"],
        "staff": False,
    }


def _staff(row: Row, opened: Mapping[int, Json]) -> Json:
    invited, role = opened.get(row["invited"], {}), row["role"]
    named = opened.get(row["named"], {}) if row["named"] is not None else {}
    return {
        "email": invited.get(f"{role}_email"),
        "name": named.get(f"{role}_name"),
        "locale": row["locale"],
        "state": row["state"],
        "staff": True,
    }


@dataclass(frozen=True, slots=True)
class Said:
    """The words of one event: all of them, and those that anybody may read."""

    row: Row
    all: Json
    public: Json

    def to(self, recipient: str, person: Json) -> Json:
        """Sealed words are for whom they are about; those of the campaign itself for its staff."""
        if self.row["subject"] == recipient:
            return self.all
        return self.all if self.row["subject"] is None and person["staff"] else self.public


def _words(asking: Asking, events: Sequence[str]) -> dict[str, Said]:
    if not events:
        return {}
    rows = [row for row in campaign_rows.words_of(asking.rows, events) if row["campaign"] == asking.campaign_id]
    opened = asking.opened([row["position"] for row in rows])
    public = asking.words([row["event"] for row in rows])
    return {
        row["event"]: Said(row, opened.get(row["position"], {}), public.get(row["event"], {})) for row in rows
    }  # fmt: skip


def _answer(
    ask: Mapping[str, Any], people: Mapping[str, Json], words: Mapping[str, Said], tokens: Mapping[str, str]
) -> Json | None:  # fmt: skip
    recipient = str(ask.get("recipient"))
    person = people.get(recipient)
    if person is None:
        return None
    said = words.get(str(ask.get("event")))
    return {
        "email": person["email"],
        "name": person["name"],
        "locale": person["locale"],
        "token": tokens.get(recipient) if ask.get("link") == "confirm" else None,
        "words": {} if said is None else said.to(recipient, person),
    }


def _tokens(asking: Asking, asks: Sequence[Mapping[str, Any]], people: Mapping[str, Json]) -> dict[str, str]:
    """Links to confirm with, by recipient; only while there is something to confirm."""
    wanted = {str(ask.get("recipient")) for ask in asks if ask.get("link") == "confirm"}
    pending = sorted(subject for subject in wanted if people.get(subject, {}).get("state") == "pending")
    expires = asking.desk.clock.now() + CONFIRM_VALID
    subjects = [UUID(subject) for subject in pending]
    made = asking.desk.tokens.issue_all("confirm", UUID(asking.campaign_id), subjects, expires)
    return dict(zip(pending, made, strict=True))
