"""The drills on a distributed run: each does its worst while people join, and puts right what does not heal itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.drills.house import House

Worst = Callable[[House], str]
"""Says what was seen, in a few words."""
STEP_BACK: Final = -3600.0
SLOW_SECONDS: Final = 0.5


@dataclass(frozen=True)
class Drill:
    name: str
    what: str
    worst: Worst


def killing(name: str) -> Worst:
    """`kill -9` of the process and all that it started, again and again."""

    def worst(house: House) -> str:
        down = []
        for _ in range(house.scale.blows):
            house.load()
            struck = time.monotonic()
            house.kill(name)
            down.append(time.monotonic() - struck)
        house.load()
        return f"{house.scale.blows} times, ready again after {max(down):.1f} s at most"

    return worst


def broker_away(house: House) -> str:
    """People are answered all the same: the log does not wait for the topic."""
    house.load()
    before = len(house.crowd.joined)
    with house.away("kafka"):
        house.load(house.scale.away)
        answered = len(house.crowd.joined) - before
    house.load()
    return f"{house.scale.away:.0f} s, {answered} joins answered meanwhile"


def mail_server_away(house: House) -> str:
    house.load()
    before = len(house.crowd.joined)
    with house.away("mail"):
        house.load(house.scale.away / 2)
        answered = len(house.crowd.joined) - before
    house.load()
    return f"{house.scale.away / 2:.0f} s, {answered} joins answered meanwhile"


def mail_server_slow(house: House) -> str:
    """Slow, then busy (451), then slow again and killed while messages are on their way in."""
    with house.mail_server_that("take", SLOW_SECONDS):
        house.load()
    with house.mail_server_that("defer"):
        house.load()
    with house.mail_server_that("take", SLOW_SECONDS):
        house.load()
        house.kill("mail")
    house.load()
    return f"{SLOW_SECONDS} s a message, 451, and killed in between"


def two_relays(house: House) -> str:
    """One is frozen with what it has in hand while the other publishes, and wakes up beside it; then the other."""
    with house.second_relay() as second:
        first = house.relay()
        house.load()
        for _ in range(house.scale.blows):
            for sleeper, other in ((first, second), (second, first))[: 1 if house.scale.short else 2]:
                before = other.published()
                with sleeper.frozen():
                    house.take_lease_away()
                    house.until(lambda: other.published() > before, "no relay took over")  # noqa: B023  not kept
                house.load()
        told = f"{first.published()} records by one, {second.published()} by the other"
    house.load()
    return f"frozen {house.scale.blows} times while the other took over, {told}"


def broker_disk_full(house: House) -> str:
    """A broker ends when it cannot write; the supervisor starts it again until there is room."""
    house.load()
    pid, before = house.pid("kafka"), len(house.crowd.joined)
    restarts = house.run.find("kafka")["restarts"]
    house.disk.fill([pid])
    try:
        house.load()
        house.until(lambda: house.run.find("kafka")["pid"] != pid, "the broker writes on a full disk")
        house.load(house.scale.seconds)
        answered = len(house.crowd.joined) - before
    finally:
        house.disk.empty([one for one in (house.run.find("kafka")["pid"],) if one is not None])
    house.until(lambda: house.run.find("kafka")["restarts"] > restarts, "the broker is not started again")
    house.run.until_ready("kafka", seconds=180)
    house.load()
    return f"{house.disk.how}, {answered} joins answered meanwhile"


def clock_steps_back(house: House) -> str:
    """An hour back under load in every process, and right again later."""
    house.load()
    house.set_clock_wrong(STEP_BACK)
    house.load(2 * house.scale.seconds)
    house.set_clock_wrong(0)
    house.load()
    return "an hour back, and right again"


KILLED: Final = {
    "campaign": "campaign-web",
    "relay": "campaign-relay",
    "notifier": "notifier-worker",
    "gateway": "gateway-web",
    "broker": "kafka",
    "database": "postgres",
}
REPLICATED: Final = ("campaign-web", "notifier-worker", "gateway-web")
DRILLS: Final[tuple[Drill, ...]] = (
    *(
        Drill(f"kill {part}", f"kill -9 of {name}", killing(f"{name}-1" if name in REPLICATED else name))
        for part, name in KILLED.items()
    ),
    Drill("broker away", "the broker is not there", broker_away),
    Drill("mail away", "the mail server is not there", mail_server_away),
    Drill("mail slow", "the mail server is slow, busy, killed", mail_server_slow),
    Drill("two relays", "two relays at once", two_relays),
    Drill("broker disk full", "no room for the topic", broker_disk_full),
    Drill("clock back", "the clock steps back", clock_steps_back),
)
