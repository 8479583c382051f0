"""What campaign answers to the public, to members, to staff and to the other services, on the real store."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.campaign.application.store import Commit, decided
from services.campaign.domain.ballot import Vote
from services.contracts import commands_v1 as c
from services.contracts.codes import Refused
from tests.support.campaign_house import House, Person


@pytest.fixture
def wang(house: House, li: Person) -> Person:
    return house.person("wang.qiang@example.org", "王强").enters(li.campaign)


def refusal(person: Person, query: str, **args: object) -> str:
    with pytest.raises(Refused) as refused:
        person.asks(query, **args)
    return refused.value.code


def test_the_join_page_shows_the_words_the_demands_and_nothing_of_people(house: House, li: Person) -> None:
    page = house.ask_publicly("join-page", campaign=li.campaign)
    assert page["title"] == "青禾钱包重复扣款"
    assert page["provider"] == {"name": "青禾钱包", "kind": "payment-institution"}
    assert page["demands"] == [{"kind": "refund", "text": "全额退还"}, {"kind": "fix", "text": "说明原因"}]
    assert (page["state"], page["demand_version"]) == ("open", 1)
    assert "李薇" not in str(page)


def test_a_new_member_is_pending_then_confirmed_and_sees_the_own_record(house: House, li: Person) -> None:
    wang = house.person("wang.qiang@example.org", "王强")
    wang.joins(li.campaign)
    assert wang.asks("my-record")["state"] == "pending"
    answer = wang.confirms()
    assert answer["first"] is True
    record = wang.asks("my-record")
    assert (record["state"], record["name"], record["email"]) == ("confirmed", "王强", "wang.qiang@example.org")
    assert (record["demand_version"], record["current_demand_version"]) == (1, 1)
    assert record["claim"] is None


def test_a_stolen_account_is_warned_of_before_joining(house: House) -> None:
    he = house.person("he.jing@example.org", "何静")
    he.launches(problem="account_stolen")
    he.publishes()
    page = house.ask_publicly("join-page", campaign=he.campaign)
    assert [warning["topic"] for warning in page["warnings"]] == ["account-theft-urgent-steps"]
    assert page["urgent"]["zh"] and page["urgent"]["en"]


def test_a_draft_is_seen_by_its_organizer_alone(house: House) -> None:
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    other = house.person("other@example.org", "别人", li.campaign)
    assert li.asks("join-page")["state"] == "draft"
    assert {refusal(other, q) for q in ("join-page", "experiences", "replay", "console", "my-record")} == {"not-found"}
    with pytest.raises(Refused, match="not-found"):
        house.ask_publicly("join-page", campaign=li.campaign)


def test_what_staff_sees_is_not_there_for_members_and_strangers(house: House, li: Person, wang: Person) -> None:
    stranger = house.person("stranger@example.org", "陌生", li.campaign)
    for query in ("console", "members", "evidence"):
        assert refusal(wang, query) == refusal(stranger, query) == "not-found"
    for query in ("contacts", "filings", "ballots", "my-record"):
        assert refusal(stranger, query) == "not-found"
        with pytest.raises(Refused, match="not-signed-in"):
            house.ask_publicly(query, campaign=li.campaign)


def test_internal_questions_are_not_for_people(house: House, li: Person) -> None:
    assert refusal(li, "content", event_ids=[]) == refusal(li, "recipients", asks=[]) == "not-found"


def test_the_record_shows_a_claim_private_amounts_too(house: House, wang: Person) -> None:
    wang.claims("328.50")
    claim = wang.asks("my-record")["claim"]
    assert (claim["amount"], claim["currency"], claim["private"]) == ("328.50", "CNY", False)
    assert claim["reference"] == "QH20260227"
    wang.claims("76.20", private=True)
    claim = wang.asks("my-record")["claim"]
    assert (claim["amount"], claim["currency"], claim["private"]) == ("76.20", "CNY", True)


def test_members_are_listed_page_by_page_without_addresses(house: House, li: Person) -> None:
    for n in range(5):
        house.person(f"m{n}@example.org", f"成员{n}").enters(li.campaign).claims()
    first = li.asks("members", limit=2)
    second = li.asks("members", limit=2, after=first["next"])
    third = li.asks("members", limit=2, after=second["next"])
    assert [m["name"] for page in (first, second, third) for m in page["items"]] == [f"成员{n}" for n in range(5)]
    assert third["next"] is None
    assert "@" not in str(first)
    assert first["items"][0]["claim"]["amount"] == "328.50"


def test_evidence_is_listed_reviewed_and_read_back(house: House, li: Person, wang: Person) -> None:
    content = "客服:三日内退款。\n".encode()
    evidence = wang.submits(content=content)
    (item,) = li.asks("evidence")["items"]
    assert (item["evidence"], item["member_name"], item["state"], item["note"]) == (
        evidence, "王强", "submitted", "客服承诺",
    )  # fmt: skip
    li.does(c.ReviewEvidence, evidence=_uuid(evidence), verdict="more-needed", note="请补充扣款记录")
    (own,) = wang.asks("my-record")["evidence"]
    assert (own["state"], own["review_note"]) == ("more-needed", "请补充扣款记录")
    assert li.asks("evidence", state="accepted")["items"] == []
    for reader in (li, wang):
        file = house.service.open_file(reader.caller, li.campaign, evidence, redacted=False)
        assert (file.file_name, file.media_type, b"".join(file.chunks)) == ("chat.txt", "text/plain", content)
    stranger = house.person("sun@example.org", "孙丽").enters(li.campaign)
    with pytest.raises(Refused, match="not-found"):
        house.service.open_file(stranger.caller, li.campaign, evidence, redacted=False)
    assert li.asks("console")["to_review"] == 0


def test_contacts_promises_filings_and_answers_are_told(house: House, li: Person, wang: Person) -> None:
    contact = li.calls()
    li.does(c.RecordPromise, contact=_uuid(contact), until=house.local("2026-03-05 18:00"), what="三日内答复")
    mine = wang.calls()
    filed = li.files()
    li.does(c.RecordReceipt, filing=_uuid(filed["filing"]), number="QHTS-1")
    (shown,) = [entry for entry in li.asks("contacts") if entry["contact"] == contact]
    assert (shown["agent"], shown["by"], shown["promises"][0]["what"]) == ("小周", "collective", "三日内答复")
    assert [entry["contact"] for entry in wang.asks("contacts")] == [mine]
    (filing,) = li.asks("filings")
    assert (filing["statement"], filing["receipt"], filing["state"]) == ("请退款", "QHTS-1", "open")
    assert filing["deadline"] == "2026-03-17"
    assert "consent-missing" in filing["warnings"]
    (seen,) = wang.asks("filings")
    assert seen["receipt"] is None
    li.does(c.RecordResponse, filing=_uuid(filed["filing"]), verdict="partly", responder="青禾钱包", text="同意退款")
    (filing,) = li.asks("filings")
    assert filing["response"] == {"verdict": "partly", "responder": "青禾钱包", "text": "同意退款", "on": "2026-03-02"}
    assert (filing["state"], filing["version"]) == ("answered", 4)


def test_material_asked_of_a_member_reaches_the_record_and_what_was_given(
    house: House, li: Person, wang: Person
) -> None:
    wang.calls()
    filed = wang.files(by="own")
    asked = li.does(c.RequestMaterial, asked="身份证明", member=_uuid(wang.subject))
    assert asked["filing"] == filed["filing"]
    (request,) = wang.asks("my-record")["materials"]
    assert (request["asked"], request["given"]) == ("身份证明", [])
    evidence = wang.submits("identity")
    wang.does(c.GiveMaterial, filing=_uuid(filed["filing"]), request=_uuid(asked["request"]), evidence=_uuid(evidence))
    (request,) = wang.asks("my-record")["materials"]
    assert request["given"] == [evidence]
    (filing,) = wang.asks("my-record")["filings"]
    assert (filing["by"], filing["statement"]) == ("own", "请退款")


def test_a_ballot_shows_counts_once_closed_and_the_receipt_to_the_voter_alone(
    house: House, li: Person, wang: Person
) -> None:
    zhao = house.person("zhao@example.org", "赵敏").enters(li.campaign)
    until = house.local("2026-03-10 20:00")
    ballot = li.does(c.OpenBallot, question="是否接受", options=["接受", "继续"], until=until)["ballot"]
    receipt = wang.does(c.CastVote, ballot=_uuid(ballot), option=2)["receipt"]
    (mine,) = wang.asks("ballots")
    assert (mine["voted"], mine["receipt"], mine["counts"]) == (True, receipt, None)
    (theirs,) = zhao.asks("ballots")
    assert (theirs["voted"], theirs["receipt"]) == (False, None)
    house.comes("2026-03-10 21:00")
    (closed,) = li.asks("ballots")
    assert (closed["state"], closed["counts"], closed["options"]) == ("closed", [0, 1], ["接受", "继续"])


def test_a_vote_that_comes_in_behind_the_close_is_counted_nowhere(house: House, li: Person, wang: Person) -> None:
    until, desk = house.local("2026-03-10 20:00"), house.service.commands.desk
    ballot = _uuid(li.does(c.OpenBallot, question="是否接受", options=["接受", "继续"], until=until)["ballot"])
    wang.does(c.CastVote, ballot=ballot, option=2)
    act = desk.act("member", desk.new_id())
    late = Vote.cast(act, _uuid(li.campaign), desk.new_id(), ballot=ballot, option=1, voter=desk.new_id())
    li.does(c.CloseBallot, ballot=ballot)
    desk.store.commit(Commit(decided(late)))
    assert li.asks("ballots")[0]["counts"] == [0, 1]
    assert li.asks("replay")["progress"]["ballots"][0]["counts"] == [0, 1]


def test_the_console_tells_what_stands_and_what_falls_due(house: House, li: Person, wang: Person) -> None:
    li.calls()
    filed = li.files()
    li.does(c.RecordReceipt, filing=_uuid(filed["filing"]), number="1")
    console = li.asks("console")
    assert (console["state"], console["role"], console["step"]) == ("open", "organizer", "cn-psp-formal")
    assert console["counts"] == {"members": 1, "pending": 0, "evidence": 0, "filings": 1}
    (due,) = console["due"]
    assert (due["what"], due["filing"], due["on"]) == ("filing", filed["filing"], "2026-03-17")
    assert console["organizers"][0]["name"] == "李薇"
    states = {step["step"]: step["state"] for step in console["steps"]}
    assert (states["cn-cs"], states["cn-psp-formal"]) == ("done", "open")


def test_auditors_see_until_their_last_day_is_over(house: House, li: Person) -> None:
    chen = house.person("chen@audit.example.org", "陈审", li.campaign)
    assert refusal(chen, "console") == "not-found"
    li.does(
        c.InviteAuditor,
        name="陈审",
        email=chen.email,
        locale="zh-CN",
        expires_on=house.local("2026-03-05 00:00").date(),
    )
    assert chen.asks("console")["role"] == "auditor"
    house.comes("2026-03-05 23:59")
    assert chen.asks("members")["items"] == []
    house.comes("2026-03-06 00:00")
    assert refusal(chen, "console") == "not-found"


def test_check_says_before_the_act_what_the_act_would_say(house: House, li: Person, wang: Person) -> None:
    said = li.asks("check", act="file", step="cn-psp-formal", by="collective")
    assert said["refusal"] == "precondition-missing"
    assert "earlier-step-first" in [warning["topic"] for warning in said["warnings"]]
    li.calls()
    assert li.asks("check", act="file", step="cn-psp-formal", by="collective")["refusal"] is None
    assert wang.asks("check", act="file", step="cn-psp-formal", by="own")["refusal"] == "precondition-missing"
    assert refusal(li, "check", act="file", step="nowhere", by="collective") == "step-unknown"


def test_my_campaigns_name_every_role(house: House, li: Person, wang: Person) -> None:
    li.does(c.InviteOrganizer, email="wang.qiang@example.org", locale="zh-CN")
    (mine,) = wang.asks("my-campaigns")
    assert (mine["title"], mine["roles"], mine["member_state"]) == (
        "青禾钱包重复扣款",
        ["invited", "member"],
        "confirmed",
    )
    wang.does(c.AcceptOrganizer, name="王强")
    (mine,) = wang.asks("my-campaigns")
    assert sorted(mine["roles"]) == ["member", "organizer"]
    assert house.person("nobody@example.org", "无").asks("my-campaigns") == []


def test_words_of_events_are_given_until_they_are_removed(house: House, li: Person) -> None:
    li.does(c.PublishUpdate, title="进展", body="已提交")
    events = li.asks("replay")["events"]
    update = next(event for event in events if event["type"] == "campaign.update_published")
    assert update["text"] == {"title": "进展", "body": "已提交"}
    assert house.ask_inside("content", event_ids=[update["id"]]) == {update["id"]: {"title": "进展", "body": "已提交"}}
    operator = c.Caller(person="00" * 32, operator=True)
    house.service.execute(c.Request(c.RemoveContent(_uuid(li.campaign), _uuid(update["id"]), "mistake"), operator))
    assert house.ask_inside("content", event_ids=[update["id"]]) == {}
    events = li.asks("replay")["events"]
    assert next(event for event in events if event["id"] == update["id"])["text"] is None


def test_a_replay_holds_no_snapshot_of_the_views_open(
    house: House, li: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may take long, and PostgreSQL ends whoever idles in a transaction for five seconds."""
    store, views = house.service.folder.application.store, house.service.databases.views
    held: list[int] = []
    real = type(store).leaves

    def leaves(*args: Any) -> Any:
        held.append(views.pool.checkedout())  # type: ignore[attr-defined]
        return real(*args)

    monkeypatch.setattr(type(store), "leaves", leaves)
    assert li.asks("replay")["size"] > 0
    assert held and not any(held)


