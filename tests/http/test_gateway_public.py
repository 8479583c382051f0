"""Public progress: numbers, entries, the list, feeds that others can read, a table no spreadsheet runs, the stream."""

from __future__ import annotations

import csv
import io
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import feedparser
import pytest

from services.gateway.feeds.formats import cell
from services.gateway.feeds.live import Live, LiveLimits, Seen
from services.kit.failures import TemporaryFailure
from tests.support.gateway_house import (
    BASE,
    CAMPAIGN,
    DATABASES,
    OTHER,
    GatewayHouse,
    a_document,
    a_gateway,
    an_entry,
    gateway_on,
    some_words,
)

ONE = f"/campaigns/{CAMPAIGN}"


@pytest.fixture(params=DATABASES)
def house(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[GatewayHouse]:
    with gateway_on(request.param, tmp_path) as house:
        yield house


def test_a_draft_and_an_unknown_campaign_are_not_there(house: GatewayHouse) -> None:
    house.publish(str(CAMPAIGN), {"document": a_document(state="draft"), "words": some_words("t")})
    for name in ("progress", "entries", "feed.atom", "feed.json", "progress.csv", "events"):
        for campaign in (CAMPAIGN, OTHER):
            assert house.get(f"/campaigns/{campaign}/{name}").json["code"] == "not-found"
    assert house.get("/campaigns").json == {"items": [], "next": None}


def test_progress_is_the_published_document_and_cached_for_a_moment(house: GatewayHouse) -> None:
    house.shows()
    answer = house.get(f"{ONE}/progress")
    assert answer.json == a_document()
    assert answer.headers["Cache-Control"].startswith("public, max-age=5")
    assert "Set-Cookie" not in answer.headers and "Access-Control-Allow-Credentials" not in answer.headers
    again = house.get(f"{ONE}/progress", If_None_Match=answer.headers["ETag"])
    assert again.status_code == 304 and again.data == b""
    house.publish(str(CAMPAIGN), {"document": a_document(size=13), "words": some_words("t")})
    assert house.get(f"{ONE}/progress", If_None_Match=answer.headers["ETag"]).json["size"] == 13


def test_only_public_reads_are_open_to_other_sites(house: GatewayHouse) -> None:
    house.shows()
    token = house.sign_in()
    for path in ("/me", f"{ONE}/me", f"{ONE}/console", ONE, "/casework"):
        assert "Access-Control-Allow-Origin" not in house.get(path, token).headers
    for name in ("progress", "entries", "feed.atom", "feed.json", "progress.csv"):
        assert house.get(f"{ONE}/{name}").headers["Access-Control-Allow-Origin"] == "*"


def test_entries_come_in_their_order_page_by_page(house: GatewayHouse) -> None:
    house.shows()
    for number in range(2, 6):
        house.publish(f"{CAMPAIGN}/{number}", an_entry(CAMPAIGN, number, "campaign.update_published"))
    first = house.get(f"{ONE}/entries?limit=2").json
    assert [entry["number"] for entry in first["items"]] == [1, 2] and first["next"] == 2
    rest = house.get(f"{ONE}/entries?after=2&limit=10").json
    assert [entry["number"] for entry in rest["items"]] == [3, 4, 5] and rest["next"] is None


def test_the_copy_bears_repetition_removal_and_tombstones(house: GatewayHouse) -> None:
    house.shows()
    house.publish(f"{CAMPAIGN}/1", an_entry(CAMPAIGN, 1, text={}))
    house.publish(str(CAMPAIGN), {"document": a_document(), "words": {}})
    assert house.get(f"{ONE}/entries").json["items"][0]["text"] == {}
    assert b"OK" not in house.get(f"{ONE}/feed.json").data
    house.publish(str(CAMPAIGN), None)
    assert house.get(f"{ONE}/progress").status_code == 404


def test_a_record_that_cannot_be_read_parks_its_campaign_alone(house: GatewayHouse) -> None:
    house.shows(OTHER)
    house.publish(str(CAMPAIGN), {"document": {}})
    house.shows(CAMPAIGN)
    assert house.get(f"{ONE}/progress").status_code == 404
    house.publish(str(OTHER), {"document": a_document(OTHER, size=99), "words": {}}, OTHER)
    assert house.get(f"/campaigns/{OTHER}/progress").json["size"] == 99


def test_who_else_has_it(house: GatewayHouse) -> None:
    campaigns = [UUID(int=number + 1, version=4) for number in range(5)]
    for number, campaign in enumerate(campaigns):
        title = "100%_钱包 stolen" if number == 2 else f"Duplicate charge {number}"
        problem = "account_stolen" if number == 2 else "duplicate_charge"
        document = a_document(campaign, problem=problem)
        house.publish(str(campaign), {"document": document, "words": some_words(title)}, campaign)
        house.publish(f"{campaign}/1", an_entry(campaign, 1, time=f"2026-05-1{number}T00:00:00Z"), campaign)

    def found(query: str) -> list[str]:
        return [item["campaign"] for item in house.get(f"/campaigns?{query}").json["items"]]

    newest_first = [str(campaign) for campaign in reversed(campaigns)]
    assert found("") == newest_first
    assert found("problem=account_stolen") == found("q=100%25_") == found("q=STOLEN+钱包") == [newest_first[2]]
    assert found("q=%25") == [newest_first[2]] and found("q=nothing") == []
    assert found("provider=ok钱") == newest_first
    page = house.get("/campaigns?limit=2").json
    pages = [item["campaign"] for item in page["items"]]
    while page["next"]:
        page = house.get(f"/campaigns?limit=2&after={page['next']}").json
        pages += [item["campaign"] for item in page["items"]]
    assert pages == newest_first
    assert house.get("/campaigns").json["items"][0]["published"] == "2026-05-14T00:00:00Z"


HOSTILE = "标题 <b>&amp; \x0b\x00\x1f\ufffe]]> \U0001f4a5 \u0085"
KINDS = (
    "campaign.published", "campaign.demands_revised", "campaign.escalation_decided", "filing.submitted",
    "filing.receipt_recorded", "filing.response_recorded", "filing.deadline_lapsed", "ballot.opened", "ballot.closed",
    "campaign.update_published", "campaign.outcome_recorded", "campaign.resolved", "campaign.closed",
    "campaign.unheard_of",
)  # fmt: skip


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_feeds_are_read_back_by_others_whatever_people_wrote(house: GatewayHouse, locale: str) -> None:
    house.shows(title=HOSTILE)
    data = {"step": "cn-psp-formal", "verdict": "partly", "demand_version": 2, "paid": {"CNY": "5.00"}}
    for number, kind in enumerate(KINDS, start=1):
        text = {"title": HOSTILE, "body": HOSTILE, "options": ["接受", HOSTILE]}
        house.publish(f"{CAMPAIGN}/{number}", an_entry(CAMPAIGN, number, kind, data=data, text=text))
    answer = house.get(f"{ONE}/feed.atom?lang={locale}")
    assert answer.mimetype == "application/atom+xml"
    ElementTree.fromstring(answer.data)
    feed = feedparser.parse(answer.data)
    assert not feed.bozo and feed.version == "atom10" and len(feed.entries) == len(KINDS)
    assert feed.entries[0].id == "urn:uuid:00000014-0000-4000-8000-0000000000aa"
    assert all(entry.title and entry.summary and entry.updated_parsed for entry in feed.entries)
    formal = {"zh-CN": "已提交：正式投诉", "en": "Filed: Formal complaint"}[locale]
    assert formal in [entry.title for entry in feed.entries]

    items = house.get(f"{ONE}/feed.json?lang={locale}").json
    assert items["version"] == "https://jsonfeed.org/version/1.1" and items["language"] == locale
    assert [item["id"] for item in items["items"]] == [entry.id for entry in feed.entries]
    assert items["items"][0]["url"].startswith(f"{BASE}/c/{CAMPAIGN}#entry-")


def test_no_cell_of_the_table_is_a_formula(house: GatewayHouse) -> None:
    house.shows(step="=cmd|' /C calc'!A0", results={"+1": "@met"})
    answer = house.get(f"{ONE}/progress.csv")
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.data.decode())))
    assert ["members_confirmed", "", "2"] in rows and ["claimed", "CNY", "8800.00"] in rows
    assert ["members_by_day", "2026-05-12", "2"] in rows and ["results", "'+1", "'@met"] in rows
    assert not [text for row in rows for text in row if text[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert [cell(text) for text in ("\t=1", "-1", "a\0b", "\r1")] == ["'\t=1", "'-1", "ab", "'\r1"]
    assert cell(-3) == "-3"


def events(data: bytes) -> list[dict[str, str]]:
    blocks = [block for block in data.decode().split("\n\n") if block.startswith("id:")]
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]


def test_the_stream_begins_with_the_numbers_and_resumes_after_what_was_seen(house: GatewayHouse) -> None:
    house.shows()
    answer = house.get(f"{ONE}/events")
    assert answer.mimetype == "text/event-stream" and answer.headers["X-Accel-Buffering"] == "no"
    assert answer.data.startswith(b"retry: 3000\n\n")
    assert [(event["event"], event["id"]) for event in events(answer.data)] == [("progress", "12-1")]
    house.publish(f"{CAMPAIGN}/2", an_entry(CAMPAIGN, 2, "campaign.update_published"))
    resumed = house.get(f"{ONE}/events", Last_Event_ID="12-1")
    assert [(event["event"], event["id"]) for event in events(resumed.data)] == [("entry", "12-2")]
    for nonsense in ("x", "-", "12", "1-2-3", "9" * 40 + "-1"):
        assert events(house.get(f"{ONE}/events", Last_Event_ID=nonsense).data)[0]["event"] == "progress"


def test_who_was_away_for_long_gets_all_that_was_missed_at_once(house: GatewayHouse) -> None:
    house.shows()
    for number in range(2, 122):
        house.publish(f"{CAMPAIGN}/{number}", an_entry(CAMPAIGN, number, "campaign.update_published"))
    live = Live(house.service.services.progress, LiveLimits(life_seconds=20, comment_seconds=10))
    stream = live.stream(str(CAMPAIGN), Seen(12, 1))
    began = time.monotonic()
    told = [event["id"] for event in events(b"".join(islice(stream, 121)))]
    assert told == [f"12-{number}" for number in range(2, 122)]
    assert time.monotonic() - began < 5
    stream.close()  # type: ignore[attr-defined]


def test_news_reaches_an_open_stream_at_once(house: GatewayHouse) -> None:
    house.shows()
    live = Live(house.service.services.progress, LiveLimits(life_seconds=20, poll_seconds=10))
    came: list[tuple[float, bytes]] = []
    live.take_seat()
    stream = live.stream(str(CAMPAIGN), Seen(12, 1))

    def read() -> None:
        for chunk in stream:
            came.append((time.monotonic(), chunk))
            if b"event" in chunk:
                return

    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(0.2)
    house.publish(str(CAMPAIGN), {"document": a_document(size=13), "words": {}})
    told = time.monotonic()
    live.hint()
    reader.join(10)
    assert came[-1][0] - told < 1.0 and b"id: 13-1\nevent: progress" in came[-1][1]
    stream.close()  # type: ignore[attr-defined]
    live.leave()
    live.close()


def test_a_quiet_stream_comments_and_ends_itself(house: GatewayHouse) -> None:
    house.shows()
    live = Live(house.service.services.progress, LiveLimits(life_seconds=0.5, comment_seconds=0.1))
    live.take_seat()
    chunks = list(live.stream(str(CAMPAIGN), Seen(12, 1)))
    assert chunks.count(b": still here\n\n") in (3, 4, 5)
    live.leave()
    live.close()


def test_beyond_the_cap_readers_are_asked_to_come_back(tmp_path: Path) -> None:
    house = a_gateway(tmp_path, most_streams=1)
    house.shows()
    client = house.client()
    held: Any = client.get(f"/api/v1{ONE}/events", base_url=BASE, buffered=False)
    refused = house.get(f"{ONE}/events")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    held.close()
    assert house.get(f"{ONE}/events").status_code == 200
    live = house.service.services.live
    live.close()
    with pytest.raises(TemporaryFailure):
        live.take_seat()
    house.service.close()
    house.stream.close()


def test_a_number_above_all_others_finds_nothing_and_breaks_nothing(house: GatewayHouse) -> None:
    house.shows()
    assert house.get(f"{ONE}/entries?after={2**40}").json["items"] == []
    stream = house.service.services.live.stream(str(CAMPAIGN), Seen.from_id("12-999999999999999"))
    assert next(stream).startswith(b"retry")
    assert list(islice(house.service.services.live._news(str(CAMPAIGN), Seen(12, 10**15 - 1)), 1)) == []
    stream.close()  # type: ignore[attr-defined]


def test_a_seat_that_could_not_be_given_is_not_taken(house: GatewayHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = house.service.services.progress
    live = Live(copy, LiveLimits(most_streams=1))

    def away() -> int:
        raise TemporaryFailure("database-busy")

    with monkeypatch.context() as gone:
        gone.setattr(copy, "last_change", away)
        for _ in range(2):
            with pytest.raises(TemporaryFailure, match="database-busy"):
                live.take_seat()
    live.take_seat()
    assert live.open_streams() == 1
    live.leave()
    live.close()


def test_the_export_is_streamed(house: GatewayHouse) -> None:
    answer = house.get(f"{ONE}/export")
    assert answer.mimetype == "application/zip" and answer.data == b"PK\x03\x04rest"
    house.shows()
    assert house.get(f"{ONE}/export").status_code == 200
    assert house.campaign.exported == [None, a_document()]
    assert house.get(f"/campaigns/{OTHER}/export").status_code == 404


def test_the_campaign_shows_words_and_numbers(house: GatewayHouse) -> None:
    assert house.get(ONE).json["progress"] is None
    house.shows()
    told = house.get(ONE).json
    assert told["title"].startswith("OK钱包") and told["progress"]["claims"] == 2


@pytest.mark.parametrize(
    "told", ["", "1", "-", "-1--1", "9" * 20 + "-0", "0-" + "9" * 20, "٣-٣", "1-1 ", "<b>-1", None]
)
def test_a_stranger_s_word_of_what_was_seen_is_not_taken(told: str | None) -> None:
    assert Seen.from_id(told) is None
    assert Seen.from_id("12-3") == Seen(12, 3)
