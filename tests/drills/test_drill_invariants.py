"""What is looked at after a drill finds what is wrong: facts are broken in each way, and exactly that is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest

from tests.drills.facts import Facts, OnTopic, Owed, Published, Stored, Taken
from tests.drills.invariants import INVARIANTS, broken, folded
from tests.support.history import History

Break = Callable[[Facts], Facts]
ADDRESSES = ("zhao.min.1@example.org", "zhao.min.2@example.org", "zhao.min.3@example.org")


def whole() -> Facts:
    """Two campaigns side by side; three people joined, two of them confirmed."""
    first, second = History(1), History(2)
    first.launch()
    members = [first.member(), first.join()]
    second.launch()
    members.append(second.member())
    homes = [str(first.id), str(first.id), str(second.id)]
    rows = [(history, row) for history in (first, second) for row in history.rows]
    log = tuple(_stored(n, str(history.id), row.log_index, row.state) for n, (history, row) in enumerate(rows, 1))
    ids = tuple(
        f"<{kind}.{n}@localhost>" for kind, n in (("confirmation", 1), ("confirmation", 2), ("confirmation", 3))
    )
    grown = {str(history.id): _grown(history) for history in (first, second)}
    return Facts(
        joined=dict(zip(ADDRESSES, homes, strict=True)),
        confirmed={ADDRESSES[0]: homes[0], ADDRESSES[2]: homes[2]},
        members={(homes[n], ADDRESSES[n]): (str(member.id),) for n, member in enumerate(members)},
        keys=3,
        log=log,
        sizes={str(history.id): len(history.rows) for history in (first, second)},
        topic=tuple(_told(event, 3 if event.campaign == homes[0] else 7) for event in log),
        owed=tuple(Owed(id, "confirmation", "sent", None) for id in ids),
        taken=tuple(Taken(id, to) for id, to in zip(ids, ADDRESSES, strict=True)),
        letters={(to, "confirmation"): (id,) for id, to in zip(ids, ADDRESSES, strict=True)},
        grown=grown,
        copied={name: Published(one.document, _worded(one.entries)) for name, one in grown.items()},
    )


def _stored(position: int, campaign: str, log_index: int, state: bytes) -> Stored:
    leaf = json.loads(state)
    return Stored(position, campaign, log_index, leaf["stream"], leaf["type"], state)


def _told(event: Stored, partition: int) -> OnTopic:
    return OnTopic(partition, event.position * 2, event.campaign, event.position, event.log_index, event.leaf)


def _grown(history: History) -> Published:
    """As written down here once more, so that the checker is not checked by itself: a launch makes one entry."""
    document = orjson.dumps(history.document(), option=orjson.OPT_SORT_KEYS)
    (published,) = (leaf for leaf in history.objects() if leaf["type"] == "campaign.published")
    entry = {
        "campaign": str(history.id), "number": 1, "index": 1, "event": published["id"], "kind": published["type"],
        "time": published["time"], "data": published["data"], "text": {},
        "numbers": {"members_confirmed": 0, "claims": 0, "claimed": {}, "step": None},
    }  # fmt: skip
    return Published(document, {1: orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)})


def _worded(entries: Mapping[int, bytes]) -> dict[int, bytes]:
    return {
        number: orjson.dumps({**orjson.loads(entry), "text": {"title": "重复扣款"}}, option=orjson.OPT_SORT_KEYS)
        for number, entry in entries.items()
    }


def without(name: str, at: int) -> Break:
    """One of many is lost."""
    return lambda facts: _with(facts, name, _but(getattr(facts, name), at))


def twice(name: str, at: int) -> Break:
    return lambda facts: _with(facts, name, (*getattr(facts, name), getattr(facts, name)[at]))


def changed(name: str, at: int, **fields: Any) -> Break:
    def change(facts: Facts) -> Facts:
        rows = list(getattr(facts, name))
        rows[at] = replace(rows[at], **fields)
        return _with(facts, name, tuple(rows))

    return change


def swapped(facts: Facts) -> Facts:
    topic = list(facts.topic)
    topic[1], topic[2] = topic[2], topic[1]
    return replace(facts, topic=tuple(topic))


def at(facts: Facts, type: str) -> int:
    return next(n for n, event in enumerate(facts.log) if event.type == type)


def copied(facts: Facts, **fields: Any) -> Facts:
    name = next(iter(facts.copied))
    return replace(facts, copied={**facts.copied, name: replace(facts.copied[name], **fields)})


def grown(facts: Facts, **fields: Any) -> Facts:
    name = next(iter(facts.grown))
    return replace(facts, grown={**facts.grown, name: replace(facts.grown[name], **fields)})


def nobody(facts: Facts) -> Facts:
    return replace(facts, members={**facts.members, next(iter(facts.members)): ()})


def two_of_them(facts: Facts) -> Facts:
    whose, (stream,) = next(iter(facts.members.items()))
    return replace(facts, members={**facts.members, whose: (stream, "another")}, keys=4)


def joined_twice(facts: Facts) -> Facts:
    """As two processes would that both found nobody there: a second stream, no second key."""
    again = replace(facts.log[at(facts, "membership.joined")], stream="another")
    return replace(facts, log=(*facts.log, again))


BREAKS: dict[str, tuple[Break, str]] = {
    "an answered join that is nowhere": (nobody, "joins"),
    "a person who is two members": (two_of_them, "joins"),
    "a member without a key": (joined_twice, "joins"),
    "a join whose event is lost": (lambda facts: without("log", at(facts, "membership.joined"))(facts), "joins"),
    "a confirmation that is lost": (
        lambda facts: without("log", at(facts, "membership.confirmed"))(facts), "confirmations",
    ),
    "a confirmation that is there twice": (
        lambda facts: twice("log", at(facts, "membership.confirmed"))(facts), "confirmations",
    ),
    "a hole in the ids": (changed("log", 3, position=99), "ids"),
    "an id that is there twice": (changed("log", 3, position=3), "ids"),
    "a hole in a campaign's log": (changed("log", 1, log_index=9), "log"),
    "a campaign that miscounts": (lambda facts: replace(facts, sizes=dict.fromkeys(facts.sizes, 1)), "log"),
    "an event that is not on the topic": (without("topic", 2), "topic"),
    "an event that is on the topic twice": (twice("topic", 0), "topic"),
    "another order than the log's": (swapped, "topic"),
    "other bytes than the log's": (changed("topic", 2, data=b"{}"), "topic"),
    "a record that no log knows": (without("log", -1), "topic"),
    "a campaign in two partitions": (changed("topic", 2, partition=5), "topic"),
    "a mail that was owed and never came": (without("taken", 1), "mails"),
    "a mail that still waits": (changed("owed", 0, state="due", reason="mail-server-away"), "mails"),
    "a mail that failed": (changed("owed", 0, state="failed", reason="gave-up"), "mails"),
    "a mail that nobody owed": (without("owed", 0), "mails"),
    "one Message-ID for two people": (
        lambda facts: changed("taken", 1, message_id=facts.taken[0].message_id)(facts), "mails",
    ),
    "two mails for one confirmation": (
        lambda facts: replace(facts, letters={**facts.letters, (ADDRESSES[0], "confirmation"): ("a", "b")}), "mails",
    ),
    "progress that miscounts": (lambda facts: grown(facts, document=b'{"size":1}'), "progress"),
    "progress that lacks an entry": (lambda facts: grown(facts, entries={}), "progress"),
    "no progress": (lambda facts: replace(facts, grown={}), "progress"),
    "a copy that is behind": (lambda facts: copied(facts, document=b'{"size":1}'), "copy"),
    "a copy that lacks an entry": (lambda facts: copied(facts, entries={}), "copy"),
    "no copy": (lambda facts: replace(facts, copied={}), "copy"),
    "a record that was put aside": (lambda facts: replace(facts, dead_letters=1), "parked"),
}  # fmt: skip


def test_all_is_well_where_nothing_is_broken() -> None:
    assert broken(whole()) == []


def test_every_invariant_is_broken_by_something() -> None:
    assert {name for _, name in BREAKS.values()} == set(INVARIANTS)


@pytest.mark.parametrize("what", BREAKS)
def test_it_is_found(what: str) -> None:
    breaks, name = BREAKS[what]
    facts = breaks(whole())
    assert facts != whole()
    assert list(INVARIANTS[name](facts)) != []


def test_a_mail_that_left_twice_under_one_message_id_is_folded_and_counted() -> None:
    facts = twice("taken", 0)(whole())
    assert broken(facts) == [] and (folded(whole()), folded(facts)) == (0, 1)


def test_whoever_waits_for_the_morning_is_not_late() -> None:
    waiting = Owed("<progress.1@localhost>", "progress", "due", "quiet-hours")
    assert broken(replace(whole(), owed=(*whole().owed, waiting))) == []


def test_a_join_that_nobody_was_told_of_may_be_there_or_not() -> None:
    facts = whole()
    assert broken(replace(facts, joined={ADDRESSES[0]: facts.joined[ADDRESSES[0]]}, confirmed={})) == []


def _with(facts: Facts, name: str, rows: tuple[Any, ...]) -> Facts:
    fields: dict[str, Any] = {name: rows}
    return replace(facts, **fields)


def _but(rows: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    return tuple(row for n, row in enumerate(rows) if n != at % len(rows))