def test_replay_goes_back_to_a_size_and_to_a_time(house: House, li: Person, wang: Person) -> None:
    now = li.asks("replay")
    assert now["progress"]["members_confirmed"] == 1
    assert now["size"] == len(now["events"]) == 4
    before = li.asks("replay", size=3)
    assert (before["size"], before["progress"]["members_confirmed"]) == (3, 0)
    page = li.asks("replay", limit=3)
    assert [event["index"] for event in page["events"]] == [0, 1, 2]
    assert [event["index"] for event in li.asks("replay", after=page["next"])["events"]] == [3]
    assert li.asks("replay", time="2026-03-01T00:00:00+08:00")["size"] == 0
    assert refusal(li, "replay", time="yesterday") == "invalid"


def test_experiences_are_shown_while_their_tellers_are_in(house: House, li: Person, wang: Person) -> None:
    li.does(c.CloseCampaign)
    li.does(c.ShareExperience, text="先拨热线")
    wang.does(c.ShareExperience, text="保留受理编号")
    shown = house.ask_publicly("experiences", campaign=li.campaign)
    assert [(entry["by"], entry["text"], entry["day"]) for entry in shown] == [
        ("organizer", "先拨热线", "2026-03-02"), ("member", "保留受理编号", "2026-03-02"),
    ]  # fmt: skip
    wang.does(c.WithdrawMembership)
    assert [entry["by"] for entry in house.ask_publicly("experiences", campaign=li.campaign)] == ["organizer"]


