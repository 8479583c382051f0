"""Personas on a phone, in a real browser: without a script, with one, in the dark of a night when money is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from services.contracts import commands_v1 as c
from tests.browser.life import HE, MA, Life, a_life, token_of
from tests.browser.screens import a_browser, window

LI = "li.na@example.org"


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    with a_life(Path(tmp_path_factory.mktemp("life"))) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as found:
        yield found


def test_a_member_joins_confirms_and_states_a_claim_without_a_script(life: Life, browser: Browser) -> None:
    opened = window(browser, life, None, java_script_enabled=False)
    page = opened.new_page()
    page.goto(f"{life.url}/c/{life.campaign}")
    page.get_by_role("link", name="我也遇到了").click()
    page.get_by_role("button", name="加入").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写邮箱地址")
    page.get_by_label("怎么称呼您").fill("李娜")
    page.get_by_label("邮箱").fill(LI)
    page.get_by_label("我遇到了这个问题").check()
    page.get_by_role("button", name="加入").click()
    expect(page.get_by_role("heading", name="请查看邮箱")).to_be_visible()
    life.settle()
    page.goto(f"{life.url}/confirm/{token_of(life.letters(LI)[-1])}")
    assert page.url == f"{life.url}/confirm"
    page.get_by_role("button", name="确认加入").click()
    expect(page.get_by_role("status")).to_contain_text("您已正式加入")
    page.get_by_role("link", name="说明发生了什么").first.click()
    page.get_by_label("什么时候").fill("2026-05-12T08:00")
    page.get_by_label("赔偿损失").check()
    page.get_by_label("金额", exact=False).first.fill("1,200.50")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#claim")).to_contain_text("¥1,200.50")
    opened.close()


def test_an_open_link_is_not_used_by_itself(life: Life, browser: Browser) -> None:
    address = "wu.di@example.org"
    life.does(None, c.JoinCampaign(life.campaign, address, "吴迪", "zh-CN"))
    life.settle()
    opened = window(browser, life, None)
    page = opened.new_page()
    page.goto(f"{life.url}/confirm/{token_of(life.letters(address)[-1])}")
    page.wait_for_timeout(3000)
    life.settle()
    names = life.embedded.campaign.ask("members", life.caller(HE), {"campaign": str(life.campaign)})["items"]
    assert next(one["state"] for one in names if one["name"] == "吴迪") == "pending"
    opened.close()


def test_a_member_uploads_a_picture_and_sees_it_waiting(life: Life, browser: Browser, tmp_path: Path) -> None:
    note = tmp_path / "工单.txt"
    note.write_text("工单号 OK-1，客服承诺三日内答复。\n", encoding="utf-8")
    opened = window(browser, life, MA)
    page = opened.new_page()
    page.goto(f"{life.url}/c/{life.campaign}/me/evidence")
    page.locator("#f-file").set_input_files(note)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("alert")).to_contain_text("请选择一项")
    expect(page.get_by_text("请重新选择文件")).to_be_visible()
    page.locator("#f-file").set_input_files(note)
    page.get_by_label("聊天、邮件").check()
    page.get_by_role("button", name="上传").click()
    expect(page.locator("#evidence")).to_contain_text("工单.txt")
    opened.close()


def test_an_organizer_is_warned_and_files_with_a_reason(life: Life, browser: Browser) -> None:
    opened = window(browser, life, HE, language="en")
    page = opened.new_page()
    page.goto(f"{life.url}/c/{life.campaign}/console/file?step=cn-pbc-12363")
    expect(page.get_by_role("heading", name="An earlier step has not been taken")).to_be_visible()
    page.get_by_role("button", name="Record as filed").click()
    expect(page.get_by_role("alert")).to_contain_text("An earlier step comes first")
    page.get_by_label("Reason for going ahead").fill("The provider has closed its complaint desk.")
    page.get_by_role("button", name="Record as filed").click()
    expect(page.get_by_role("status")).to_contain_text("Recorded")
    opened.close()


def test_numbers_refresh_while_the_page_is_open(life: Life, browser: Browser) -> None:
    opened = window(browser, life, None)
    page = opened.new_page()
    page.goto(f"{life.url}/c/{life.campaign}")
    number = page.locator('[data-number="members_confirmed"]')
    before = int(number.inner_text())
    address = "zhou.yi@example.org"
    life.does(None, c.JoinCampaign(life.campaign, address, "周一", "zh-CN"))
    life.settle()
    life.does(None, c.ConfirmMembership(token_of(life.letters(address)[-1])))
    life.settle()
    expect(number).to_have_text(str(before + 1), timeout=15000)
    opened.close()


def test_a_page_can_be_walked_by_keyboard(life: Life, browser: Browser) -> None:
    opened = window(browser, life, None)
    page = opened.new_page()
    page.goto(f"{life.url}/sign-in")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#f-email")).to_be_focused()
    opened.close()


def test_no_page_breaks_its_own_policy(life: Life, browser: Browser) -> None:
    opened = window(browser, life, HE)
    page, told = opened.new_page(), []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    for path in ("/", f"/c/{life.campaign}", f"/c/{life.campaign}/console", "/playbooks/cn", "/launch"):
        page.goto(life.url + path)
    assert told == []
    opened.close()


def test_an_organizer_signs_in_launches_and_publishes_without_a_script(life: Life, browser: Browser) -> None:
    address = "zhao.min@example.org"
    opened = window(browser, life, None, java_script_enabled=False)
    page = opened.new_page()
    page.goto(f"{life.url}/launch")
    page.get_by_label("邮箱").fill(address)
    page.get_by_role("button", name="给我发登录链接").click()
    life.settle()
    link = next(one for one in life.letters(address)[-1]["links"] if "/sign-in/" in one)
    page.goto(link)
    page.get_by_role("button", name="登录").click()
    assert page.url == f"{life.url}/launch"
    page.get_by_role("link", name="重复扣款").click()
    page.get_by_role("button", name="看一遍").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写这一项")
    page.get_by_label("哪家钱包或支付机构").fill("好付")
    page.get_by_label("标题").fill("好付：一次购物扣了两次")
    page.get_by_label("发生了什么").fill("付款页面报错后重试，同一笔订单被扣两次。")
    page.get_by_label("您的称呼").fill("赵敏")
    page.get_by_role("button", name="看一遍").click()
    expect(page.get_by_role("heading", name="核对后创建")).to_be_visible()
    page.get_by_role("button", name="创建草稿").click()
    expect(page.get_by_role("status")).to_contain_text("草稿已创建")
    page.get_by_role("link", name="发布，让大家可以加入").click()
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_role("status")).to_contain_text("已发布")
    page.get_by_role("link", name="公开页面").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("好付：一次购物扣了两次")
    expect(page.get_by_role("link", name="我也遇到了")).to_be_visible()
    life.settle()
    page.goto(f"{life.url}/campaigns?q=好付")
    expect(page.get_by_role("link", name="好付：一次购物扣了两次")).to_be_visible()
    opened.close()
