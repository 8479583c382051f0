"""What must hold after every drill: pure functions from facts to sentences, one for each thing that is broken."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import orjson

from services.contracts.progress_v1 import Progress
from tests.drills.facts import Facts, Published, Stored

Invariant = Callable[[Facts], Iterator[str]]
PUBLIC_FROM: Final = "campaign.published"


def joins_are_there_once(facts: Facts) -> Iterator[str]:
    """Whoever was answered is a member once; whoever was not is one at most once."""
    joins = Counter(event.stream for event in facts.log if event.type == "membership.joined")
    for address, campaign in facts.joined.items():
        streams = facts.members.get((campaign, address), ())
        if len(streams) != 1:
            yield f"{address} was answered and has {len(streams)} memberships"
        elif joins[streams[0]] != 1:
            yield f"{address} was answered and joined {joins[streams[0]]} times"
    yield from (f"member {stream} joined {count} times" for stream, count in joins.items() if count != 1)
    if len(joins) != facts.keys:
        yield f"{len(joins)} members hold {facts.keys} keys"


def confirmations_are_there_once(facts: Facts) -> Iterator[str]:
    confirmed = Counter(event.stream for event in facts.log if event.type == "membership.confirmed")
    for address, campaign in facts.confirmed.items():
        streams = facts.members.get((campaign, address), ())
        if [confirmed[stream] for stream in streams] != [1]:
            yield f"{address} was told of a confirmation that is there {sum(confirmed[s] for s in streams)} times"
    yield from (f"member {stream} confirmed {count} times" for stream, count in confirmed.items() if count != 1)


def ids_are_gapless(facts: Facts) -> Iterator[str]:
    yield from _gapless("the log", (event.position for event in facts.log), first=1)


def log_indexes_are_gapless(facts: Facts) -> Iterator[str]:
    """And each campaign's size is the number of its events."""
    for campaign, events in _by_campaign(facts.log).items():
        yield from _gapless(f"the log of {campaign}", (event.log_index for event in events), first=0)
        if facts.sizes.get(campaign) != len(events):
            yield f"the log of {campaign} has {len(events)} events and says {facts.sizes.get(campaign)}"


def the_topic_is_the_log(facts: Facts) -> Iterator[str]:
    """Every event is a record, once, with the same bytes; in each partition they stand in the order of the log."""
    stored = {event.position: event for event in facts.log}
    last: dict[int, int] = defaultdict(int)
    homes: dict[str, set[int]] = defaultdict(set)
    for record in facts.topic:
        where = f"partition {record.partition} offset {record.offset}"
        if record.sequence <= last[record.partition]:
            yield f"{where} has number {record.sequence} behind {last[record.partition]}"
        last[record.partition] = max(last[record.partition], record.sequence)
        homes[record.key].add(record.partition)
        event = stored.get(record.sequence)
        if event is None:
            yield f"{where} has number {record.sequence}, which is not in the log"
        elif (event.campaign, event.log_index, event.leaf) != (record.key, record.log_index, record.data):
            yield f"{where} differs from number {record.sequence} of the log"
    counts = Counter(record.sequence for record in facts.topic)
    yield from (f"number {n} is {counts[n]} times on the topic" for n in stored if counts[n] != 1)
    yield from (f"{campaign} is in partitions {sorted(at)}" for campaign, at in homes.items() if len(at) > 1)


def mails_are_sent_once(facts: Facts) -> Iterator[str]:
    """One that left twice has the same Message-ID and recipient both times, so that it is one in a mailbox."""
    taken: dict[str, set[str]] = defaultdict(set)
    for message in facts.taken:
        taken[message.message_id].add(message.recipients)
    owed = {mail.message_id: mail for mail in facts.owed}
    for id, mail in owed.items():
        if mail.state == "due" and mail.reason != "quiet-hours":
            yield f"a {mail.kind} mail still waits ({mail.reason})"
        if mail.state == "failed":
            yield f"a {mail.kind} mail failed ({mail.reason})"
        if mail.state == "sent" and len(taken[id]) != 1:
            yield f"a {mail.kind} mail counts as sent and reached {len(taken[id])} recipients"
    yield from (f"the mail {id} was sent and nobody owed it" for id in taken.keys() - owed.keys())
    for address in facts.joined:
        if len(set(facts.letters.get((address, "confirmation"), ()))) != 1:
            ids = facts.letters.get((address, "confirmation"), ())
            yield f"{address} was answered and has {len(set(ids))} confirmation mails"


