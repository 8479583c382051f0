"""A campaign's log in memory, grown by the real domain and the real codec: what audits and reducers are tested on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.campaign.domain.ballot import Ballot, Vote
from services.campaign.domain.base import Act, Role
from services.campaign.domain.campaign import Campaign
from services.campaign.domain.contact import Contact
from services.campaign.domain.evidence import Evidence, StoredFile
from services.campaign.domain.filing import Filing
from services.campaign.domain.membership import Membership
from services.campaign.vault.encoder import StoredLeaf, encode
from services.contracts.progress_v1 import Progress

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TIMEZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Row:
    log_index: int
    state: bytes


def entropy_of(seed: int) -> Any:
    """Salts that are the same in every run."""
    numbers = count()

    def entropy(size: int) -> bytes:
        blocks = (sha256(f"{seed}-{next(numbers)}".encode()).digest() for _ in range(-(-size // 32)))
        return b"".join(blocks)[:size]

    return entropy


class History:
    """Verbs of people; each records real events. It is a LogSource, too."""

    def __init__(self, seed: int = 1) -> None:
        self.now = START
        self.rows: list[Row] = []
        self.words: dict[UUID, tuple[str, ...]] = {}
        self._ids = count(1)
        self._seed = seed
        self._entropy = entropy_of(seed)
        self.organizer = self.new_id()
        self.id = self.new_id()

    # a source for exports

    def size(self, campaign: UUID) -> int:
        return len(self.rows) if campaign == self.id else 0

    def leaves(self, campaign: UUID, start: int, limit: int) -> Sequence[Row]:
        return self.rows[start : start + limit] if campaign == self.id else []

    def disclosures(self, event_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
        return {event: self.words[event] for event in event_ids if event in self.words}

    # what tests look at

    def raw(self) -> list[bytes]:
        return [row.state for row in self.rows]

    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(row.state) for row in self.rows]

    def document(self) -> dict[str, Any]:
        progress = Progress({})
        for index, leaf in enumerate(self.objects()):
            progress.apply(index, leaf)
        return progress.document()

    # what people do

    def new_id(self) -> UUID:
        return UUID(bytes=sha256(f"id-{self._seed}-{next(self._ids)}".encode()).digest()[:16], version=4)

    def act(self, role: Role = "organizer", actor: UUID | None = None) -> Act:
        if role == "organizer":
            actor = actor or self.organizer
        return Act(self.now, role, actor, self.new_id)

    def later(self, **step: float) -> History:
        self.now += timedelta(**step)
        return self

    def record(self, *aggregates: Aggregate) -> None:
        for aggregate in aggregates:
            for event in aggregate.collect_events():
                self._append(encode(event, self._entropy))  # type: ignore[arg-type]

    def _append(self, leaf: StoredLeaf) -> None:
        self.rows.append(Row(len(self.rows), leaf.state))
        if leaf.text is not None:
            self.words[leaf.event_id] = leaf.text
        if leaf.topic == "campaign.content_removed":
            self.words.pop(UUID(json.loads(leaf.state)["data"]["event"]), None)

    def launch(self, demands: Sequence[tuple[str, str]] = (("refund", "全额退款"), ("fix", "整改"))) -> Campaign:
        campaign = Campaign.draft(
            self.act(), self.id, demands=demands, provider_kind="payment-institution", jurisdiction="cn",
            timezone=TIMEZONE, problem="duplicate_charge", locale="zh-CN", provider_name="青禾钱包", title="重复扣款",
            summary="同一笔被扣两次", organizer_name="李薇", organizer_email="li.wei@example.org",
        )  # fmt: skip
        campaign.publish(self.act(), "重复扣款")
        self.record(campaign)
        return campaign

    def join(self, name: str = "王强") -> Membership:
        subject = self.new_id()
        act = self.act("member", subject)
        member = Membership.join(act, self.id, subject, email=f"{subject}@example.org", name=name, locale="zh-CN")
        self.record(member)
        return member

    def member(self, version: int = 1, amount: str | None = None, problem: str = "duplicate_charge") -> Membership:
        """Joined and confirmed; with a claim where an amount is given."""
        member = self.join()
        member.confirm(self.act("member", member.id), version)
        self.record(member)
        if amount is not None:
            self.claim(member, amount, problem)
        return member

    def claim(
        self, member: Membership, amount: str | None, problem: str = "duplicate_charge", remedy: str = "refund",
        currency: str = "CNY", private: bool = False,
    ) -> None:  # fmt: skip
        member.state_claim(
            self.act("member", member.id), problem=problem, remedy=remedy, happened=self.now - timedelta(days=1),
            amount=amount, currency=None if amount is None else currency, private=private,
        )  # fmt: skip
        self.record(member)

    def evidence(self, member: Membership) -> Evidence:
        file = StoredFile(
            file_name="账单.pdf", media_type="application/pdf", size=9, digest="d", blob="b", file_key="k"
        )
        evidence = Evidence.submit(
            self.act("member", member.id), self.id, member.id, self.new_id(), kind="screenshot", captured=None,
            note="账单", file=file,
        )  # fmt: skip
        self.record(evidence)
        return evidence

    def filing(
        self, step: str = "cn-psp-formal", member: Membership | None = None, deadline: date | None = None
    ) -> Filing:
        subject = None if member is None else member.id
        act = self.act("organizer") if member is None else self.act("member", member.id)
        filing = Filing.prepare(act, self.id, subject, self.new_id(), step=step, statement="请退款")
        filing.submit(
            act, filed_on=self.now.date(), deadline=deadline, demand_version=1, warnings=["evidence-missing"],
            override_reason=None,
        )  # fmt: skip
        self.record(filing)
        return filing

    def contact(self, step: str = "cn-cs") -> Contact:
        contact = Contact.log(
            self.act(), self.id, None, self.new_id(), step=step, channel="hotline", agent="小周", staff_number="8047",
            said="三个工作日内答复",
        )  # fmt: skip
        self.record(contact)
        return contact

    def ballot(self) -> Ballot:
        ballot = Ballot.open(
            self.act(), self.id, self.new_id(), question="是否接受", options=["接受", "继续"],
            until=self.now + timedelta(days=3),
        )  # fmt: skip
        self.record(ballot)
        return ballot

    def vote(self, ballot: Ballot, option: int) -> None:
        vote = Vote.cast(
            self.act("member"), self.id, self.new_id(), ballot=ballot.id, option=option, voter=self.new_id()
        )
        self.record(vote)

    def erase(self, member: Membership) -> None:
        member.request_erasure(self.act("member", member.id), "member-request")
        member.erase(self.act("system"), 3, [1])
        member.complete_erasure(self.act("system"))
        self.record(member)


def whole_campaign() -> History:
    """From the draft to the end: a removal of words, an erasure, filings, a ballot, an outcome."""
    history = History()
    campaign = history.launch()
    members = [history.member(amount=amount) for amount in ("328.50", "1204.00", "76.20")]
    history.join()
    evidence = history.evidence(members[0])
    evidence.review(history.act(), "accepted", None, None)
    history.record(evidence)
    contact = history.later(hours=2).contact()
    contact.record_promise(history.act(), history.new_id(), history.now + timedelta(days=3), "答复")
    history.record(contact)
    campaign.publish_update(history.later(hours=1).act(), "进展", "已登记")
    history.record(campaign)
    update = UUID(history.objects()[-1]["id"])
    filing = history.later(days=1).filing()
    filing.record_receipt(history.act(), number="QH-1", received_on=date(2026, 3, 9), deadline=date(2026, 3, 24))
    history.record(filing)
    own = history.later(hours=1).filing("cn-pbc-12363", members[1])
    own.record_response(
        history.act("member", members[1].id),
        verdict="partly",
        responder="青禾",
        text="好",
        responded_on=date(2026, 3, 9),
    )
    history.record(own)
    campaign.remove_content(history.later(hours=1).act("operator", history.new_id()), update, "mistake")
    campaign.revise_demands(history.act(), [("refund", "退款"), ("compensate", "赔偿"), ("fix", "整改")])
    history.record(campaign)
    members[0].consent_to_demands(history.act("member", members[0].id), 2, 2)
    history.record(members[0])
    history.later(hours=2).erase(members[2])
    ballot = history.later(hours=1).ballot()
    for option in (1, 1, 2):
        history.vote(ballot, option)
    ballot.close(history.later(days=3).act())
    history.record(ballot)
    filing.lapse(history.later(days=20).act("system"), date(2026, 3, 24))
    campaign.record_outcome(history.act(), {1: "met", 2: "refused"}, {"CNY": "1532.50"}, {"CNY": "1532.50"}, None)
    campaign.close(history.later(hours=1).act())
    history.record(filing, campaign)
    return history


def jsonl(rows: Sequence[bytes]) -> Iterator[bytes]:
    return (row + b"\n" for row in rows)