def test_who_withdrew_may_look_until_erased(house: House, li: Person, wang: Person) -> None:
    subject = wang.subject
    wang.does(c.WithdrawMembership)
    assert (wang.asks("my-record")["state"], wang.subject) == ("withdrawn", subject)
    wang.does(c.RequestErasure)
    assert refusal(wang, "my-record") == "not-found"
    (row,) = li.asks("members")["items"]
    assert (row["subject"], row["name"], row["state"]) == (subject, None, "withdrawn")


def test_casework_and_playbook_need_no_campaign(house: House) -> None:
    casework = house.ask_publicly("casework")
    assert "cn" in [place["id"] for place in casework["jurisdictions"]]
    problem = next(problem for problem in casework["problems"] if problem["id"] == "account_stolen")
    assert problem["urgent"]["zh"] and problem["route"]["cn"]
    ladder = house.ask_publicly("playbook", jurisdiction="cn")
    assert ladder["steps"][0]["name"].keys() == {"zh", "en"}
    assert ladder["sources"]
    with pytest.raises(Refused, match="not-found"):
        house.ask_publicly("playbook", jurisdiction="xx")


def _uuid(text: str) -> UUID:
    return UUID(text)


def test_what_no_database_can_look_for_is_nobody_s_fault_of_ours(house: House, li: Person) -> None:
    assert li.asks("members", after=10**30)["items"] == []
    assert li.asks("evidence", after="9" * 30)["items"] == []
    assert refusal(li, "evidence", state="\0") == "invalid"
