"""Nothing that a person entrusts to a campaign comes out where anybody may look, and after erasure nowhere at all."""

from __future__ import annotations

import re
import socket
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import pytest

from tests.load.running import Server
from tests.support.entrusted import ADDRESSES, ENTRUSTED, NAMES, Campaign, lived
from tests.support.haystack import Haystack

CANARIES: Final = [*NAMES.values(), *ADDRESSES.values(), *ENTRUSTED.values()]
_LINK: Final = re.compile(rb"""(?:href|src|action)=["']([^"'#]+)""")


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    """Only looked at."""
    with lived(tmp_path_factory.mktemp("canary")) as campaign:
        yield campaign


def test_the_canaries_are_there_for_those_who_may_see_them(campaign: Campaign) -> None:
    seen = Haystack()
    seen.add("own record", campaign.get(f"/api/v1/campaigns/{campaign.id}/me", "kun").body)
    seen.add("own filings", campaign.get(f"/api/v1/campaigns/{campaign.id}/filings", "kun").body)
    seen.add("members", campaign.get(f"/api/v1/campaigns/{campaign.id}/members", "organizer").body)
    seen.add("contacts", campaign.get(f"/api/v1/campaigns/{campaign.id}/contacts", "organizer").body)
    found = {needle for _, needle in seen.found(CANARIES)}
    assert found >= {NAMES["kun"], NAMES["tan"], *(ENTRUSTED[name] for name in ("reference", "own receipt", "said"))}


def test_no_canary_in_logs_metrics_streams_leaves_or_export(campaign: Campaign) -> None:
    data, found = campaign.server.data, Haystack()
    found.add("log lines and requested URLs", campaign.server.log.read_bytes())
    found.add("metrics", campaign.get("/metrics").body)
    found.add_database(data / "stream.db")
    found.add_database(data / "campaign" / "events.db", ["stored_events", "content", "campaigns"])
    found.add_database(data / "notifier" / "notifier.db", ["progress_cells"])
    found.add_zip("export", campaign.get(f"/api/v1/campaigns/{campaign.id}/export").body)
    assert b"/me/claim" in campaign.server.log.read_bytes(), "the log was to tell of requests"
    assert found.found(CANARIES) == []


def test_no_canary_on_any_public_page_feed_or_answer(campaign: Campaign) -> None:
    found = Haystack()
    for path in _public_answers(campaign):
        found.add(path, campaign.get(path).body)
    found.add("live stream", _live(campaign))
    walked = list(_pages(campaign, ["/", f"/c/{campaign.id}", f"/c/{campaign.id}?lang=en"]))
    for path, body in walked:
        found.add(path, body)
    assert len(walked) > 10 and len(found) > 25, "the walk through the pages did not get far"
    assert found.found(CANARIES) == []


def test_no_name_or_address_lies_in_the_data_folder_in_clear(campaign: Campaign) -> None:
    found = Haystack()
    found.add_files(campaign.server.data, leaving_out=["notifier/mailbox"])
    assert found.found([*NAMES.values(), *ADDRESSES.values()]) == []


def test_after_erasure_no_file_knows_the_member(tmp_path: Path) -> None:
    with lived(tmp_path) as campaign:
        campaign.erase("kun")
        told = campaign.get(f"/api/v1/campaigns/{campaign.id}/members", "organizer").body
        assert NAMES["kun"].encode() not in told and NAMES["tan"].encode() in told
        _nothing_is_left(campaign.server)
    _nothing_is_left(campaign.server)


def _nothing_is_left(server: Server) -> None:
    found = Haystack()
    found.add_files(server.data, leaving_out=["notifier/mailbox"])
    found.add_database(server.data / "campaign" / "events.db")
    found.add("log lines", server.log.read_bytes())
    assert found.found([NAMES["kun"], ADDRESSES["kun"], *ENTRUSTED.values()]) == []


def test_the_search_finds_what_is_hidden_a_little() -> None:
    hidden = Haystack()
    hidden.add("json", b'{"name": "\\u6b27\\u9633\\u9cb2\\u9e4f"}')
    hidden.add("url", b"/?to=tanager.7751%40example.org")
    hidden.add("base64", b"WyJzYWx0IiwgIm5hbWUiLCAi5LiK5a6Y5bKa54OfIl0")
    assert {needle for _, needle in hidden.found(CANARIES)} == {NAMES["kun"], NAMES["lan"], ADDRESSES["tan"]}


def _public_answers(campaign: Campaign) -> Iterator[str]:
    """Every GET of the API's document that needs no session and no more than a campaign."""
    document = campaign.door.api("GET", "/openapi.json")
    for path, operations in document["paths"].items():
        whole = path.replace("{campaign}", campaign.id).replace("{jurisdiction}", "cn")
        if "get" in operations and "{" not in whole and not whole.endswith("/events"):
            yield whole if whole.startswith("/api/") else f"/api/v1{whole}"


def _live(campaign: Campaign) -> bytes:
    """The first second of the stream that pages listen to, from the beginning."""
    with socket.create_connection(("127.0.0.1", campaign.server.port), timeout=1) as connection:
        path = f"/api/v1/campaigns/{campaign.id}/events"
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nLast-Event-ID: 0-0\r\n\r\n".encode())
        received = b""
        try:
            while chunk := connection.recv(65_536):
                received += chunk
        except TimeoutError:
            pass
    return received


def _pages(campaign: Campaign, begin: list[str]) -> Iterator[tuple[str, bytes]]:
    """What a stranger reaches by following links."""
    waiting, known = deque(begin), set(begin)
    while waiting and len(known) < 400:
        path = waiting.popleft()
        answer = campaign.get(path)
        yield path, answer.body
        if "html" not in answer.headers.get("content-type", ""):
            continue
        for link in _LINK.findall(answer.body):
            target = urlsplit(urljoin(f"http://127.0.0.1:{campaign.server.port}{path}", link.decode()))
            whole = target.path + (f"?{target.query}" if target.query else "")
            outside = target.port != campaign.server.port or target.path.startswith("/_")
            if not outside and not whole.endswith("/events") and whole not in known:
                known.add(whole)
                waiting.append(whole)
