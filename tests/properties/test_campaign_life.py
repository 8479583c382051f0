"""Any life of a campaign, in any order of acts: refusals change nothing, and history replayed is the state lived."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from services.campaign.domain.ballot import Ballot, Vote
from services.campaign.domain.base import Act, DomainError, Role
from services.campaign.domain.campaign import Campaign
from services.campaign.domain.contact import Contact
from services.campaign.domain.events import EVENTS
from services.campaign.domain.evidence import Evidence
from services.campaign.domain.filing import Filing
from services.campaign.domain.membership import Membership
from services.campaign.vault.encoder import encode
from services.campaign.vault.leaf import LeafMapper
from tests.support.builders import DEMANDS, a_file, a_pending_member, an_open_campaign
from tests.support.given_when_then import NOW

amounts = st.sampled_from(["0", "-5", "0.01", "328.50", "8800", "1.005", "1e12", None])
days = st.dates(date(2026, 3, 1), date(2026, 5, 1))

MEMBER_DEEDS = (
    "confirm consent withdraw invalidate reinstate safety rate share contact request_erasure erase complete"
).split()


def member_deed(member: Membership, deed: str, now: datetime, campaign: Campaign) -> Callable[[], object]:
    act, organizer, system = (
        Act(now, "member", member.id, uuid4), Act(now, "organizer", uuid4(), uuid4), Act(now, "system", None, uuid4),
    )  # fmt: skip
    version = campaign.demand_version
    deeds: dict[str, Callable[[], object]] = {
        "confirm": lambda: member.confirm(act, version),
        "consent": lambda: member.consent_to_demands(act, version, version),
        "withdraw": lambda: member.withdraw(act),
        "invalidate": lambda: member.invalidate(organizer, "test"),
        "reinstate": lambda: member.reinstate(organizer),
        "safety": lambda: member.take_safety_steps(act, ["lock-account"]),
        "rate": lambda: member.rate(act, True, "好"),
        "share": lambda: member.share_experience(act, "好", ended=campaign.ended),
        "contact": lambda: member.change_contact(act, "b@example.org"),
        "request_erasure": lambda: member.request_erasure(act, "member-request"),
        "erase": lambda: member.erase(system, 3, [1]),
        "complete": lambda: member.complete_erasure(system),
    }
    return deeds[deed]


class CampaignLife(RuleBasedStateMachine):
    members = Bundle("members")
    evidence = Bundle("evidence")
    contacts = Bundle("contacts")
    filings = Bundle("filings")
    ballots = Bundle("ballots")

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.lived: dict[UUID, Any] = {}
        self.history: dict[UUID, list[Any]] = {}
        self.mapper = LeafMapper(EVENTS)
        self.organizer = uuid4()
        self.campaign: Campaign = self.born(
            lambda: Campaign.draft(
                self.act("organizer", self.organizer), uuid4(), demands=DEMANDS, provider_kind="bank",
                provider_name="银行", jurisdiction="cn", timezone="Asia/Shanghai", problem="open_kyc_failed",
                locale="zh-CN", title="t", summary="s", organizer_name="李薇", organizer_email="li@example.org",
            )
        )  # fmt: skip

    def act(self, role: Role, actor: UUID | None = None) -> Act:
        return Act(self.now, role, actor, uuid4)

    def born(self, deed: Callable[[], Any]) -> Any:
        aggregate = deed()
        self.lived[aggregate.id] = aggregate
        self.history[aggregate.id] = []
        self.keep(aggregate)
        return aggregate

    def keep(self, aggregate: Any) -> None:
        self.history[aggregate.id] += aggregate.collect_events()

    def try_to(self, aggregate: Any, deed: Callable[[], object]) -> None:
        """A refusal leaves no event and no change behind."""
        before = state_of(aggregate)
        try:
            deed()
        except DomainError as refusal:
            assert refusal.code
            assert not aggregate.pending_events
            assert state_of(aggregate) == before
        self.keep(aggregate)

    @rule(hours=st.integers(1, 400))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(
        deed=st.sampled_from(["publish", "suspend", "resume", "close", "revise_demands", "update", "outcome", "step"])
    )
    def the_campaign(self, deed: str) -> None:
        campaign, act = self.campaign, self.act("organizer", self.organizer)
        deeds: dict[str, Callable[[], object]] = {
            "publish": lambda: campaign.publish(act, "t"),
            "suspend": lambda: campaign.suspend(act, "abuse"),
            "resume": lambda: campaign.resume(act),
            "close": lambda: campaign.close(act),
            "revise_demands": lambda: campaign.revise_demands(act, DEMANDS),
            "update": lambda: campaign.publish_update(act, "t", "b"),
            "outcome": lambda: campaign.record_outcome(act, {1: "met", 2: "refused"}, {"CNY": "5"}, {}, None),
            "step": lambda: campaign.decide_escalation(act, "cn-nfra-12378", warnings=[], override=False, reason=None),
        }
        self.try_to(campaign, deeds[deed])

    @rule(target=members)
    def joins(self) -> Any:
        subject = uuid4()
        return self.born(
            lambda: Membership.join(
                self.act("member", subject), self.campaign.id, subject, email="a@example.org", name="赵敏", locale="en"
            )
        )

    @rule(member=members, deed=st.sampled_from(MEMBER_DEEDS))
    def a_member(self, member: Membership, deed: str) -> None:
        self.try_to(member, member_deed(member, deed, self.now, self.campaign))

    @rule(member=members, amount=amounts, remedy=st.sampled_from(["refund", "unfreeze"]), private=st.booleans())
    def claims(self, member: Membership, amount: str | None, remedy: str, private: bool) -> None:
        self.try_to(
            member,
            lambda: member.state_claim(
                self.act("member", member.id), problem="p", remedy=remedy, happened=NOW, amount=amount, currency="CNY",
                private=private,
            ),
        )  # fmt: skip

    @rule(target=evidence, member=members)
    def submits(self, member: Membership) -> Any:
        return self.born(
            lambda: Evidence.submit(
                self.act("member", member.id), self.campaign.id, member.id, uuid4(), kind="screenshot", captured=None,
                note=None, file=a_file(),
            )
        )  # fmt: skip

    @rule(
        piece=evidence,
        verdict=st.sampled_from(["accepted", "rejected", "more-needed", "withdraw", "redact", "classify"]),
        note=st.sampled_from([None, "补充"]),
    )
    def a_piece(self, piece: Evidence, verdict: str, note: str | None) -> None:
        act = self.act("organizer", self.organizer)
        deeds: dict[str, Callable[[], object]] = {
            "withdraw": lambda: piece.withdraw(self.act("member", piece.subject)),
            "redact": lambda: piece.redact(act, a_file()),
            "classify": lambda: piece.classify(act, "other"),
        }
        self.try_to(piece, deeds.get(verdict, lambda: piece.review(act, verdict, None, note)))

    @rule(target=contacts, member=st.none() | members)
    def logs(self, member: Membership | None) -> Any:
        act = self.act("member", member.id) if member else self.act("organizer", self.organizer)
        subject = member.id if member else None
        return self.born(
            lambda: Contact.log(
                act, self.campaign.id, subject, uuid4(), step="cn-cs", channel="hotline", agent=None,
                staff_number=None, said="答复",
            )
        )  # fmt: skip

    @rule(contact=contacts, hours=st.integers(-5, 100), deed=st.sampled_from(["promise", "keep", "break"]))
    def a_contact(self, contact: Contact, hours: int, deed: str) -> None:
        act = self.act("organizer", contact.logger)
        deeds: dict[str, Callable[[], object]] = {
            "promise": lambda: contact.record_promise(act, uuid4(), self.now + timedelta(hours=hours), "答复"),
            "keep": lambda: contact.keep_promises(act),
            "break": lambda: contact.break_promise(self.act("system"), next(iter(contact.promises), uuid4())),
        }
        self.try_to(contact, deeds[deed])

    @rule(target=filings, member=st.none() | members)
    def prepares(self, member: Membership | None) -> Any:
        act = self.act("member", member.id) if member else self.act("organizer", self.organizer)
        return self.born(
            lambda: Filing.prepare(
                act, self.campaign.id, member.id if member else None, uuid4(), step="cn-bank-formal", statement="x"
            )
        )

    @rule(
        filing=filings,
        day=days,
        deed=st.sampled_from(["submit", "receipt", "lapse", "extend", "respond", "close", "ask", "give", "escalate"]),
    )
    def a_filing(self, filing: Filing, day: date, deed: str) -> None:
        act, system = self.act("organizer", self.organizer), self.act("system")
        asked = next(iter(filing.requests), uuid4())
        deeds: dict[str, Callable[[], object]] = {
            "submit": lambda: filing.submit(
                act, filed_on=day, deadline=day, demand_version=1, warnings=[], override_reason=None
            ),
            "receipt": lambda: filing.record_receipt(act, number="1", received_on=day, deadline=day),
            "lapse": lambda: filing.lapse(system, filing.deadline or day),
            "extend": lambda: filing.extend_deadline(act, day, None),
            "respond": lambda: filing.record_response(act, verdict="partly", responder="r", text="t", responded_on=day),
            "close": lambda: filing.close(act, "settled"),
            "ask": lambda: filing.request_material(act, uuid4(), member=None, asked="回执", until=None),
            "give": lambda: filing.give_material(act, asked, uuid4(), None),
            "escalate": lambda: filing.escalate(act, "cn-nfra-12378"),
        }
        self.try_to(filing, deeds[deed])

    @rule(target=ballots, hours=st.integers(1, 100))
    def opens(self, hours: int) -> Any:
        return self.born(
            lambda: Ballot.open(
                self.act("organizer", self.organizer), self.campaign.id, uuid4(), question="?", options=["a", "b"],
                until=self.now + timedelta(hours=hours),
            )
        )  # fmt: skip

    @rule(ballot=ballots, option=st.integers(0, 3), member=members)
    def votes(self, ballot: Ballot, option: int, member: Membership) -> None:
        try:
            ballot.accepts(self.now, option)
        except DomainError as refusal:
            assert refusal.code in ("ballot-closed", "option-unknown")
            return
        act = self.act("member", member.id)
        self.born(lambda: Vote.cast(act, self.campaign.id, uuid4(), ballot=ballot.id, option=option, voter=uuid4()))

    @rule(ballot=ballots)
    def ends(self, ballot: Ballot) -> None:
        self.try_to(ballot, lambda: ballot.close(self.act("system")))

    @invariant()
    def replayed_is_lived(self) -> None:
        """Each event through its public leaf and back: no decision rests on what is sealed or could be removed."""
        for aggregate_id, events in self.history.items():
            replayed: Any = None
            for event in events:
                leaf = replace(encode(event), personal=None, text=None)
                replayed = self.mapper.to_domain_event(leaf).mutate(replayed)
            assert state_of(replayed) == state_of(self.lived[aggregate_id])

    @invariant()
    def a_member_counts_once(self) -> None:
        for events in self.history.values():
            confirmed = sum(isinstance(event, Membership.MemberConfirmed) for event in events)
            lapsed = sum(isinstance(event, Filing.DeadlineLapsed) for event in events)
            assert confirmed <= 1 and lapsed <= 1


@given(st.lists(st.sampled_from(MEMBER_DEEDS), max_size=14))
@settings(max_examples=1500, deadline=None)
def test_nothing_of_a_member_follows_their_erasure(deeds: list[str]) -> None:
    campaign, member, events = an_open_campaign(), a_pending_member(), list[Any]()
    for deed in deeds:
        with suppress(DomainError):
            member_deed(member, deed, NOW, campaign)()
        events += member.collect_events()
    asked = [n for n, event in enumerate(events) if isinstance(event, Membership.ErasureRequested)]
    after = [type(event) for event in events[asked[0] + 1 :]] if asked else []
    assert after == [Membership.SubjectErased, Membership.ErasureCompleted][: len(after)]
    assert sum(isinstance(event, Membership.MemberConfirmed) for event in events) <= 1


def state_of(aggregate: Any) -> dict[str, Any]:
    """All that decisions rest on; the library's own clockwork aside."""
    return {name: value for name, value in vars(aggregate).items() if not name.startswith("_")} | {
        "id": aggregate.id,
        "version": aggregate.version,
    }


CampaignLife.TestCase.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
TestCampaignLife = CampaignLife.TestCase
