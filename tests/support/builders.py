"""Aggregates as tests need them at their beginning, made through their own methods."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from services.campaign.domain.ballot import Ballot
from services.campaign.domain.campaign import Campaign
from services.campaign.domain.contact import Contact
from services.campaign.domain.evidence import Evidence, StoredFile
from services.campaign.domain.filing import Filing
from services.campaign.domain.membership import Membership
from tests.support.given_when_then import NOW, act, settled

DEMANDS = [("refund", "全额退还重复扣款"), ("fix", "书面说明原因并公布整改")]


def a_draft(organizer: UUID | None = None, **facts: Any) -> Campaign:
    told = {
        "demands": DEMANDS, "provider_kind": "payment-institution", "provider_name": "青禾钱包",
        "jurisdiction": "cn", "timezone": "Asia/Shanghai", "problem": "duplicate_charge", "locale": "zh-CN",
        "title": "青禾钱包重复扣款", "summary": "同一笔水电费被扣两次", "organizer_name": "李薇",
        "organizer_email": "li.wei@example.org", **facts,
    }  # fmt: skip
    campaign: Campaign = settled(Campaign.draft(act("organizer", organizer), uuid4(), **told))
    return campaign


def an_open_campaign(organizer: UUID | None = None) -> Campaign:
    campaign = a_draft(organizer)
    campaign.publish(act("organizer", organizer), "青禾钱包重复扣款")
    settled(campaign)
    return campaign


def a_pending_member(campaign: UUID | None = None) -> Membership:
    subject = uuid4()
    member: Membership = settled(
        Membership.join(
            act("member", subject),
            campaign or uuid4(),
            subject,
            email="zhao.min@example.org",
            name="赵敏",
            locale="zh-CN",
        )
    )
    return member


def a_member(campaign: UUID | None = None) -> Membership:
    member = a_pending_member(campaign)
    member.confirm(act("member", member.id), 1)
    settled(member)
    return member


def a_file(name: str = "statement.pdf") -> StoredFile:
    return StoredFile(
        file_name=name, media_type="application/pdf", size=22_131, digest="ab" * 32, blob="cd" * 16, file_key="key"
    )


def some_evidence(subject: UUID | None = None) -> Evidence:
    member = subject or uuid4()
    evidence: Evidence = settled(
        Evidence.submit(
            act("member", member),
            uuid4(),
            member,
            uuid4(),
            kind="screenshot",
            captured=None,
            note="两笔相同扣款",
            file=a_file(),
        )
    )
    return evidence


def a_contact(subject: UUID | None = None, logger: UUID | None = None) -> Contact:
    who = act("member", subject) if subject else act("organizer", logger)
    contact: Contact = settled(
        Contact.log(
            who,
            uuid4(),
            subject,
            uuid4(),
            step="cn-cs",
            channel="hotline",
            agent="小周",
            staff_number="8047",
            said="三个工作日内答复",
        )
    )
    return contact


def a_prepared_filing(subject: UUID | None = None) -> Filing:
    who = act("member", subject) if subject else act("organizer")
    filing: Filing = settled(
        Filing.prepare(who, uuid4(), subject, uuid4(), step="cn-psp-formal", statement="要求全额退款")
    )
    return filing


def an_open_filing(subject: UUID | None = None, **facts: Any) -> Filing:
    filing = a_prepared_filing(subject)
    told = {
        "filed_on": NOW.date(), "deadline": None, "demand_version": 1, "warnings": ["consent-missing"],
        "override_reason": None, **facts,
    }  # fmt: skip
    filing.submit(act("organizer"), **told)
    settled(filing)
    return filing


def an_open_ballot(days: int = 3) -> Ballot:
    ballot: Ballot = settled(
        Ballot.open(
            act("organizer"),
            uuid4(),
            uuid4(),
            question="是否接受退款方案",
            options=["接受", "继续追索"],
            until=NOW + timedelta(days=days),
        )
    )
    return ballot
