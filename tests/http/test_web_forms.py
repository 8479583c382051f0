"""Every form of the pages: shown in both languages, what was wrong told at the field, nothing typed is lost."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.contracts import commands_v1 as c
from services.contracts.codes import Refused
from services.gateway.web.blueprint import FORMS
from services.gateway.web.forms import Form
from services.kit.failures import TemporaryFailure
from tests.http.pages_house import ID, Pages
from tests.support.gateway_house import BASE, CAMPAIGN

ROOT = f"/c/{CAMPAIGN}"
PLACED = [pytest.param(form, place, id=f"{place}-{form.name}") for form in FORMS for place in form.places]
ASKING = [
    param
    for param in PLACED
    if any(asked.needed for asked in param.values[0].inputs) and param.values[0].name not in ("file", "escalate")  # type: ignore[union-attr]
]


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


def path_of(form: Form, place: str) -> str:
    tail = form.tail
    for name in ("evidence", "ballot", "contact", "filing", "request", "organizer", "auditor", "subject"):
        tail = tail.replace(f"<uuid:{name}>", ID)
    return f"{ROOT}/{place}/{tail}"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("form", "place"), PLACED)
def test_a_form_is_shown(pages: Pages, form: Form, place: str, language: str) -> None:
    shown = pages.get(f"{path_of(form, place)}?lang={language}")
    assert shown.status_code == 200
    assert f'<html lang="{language}">' in shown.text
    assert shown.text.count("<h1>") == 1
    assert "style=" not in shown.text
    assert "onclick" not in shown.text


@pytest.mark.parametrize(("form", "place"), ASKING)
def test_an_empty_form_names_its_faults_and_changes_nothing(pages: Pages, form: Form, place: str) -> None:
    answer = pages.post(path_of(form, place), {})
    assert answer.status_code == 422
    assert 'class="summary" role="alert"' in answer.text
    first = next(asked for asked in form.inputs if asked.needed)
    assert f'href="#f-{first.name}"' in answer.text
    assert f'id="f-{first.name}"' in answer.text
    assert pages.sent == []


@pytest.mark.parametrize(("form", "place"), PLACED)
def test_what_was_typed_is_kept_when_campaign_refuses(pages: Pages, form: Form, place: str) -> None:
    fields = filled(form)
    shown = f"{path_of(form, place)}?step=cn-psp-formal" if form.name in ("file", "escalate") else None
    if form.file:
        fields["file"] = (io.BytesIO(b"x"), "a.txt")
    pages.house.campaign.answers[form.command.__name__] = Refused("campaign-ended")
    answer = pages.post(path_of(form, place), fields, shown)
    assert answer.status_code == 422, answer.text
    assert 'class="summary" role="alert"' in answer.text
    for asked in form.inputs:
        if asked.kind in ("text", "area", "email", "money", "day", "moment", "lines"):
            assert str(fields[asked.name]).splitlines()[0] in answer.text
    if form.file:
        assert "请重新选择文件" in answer.text


@pytest.mark.parametrize(("form", "place"), PLACED)
def test_a_filled_form_becomes_its_command(pages: Pages, form: Form, place: str) -> None:
    fields = filled(form)
    shown = f"{path_of(form, place)}?step=cn-psp-formal" if form.name in ("file", "escalate") else None
    if form.file:
        fields["file"] = (io.BytesIO(b"x"), "a.txt")
    answer = pages.post(path_of(form, place), fields, shown)
    assert answer.status_code == 303, answer.text
    (sent,) = pages.sent
    assert type(sent) is form.command
    assert getattr(sent, "campaign", None) == CAMPAIGN
    assert pages.house.campaign.requests[0].idempotency_key is not None


def filled(form: Form) -> dict[str, Any]:
    """An answer of the right kind to every question."""
    by_name = {
        "what": "account_stolen", "currency": "CNY", "step": "cn-psp-formal", "evidence": ID, "member": ID,
        "filing": ID,
    }  # fmt: skip
    by_kind = {
        "text": "一句话", "area": "几句话\n两行", "email": "li.na@example.org", "money": "88.00", "day": "2026-12-01",
        "moment": "2026-05-10T03:12", "tick": "yes", "yes-no": "yes", "whole": "1", "lines": "接受\n不接受",
    }  # fmt: skip
    fields: dict[str, Any] = {}
    for asked in form.inputs:
        if asked.kind == "demands":
            fields |= {"demands-kind-1": "refund", "demands-text-1": "退款"}
        elif asked.kind == "results":
            fields["demands-1"] = "met"
        elif asked.kind == "sum":
            fields |= {f"{asked.name}-amount": "5", f"{asked.name}-currency": "CNY"}
        elif asked.kind != "file":
            fields[asked.name] = by_name.get(asked.name) or by_kind.get(asked.kind) or asked.values[0]
    return fields


def test_a_claim_is_read_in_the_campaigns_zone_and_with_the_marks_people_paste(pages: Pages) -> None:
    fields = {
        "what": "account_stolen", "happened": "2026-05-10T03:12", "remedy": "compensate", "amount": "￥８,８００.00 元",
        "currency": "CNY", "private": "yes",
    }  # fmt: skip
    assert pages.post(f"{ROOT}/me/claim", fields).status_code == 303
    (sent,) = pages.sent
    assert isinstance(sent, c.StateClaim)
    assert (sent.amount, sent.private) == (Decimal("8800.00"), True)
    assert sent.happened == datetime.fromisoformat("2026-05-10T03:12+08:00")


def test_a_currency_without_an_amount_is_not_sent(pages: Pages) -> None:
    fields = {"what": "account_stolen", "happened": "2026-05-10T03:12", "remedy": "unfreeze", "currency": "CNY"}
    pages.post(f"{ROOT}/me/claim", fields)
    assert (pages.sent[0].amount, pages.sent[0].currency) == (None, None)


def test_a_fault_stands_at_its_field(pages: Pages) -> None:
    pages.house.campaign.answers["StateClaim"] = Refused("happened-in-future")
    fields = {"what": "account_stolen", "happened": "2027-05-10T03:12", "remedy": "unfreeze"}
    answer = pages.post(f"{ROOT}/me/claim", fields)
    assert 'id="f-happened-fault"' in answer.text


def test_a_missing_precondition_is_shown_before_the_act_and_offers_the_override(pages: Pages) -> None:
    pages.house.campaign.answers["check"] = {
        "refusal": "precondition-missing", "deadline": "2026-05-27",
        "warnings": [{"topic": "t", "text": {"zh": "先走前一步", "en": "Earlier step first"}}],
    }  # fmt: skip
    shown = pages.get(f"{ROOT}/me/file?step=cn-psp-formal")
    assert "先走前一步" in shown.text
    assert 'name="override_reason"' in shown.text
    assert "2026年5月27日" in shown.text
    fields = {"step": "cn-psp-formal", "statement": "投诉", "override_reason": "情况紧急"}
    pages.post(f"{ROOT}/me/file", fields, f"{ROOT}/me/file?step=cn-psp-formal")
    assert isinstance(pages.sent[0], c.SubmitFiling)
    assert (pages.sent[0].by, pages.sent[0].override_reason) == ("own", "情况紧急")


def test_the_letter_is_begun_with_what_is_known(pages: Pages) -> None:
    shown = pages.get(f"{ROOT}/console/file?step=cn-psp-formal")
    assert "OK钱包：余额被转走 赔付 ……" in shown.text


def test_when_campaign_is_busy_the_form_stays_filled(pages: Pages) -> None:
    pages.house.campaign.answers["PublishUpdate"] = TemporaryFailure("busy")
    answer = pages.post(f"{ROOT}/console/update", {"title": "今日进展", "body": "等待答复"})
    assert answer.status_code == 422
    assert "今日进展" in answer.text


def test_whoever_was_signed_out_loses_nothing(pages: Pages) -> None:
    page = pages.get(f"{ROOT}/console/update").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    pages.browser.delete_cookie("chorus", domain="localhost")
    answer = pages.browser.post(
        f"{ROOT}/console/update",
        data={"csrf_token": token, "title": "今日进展", "body": "等待答复"},
        base_url="http://localhost:8000",
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 401
    assert "今日进展" in answer.text
    assert 'href="/sign-in" target="_blank"' in answer.text


def test_a_form_needs_its_token_and_our_own_page(pages: Pages) -> None:
    bare = pages.browser.post(f"{ROOT}/me/leave", base_url="http://localhost:8000",
                              headers={"Sec-Fetch-Site": "same-origin"})  # fmt: skip
    assert bare.status_code == 403
    assert pages.sent == []


def test_erasing_oneself_signs_out_everywhere(pages: Pages) -> None:
    answer = pages.post(f"{ROOT}/me/erase", {})
    assert answer.status_code == 303
    assert pages.get("/me").status_code == 303


def test_a_file_that_is_too_large_is_told_as_such_with_the_way_back(pages: Pages) -> None:
    path = f"{ROOT}/me/evidence"
    answer = pages.browser.post(
        path, data=b"x" * 11 * 1024 * 1024, content_type="multipart/form-data; boundary=b", base_url=BASE,
        headers={"Sec-Fetch-Site": "same-origin"},
    )  # fmt: skip
    assert answer.status_code == 413
    assert f'href="{path}"' in answer.text
    assert "10" in answer.text
