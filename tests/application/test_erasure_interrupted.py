"""An erasure that is killed at any of its steps is finished after the next start, once, and leaves no byte behind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from services.campaign.application.erasure import resume_erasures
from services.campaign.domain.filing import Filing
from services.campaign.domain.membership import Membership
from services.contracts import commands_v1 as c
from services.kit.failures import PermanentFailure, TemporaryFailure
from tests.support.campaign_house import House, Person

PRIVATE = ("wang.qiang@example.org", "王强", "客服承诺", "QH20260227", "工号8047", "请补交身份证明")


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Steps:
    """Calls of an erasure to what it writes to, in their order; the process is killed after one of them."""

    deadly: int
    seen: int = 0

    def around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **named: Any) -> Any:
            self.seen += 1
            if self.seen > self.deadly > 0:
                raise AssertionError("nothing happens after a kill")
            result = real(*args, **named)
            if self.seen == self.deadly:
                raise Killed
            return result

        return step


def watched(house: House, steps: Steps, patch: pytest.MonkeyPatch) -> None:
    desk = house.service.commands.desk
    for part, names in (
        (desk.store, ("commit", "release", "delete_sealed")),
        (desk.keys, ("destroy",)),
        (desk.evidence, ("delete",)),
        (desk.tokens, ("forget",)),
    ):
        for name in names:
            patch.setattr(type(part), name, steps.around(getattr(type(part), name)))


@pytest.fixture
def wang(house: House, li: Person) -> Person:
    """With something of each kind on record."""
    wang = house.person("wang.qiang@example.org", "王强").enters(li.campaign)
    wang.claims()
    wang.submits()
    wang.calls()
    wang.files(by="own")
    li.does(c.LogContact, step="cn-cs", channel="hotline")
    filing = UUID(li.files()["filing"])
    li.does(c.RequestMaterial, asked="请补交身份证明", member=UUID(wang.subject), filing=filing)
    return wang


def bytes_left(house: House) -> list[tuple[str, str]]:
    return [(place, word) for word in PRIVATE for place in house.holds(word)]


def opened_words(house: House, campaign: str) -> str:
    """All that can still be opened of the campaign's events."""
    store = house.service.folder.application.store
    positions = [leaf.position for leaf in store.select_leaves(0, 10_000) if str(leaf.campaign) == campaign]
    return repr(store.open_events(positions))


@pytest.mark.parametrize("deadly", range(1, 9))
def test_killed_after_a_step_it_is_finished_at_the_next_start(house: House, wang: Person, deadly: int) -> None:
    subject, steps = UUID(wang.subject), Steps(deadly)
    with pytest.MonkeyPatch.context() as patch:
        watched(house, steps, patch)
        with pytest.raises(Killed):
            wang.does(c.RequestErasure)
    house.restart()
    house.service.tidy.run_once()
    house.timeline.settle()
    member = house.service.commands.desk.aggregates.load(Membership, subject)
    assert (member.state, member.erasure) == ("withdrawn", "completed")
    assert [mail.kind for mail in house.notifier.taken] == ["erasure-done"]
    assert house.service.folder.application.store.held_by(subject) == []
    assert list((house.folder / "evidence").iterdir()) == []
    assert bytes_left(house) == []
    assert not any(word in opened_words(house, wang.campaign) for word in PRIVATE)


def test_an_erasure_takes_the_steps_that_are_killed_above(house: House, wang: Person) -> None:
    steps = Steps(0)
    with pytest.MonkeyPatch.context() as patch:
        watched(house, steps, patch)
        wang.does(c.RequestErasure)
    assert steps.seen == 8


def test_a_filing_handed_in_at_that_very_moment_is_closed_too(house: House, wang: Person) -> None:
    subject, desk = UUID(wang.subject), house.service.commands.desk
    real = type(desk.store).commit
    late: list[Any] = []

    def commit(store: Any, request: Any) -> Any:
        """Just before SubjectErased is recorded, a request decided earlier arrives."""
        if any(isinstance(event, Membership.SubjectErased) for event in request.events) and not late:
            act = desk.act("member", subject)
            filing = Filing.prepare(
                act, UUID(wang.campaign), subject, desk.new_id(), step="cn-pbc-12363", statement="请退款"
            )
            late.append(filing.id)
            real(store, type(request)(filing.collect_events()))
        return real(store, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(desk.store), "commit", commit)
        wang.does(c.RequestErasure)
    assert desk.aggregates.load(Filing, late[0]).state == "closed"
    assert desk.aggregates.load(Membership, subject).erasure == "completed"


def test_an_erasure_that_cannot_be_finished_holds_up_no_other(house: House, wang: Person) -> None:
    zhao = house.person("zhao.min@example.org", "赵敏").enters(wang.campaign)
    subjects, desk = [UUID(wang.subject), UUID(zhao.subject)], house.service.commands.desk
    real = type(desk.tokens).forget

    def forget(tokens: Any, subject: UUID) -> None:
        if subject == subjects[0]:
            raise PermanentFailure("evidence-missing")
        raise TemporaryFailure("database-busy")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(desk.tokens), "forget", forget)
        wang.does(c.RequestErasure)
        zhao.does(c.RequestErasure)
        patch.setattr(type(desk.tokens), "forget", lambda t, s: forget(t, s) if s == subjects[0] else real(t, s))
        with pytest.raises(TemporaryFailure, match="erasures-unfinished"):
            resume_erasures(desk)
    states = [desk.aggregates.load(Membership, subject).erasure for subject in subjects]
    assert states == ["erased", "completed"]
    assert resume_erasures(desk) == 1
