"""Pictures of every page, phone and desktop, in both languages: `python -m tests.browser.screens FOLDER [NAME ...]`."""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from services.kit import logs
from tests.browser.life import Life, a_life
from tests.browser.pages import every_page

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def a_browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        try:
            yield browser
        finally:
            browser.close()


def window(
    browser: Browser, life: Life, email: str | None, size: str = "phone", language: str = "zh-CN", **more: object
) -> BrowserContext:
    """A browser's window in which this person is signed in."""
    width, height = SIZES[size]
    opened = browser.new_context(viewport={"width": width, "height": height}, locale=language, **more)  # type: ignore[arg-type]
    opened.add_cookies([{"name": "lang", "value": language, "url": life.url}])
    if email is not None:
        opened.add_cookies([{"name": "chorus", "value": life.session(email), "url": life.url}])
    return opened


def take(folder: Path, names: set[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, a_life(Path(data)) as life, a_browser() as browser:
        for size in SIZES:
            for language in ("zh-CN", "en"):
                for email in {who for _, _, who in every_page(life)}:
                    opened = window(browser, life, email, size, language)
                    page = opened.new_page()
                    for name, path, who in every_page(life):
                        if who == email and (not names or name in names):
                            page.goto(life.url + path)
                            page.screenshot(path=folder / f"{name}-{size}-{language}.png", full_page=True)
                    opened.close()


if __name__ == "__main__":
    logs.configure(service="screens", form="console", level="ERROR")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    take(Path(sys.argv[1]), set(sys.argv[2:]))
