"""What everybody sees, and the ways in: joining, confirming, signing in, launching, leaving."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from services.contracts import commands_v1 as c
from services.contracts.codes import Refused
from services.gateway.web.going import safe
from services.kit.texts import Texts
from tests.http.pages_house import CONSOLE, EMAIL, ID, RECORD, Pages
from tests.support.gateway_house import BASE, CAMPAIGN, JOIN_PAGE

ROOT = f"/c/{CAMPAIGN}"
OPEN_PAGES = [
    "/", "/campaigns", "/campaigns?q=zzz", ROOT, f"{ROOT}/join", f"{ROOT}/join/sent", f"{ROOT}/history",
    f"{ROOT}/history?size=3", "/playbooks/cn", "/urgent", "/sign-in", "/sign-in/sent", "/unsubscribe/abc",
    "/problems/not-found",
]  # fmt: skip
OWN_PAGES = [
    "/me", f"{ROOT}/me", f"{ROOT}/console", *(f"{ROOT}/console/{page}" for page in (
        "members", "evidence", "contacts", "filings", "ballots", "people")),
    "/launch", "/launch?problem=account_stolen", f"{ROOT}/accept",
]  # fmt: skip
LINK = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    found = Pages(Path(tmp_path_factory.mktemp("pages")))
    yield found
    found.close()


@pytest.fixture
def pages(opened: Pages) -> Pages:
    opened.anew()
    return opened


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("path", OPEN_PAGES)
def test_a_page_for_everybody(pages: Pages, path: str, language: str) -> None:
    shown = pages.get(path + ("&" if "?" in path else "?") + f"lang={language}")
    assert shown.status_code == 200
    assert f'<html lang="{language}">' in shown.text
    assert shown.text.count("<h1>") == 1
    assert "style=" not in shown.text
    assert EMAIL not in shown.text


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("path", OWN_PAGES)
def test_a_page_of_ones_own(pages: Pages, path: str, language: str) -> None:
    assert pages.get(path).headers["Location"] == "/sign-in"
    pages.signs_in()
    shown = pages.get(path + ("&" if "?" in path else "?") + f"lang={language}")
    assert shown.status_code == 200
    assert shown.text.count("<h1>") == 1


def test_both_languages_have_the_same_words() -> None:
    texts = Texts(Path("services/gateway/locales"))
    assert texts.keys("zh-CN") == texts.keys("en")


def test_every_word_of_the_templates_is_there() -> None:
    texts = Texts(Path("services/gateway/locales"))
    found = "".join(page.read_text() for page in Path("services/gateway/web/templates").rglob("*.html"))
    named = set(re.findall(r"""\bt\(["']([a-z0-9_-]+)["'][,)]""", found))
    assert named - texts.keys("en") == set()


def test_the_language_switch_keeps_the_page(pages: Pages) -> None:
    shown = pages.get("/campaigns?problem=account_stolen&lang=zh-CN")
    assert 'href="/campaigns?problem=account_stolen&amp;lang=en"' in shown.text


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/c/no/join", 404)])
def test_an_error_is_a_page_with_a_way_on(pages: Pages, path: str, status: int) -> None:
    shown = pages.get(path)
    assert shown.status_code == status
    assert shown.mimetype == "text/html"
    assert 'href="/urgent"' in shown.text


def test_urgent_steps_stand_before_the_form(pages: Pages) -> None:
    shown = pages.get(f"{ROOT}/join").text
    assert shown.index("先冻结账户") < shown.index('name="email"')


def test_joining_says_the_same_to_a_new_and_a_known_address(pages: Pages) -> None:
    fields = {"name": "小马", "email": EMAIL, "consent": "yes"}
    answer = pages.post(f"{ROOT}/join", fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ROOT}/join/sent")
    (sent,) = pages.sent
    assert isinstance(sent, c.JoinCampaign)
    assert (sent.email, sent.name, sent.locale) == (EMAIL, "小马", "zh-CN")


def test_joining_keeps_what_was_typed(pages: Pages) -> None:
    answer = pages.post(f"{ROOT}/join", {"name": "小马", "email": "ma.chao@"})
    assert answer.status_code == 422
    assert 'value="小马"' in answer.text
    assert 'value="ma.chao@"' in answer.text
    assert 'href="#f-email"' in answer.text
    assert 'href="#f-consent"' in answer.text
    assert "<title>有误" in answer.text
    assert pages.sent == []


def test_an_ended_campaign_shows_no_form(pages: Pages) -> None:
    pages.house.campaign.answers["join-page"] = {**JOIN_PAGE, "state": "closed"}
    assert 'name="email"' not in pages.get(f"{ROOT}/join").text


def confirmed(first: bool) -> dict[str, Any]:
    return {
        "campaign": str(CAMPAIGN), "subject": ID, "first": first, "person": "ab" * 32, "email": EMAIL,
        "locale": "zh-CN",
    }  # fmt: skip


def test_reading_the_link_never_confirms(pages: Pages) -> None:
    for method in ("GET", "HEAD", "OPTIONS") * 10:
        answer = pages.browser.open(f"/confirm/{LINK}", method=method, base_url=BASE)
        assert "chorus=" not in "; ".join(answer.headers.getlist("Set-Cookie"))
    assert pages.get(f"/confirm/{LINK}").headers["Location"] == "/confirm"
    assert LINK not in pages.get("/confirm").text
    assert pages.sent == []


def test_the_button_confirms_and_signs_in_the_first_time(pages: Pages) -> None:
    pages.house.campaign.answers["ConfirmMembership"] = confirmed(first=True)
    pages.get(f"/confirm/{LINK}")
    answer = pages.post("/confirm", {})
    assert answer.headers["Location"] == f"{ROOT}/me"
    assert pages.sent == [c.ConfirmMembership(LINK)]
    assert pages.get(f"{ROOT}/me").status_code == 200


def test_confirming_again_asks_to_sign_in(pages: Pages) -> None:
    pages.house.campaign.answers["ConfirmMembership"] = confirmed(first=False)
    pages.get(f"/confirm/{LINK}")
    assert pages.post("/confirm", {}).headers["Location"] == "/sign-in"


@pytest.mark.parametrize(
    ("purpose", "command"), [("confirm", "ConfirmMembership"), ("contact", "ConfirmContactChange")]
)
def test_a_dead_link_says_what_to_do(pages: Pages, purpose: str, command: str) -> None:
    pages.house.campaign.answers[command] = Refused("token-invalid")
    pages.get(f"/{purpose}/{LINK}")
    answer = pages.post(f"/{purpose}", {})
    assert answer.status_code == 410
    assert "链接已失效" in answer.text


def test_signing_in_by_link_goes_on_where_one_wanted_to_be(pages: Pages) -> None:
    pages.get(f"{ROOT}/me")
    pages.post("/sign-in", {"email": EMAIL})
    token = pages.house.notifier.newest(EMAIL).facts["token"]
    assert pages.get(f"/sign-in/{token}").headers["Location"] == "/sign-in/continue"
    answer = pages.post("/sign-in/continue", {})
    assert answer.headers["Location"] == f"{ROOT}/me"
    assert pages.get(f"{ROOT}/me").status_code == 200


def test_signing_in_by_code(pages: Pages) -> None:
    pages.post("/sign-in", {"email": EMAIL})
    code = pages.house.notifier.newest(EMAIL).facts["code"]
    wrong = pages.post("/sign-in/sent", {"code": "AAAAAAAA"})
    assert wrong.status_code == 422
    assert 'value="AAAAAAAA"' in wrong.text
    right = pages.post("/sign-in/sent", {"code": f"{code[:4]} {code[4:].lower()}"})
    assert right.headers["Location"] == "/me"


def test_another_browser_needs_the_code(pages: Pages) -> None:
    pages.post("/sign-in", {"email": EMAIL})
    mail = pages.house.notifier.newest(EMAIL)
    pages.browser = pages.house.client()
    pages.get(f"/sign-in/{mail.facts['token']}")
    assert 'name="code"' in pages.get("/sign-in/continue").text
    assert pages.post("/sign-in/continue", {}).status_code == 422
    assert pages.post("/sign-in/continue", {"code": mail.facts["code"]}).headers["Location"] == "/me"


def test_signing_out(pages: Pages) -> None:
    pages.signs_in()
    pages.post("/sign-out", {}, "/me")
    assert pages.get("/me").headers["Location"] == "/sign-in"


@pytest.mark.parametrize("path", ["//evil", "/\\evil", "https:evil", "javascript:alert(1)", "/c/../evil", None, ""])
def test_one_never_goes_elsewhere(path: str | None) -> None:
    assert safe(path) == "/"


def launched(**more: str) -> dict[str, str]:
    return {
        "problem": "account_stolen", "provider_name": "OK钱包", "provider_kind": "payment-institution",
        "jurisdiction": "cn", "title": "标题", "summary": "经过", "organizer_name": "何静",
        "demands-kind-1": "compensate", "demands-text-1": "赔付", "demands-kind-2": "refund", "demands-text-2": "",
        **more,
    }  # fmt: skip


def test_launching_shows_the_answers_before_it_is_made(pages: Pages) -> None:
    pages.signs_in()
    page = "/launch?problem=account_stolen"
    shown = pages.post("/launch", launched(go="check"), page)
    assert shown.status_code == 200
    assert pages.sent == []
    assert 'type="hidden" name="title" value="标题"' in shown.text
    back = pages.post("/launch", launched(go="change"), page)
    assert 'value="OK钱包"' in back.text
    made = pages.post("/launch", launched(go="make"), page)
    assert made.headers["Location"] == f"{ROOT}/console"
    (sent,) = pages.sent
    assert isinstance(sent, c.LaunchCampaign)
    assert (sent.organizer_email, sent.timezone) == (EMAIL, "Asia/Shanghai")
    assert sent.demands == [c.Demand("compensate", "赔付")]


def test_launching_names_every_fault(pages: Pages) -> None:
    pages.signs_in()
    fields = launched(go="make", provider_name="", title="")
    answer = pages.post("/launch", fields, "/launch?problem=account_stolen")
    assert answer.status_code == 422
    assert 'href="#f-provider_name"' in answer.text
    assert 'href="#f-title"' in answer.text
    assert ">经过</textarea>" in answer.text.replace("\n", "")


def test_one_click_unsubscribe_needs_no_cookie(pages: Pages) -> None:
    answer = pages.house.client().post("/unsubscribe/some-token", data={"List-Unsubscribe": "One-Click"}, base_url=BASE)
    assert answer.status_code == 410


def test_the_record_shows_urgent_steps_first_until_they_are_done(pages: Pages) -> None:
    pages.signs_in()
    shown = pages.get(f"{ROOT}/me").text
    assert shown.index("先冻结账户") < shown.index("我的损失")
    done = {**RECORD, "safety": [{"steps": ["lock-account"], "at": "2026-05-11T13:10:00Z"}]}
    pages.house.campaign.answers["my-record"] = done
    assert "先冻结账户" not in pages.get(f"{ROOT}/me").text


def test_a_stranger_is_told_that_they_are_not_a_member(pages: Pages) -> None:
    pages.signs_in()
    pages.house.campaign.answers["my-record"] = Refused("not-a-member")
    assert "您还不是成员" in pages.get(f"{ROOT}/me").text


def test_the_history_tells_a_faulty_moment_at_its_field(pages: Pages) -> None:
    answer = pages.get(f"{ROOT}/history?size=abc")
    assert answer.status_code == 422
    assert 'id="f-size-fault"' in answer.text
    assert 'value="abc"' in answer.text


def test_an_auditor_gets_no_buttons(pages: Pages) -> None:
    pages.signs_in()
    pages.house.campaign.answers["console"] = {**CONSOLE, "role": "auditor"}
    for page in ("", "/members", "/evidence", "/filings", "/ballots", "/people"):
        shown = pages.get(f"{ROOT}/console{page}").text
        assert "/console/close" not in shown
        assert "/review" not in shown
        assert "/remove" not in shown
        assert "/invalidate" not in shown


@pytest.mark.parametrize("picture", ["qr", "growth"])
def test_pictures_for_other_peoples_pages(pages: Pages, picture: str) -> None:
    answer = pages.get(f"{ROOT}/{picture}.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert ElementTree.fromstring(answer.data).tag == "{http://www.w3.org/2000/svg}svg"


def test_once_it_has_ended_there_is_only_the_outcome_to_rate(pages: Pages) -> None:
    pages.signs_in()
    pages.house.campaign.answers["join-page"] = {**JOIN_PAGE, "state": "resolved"}
    shown = pages.get(f"{ROOT}/me").text
    assert shown.count('class="tag warn">待办') == 1
    assert f'href="{ROOT}/me/rating"' in shown


def test_a_draft_has_no_public_page_to_lead_to(pages: Pages) -> None:
    pages.signs_in()
    pages.house.campaign.answers["console"] = {**CONSOLE, "state": "draft"}
    shown = pages.get(f"{ROOT}/console").text
    assert f'href="{ROOT}"' not in shown
    assert f'href="{ROOT}/console/publish"' in shown
