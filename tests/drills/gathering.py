"""Facts of a distributed run, read past the services: from the databases, by kcat from the topic, from the mails."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg

from services.campaign.application.store import Kind
from services.campaign.vault.addresses import person_key
from services.contracts.topics import CAMPAIGN_EVENTS
from services.notifier.adapters.mailbox import Mailbox
from services.notifier.domain.message_id import message_id
from tests.drills.facts import Facts, OnTopic, Owed, Published, Stored, Taken
from tests.support.distributed import Run

MAIL_DOMAIN: Final = "localhost"
ROLES: Final = ("campaign", "notifier", "gateway")
LOG: Final = """SELECT e.notification_id, c.campaign, e.log_index, e.originator_id, e.topic, e.state
  FROM stored_events e JOIN campaigns c USING (campaign_no) ORDER BY e.notification_id"""


class Witness:
    """Looks at a run from outside; takes no part in it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._secrets = run.data / "secrets"
        self._pepper = (self._secrets / "campaign" / "pepper").read_bytes()
        self._mailbox = Mailbox(run.data / "mail" / "mailbox")
        self._kept: dict[str, psycopg.Connection[tuple[Any, ...]]] = {}

    @contextmanager
    def database(self, role: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """Of one service, by its own role; kept for the next look, until it breaks."""
        kept = self._kept.get(role)
        if kept is None or kept.closed:
            kept = self._kept[role] = self.connected(role)
        try:
            yield kept
        except psycopg.OperationalError:
            kept.close()
            raise

    def close(self) -> None:
        for kept in self._kept.values():
            kept.close()

    def connected(self, role: str) -> psycopg.Connection[tuple[Any, ...]]:
        """As a service, or as `superuser`."""
        user, name = ("postgres", "postgres") if role == "superuser" else (f"chorus_{role}", f"chorus_{role}")
        password = (self._secrets / "postgres" / role).read_text().strip()
        host, _, port = self._run.place["postgres"].partition(":")
        return psycopg.connect(
            host=host, port=int(port), user=user, dbname=name, password=password, connect_timeout=30, autocommit=True
        )

    def gathered(self, joined: Mapping[str, str], confirmed: Mapping[str, str]) -> Facts:
        with self.database("campaign") as campaign, self.database("notifier") as notifier:
            log = tuple(_stored(row) for row in campaign.execute(LOG))
            sizes = {
                str(UUID(bytes=row[0])): row[1] for row in campaign.execute("SELECT campaign, size FROM campaigns")
            }
            members, keys = self._members(campaign, joined)
            grown = _progress(notifier, "SELECT campaign, document FROM progress_documents",
                              "SELECT campaign, number, entry FROM progress_entries")  # fmt: skip
            owed = tuple(
                Owed(message_id(event, recipient, kind, MAIL_DOMAIN), kind, state, reason)
                for event, recipient, kind, state, reason in notifier.execute(
                    "SELECT event, recipient, kind, state, reason FROM outbox WHERE recipient <> 'members'"
                )
            )
            dead = _count(notifier, "SELECT count(*) FROM dead_letters")
        with self.database("gateway") as gateway:
            copied = _progress(gateway, "SELECT campaign, document FROM campaigns WHERE document IS NOT NULL",
                               "SELECT campaign, number, entry FROM entries")  # fmt: skip
            dead += _count(gateway, "SELECT count(*) FROM dead_letters")
        return Facts(
            dict(joined), dict(confirmed), members, keys, log, sizes, self.topic(), owed, self._taken(),
            self._letters(), grown, copied, dead,
        )  # fmt: skip

    def behind(self) -> str | None:
        """What is still on its way, in a few words; None once every follower is done."""
        with self.database("campaign") as campaign:
            head = _count(campaign, "SELECT coalesce(max(notification_id), 0) FROM stored_events")
            handed = _count(campaign, "SELECT count(*) FROM handover")
            sizes = {
                str(UUID(bytes=row[0])): row[1] for row in campaign.execute("SELECT campaign, size FROM campaigns")
            }
        with self.database("notifier") as notifier:
            grown = _sizes(notifier, "SELECT campaign, document FROM progress_documents")
            unpublished = _count(notifier, "SELECT count(*) FROM progress_unpublished")
            plans = "SELECT count(*) FROM outbox WHERE state = 'due' AND reason IS DISTINCT FROM 'quiet-hours'"
            waiting = _count(notifier, plans)
            planned = _count(notifier, "SELECT count(*) FROM outbox WHERE kind IN ('confirmation', 'welcome')")
        with self.database("gateway") as gateway:
            shown = _sizes(gateway, "SELECT campaign, document FROM campaigns WHERE document IS NOT NULL")
        late = {
            "hand-overs": handed,
            "numbers to grow": sum(size - grown.get(campaign, 0) for campaign, size in sizes.items()),
            "numbers to publish": unpublished,
            "mails to send": waiting,
            "numbers to show": sum(size - shown.get(campaign, 0) for campaign, size in sizes.items()),
            "mails to plan": max(0, self.mails_due() - planned),
        }
        told = ", ".join(f"{count} {what}" for what, count in late.items() if count)
        return f"{told} (log {head})" if told else None

    def mails_due(self) -> int:
        """Who joined gets a confirmation mail, who confirmed a welcome."""
        with self.database("campaign") as campaign:
            return _count(
                campaign,
                "SELECT count(*) FROM stored_events WHERE topic IN ('membership.joined', 'membership.confirmed')",
            )

    def send_what_waits(self) -> None:
        """Cuts short the minute that a mail rests after its server was away; what is checked stays the same."""
        with self.database("notifier") as notifier:
            notifier.execute(
                "UPDATE outbox SET due_at = 0 WHERE state = 'due' AND claimed_by IS NULL "
                "AND reason IS NOT NULL AND reason <> 'quiet-hours'"
            )

    def topic(self) -> tuple[OnTopic, ...]:
        """By a client that is none of ours; what was not committed is not told."""
        command = ["kcat", "-b", self._run.place["kafka"], "-C", "-e", "-q", "-J", "-t", CAMPAIGN_EVENTS.name]
        printed = subprocess.run(
            [*command, "-X", "isolation.level=read_committed"], capture_output=True, text=True, check=True, timeout=120
        ).stdout
        records = [_on_topic(json.loads(line)) for line in printed.splitlines()]
        return tuple(sorted(records, key=lambda record: (record.partition, record.offset)))

    def _members(
        self, campaign: psycopg.Connection[tuple[Any, ...]], joined: Mapping[str, str]
    ) -> tuple[dict[tuple[str, str], tuple[str, ...]], int]:
        rows = campaign.execute("SELECT scope, key, owner FROM unique_keys WHERE kind = %s", (int(Kind.MEMBER),))
        owners: dict[tuple[bytes, bytes], list[str]] = defaultdict(list)
        for scope, key, owner in rows:
            owners[bytes(scope), bytes(key)].append(str(UUID(bytes=bytes(owner))))
        found = {
            (at, address): tuple(owners[UUID(at).bytes, person_key(self._pepper, address)])
            for address, at in joined.items()
        }
        return found, sum(len(streams) for streams in owners.values())

    def _taken(self) -> tuple[Taken, ...]:
        received = self._run.data / "mail" / "received.log"
        return tuple(_taken(received))

    def _letters(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """By address and kind, the file of each message, of which there is one for each Message-ID."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for seen in self._mailbox.list():
            found[seen.to, seen.kind].append(seen.id)
        return {whose: tuple(ids) for whose, ids in found.items()}


def _stored(row: tuple[Any, ...]) -> Stored:
    position, campaign, log_index, stream, topic, state = row
    return Stored(position, str(UUID(bytes=campaign)), log_index, str(UUID(bytes=stream)), topic, bytes(state))


def _on_topic(told: Mapping[str, Any]) -> OnTopic:
    pairs = iter(told["headers"])
    headers = dict(zip(pairs, pairs, strict=True))
    return OnTopic(
        told["partition"], told["offset"], told["key"], int(headers["ce_sequence"]), int(headers["ce_logindex"]),
        told["payload"].encode(),
    )  # fmt: skip


def _progress(tx: psycopg.Connection[tuple[Any, ...]], documents: str, entries: str) -> dict[str, Published]:
    numbered: dict[str, dict[int, bytes]] = defaultdict(dict)
    for campaign, number, entry in tx.execute(entries.encode()):
        numbered[campaign][number] = bytes(entry)
    return {name: Published(bytes(body), numbered[name]) for name, body in tx.execute(documents.encode())}


def _sizes(tx: psycopg.Connection[tuple[Any, ...]], documents: str) -> dict[str, int]:
    return {name: int(json.loads(body).get("size", 0)) for name, body in tx.execute(documents.encode())}


def _count(tx: psycopg.Connection[tuple[Any, ...]], question: str) -> int:
    row = tx.execute(question.encode()).fetchone()
    return 0 if row is None else int(row[0])


def _taken(received: Path) -> Iterator[Taken]:
    for line in received.read_text().splitlines() if received.exists() else ():
        id, _, recipients = line.partition(" ")
        yield Taken(id, recipients)
