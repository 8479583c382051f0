"""Mails as people get them: every kind, both languages, safe headers, no words of users to unconfirmed addresses."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import services.notifier as notifier
from services.kit.failures import PermanentFailure
from services.kit.texts import Texts
from services.notifier.application.addressing import Letter
from services.notifier.application.doors import StopLinks
from services.notifier.application.ports import About, Message
from services.notifier.domain.kinds import KINDS
from services.notifier.rendering.kinds import COMPOSERS
from services.notifier.rendering.render import From, Renderer

HOME = Path(notifier.__file__).parent
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CAMPAIGN, SUBJECT = "00000001-0000-4000-8000-000000000000", "00000002-0000-4000-8000-000000000000"
TYPED = "LEI-ZI-YONG-HU-XIE-DE"
"""What a user typed, wherever it might turn up."""
FACTS: Mapping[str, Any] = {
    "step": "cn-psp-formal", "deadline": "2026-03-24", "until": "2026-03-05T10:00:00Z", "steps": ["lock-account"],
    "results": {"1": "met", "2": "refused"}, "offered": {"CNY": "5593.00"}, "paid": {"CNY": "5593.00", "USD": "1.50"},
    "own": True, "role": "organizer", "code": "ABCD-2345", "expires_on": "2026-12-31",
}  # fmt: skip
WORDS: Mapping[str, Any] = {
    "note": TYPED, "asked": TYPED, "what": TYPED, "title": TYPED, "body": TYPED, "question": TYPED,
    "option_texts": [TYPED, "b"], "demand_texts": [TYPED, "b"],
}  # fmt: skip
UNCONFIRMED = ["sign-in", "confirmation", "already-joined", "invitation", "erasure-done"]


class Names:
    """A guide that knows every name."""

    def problem(self, problem: str, locale: str) -> str:
        return {"zh-CN": "账户被盗", "en": "Account stolen"}[locale]

    def step(self, step: str, locale: str) -> str:
        return {"zh-CN": "正式投诉", "en": "Formal complaint"}[locale]

    def urgent(self, problem: str, locale: str) -> list[str]:
        return ["冻结账户"] if locale == "zh-CN" else ["Freeze the account"]


def renderer() -> Renderer:
    sender = From("chorus@chorus.example", "Chorus 合声")
    return Renderer(Texts(HOME / "locales"), Names(), StopLinks(b"k" * 32), "https://chorus.example/", sender)


def a_letter(kind: str, locale: str = "zh-CN", **changes: Any) -> Letter:
    parts: dict[str, Any] = {
        "event": "event-1", "recipient": SUBJECT, "kind": kind, "locale": locale, "email": "wang@example.org",
        "name": TYPED, "token": "tok-1", "about": About(CAMPAIGN, ZoneInfo("Asia/Shanghai"), locale, "account_stolen"),
        "facts": FACTS if kind != "material-requested" else {**FACTS, "until": "2026-03-05"}, "words": WORDS,
        "campaign_words": {"title": TYPED, "demand_texts": [TYPED, "b"]},
    }  # fmt: skip
    return Letter(**{**parts, **changes})


def read(message: Message) -> Any:
    return email.message_from_bytes(message.data, policy=email.policy.default)


def bodies(message: Any) -> tuple[str, str]:
    return message.get_body(("plain",)).get_content(), message.get_body(("html",)).get_content()


every_kind = pytest.mark.parametrize("kind", sorted(KINDS))
both_languages = pytest.mark.parametrize("locale", ["zh-CN", "en"])


def test_every_kind_has_its_recipe() -> None:
    assert COMPOSERS.keys() == KINDS.keys()


def test_both_languages_say_the_same_things() -> None:
    texts = Texts(HOME / "locales")
    assert set(texts.locales) == {"zh-CN", "en"}
    assert texts.keys("zh-CN") == texts.keys("en")


def test_no_sentence_is_left_over() -> None:
    """Each key is named in the code or a template, or built from a code that is."""
    sources = "".join(
        path.read_text() for folder in ("rendering", "templates", "http") for path in (HOME / folder).glob("*.*")
    )
    built = ("safety-", "verdict-", "invitation-organizer-", "invitation-auditor-")
    unused = {
        key for key in Texts(HOME / "locales").keys("en") if f'"{key}"' not in sources and not key.startswith(built)
    }
    assert unused == set()


@every_kind
@both_languages
def test_each_mail_is_whole(kind: str, locale: str) -> None:
    message = read(renderer().render(a_letter(kind, locale), NOW))
    text, html = bodies(message)
    assert message["Subject"].strip()
    assert message["Content-Language"] == locale
    assert message["X-Chorus-Kind"] == kind
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Mon, 02 Mar 2026 01:00:00 +0000"
    assert message["To"] == "wang@example.org"
    for body in (text, html):
        assert "Chorus 合声" in body
        assert "{" not in body.replace("{ color", "").split("<body", 1)[-1]
        assert "None" not in body
    assert f'<html lang="{locale}">' in html
    assert "http" in text or kind == "erasure-done"
    assert not re.search(r"<(script|img|link|iframe)", html)


@every_kind
def test_the_languages_do_not_mix(kind: str) -> None:
    letter = a_letter(kind, "en", name="Noor", campaign_words={}, words={})
    message = read(renderer().render(letter, NOW))
    text, _ = bodies(message)
    assert not re.search("[一-鿿]", text.replace("合声", ""))
    assert not re.search("[一-鿿]", message["Subject"])


@pytest.mark.parametrize("kind", UNCONFIRMED)
@both_languages
def test_an_unconfirmed_address_gets_no_word_that_a_user_typed(kind: str, locale: str) -> None:
    for facts in ({}, {"link": "contact"}, {"role": "auditor"}):
        message = renderer().render(a_letter(kind, locale, facts={**FACTS, **facts}), NOW)
        assert all(TYPED not in body for body in (*bodies(read(message)), read(message)["Subject"]))


@pytest.mark.parametrize("kind", ["update", "demands-revised", "ballot-opened", "outcome"])
@both_languages
def test_words_that_were_taken_away_are_told_as_such(kind: str, locale: str) -> None:
    text, _ = bodies(read(renderer().render(a_letter(kind, locale, words={}, campaign_words={}), NOW)))
    assert TYPED not in text.replace(f"{TYPED},", "").replace(f"{TYPED}，", "")


@pytest.mark.parametrize("kind", ["update", "demands-revised", "ballot-opened", "outcome"])
def test_news_can_be_stopped_with_one_click(kind: str) -> None:
    message = read(renderer().render(a_letter(kind), NOW))
    (url,) = re.findall(r"^<(https://chorus\.example/unsubscribe/[\w=-]+)>$", message["List-Unsubscribe"])
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert StopLinks(b"k" * 32).read(url.rpartition("/")[2]) == (CAMPAIGN, SUBJECT)
    assert all(url in body for body in bodies(message))


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"update", "demands-revised", "ballot-opened", "outcome"}))
def test_other_mail_cannot(kind: str) -> None:
    assert read(renderer().render(a_letter(kind), NOW))["List-Unsubscribe"] is None


@pytest.mark.parametrize(
    ("kind", "facts", "path"),
    [
        ("sign-in", {}, "/sign-in/tok-1"),
        ("confirmation", {}, "/confirm/tok-1"),
        ("confirmation", {"link": "contact"}, "/contact/tok-1"),
        ("welcome", {}, f"/c/{CAMPAIGN}/me"),
        ("deadline-near", {"own": False}, f"/c/{CAMPAIGN}/console"),
        ("deadline-lapsed", {"own": True}, f"/c/{CAMPAIGN}/me"),
        ("update", {}, f"/c/{CAMPAIGN}"),
    ],
)
def test_the_button_leads_where_the_next_step_is(kind: str, facts: dict[str, Any], path: str) -> None:
    text, html = bodies(read(renderer().render(a_letter(kind, facts={**FACTS, **facts}), NOW)))
    assert f"\nhttps://chorus.example{path}\n" in text.replace("\r\n", "\n")
    assert f'href="https://chorus.example{path}"' in html


def test_a_confirmation_says_the_same_whoever_got_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for its own link, and for what is asked: to join, or to be reached at a new address."""
    monkeypatch.setattr(Names, "problem", lambda _, problem, locale: f"{problem} in {locale}")
    used = renderer()
    places = [("en", "account_stolen"), ("zh-CN", "account_stolen"), ("en", "duplicate_charge"), ("en", None)] * 3
    for number, (locale, problem) in enumerate(places):
        about = None if problem is None else About(f"campaign-{number}", ZoneInfo("UTC"), "en", problem)
        facts: dict[str, Any] = [{"locale": locale}, {"link": "contact"}, {"code": f"C-{number}"}][number // 4]
        letter = a_letter(
            "confirmation", locale, token=f"tok<{number}&", about=about, facts=facts, email=f"m{number}@example.org",
            event=f"event-{number}",
        )  # fmt: skip
        assert used.render(letter, NOW) == renderer().render(letter, NOW)
        assert f"tok<{number}&\n" in bodies(read(used.render(letter, NOW)))[0].replace("\r\n", "\n")


def test_what_confirmations_have_in_common_holds_nobodys_token() -> None:
    used = renderer()
    messages = [used.render(a_letter("confirmation", token=f"own-{n}", facts={}), NOW) for n in range(3)]
    for number, message in enumerate(messages):
        for body in bodies(read(message)):
            assert set(re.findall(r"own-\d", body)) == {f"own-{number}"}


def test_a_link_mail_without_its_token_is_not_sent() -> None:
    with pytest.raises(ValueError, match="token"):
        renderer().render(a_letter("confirmation", token=None), NOW)


@pytest.mark.parametrize("kind", ["confirmation", "already-joined", "welcome"])
def test_urgent_steps_come_first(kind: str) -> None:
    text, _ = bodies(read(renderer().render(a_letter(kind), NOW)))
    assert 0 < text.index("冻结账户") < text.index("https://")


def test_days_moments_and_money_are_in_the_readers_language_and_the_campaigns_zone() -> None:
    text = bodies(read(renderer().render(a_letter("ballot-opened"), NOW)))[0]
    assert "2026年3月5日 18:00" in text
    text = bodies(read(renderer().render(a_letter("ballot-opened", "en"), NOW)))[0]
    assert "March 5, 2026 18:00" in text
    text = bodies(read(renderer().render(a_letter("outcome", "en"), NOW)))[0]
    assert "CN¥5,593.00 and $1.50" in text
    assert "¥5,593.00、US$1.50" in bodies(read(renderer().render(a_letter("outcome"), NOW)))[0]


@pytest.mark.parametrize("evil", ["a\r\nBcc: x@example.org", "a\nSubject: y", "a\x00b", "a\u2028b", "a\x85b\x0bc"])
def test_nothing_a_user_typed_begins_a_header(evil: str) -> None:
    letter = a_letter("update", words={"title": evil, "body": evil}, name=evil)
    raw = renderer().render(letter, NOW).data
    head = raw.split(b"\r\n\r\n")[0]
    assert b"\x00" not in raw
    assert re.findall(rb"(?im)^(bcc|subject):", head) == [b"Subject"]
    assert read(Message("", "", raw))["Bcc"] is None


NOT_ONE = "a@x.org, b@y.org|a@x.org\r\nBcc: c@z.org|a@x.org\x00|<a@x.org>|a b@x.org|a@|@x.org|a@b@c.org|"


@pytest.mark.parametrize("address", NOT_ONE.split("|"))
def test_one_address_or_none(address: str) -> None:
    with pytest.raises(PermanentFailure, match="address-malformed"):
        renderer().render(a_letter("welcome", email=address), NOW)


def test_an_address_in_a_domain_of_other_letters_travels_in_ascii() -> None:
    message = renderer().render(a_letter("welcome", email="wang@例子.公司"), NOW)
    assert message.to == "wang@xn--fsqu00a.xn--55qx5d"


def test_markup_that_a_user_typed_is_shown_and_does_nothing() -> None:
    letter = a_letter("update", words={"title": "<b>t</b>", "body": "<script>x</script>\n{{ 7*7 }} { $a }"})
    text, html = bodies(read(renderer().render(letter, NOW)))
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "{{ 7*7 }} { $a }" in text


def test_very_long_words_are_cut_and_lines_stay_within_the_limit_of_smtp() -> None:
    letter = a_letter("update", words={"title": "长" * 5000, "body": "长" * 50_000})
    raw = renderer().render(letter, NOW).data
    assert max(len(line) for line in raw.split(b"\r\n")) < 998
    assert len(raw) < 100_000
