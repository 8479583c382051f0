"""Replay to any moment: the document of that moment, its events, and what is said of them to people."""

from datetime import UTC, datetime

import pytest

from services.campaign.audit.replay import BadMoment, Moment, replay
from services.campaign.audit.sentences import LOCALES, Sentences, key_of
from services.contracts.leaf_v1 import parse
from services.contracts.progress_v1 import Progress
from services.contracts.registry import registry
from services.kit.texts import Texts
from tests.contracts.golden_payloads import FOLDER
from tests.support.history import History, whole_campaign

TEXTS = Texts(LOCALES)
SENTENCES = Sentences(TEXTS, registry())


def test_to_a_size() -> None:
    history = whole_campaign()
    for size in (0, 1, 10, 38):
        progress = Progress({})
        for index, leaf in enumerate(history.objects()[:size]):
            progress.apply(index, leaf)
        assert replay(history.raw(), Moment(size=size)).document == progress.document()
    assert replay(history.raw(), Moment(size=99)).size == 38


def test_to_a_time_is_the_longest_prefix_before_the_first_later_leaf() -> None:
    history = whole_campaign()
    at = replay(history.raw(), Moment.of("2026-03-02T11:00+08:00"))
    assert (at.size, at.time) == (16, "2026-03-02T03:00:00Z")
    assert replay(history.raw(), Moment.of("2026-03-02T02:59:59Z")).size == 14
    assert replay(history.raw(), Moment.of("2020-01-01T00:00Z")).size == 0


def test_a_member_event_cut_to_the_hour_belongs_to_its_place_in_the_log() -> None:
    history = History()
    history.launch()
    history.later(minutes=40)
    history.contact()  # 01:40, then a member's event whose time reads 01:00
    history.member()
    assert replay(history.raw(), Moment.of("2026-03-02T01:30Z")).size == 2
    assert replay(history.raw(), Moment.of("2026-03-02T01:40Z")).size == 5


def test_events_come_in_pages() -> None:
    history = whole_campaign()
    page = replay(history.raw(), Moment(size=30), after=10, limit=15)
    assert [index for index, _ in page.events] == list(range(10, 25))
    assert (page.following, page.size) == (25, 30)
    assert replay(history.raw(), Moment(size=30), after=25).following is None


@pytest.mark.parametrize("text", ["", "-1", "007", "now", "2026-03-08", "2026-03-08T13:00", "１２", "1e3"])
def test_what_names_no_moment(text: str) -> None:
    with pytest.raises(BadMoment):
        Moment.of(text)


def test_moments() -> None:
    assert Moment.of(None) == Moment()
    assert Moment.of("120") == Moment(size=120)
    assert Moment.of("2026-03-08T13:00+08:00") == Moment(time=datetime(2026, 3, 8, 5, tzinfo=UTC))


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_event_type_and_every_field_of_words_has_its_text(locale: str) -> None:
    for event in registry():
        assert key_of(event.type) in TEXTS.keys(locale)
        for name in event.texts:
            assert f"words-{name.replace('_', '-')}" in TEXTS.keys(locale)


def test_both_languages_say_the_same_things() -> None:
    assert TEXTS.keys("zh-CN") == TEXTS.keys("en")


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_golden_event_can_be_told(locale: str) -> None:
    import json

    for path in FOLDER.glob("*.json"):
        golden = json.loads(path.read_text(encoding="utf-8"))["leaf"]
        leaf = parse(json.dumps(golden, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
        told = SENTENCES.sentence(locale, leaf)
        assert told and "{" not in told


def test_what_is_told() -> None:
    history = whole_campaign()
    leaves = [parse(raw) for raw in history.raw()]
    claim = next(leaf for leaf in leaves if leaf.type == "membership.claim_stated")
    assert claim.subject is not None
    who = claim.subject[:8]
    assert SENTENCES.sentence("en", claim) == f"Member {who} states a claim (duplicate_charge, refund): 328.50 CNY."
    assert SENTENCES.sentence("zh-CN", claim) == f"成员 {who} 陈述损失（duplicate_charge，refund）：328.50 CNY。"
    submitted = next(leaf for leaf in leaves if leaf.type == "filing.submitted")
    told = SENTENCES.sentence("en", submitted)
    assert told == "A filing at step cn-psp-formal is submitted on 2026-03-03."


def test_words_that_are_gone_are_told_as_gone() -> None:
    leaf = parse(whole_campaign().raw()[0])
    assert SENTENCES.words("zh-CN", leaf, None) == ["[文字已移除]"]
    assert SENTENCES.words("en", leaf, {"title": "T", "demand_texts": ["a", "b"]}) == ["Title: T", "Demands: a / b"]
    joined = parse(whole_campaign().raw()[2])
    assert SENTENCES.words("en", joined, None) == []
