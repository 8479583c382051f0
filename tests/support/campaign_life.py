"""The life of one campaign in which every kind of event happens."""

from __future__ import annotations

from uuid import UUID

from services.contracts import commands_v1 as c
from tests.support.campaign_house import House, Person


def a_whole_life(house: House) -> Person:
    """From the launch to the end; the organizer is given back."""
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    li.publishes()
    wang = house.person("wang.qiang@example.org", "王强").enters(li.campaign)
    sun = house.person("sun.li@example.org", "孙丽").enters(li.campaign)
    _people(li, wang, sun)
    _members(house, li, wang, sun)
    _casework(house, li, wang)
    _ballot(house, li, wang)
    _end(house, li, wang, sun)
    wang.asks("my-record")
    return li


def _people(li: Person, wang: Person, sun: Person) -> None:
    li.does(c.ReviseCampaign, title="重复扣款,要求退款")
    li.does(c.InviteOrganizer, email=wang.email, locale="zh-CN")
    wang.does(c.AcceptOrganizer, name="王强")
    invited = li.does(c.InviteOrganizer, email=sun.email, locale="zh-CN")
    li.does(c.RemoveOrganizer, organizer=UUID(invited["organizer"]))
    auditor = li.does(
        c.InviteAuditor, name="陈审", email="chen@example.org", locale="zh-CN",
        expires_on=li.house.local("2026-12-01 00:00").date(),
    )  # fmt: skip
    li.does(c.RemoveAuditor, auditor=UUID(auditor["auditor"]))
    li.does(c.PublishUpdate, title="进展", body="已提交")
    operator = c.Caller("00" * 32, operator=True)
    campaign = UUID(li.campaign)
    for command in (c.SuspendCampaign(campaign, "safety"), c.ResumeCampaign(campaign)):
        li.house.service.execute(c.Request(command, operator))
    event = next(e for e in li.asks("replay")["events"] if e["type"] == "campaign.update_published")
    li.house.service.execute(c.Request(c.RemoveContent(campaign, UUID(event["id"]), "mistake"), operator))


def _members(house: House, li: Person, wang: Person, sun: Person) -> None:
    wang.claims()
    sun.claims("76.20")
    wang.does(c.TakeSafetySteps, taken=["change-password"])
    wang.does(c.GiveConsent, to="filing", step="cn-psp-formal")
    li.does(c.ReviseDemands, demands=[c.Demand("refund", "全额退还")])
    wang.does(c.GiveConsent, to="demands")
    li.does(c.InvalidateMembership, subject=UUID(sun.subject), reason="duplicate-person")
    li.does(c.ReinstateMembership, subject=UUID(sun.subject))
    wang.does(c.ChangeContact, email="wang.new@example.org")
    house.timeline.settle()
    token = next(mail.facts["token"] for mail in house.notifier.taken if mail.email == "wang.new@example.org")
    wang.does(c.ConfirmContactChange, token=token)
    wang.email = "wang.new@example.org"
    evidence = UUID(wang.submits())
    li.does(c.ClassifyEvidence, evidence=evidence, kind="screenshot")
    li.does(c.ReviewEvidence, evidence=evidence, verdict="accepted")
    wang.does(c.RedactEvidence, b"without names\n", evidence=evidence, file_name="r.txt", declared_type="text/plain")
    wang.does(c.WithdrawEvidence, evidence=UUID(wang.submits(content="另一份\n".encode())))


def _casework(house: House, li: Person, wang: Person) -> None:
    _is_promised(li, "2026-03-03 18:00")
    house.comes("2026-03-04 09:00")
    _is_promised(li, "2026-03-05 18:00")
    li.calls()
    wang.calls(by="own")
    own = UUID(wang.files(by="own")["filing"])
    filing = UUID(li.files()["filing"])
    received = li.does(c.RecordReceipt, filing=filing, number="QHTS-1")
    li.does(c.ExtendDeadline, filing=filing, deadline=house.local("2026-03-25 00:00").date(), reason="对方来电")
    asked = li.does(c.RequestMaterial, asked="身份证明", member=UUID(wang.subject), filing=own)
    wang.does(
        c.GiveMaterial, filing=own, request=UUID(asked["request"]), evidence=UUID(wang.submits("identity", b"id\n"))
    )
    assert received["deadline"] == "2026-03-19"
    house.comes("2026-03-26 09:00")
    li.does(c.DecideEscalation, step="cn-pbc-12363", reason="逾期")
    li.does(c.RecordResponse, filing=filing, verdict="partly", responder="青禾钱包", text="同意")
    wang.does(c.CloseFiling, filing=own, reason="withdrawn")


def _is_promised(li: Person, until: str) -> None:
    li.does(c.RecordPromise, contact=UUID(li.calls()), until=li.house.local(until), what="三日内答复")


def _ballot(house: House, li: Person, wang: Person) -> None:
    until = house.local("2026-03-28 20:00")
    ballot = UUID(li.does(c.OpenBallot, question="是否接受", options=["接受", "继续"], until=until)["ballot"])
    wang.does(c.CastVote, ballot=ballot, option=1)
    house.comes("2026-03-29 09:00")


def _end(house: House, li: Person, wang: Person, sun: Person) -> None:
    li.does(c.RecordOutcome, results={1: "met"}, offered={}, paid={})
    wang.does(c.RateOutcome, satisfied=True, text="到账")
    li.does(c.CloseCampaign)
    li.does(c.ShareExperience, text="先拨热线")
    sun.does(c.ShareExperience, text="保留编号")
    sun.does(c.RequestErasure)
    second = house.person("organizer2@example.org", "二号")
    second.launches()
    second.publishes()
    second.does(c.CloseCampaign)
