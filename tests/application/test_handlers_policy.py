"""Who may send which command: every command has a rule, a use case, and the same refusal for what one may not know."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.campaign.application.handlers import HANDLERS
from services.campaign.application.policy import POLICY, anyone
from services.contracts import commands_v1 as c
from tests.support.campaign_house import House, Person
from tests.support.given_when_then import refused

SAMPLES: dict[str, Any] = {
    "demands": [c.Demand("refund", "x")], "results": {1: "met"}, "taken": ["lock-account"], "satisfied": True,
    "expires_on": date(2026, 6, 1), "deadline": date(2026, 6, 1), "until": datetime(2026, 6, 1, tzinfo=UTC),
    "happened": datetime(2026, 2, 1, tzinfo=UTC), "option": 1, "options": ["a", "b"], "email": "x@example.org",
    "by": "own", "step": "cn-psp-formal", "to": "contact",
}  # fmt: skip
IDS = ("organizer", "auditor", "subject", "evidence", "contact", "filing", "request", "event", "ballot")
GUARDED = sorted(
    (kind for kind, rule in POLICY.items() if rule is not anyone and kind is not c.LaunchCampaign),
    key=lambda kind: kind.__name__,
)


def sample(kind: type[c.Command], campaign: UUID) -> c.Command:
    values: dict[str, Any] = {}
    for field in kind.__dataclass_fields__.values():
        if field.name == "campaign":
            values["campaign"] = campaign
        elif field.name in IDS:
            values[field.name] = uuid4()
        elif field.name in SAMPLES:
            values[field.name] = SAMPLES[field.name]
        elif str(field.type).startswith("str"):
            values[field.name] = "x"
    return kind(**values)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = House(tmp_path_factory.mktemp("policy") / "data")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def draft(house: House) -> UUID:
    return UUID(house.person("li.wei@example.org", "李薇").launches())


@pytest.fixture(scope="module")
def li(house: House) -> Person:
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    li.publishes()
    return li


@pytest.fixture(scope="module")
def public(li: Person) -> UUID:
    return UUID(li.campaign)


@pytest.fixture(scope="module")
def stranger(house: House) -> Person:
    return house.person("stranger@example.org", "Stranger")


def test_every_command_has_a_rule_and_a_use_case() -> None:
    assert set(POLICY) == set(HANDLERS) == set(c.COMMANDS.values())


@pytest.mark.parametrize("kind", [*GUARDED, c.LaunchCampaign])
def test_nobody_unknown_may(house: House, public: UUID, kind: type[c.Command]) -> None:
    with refused("not-signed-in"):
        house.service.execute(c.Request(sample(kind, public)))


@pytest.mark.parametrize("kind", GUARDED)
def test_the_draft_of_others_is_not_there_and_neither_is_what_never_was(
    house: House, draft: UUID, stranger: Person, kind: type[c.Command]
) -> None:
    for campaign in (draft, uuid4()):
        with refused("not-found"):
            house.service.execute(c.Request(sample(kind, campaign), stranger.caller))


@pytest.mark.parametrize("kind", GUARDED)
def test_a_stranger_may_do_nothing_in_a_public_campaign(
    house: House, public: UUID, stranger: Person, kind: type[c.Command]
) -> None:
    with pytest.raises(Exception) as refusal:
        house.service.execute(c.Request(sample(kind, public), stranger.caller))
    assert getattr(refusal.value, "code", None) in ("not-permitted", "not-a-member")


@pytest.mark.parametrize(
    "kind",
    [c.PublishCampaign, c.ReviseCampaign, c.InviteOrganizer, c.InviteAuditor, c.PublishUpdate, c.CloseCampaign,
     c.InvalidateMembership, c.ReviewEvidence, c.RequestMaterial, c.OpenBallot, c.SuspendCampaign, c.RemoveContent],
)  # fmt: skip
def test_a_member_does_no_organizers_and_no_operators_act(
    house: House, public: UUID, member: Person, kind: type[c.Command]
) -> None:
    with refused("not-permitted"):
        house.service.execute(c.Request(sample(kind, public), member.caller))


@pytest.mark.parametrize(
    "kind",
    [c.ClassifyEvidence, c.ReviewEvidence, c.RedactEvidence, c.RecordPromise, c.RecordReceipt, c.GiveMaterial,
     c.RecordResponse, c.ExtendDeadline, c.CloseFiling, c.CloseBallot, c.InvalidateMembership, c.ReinstateMembership,
     c.RemoveOrganizer, c.RemoveAuditor],
)  # fmt: skip
def test_objects_of_another_campaign_are_not_there(
    house: House, li: Person, foreign: dict[str, UUID], kind: type[c.Command]
) -> None:
    command = sample(kind, UUID(li.campaign))
    values = {name: foreign.get(name, getattr(command, name)) for name in kind.__dataclass_fields__}
    with refused("not-found"):
        house.service.execute(c.Request(kind(**{**values, "campaign": UUID(li.campaign)}), li.caller))


@pytest.fixture(scope="module")
def foreign(house: House) -> dict[str, UUID]:
    """Ids of things in another campaign, which the organizer of this one has come to know."""
    ann = house.person("ann@example.org", "Ann")
    ann.launches()
    ann.publishes()
    bob = house.person("bob@example.org", "Bob").enters(ann.campaign)
    until = house.local("2026-03-09 09:00")
    ballot = ann.does(c.OpenBallot, question="?", options=["a", "b"], until=until)["ballot"]
    found = {
        "contact": ann.calls(), "filing": ann.files()["filing"], "subject": bob.subject, "evidence": bob.submits(),
        "ballot": ballot,
    }  # fmt: skip
    return {name: UUID(each) for name, each in found.items()}


@pytest.fixture(scope="module")
def member(house: House, public: UUID) -> Person:
    return house.person("wang.qiang@example.org", "王强").enters(str(public))
