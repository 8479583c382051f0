"""What a frightened person must not have to guess: which question, which file, who will read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.campaign.domain import filing as domain
from services.contracts import commands_v1 as c
from services.gateway.web.case_forms import CLOSING_REASONS
from tests.http.pages_house import CONSOLE, CONTACT, ID, PLAYBOOK, RECORD, Pages
from tests.support.gateway_house import CAMPAIGN

ROOT = f"/c/{CAMPAIGN}"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    found = Pages(Path(tmp_path_factory.mktemp("pages")))
    yield found
    found.close()


@pytest.fixture
def pages(opened: Pages) -> Pages:
    opened.anew()
    opened.signs_in()
    return opened


def test_the_summary_names_the_question(pages: Pages) -> None:
    answer = pages.post(f"{ROOT}/console/update", {"title": "", "body": ""})
    assert "标题：请填写这一项" in answer.text
    assert "内容：请填写这一项" in answer.text


def test_no_file_is_given_that_nobody_chose(pages: Pages) -> None:
    path = f"{ROOT}/me/filings/{ID}/materials/{ID}"
    assert '<option value="" selected>请选择</option>' in pages.get(path).text
    answer = pages.post(path, {"evidence": ""})
    assert "请选择要补交的文件" in answer.text
    assert pages.sent == []


def test_a_filing_is_closed_for_one_of_the_known_reasons(pages: Pages) -> None:
    path = f"{ROOT}/me/filings/{ID}/close"
    shown = pages.get(path).text
    assert all(f'value="{reason}"' in shown for reason in CLOSING_REASONS)
    assert CLOSING_REASONS == domain.CLOSING_REASONS
    pages.post(path, {"reason": "settled"})
    assert isinstance(pages.sent[0], c.CloseFiling)


@pytest.mark.parametrize(("place", "told"), [("me", "随您的记录保存，不会公开"), ("console", "理由会公开")])
def test_whoever_gives_a_reason_knows_who_reads_it(pages: Pages, place: str, told: str) -> None:
    pages.house.campaign.answers["check"] = {"refusal": "precondition-missing", "warnings": [], "deadline": None}
    shown = pages.get(f"{ROOT}/{place}/file?step=cn-psp-formal").text
    assert told in shown
    assert ("集体提交的内容会公开" in shown) == (place == "console")


def test_a_members_own_letter_tells_of_their_contacts_and_the_public_one_names_nobody(pages: Pages) -> None:
    letter = {"zh": "此前：{earlier}", "en": "So far: {earlier}"}
    pages.house.campaign.answers["playbook"] = {**PLAYBOOK, "letters": {"l": letter}}
    pages.house.campaign.answers["contacts"] = [CONTACT, {**CONTACT, "by": "collective"}]
    assert "2026-05-12 09:00" in pages.get(f"{ROOT}/me/file?step=cn-psp-formal").text
    assert "小林 A2093: 三日内回电" in pages.get(f"{ROOT}/me/file?step=cn-psp-formal").text
    shown = pages.get(f"{ROOT}/console/file?step=cn-psp-formal").text
    assert "2026-05-12 09:00" in shown
    assert "小林" not in shown


def test_the_outcome_says_what_is_missing_and_offers_the_currencies(pages: Pages) -> None:
    answer = pages.post(f"{ROOT}/console/outcome", {})
    assert "请为每项诉求选择结果" in answer.text
    assert '<option value="CNY" selected>人民币 CNY</option>' in pages.get(f"{ROOT}/console/outcome").text


def test_whoever_left_is_offered_nothing_that_would_be_refused_but_the_way_to_erasure(pages: Pages) -> None:
    pages.house.campaign.answers["my-record"] = {**RECORD, "state": "withdrawn"}
    shown = pages.get(f"{ROOT}/me").text
    assert all(f'href="{ROOT}/me/{tail}' not in shown for tail in ("claim", "evidence", "contact", "file", "leave"))
    assert f'href="{ROOT}/me/erase"' in shown


@pytest.mark.parametrize(("state", "offered"), [("draft", False), ("open", True), ("resolved", False)])
def test_demands_are_revised_only_while_that_is_possible(pages: Pages, state: str, offered: bool) -> None:
    pages.house.campaign.answers["console"] = {**CONSOLE, "state": state}
    assert (f'href="{ROOT}/console/demands"' in pages.get(f"{ROOT}/console").text) == offered


def test_a_production_page_knows_no_local_mailbox(pages: Pages) -> None:
    assert "/_mailbox" not in pages.get(f"{ROOT}/join/sent").text


@pytest.mark.parametrize(("results", "asked"), [({}, False), ({"1": "partly"}, True)])
def test_the_outcome_is_rated_as_soon_as_it_stands(
    pages: Pages, monkeypatch: pytest.MonkeyPatch, results: dict[str, str], asked: bool
) -> None:
    page = pages.house.service.services.progress.find(str(CAMPAIGN))
    assert page is not None
    found = replace(page, document={**page.document, "results": results})
    monkeypatch.setattr(pages.house.service.services.progress, "find", lambda _campaign: found)
    assert (f'href="{ROOT}/me/rating"' in pages.get(f"{ROOT}/me").text) == asked
