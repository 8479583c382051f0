"""What happens because time passes: in its order, at its instant, once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from uuid import UUID

from services.contracts import commands_v1 as c
from tests.support.campaign_house import House, Person


def happened(house: House, li: Person) -> list[tuple[str, str]]:
    """Type and time of what the system did."""
    events = house.ask_publicly("replay", campaign=li.campaign)["events"]
    return [(event["type"], event["time"]) for event in events if event["actor_role"] == "system"]


def test_a_deadline_lapses_when_its_last_day_is_over(house: House, li: Person) -> None:
    li.calls()
    filing = UUID(li.files()["filing"])
    assert li.does(c.RecordReceipt, filing=filing, number="1")["deadline"] == "2026-03-17"
    assert house.service.timed[0].next_due() == datetime(2026, 3, 17, 16, tzinfo=UTC)
    house.timeline.advance(house.local("2026-03-18 00:00"))
    assert happened(house, li) == []
    house.timeline.settle()
    assert happened(house, li) == [("filing.deadline_lapsed", "2026-03-17T16:00:00Z")]
    assert li.asks("filings")[0]["state"] == "lapsed"
    assert house.service.timed[0].next_due() is None


def test_an_answer_in_time_stops_the_clock_and_an_extension_moves_it(house: House, li: Person) -> None:
    li.calls()
    filing = UUID(li.files()["filing"])
    li.does(c.RecordReceipt, filing=filing, number="1")
    li.does(c.ExtendDeadline, filing=filing, deadline=house.local("2026-03-20 00:00").date())
    assert house.service.timed[0].next_due() == datetime(2026, 3, 20, 16, tzinfo=UTC)
    house.comes("2026-03-19 09:00")
    li.does(c.RecordResponse, filing=filing, verdict="met")
    assert house.service.timed[0].next_due() is None
    house.comes("2026-04-01 09:00")
    assert happened(house, li) == []


def test_promises_break_in_their_order_each_at_its_instant(house: House, li: Person) -> None:
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    for who, until in ((wang, "2026-03-06 18:00"), (li, "2026-03-05 18:00")):
        who.does(c.RecordPromise, contact=UUID(who.calls()), until=house.local(until), what="回电")
    house.comes("2026-03-07 09:00")
    assert happened(house, li) == [
        ("contact.promise_broken", "2026-03-05T10:00:00Z"),
        ("contact.promise_broken", "2026-03-06T10:00:00Z"),
    ]


def test_several_timers_at_once_do_each_thing_once(house: House, li: Person) -> None:
    until = house.local("2026-03-05 20:00")
    for n in range(5):
        li.does(c.OpenBallot, question=f"问题{n}", options=["是", "否"], until=until)
    house.clock.set(until)
    timer = house.service.timed[0]
    threads = [threading.Thread(target=lambda: timer.run_due(until, True)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [kind for kind, _ in happened(house, li)] == ["ballot.closed"] * 5
    assert timer.next_due() is None


def test_timers_survive_a_restart(house: House, li: Person) -> None:
    li.does(c.OpenBallot, question="是否", options=["是", "否"], until=house.local("2026-03-05 20:00"))
    house.restart()
    house.comes("2026-03-06 09:00")
    assert happened(house, li) == [("ballot.closed", "2026-03-05T12:00:00Z")]


def test_only_what_is_due_by_the_horizon_is_done(house: House, li: Person) -> None:
    li.does(c.OpenBallot, question="是否", options=["是", "否"], until=house.local("2026-03-05 20:00"))
    timer = house.service.timed[0]
    house.clock.set(house.local("2026-03-05 19:59"))
    assert timer.run_due(house.clock.now(), True) == 0
    house.clock.set(house.local("2026-03-05 20:01"))
    assert timer.run_due(house.clock.now(), True) == 1
    assert timer.run_due(house.clock.now(), True) == 0
