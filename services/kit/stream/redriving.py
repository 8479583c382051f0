"""Parked records played again by an operator, in order, once the cause is gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import Engine

from services.kit.sql.engine import reading, temporary_when_busy
from services.kit.stream.consumer import Consumer
from services.kit.stream.dead_letters import Parked


class Stopped(NamedTuple):
    """A consumer that does not run, and what is parked for it."""

    consumer: Consumer
    parked: list[Parked]


def stopped(consumer: Consumer, engine: Engine) -> Stopped:
    with temporary_when_busy(), reading(engine) as tx:
        return Stopped(consumer, consumer.letters.parked(tx))


def play_again(found: Sequence[Stopped], campaign: str | None, tell: Callable[[str], None]) -> None:
    """Without a campaign only tells what is parked. A record that still cannot be handled stays parked with all that
    follow it."""
    for consumer, parked in found:
        for one in parked:
            if campaign is None:
                tell(f"{consumer.name}: campaign {one.key}, {one.records} records, {one.reason}")
            elif one.key.partition("/")[0] == campaign:
                tell(f"{consumer.name}: {consumer.redrive(one.key)} of {one.records} records played")
    waiting = [one.key.partition("/")[0] for _, parked in found for one in parked]
    if not waiting:
        tell("nothing is parked")
    elif campaign is not None and campaign not in waiting:
        tell(f"nothing is parked of campaign {campaign}")
