"""Texts by key and locale, from folders of Fluent files."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from services.kit.texts import BadTexts, Texts

EN = """
-brand = Chorus
hello = Hello { $name }, welcome to { -brand }.
members = { $count ->
    [one] one member
   *[other] { $count } members
}
open = { $open ->
    [true] open
   *[false] closed
}
id = { $id }
"""
ZH = """
-brand = 合声
hello = 您好,{ $name },欢迎来到{ -brand }。
members = { $count } 位成员
open = { $open ->
    [true] 开放
   *[false] 已结束
}
id = { $id }
"""


def folder(tmp_path: Path, **locales: str) -> Path:
    for locale, text in locales.items():
        home = tmp_path / locale.replace("_", "-")
        home.mkdir()
        (home / "main.ftl").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    return Texts(folder(tmp_path, en=EN, zh_CN=ZH))


def test_words_in_both_locales(texts: Texts) -> None:
    assert texts.locales == ("en", "zh-CN")
    assert texts.get("zh-CN", "hello", name="李四") == "您好,李四,欢迎来到合声。"
    assert texts.get("en", "hello", name="Li { $x } Si") == "Hello Li { $x } Si, welcome to Chorus."
    assert texts.get("en", "members", count=1) == "one member"
    assert texts.get("en", "members", count=12345) == "12,345 members"
    assert texts.get("en", "open", open=True) == "open"
    assert texts.get("zh-CN", "id", id=UUID(int=7)) == str(UUID(int=7))


def test_keys_are_messages_only(texts: Texts) -> None:
    assert texts.keys("en") == texts.keys("zh-CN") == {"hello", "members", "open", "id"}


@pytest.mark.parametrize(("locale", "key"), [("fr", "hello"), ("en", "nothing"), ("en", "-brand"), ("en", "hello")])
def test_what_is_unknown_or_incomplete_is_an_error(texts: Texts, locale: str, key: str) -> None:
    with pytest.raises(KeyError):
        texts.get(locale, key)


def test_a_broken_message_is_found_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadTexts, match=r"main\.ftl"):
        Texts(folder(tmp_path, en="fine = Fine\nbroken = { $x\n"))


def test_a_key_stands_once_in_a_locale(tmp_path: Path) -> None:
    folder(tmp_path, en="a = A\n")
    (tmp_path / "en" / "other.ftl").write_text("a = B\n")
    with pytest.raises(BadTexts, match="stands twice"):
        Texts(tmp_path)
