"""Background work: loops that rest, back off and stop; settling; time that is set by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace

import pytest

from services.kit import serving
from services.kit.clock import SettableClock
from services.kit.failures import TemporaryFailure
from services.kit.health import Health
from services.kit.loops import DidNotSettle, Guarded, Loop, Pace, settle
from services.kit.metrics import Metrics
from services.kit.serving import UNHURRIED, Background, Manner, Process
from services.kit.timeline import StandsStill, Ticking, Timeline


class Script:
    """A worker whose slices are written beforehand: numbers are done, failures are raised."""

    def __init__(self, name: str, *slices: int | Exception) -> None:
        self.name = name
        self.slices = list(slices)
        self.runs = 0

    def run_once(self) -> int:
        self.runs += 1
        if not self.slices:
            return 0
        head = self.slices.pop(0)
        if isinstance(head, Exception):
            raise head
        return head


def eventually(holds: Callable[[], bool], seconds: float = 5) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "did not come true in time"
        time.sleep(0.002)


class Runner:
    def __init__(self) -> None:
        self.metrics = Metrics()
        self.loops: list[Loop] = []

    def start(
        self, worker: Script, wake: threading.Event, poll: float = 60, polite: Callable[[], bool] = lambda: False
    ) -> Loop:
        loop = Loop(worker, wake, poll, polite, metrics=self.metrics, first_backoff_seconds=0.001)
        self.loops.append(loop)
        loop.start()
        return loop


@pytest.fixture
def runner() -> Iterator[Runner]:
    runner = Runner()
    yield runner
    for loop in runner.loops:
        assert loop.stop()


def test_a_loop_works_until_nothing_is_left_and_again_when_woken(runner: Runner) -> None:
    worker, wake = Script("w", 3, 2), threading.Event()
    runner.start(worker, wake)
    eventually(lambda: worker.runs == 3)
    time.sleep(0.02)
    assert worker.runs == 3
    worker.slices.append(1)
    wake.set()
    eventually(lambda: worker.runs == 5)
    assert runner.metrics.value("chorus_worker_done_total", worker="w") == 6


def test_a_loop_that_gathers_serves_many_wakes_at_once(runner: Runner) -> None:
    worker, wake = Script("w"), threading.Event()
    loop = Loop(worker, wake, 60, metrics=runner.metrics, gathers_seconds=0.3)
    runner.loops.append(loop)
    loop.start()
    eventually(lambda: worker.runs == 1)
    wake.set()
    time.sleep(0.01)
    worker.slices.append(1)
    assert worker.runs == 1
    eventually(lambda: worker.runs == 3)


def test_a_paced_loop_pauses_after_a_small_slice_and_not_after_a_full_one(runner: Runner) -> None:
    worker, wake = Script("w", 10, 10, 3, 5), threading.Event()
    loop = Loop(worker, wake, 60, metrics=runner.metrics, pace=Pace(60, full=10))
    loop.start()
    eventually(lambda: worker.runs == 3)
    wake.set()
    time.sleep(0.05)
    assert worker.slices == [5]
    assert loop.stop(5), "a pause holds up no end"


def test_a_paced_loop_goes_on_after_its_pause(runner: Runner) -> None:
    worker = Script("w", 3, 3, 3)
    loop = Loop(worker, threading.Event(), 60, metrics=runner.metrics, pace=Pace(0.01, full=10))
    runner.loops.append(loop)
    loop.start()
    eventually(lambda: worker.runs == 4)


def test_who_has_a_wake_of_its_own_is_not_woken_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "POLL_SECONDS", 60)
    usual, apart, unhurried = Script("usual"), Script("apart"), Script("unhurried")
    all_of_them, its_own = list[Callable[[], None]](), list[Callable[[], None]]()
    manners = {"apart": Manner(woken=its_own.append), "unhurried": UNHURRIED}
    process = Process(Metrics(), workers=(usual, apart, unhurried), wakes=(all_of_them.append,), manners=manners)
    background = Background(process, SettableClock(datetime(2026, 3, 1, tzinfo=UTC)), ticking=True)
    background.start()
    eventually(lambda: (usual.runs, apart.runs, unhurried.runs) == (1, 1, 1))
    all_of_them[0]()
    eventually(lambda: usual.runs == 2)
    assert (apart.runs, unhurried.runs) == (1, 1)
    its_own[0]()
    eventually(lambda: apart.runs == 2)
    assert (usual.runs, unhurried.runs) == (2, 1)
    background.stop()


def test_in_a_crowd_what_is_timed_rests_and_the_workers_do_not() -> None:
    crowd, worker, timed = threading.Event(), Slow("w", *([1] * 5)), Slow("t", *([1] * 20))
    crowd.set()
    timed.seconds = 0.1
    due = SimpleNamespace(name="t", next_due=lambda: None, run_due=lambda horizon, inclusive: timed.run_once())
    process = Process(Metrics(), workers=(worker,), timed=(due,), crowded=crowd.is_set)
    background = Background(process, SettableClock(datetime(2026, 3, 1, tzinfo=UTC)), ticking=True)
    background.start()
    eventually(lambda: worker.runs == 6 and timed.runs == 1)
    crowd.clear()
    eventually(lambda: timed.runs >= 3)
    background.stop()


def test_a_loop_polls_without_being_woken(runner: Runner) -> None:
    worker = Script("w")
    runner.start(worker, threading.Event(), poll=0.01)
    eventually(lambda: worker.runs >= 3)


def test_a_loop_outlives_failures_and_counts_them(runner: Runner) -> None:
    worker = Script("w", TemporaryFailure("away"), ValueError("words"), TemporaryFailure("away"), 4)
    loop = runner.start(worker, threading.Event())
    eventually(lambda: worker.runs == 5)
    loop.healthy()
    assert runner.metrics.value("chorus_worker_failures_total", worker="w", kind="temporary") == 2
    assert runner.metrics.value("chorus_worker_failures_total", worker="w", kind="unexpected") == 1


def test_a_loop_that_only_fails_is_not_healthy(runner: Runner) -> None:
    worker = Script("w", *[TemporaryFailure("away") for _ in range(2000)])
    loop = runner.start(worker, threading.Event())
    eventually(lambda: worker.runs > 6)
    assert Health({"loop": loop.healthy}).ready().checks == {"loop": "loop-failing"}
    assert loop.stop()
    assert Health({"loop": loop.healthy}).ready().checks == {"loop": "loop-not-running"}


def test_the_other_sides_wish_to_wait_is_kept(runner: Runner) -> None:
    worker = Script("w", TemporaryFailure("busy", retry_after=0.1), 1)
    started = time.monotonic()
    runner.start(worker, threading.Event())
    eventually(lambda: worker.runs >= 2)
    assert time.monotonic() - started >= 0.1


class Slow(Script):
    seconds = 0.01

    def run_once(self) -> int:
        time.sleep(self.seconds)
        return super().run_once()


def test_a_polite_loop_rests_nine_times_as_long_as_it_worked(runner: Runner) -> None:
    worker = Slow("w", 1, 1, 1)
    started = time.monotonic()
    runner.start(worker, threading.Event(), polite=lambda: True)
    eventually(lambda: worker.runs == 4)
    assert time.monotonic() - started >= 3 * 0.1


def test_a_resting_loop_goes_on_as_soon_as_the_crowd_is_gone(runner: Runner) -> None:
    crowd = threading.Event()
    crowd.set()
    worker = Slow("w", *([1] * 20))
    worker.seconds = 0.2
    started = time.monotonic()
    runner.start(worker, threading.Event(), polite=crowd.is_set)
    eventually(lambda: worker.runs == 1)
    worker.seconds = 0.001
    crowd.clear()
    eventually(lambda: not worker.slices)
    assert time.monotonic() - started < 1.5, "nine times 0.2 seconds were not to be slept out"


def test_a_loop_stops_at_once_even_when_it_rests() -> None:
    loop = Loop(Script("w"), threading.Event(), 60, metrics=Metrics())
    loop.start()
    started = time.monotonic()
    assert loop.stop()
    assert time.monotonic() - started < 1
    assert Loop(Script("never started"), threading.Event(), 60, metrics=Metrics()).stop()


def test_loops_that_take_turns_all_stop_after_the_present_slice() -> None:
    workers, turns = [Slow("slow", *([1] * 1000)) for _ in range(8)], threading.Lock()
    loops = [Loop(w, threading.Event(), 60, lambda: True, metrics=Metrics(), turns=turns) for w in workers]
    for loop in loops:
        loop.start()
    eventually(lambda: any(worker.runs for worker in workers))
    before, started = sum(worker.runs for worker in workers), time.monotonic()
    for loop in loops:
        loop.leave_off()
    assert all(loop.stop() for loop in loops)
    assert sum(worker.runs for worker in workers) <= before + 1
    assert time.monotonic() - started < 0.5


class Chain:
    """Takes from one list and puts one less into the next."""

    def __init__(self, name: str, source: list[int], target: list[int]) -> None:
        self.name, self.source, self.target = name, source, target

    def run_once(self) -> int:
        if not self.source:
            return 0
        n = self.source.pop()
        if n:
            self.target.append(n - 1)
        return 1


def test_settling_follows_every_consequence_round_and_round() -> None:
    a: list[int] = [9]
    b: list[int] = []
    assert settle([Guarded(Chain("b", b, a)), Guarded(Chain("a", a, b))]) == 10
    assert a == b == []


def test_settling_waits_for_a_slice_that_a_loop_is_in_the_middle_of() -> None:
    entered, leave, effects = threading.Event(), threading.Event(), [0, 0]

    class First:
        name = "first"

        def run_once(self) -> int:
            if effects[0]:
                return 0
            entered.set()
            assert leave.wait(5)
            effects[0] = 1
            return 1

    class Second:
        name = "second"

        def run_once(self) -> int:
            if effects[0] and not effects[1]:
                effects[1] = 1
                return 1
            return 0

    first, second = Guarded(First()), Guarded(Second())
    thread = threading.Thread(target=first.run_once)
    thread.start()
    assert entered.wait(5)
    threading.Timer(0.05, leave.set).start()
    settle([second, first])
    thread.join()
    assert effects == [1, 1]


def test_settling_tries_again_for_a_while_and_ends_in_any_case() -> None:
    assert settle([Guarded(Script("w", TemporaryFailure("busy"), 2))]) == 2
    with pytest.raises(TemporaryFailure):
        settle([Guarded(Script("w", *[TemporaryFailure("busy")] * 3))], patience=2)
    with pytest.raises(DidNotSettle):
        settle([Guarded(Script("w", *[1] * 50))], most_rounds=20)


DAY = datetime(2026, 3, 1, tzinfo=UTC)
Did = list[tuple[str, str]]


def at(hour: float, day: int = 0) -> datetime:
    return DAY + timedelta(days=day, hours=hour)


class Diary:
    """Timed work for tests: things due, each with what follows from it."""

    def __init__(self, name: str, clock: SettableClock, did: Did) -> None:
        self.name, self.clock, self.did = name, clock, did
        self.waiting: list[tuple[datetime, str, Callable[[], None]]] = []

    def plan(self, due: datetime, what: str, then: Callable[[], None] = lambda: None) -> None:
        self.waiting.append((due, what, then))

    def next_due(self) -> datetime | None:
        return min((due for due, _, _ in self.waiting), default=None)

    def run_due(self, horizon: datetime, inclusive: bool) -> int:
        ripe = sorted(
            (thing for thing in self.waiting if thing[0] < horizon or (inclusive and thing[0] == horizon)),
            key=lambda thing: thing[:2],
        )
        for thing in ripe:
            self.waiting.remove(thing)
            self.did.append((self.clock.now().strftime("%d %H:%M"), thing[1]))
            thing[2]()
        return len(ripe)


class World:
    def __init__(self) -> None:
        self.name = "planner"
        self.clock = SettableClock(at(9))
        self.did: Did = []
        self.timers = Diary("timers", self.clock, self.did)
        self.mails = Diary("mails", self.clock, self.did)
        self.inbox: list[tuple[datetime, str]] = []
        self.timeline = Timeline(self.clock, [Guarded(self)], [self.timers, self.mails])

    def run_once(self) -> int:
        """Plans a mail for whatever lies in the inbox: the follower that stands between timers and mails."""
        done = len(self.inbox)
        while self.inbox:
            self.mails.plan(*self.inbox.pop(0))
        return done


@pytest.fixture
def world() -> World:
    return World()


def test_what_falls_due_on_the_way_happens_in_order_at_its_own_time(world: World) -> None:
    world.mails.plan(at(8, 2), "near")
    world.timers.plan(at(0, 3), "lapse", lambda: world.inbox.append((at(8, 3), "lapsed mail")))
    world.timers.plan(at(12, 3), "promise broken", lambda: world.inbox.append((at(12, 3), "broken mail")))
    world.timeline.advance(at(0, 4))
    assert world.did == [
        ("03 08:00", "near"),
        ("04 00:00", "lapse"),
        ("04 08:00", "lapsed mail"),
        ("04 12:00", "promise broken"),
        ("04 12:00", "broken mail"),
    ]
    assert world.clock.now() == at(0, 4)


def test_what_is_due_at_the_very_instant_waits_for_the_step(world: World) -> None:
    world.timers.plan(at(10), "lapse", lambda: world.inbox.append((at(10), "mail")))
    world.timeline.advance(at(10))
    assert world.did == []
    assert world.clock.now() == at(10)
    world.timeline.settle()
    assert world.did == [("01 10:00", "lapse"), ("01 10:00", "mail")]


def test_consequences_of_a_step_are_settled_but_not_those_of_later(world: World) -> None:
    world.inbox += [(at(8), "overdue"), (at(9), "now"), (at(9.5), "later")]
    world.timeline.settle()
    assert world.did == [("01 09:00", "overdue"), ("01 09:00", "now")]
    assert world.mails.next_due() == at(9.5)


def test_what_is_overdue_happens_before_the_clock_moves(world: World) -> None:
    world.inbox.append((at(8), "overdue"))
    world.timeline.advance(at(11))
    assert world.did == [("01 09:00", "overdue")]


def test_the_way_may_be_cut_into_steps_without_changing_what_happens(world: World) -> None:
    other = World()
    for one in (world, other):
        for hour in range(10, 20, 3):
            one.timers.plan(at(hour), f"t{hour}", partial(one.inbox.append, (at(hour + 1), f"m{hour}")))
    world.timeline.advance(at(0, 1))
    for half_hours in range(19, 49):
        other.timeline.advance(at(half_hours / 2))
        other.timeline.settle()
    assert world.did == other.did
    assert len(world.did) == 8


def test_work_that_never_gets_done_is_an_error_not_a_hang(world: World) -> None:
    class Stuck(Diary):
        def run_due(self, horizon: datetime, inclusive: bool) -> int:
            return 0

    stuck = Stuck("stuck", world.clock, world.did)
    stuck.plan(at(10), "never")
    with pytest.raises(StandsStill, match="stuck"):
        Timeline(world.clock, [], [world.timers, stuck]).advance(at(12))


def test_what_was_struck_off_when_it_came_due_is_no_error(world: World) -> None:
    class Cancelled(Diary):
        def run_due(self, horizon: datetime, inclusive: bool) -> int:
            super().run_due(horizon, inclusive)
            return 0

    cancelled = Cancelled("cancelled", world.clock, world.did)
    cancelled.plan(at(10), "not wanted any more")
    Timeline(world.clock, [], [cancelled]).advance(at(12))
    assert world.clock.now() == at(12)


def test_under_a_running_clock_a_loop_does_what_is_due_by_now(world: World) -> None:
    world.timers.plan(at(8), "past")
    world.timers.plan(at(9), "now")
    world.timers.plan(at(10), "future")
    worker = Ticking(world.timers, world.clock)
    assert (worker.name, worker.run_once(), worker.run_once()) == ("timers", 2, 0)
