"""Every page looked over by axe, on a phone in Chinese and on a desktop in English; nothing runs over the side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.life import HE, MA, Life, a_life
from tests.browser.pages import every_page
from tests.browser.screens import a_browser, window

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    with a_life(Path(tmp_path_factory.mktemp("life"))) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as found:
        yield found


@pytest.mark.parametrize(("size", "language"), [("phone", "zh-CN"), ("desktop", "en")])
@pytest.mark.parametrize("who", [None, MA, HE])
def test_every_page_passes_axe(life: Life, browser: Browser, size: str, language: str, who: str | None) -> None:
    opened = window(browser, life, who, size, language, bypass_csp=True)
    page, found = opened.new_page(), []
    for name, path, seen_by in every_page(life):
        if seen_by == who and name != "api":
            page.goto(life.url + path)
            found += [f"{name}: {told}" for told in _faults(page)]
    opened.close()
    assert found == []


@pytest.mark.parametrize("who", [None, MA, HE])
def test_dark_pages_pass_axe(life: Life, browser: Browser, who: str | None) -> None:
    opened = window(browser, life, who, bypass_csp=True, color_scheme="dark")
    page, found = opened.new_page(), []
    for name, path, seen_by in every_page(life):
        if seen_by == who and name in ("home", "campaign", "join", "me-record", "me-file", "console-console"):
            page.goto(life.url + path)
            found += [f"{name}: {told}" for told in _faults(page)]
    opened.close()
    assert found == []


def _faults(page: Page) -> list[str]:
    told = Axe().run(page, options=RULES).response["violations"]
    found = [f"{one['id']} {[node['target'] for node in one['nodes']][:3]}" for one in told]
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if width > 0:
        found.append(f"{width} pixels too wide")
    if page.locator("h1").count() != 1:
        found.append("not one h1")
    return found
