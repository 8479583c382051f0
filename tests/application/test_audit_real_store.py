"""A campaign lived through the real application and store: its export verifies, from service and from folder."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from services.campaign.audit.export import export_zip
from services.campaign.audit.folder_source import open_source
from services.campaign.audit.replay import Moment, replay
from services.contracts import commands_v1 as c
from tests.support.campaign_house import House
from tests.support.exports import Auditor, parts_of

OPERATOR = c.Caller(operator=True)


def lived(house: House) -> str:
    """Nearly every command once: from the draft to an erasure, a removal, an outcome and the end."""
    li = house.person("li.wei@example.org", "李薇")
    campaign = li.launches()
    li.publishes()
    wang, sun, zhao = (house.person(f"{name}@example.org", name).enters(campaign) for name in ("wang", "sun", "zhao"))
    house.person("pending@example.org", "Pending").joins(campaign)
    wang.claims("328.50")
    sun.claims("76.20")
    zhao.claims("1204.00", private=True)
    wang.does(c.TakeSafetySteps, taken=["change-password"])
    evidence = UUID(wang.submits())
    li.does(c.ReviewEvidence, evidence=evidence, verdict="accepted")
    contact = UUID(li.calls())
    until = house.clock.now() + timedelta(days=3)
    li.does(c.RecordPromise, contact=contact, until=until, what="三个工作日内答复")
    li.does(c.PublishUpdate, title="进展", body="已登记。")
    li.does(c.InviteAuditor, name="陈审", email="chen@audit.example.org", expires_on=until.date(), locale="zh-CN")
    house.comes("2026-03-06 10:00")
    filing = UUID(li.files()["filing"])
    li.does(c.RecordReceipt, filing=filing, number="QHTS-1")
    li.does(c.RequestMaterial, asked="账单", member=UUID(wang.subject), filing=filing)
    li.does(c.ReviseDemands, demands=[c.Demand("refund", "退款"), c.Demand("compensate", "赔偿")])
    wang.does(c.GiveConsent, to="demands", demand_version=2)
    ballot = UUID(
        li.does(c.OpenBallot, question="接受吗", options=["是", "否"], until=until + timedelta(days=9))["ballot"]
    )
    wang.does(c.CastVote, ballot=ballot, option=1)
    sun.does(c.RequestErasure)
    house.comes("2026-03-30 09:00")
    li.does(c.DecideEscalation, step="cn-pbc-12363")
    li.does(c.RecordOutcome, results={1: "met", 2: "refused"}, paid={"CNY": Decimal("328.50")}, note="退款")
    wang.does(c.RateOutcome, satisfied=True, text="到账")
    li.does(c.CloseCampaign)
    zhao.does(c.WithdrawMembership)
    wang.does(c.ShareExperience, text="留好证据")
    removed = next(leaf["id"] for leaf in told(house, campaign) if leaf["type"] == "campaign.update_published")
    house.service.execute(c.Request(c.RemoveContent(UUID(campaign), UUID(str(removed)), "mistake"), OPERATOR))
    return campaign


def told(house: House, campaign: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = house.ask_publicly("replay", campaign=campaign)["events"]
    return found


def test_what_the_application_writes_passes_the_strangers_check(house: House, tmp_path: Path) -> None:
    campaign = lived(house)
    report = Auditor(tmp_path).report(b"".join(house.service.export(campaign)))
    assert report["findings"] == []
    assert (report["members"], report["erased"]) == (4, 1)


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_the_folder_beside_a_running_chorus_gives_the_same_bytes(house: House) -> None:
    campaign = lived(house)
    served = b"".join(house.service.export(campaign))
    with open_source(house.folder) as source:
        read = b"".join(export_zip(source, UUID(campaign)))
    assert read == served


def test_numbers_of_the_replay_query_are_those_of_the_export(house: House) -> None:
    campaign = lived(house)
    leaves = parts_of(b"".join(house.service.export(campaign)))["leaves.jsonl"].splitlines()
    moment = Moment.of("2026-03-06T12:00+08:00")
    asked = house.ask_publicly("replay", campaign=campaign, time="2026-03-06T12:00+08:00")
    assert asked["progress"] == replay(leaves, moment).document
    assert 0 < asked["size"] < len(leaves)


def test_nobody_is_named_in_the_export(house: House) -> None:
    everything = b"".join(parts_of(b"".join(house.service.export(lived(house)))).values())
    for secret in ("wang@", "example.org", "李薇", "陈审", "小周", "QHTS-1", "到账", "chat.txt", "1204.00"):
        assert secret.encode() not in everything