def progress_rebuilt_is_progress_grown(facts: Facts) -> Iterator[str]:
    """Byte for byte, documents and entries, from an empty mapping and the whole log."""
    for campaign, events in _by_campaign(facts.log).items():
        rebuilt = _rebuilt(events)
        grown = facts.grown.get(campaign)
        if grown is None:
            yield f"there is no progress of {campaign}"
            continue
        if grown.document != rebuilt.document:
            yield f"progress of {campaign} is {_size(grown)} grown and {_size(rebuilt)} rebuilt, and not the same bytes"
        if dict(grown.entries) != dict(rebuilt.entries):
            yield f"{len(grown.entries)} entries of {campaign} were grown and {len(rebuilt.entries)} rebuilt"


def the_copy_is_what_was_published(facts: Facts) -> Iterator[str]:
    """Gateway's numbers and entries are notifier's; the words beside them are fetched when they are published."""
    public = {event.campaign for event in facts.log if event.type == PUBLIC_FROM}
    for campaign, grown in facts.grown.items():
        copy = facts.copied.get(campaign)
        if campaign in public and copy is None:
            yield f"gateway does not know {campaign}"
        if copy is None:
            continue
        if copy.document != grown.document:
            yield f"gateway shows {campaign} at {_size(copy)}, notifier has it at {_size(grown)}"
        if {n: _wordless(entry) for n, entry in copy.entries.items()} != dict(grown.entries):
            yield f"gateway has {len(copy.entries)} entries of {campaign}, notifier {len(grown.entries)}, not the same"
    yield from (f"gateway knows {campaign}, notifier does not" for campaign in facts.copied.keys() - facts.grown.keys())


def nothing_is_parked(facts: Facts) -> Iterator[str]:
    if facts.dead_letters:
        yield f"{facts.dead_letters} records could not be handled"


INVARIANTS: Final[dict[str, Invariant]] = {
    "joins": joins_are_there_once,
    "confirmations": confirmations_are_there_once,
    "ids": ids_are_gapless,
    "log": log_indexes_are_gapless,
    "topic": the_topic_is_the_log,
    "mails": mails_are_sent_once,
    "progress": progress_rebuilt_is_progress_grown,
    "copy": the_copy_is_what_was_published,
    "parked": nothing_is_parked,
}


def broken(facts: Facts) -> list[str]:
    """Everything that does not hold; empty where all is well."""
    return [f"{name}: {what}" for name, invariant in INVARIANTS.items() for what in invariant(facts)]


def folded(facts: Facts) -> int:
    """Mails that left a second time under the Message-ID of the first: allowed, and told."""
    return len(facts.taken) - len({message.message_id for message in facts.taken})


def _gapless(what: str, numbers: Iterable[int], first: int) -> Iterator[str]:
    found = Counter(numbers)
    yield from (f"{what} has number {n} {count} times" for n, count in found.items() if count > 1)
    missing = set(range(first, first + len(found))) - found.keys()
    yield from (f"{what} lacks number {n}" for n in sorted(missing))


def _by_campaign(log: Iterable[Stored]) -> dict[str, list[Stored]]:
    found: dict[str, list[Stored]] = defaultdict(list)
    for event in sorted(log, key=lambda each: each.log_index):
        found[event.campaign].append(event)
    return found


def _rebuilt(events: Iterable[Stored]) -> Published:
    cells: dict[str, Any] = {}
    entries: dict[int, bytes] = {}
    for index, event in enumerate(events):
        leaf = orjson.loads(event.leaf)
        progress = Progress(cells)
        if progress.apply(index, leaf) is not None:
            entry = progress.entry(leaf)
            entries[int(entry["number"])] = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
    return Published(orjson.dumps(Progress(cells).document(), option=orjson.OPT_SORT_KEYS), entries)


def _wordless(entry: bytes) -> bytes:
    return orjson.dumps({**orjson.loads(entry), "text": {}}, option=orjson.OPT_SORT_KEYS)


def _size(published: Published) -> str:
    return f"size {orjson.loads(published.document).get('size')}"
