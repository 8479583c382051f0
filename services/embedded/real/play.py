"""Plays the plan day by day through the public API, with the clock on the day each complaint was received."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.embedded.player.door import Answer, Call, Door, DoorShut
from services.embedded.player.people import People, token_of
from services.embedded.player.scenario import Person
from services.embedded.player.verbs.crowd import at_once
from services.embedded.real.plan import Company, Plan
from services.embedded.real.rows import Complaint
from services.embedded.real.rules import Claim, Rules

ZONE: Final = ZoneInfo("America/New_York")
LAUNCH_AT: Final = time(9)
JOIN_AT: Final = time(12)
LOCALE: Final = "en"
_DEMANDS: Final = (
    {"kind": "refund", "text": "Pay back what was taken, lost or withheld"},
    {"kind": "unfreeze", "text": "Give people access to their accounts and funds"},
    {"kind": "explain", "text": "A written explanation to everyone who complained"},
)


@dataclass
class Played:
    """What became of one company's complaints."""

    company: Company
    campaign: str
    unclassified: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    handed_in: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    progress: dict[str, Any] = field(default_factory=dict)

    @property
    def evidence(self) -> int:
        return self.handed_in.total()

    def count(self, answer: Answer, what: str, accepted: Counter[str]) -> None:
        """Under its name when the server took it, with its code among the refused otherwise."""
        if answer.ok:
            accepted[what] += 1
        else:
            self.refused[f"{what}: {answer.code}"] += 1


def at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, ZONE)


def starts_at(plan: Plan) -> datetime:
    first = min(company.first_day for company in plan.companies)
    return at(first, LAUNCH_AT) - timedelta(minutes=1)


class RealPlay:
    def __init__(self, door: Door, rules: Rules, plan: Plan) -> None:
        self._door = door
        self._rules = rules
        self._plan = plan
        self._people = People(door, starts_at(plan).astimezone(UTC))
        self._played: dict[str, Played] = {}
        self._counting = threading.Lock()

    def run(self, show: Callable[[date, int], None]) -> list[Played]:
        """`show` hears after each day how many complaints have been played."""
        done = 0
        for day, received in self._plan.days():
            starting = [c for c in self._plan.companies if c.first_day == day]
            if starting:
                self._clock(at(day, LAUNCH_AT))
                for company in starting:
                    self._played[company.name] = Played(company, self._launch(company))
            self._clock(at(day, JOIN_AT))
            self._one_day(received)
            done += len(received)
            show(day, done)
        for played in self._played.values():
            answer = self._door.call(Call("GET", f"/campaigns/{played.campaign}/progress"))
            played.progress = _done(answer, "reading progress")
        return [self._played[company.name] for company in self._plan.companies]

    def _clock(self, to: datetime) -> None:
        self._door.set_clock(to)
        self._people.now = to.astimezone(UTC)

    def _launch(self, company: Company) -> str:
        who = Person(company.name, "organizer", "Complaint desk", company.organizer, LOCALE)
        body = {
            "jurisdiction": "us",
            "timezone": ZONE.key,
            "title": f"Customers of {company.name}"[:120],
            "provider": {"name": company.name, "kind": company.kind},
            "problem": company.problem,
            "summary": "Complaints published by the CFPB, each joined on the day it was received.",
            "demands": [dict(demand) for demand in _DEMANDS],
            "organizer_name": who.name,
            "locale": LOCALE,
        }
        campaign = str(_done(self._people.call(who, "POST", "/campaigns", body), "launching")["campaign"])
        _done(self._people.call(who, "POST", f"/campaigns/{campaign}/publish"), "publishing")
        return campaign

    def _one_day(self, received: Sequence[tuple[Company, Complaint]]) -> None:
        """All who complained that day join, confirm by their mails, and say what they have to say."""
        before = self._door.mail(kind="confirmation", brief="1")
        at_once(self._join, received)
        self._door.settle()
        mails = self._door.mail(kind="confirmation", **({"after": before[-1]["id"]} if before else {}))
        tokens = {str(mail["to"]): token_of(mail, "confirm") for mail in mails}
        at_once(lambda pair: self._speak(*pair, tokens.get(address(pair[1]))), received)
        self._door.settle()

    def _join(self, pair: tuple[Company, Complaint]) -> None:
        company, complaint = pair
        name = f"Consumer {complaint.id}"
        body = {"email": address(complaint), "name": name, "locale": LOCALE, "consent": True}
        campaign = self._played[company.name].campaign
        _done(self._door.call(Call("POST", f"/campaigns/{campaign}/members", body, locale=LOCALE)), "joining")

    def _speak(self, company: Company, complaint: Complaint, token: str | None) -> None:
        played = self._played[company.name]
        confirmed = self._door.call(Call("POST", "/confirmations", {"token": token or ""}, locale=LOCALE))
        session = str(_done(confirmed, f"confirming complaint {complaint.id}")["session"])
        claim = self._rules.claim(complaint)
        stated = None if claim is None else self._state(played.campaign, session, claim, complaint)
        handed_in = self._hand_in(played.campaign, session, complaint) if complaint.narrative else None
        with self._counting:
            if claim is None or stated is None:
                played.unclassified += 1
            else:
                played.count(stated, claim.problem, played.problems)
            if handed_in is not None:
                played.count(handed_in, "evidence", played.handed_in)

    def _state(self, campaign: str, session: str, claim: Claim, complaint: Complaint) -> Answer:
        body = _claim_body(claim, complaint)
        return self._door.call(Call("PUT", f"/campaigns/{campaign}/me/claim", body, session=session, locale=LOCALE))

    def _hand_in(self, campaign: str, session: str, complaint: Complaint) -> Answer:
        """The narrative as a text file."""
        parts = {
            "kind": "other",
            "note": "The complaint in the person's own words",
            "file": (f"narrative-{complaint.id}.txt", complaint.narrative.encode(), "text/plain"),
        }
        path = f"/campaigns/{campaign}/me/evidence"
        return self._door.call(Call("POST", path, session=session, locale=LOCALE, parts=parts))


def address(complaint: Complaint) -> str:
    """Invented; published complaints carry no address."""
    return f"member-{complaint.id}@example.org"


def _claim_body(claim: Claim, complaint: Complaint) -> dict[str, Any]:
    """It happened, as far as the published row tells, by the day it was received."""
    body: dict[str, Any] = {
        "what": claim.problem,
        "remedy": claim.remedy,
        "happened": at(complaint.received, time(0)).isoformat(),
        "reference": f"CFPB {complaint.id}",
    }
    return body if claim.amount is None else body | {"amount": claim.amount, "currency": "USD"}


def _done(answer: Answer, what: str) -> dict[str, Any]:
    if not answer.ok:
        raise DoorShut(f"{what}: the server refused with {answer.code}")
    return dict(answer.body)
