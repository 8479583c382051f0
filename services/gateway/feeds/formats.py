"""The same entries as Atom (RFC 4287), JSON Feed 1.1 and, for the growth of a campaign, CSV (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson

from services.gateway.feeds.model import Told, clean

ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class Feed:
    """`updated` is of the numbers behind it, so that an empty feed has a time as well."""

    campaign: str
    title: str
    subtitle: str
    locale: str
    page: str
    own: str
    updated: datetime
    entries: Sequence[Told]


def atom(feed: Feed) -> bytes:
    root = Element("feed", {"xmlns": ATOM, "xml:lang": feed.locale})
    _text(root, "id", f"urn:uuid:{feed.campaign}")
    _text(root, "title", feed.title)
    _text(root, "subtitle", feed.subtitle)
    _text(root, "updated", _instant(max([feed.updated, *(told.time for told in feed.entries)])))
    SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": feed.own})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.page})
    author = SubElement(root, "author")
    _text(author, "name", "Chorus 合声")
    for told in feed.entries:
        entry = SubElement(root, "entry")
        _text(entry, "id", f"urn:uuid:{told.event}")
        _text(entry, "title", told.title)
        _text(entry, "updated", _instant(told.time))
        _text(entry, "published", _instant(told.time))
        SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": link(feed, told)})
        SubElement(entry, "category", {"term": told.kind})
        _text(entry, "summary", told.sentence)
        _text(entry, "content", paragraphs(told)).set("type", "text")
    body: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body


def json_feed(feed: Feed) -> bytes:
    items = [
        {
            "id": f"urn:uuid:{told.event}",
            "url": link(feed, told),
            "title": told.title,
            "summary": told.sentence,
            "content_text": paragraphs(told),
            "date_published": _instant(told.time),
            "language": feed.locale,
            "tags": [told.kind],
        }
        for told in feed.entries
    ]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "description": feed.subtitle,
        "home_page_url": feed.page,
        "feed_url": feed.own,
        "language": feed.locale,
        "authors": [{"name": "Chorus 合声"}],
        "items": items,
    }
    body: bytes = orjson.dumps(document)
    return body


def numbers_csv(document: Mapping[str, Any]) -> bytes:
    """The numbers as rows of name, key and value, the growth by day behind them."""
    rows: list[tuple[object, ...]] = [("figure", "key", "value")]
    for name, value in document.items():
        rows.extend(_rows(name, value))
    return table(rows)


def _rows(name: str, value: Any) -> Iterable[tuple[object, ...]]:
    if name == "growth":
        return [("members_by_day", point["day"], point["members"]) for point in value]
    if name == "claims_by_problem":
        return [("claims_by_problem", group["problem"], group["claims"]) for group in value]
    if name == "ballots":
        return [("ballot_votes", ballot["ballot"], ballot["votes"]) for ballot in value]
    if isinstance(value, Mapping):
        return [(name, key, item) for key, item in value.items()]
    if isinstance(value, list):
        return [(name, place, item) for place, item in enumerate(value, start=1)]
    return [(name, "", "" if value is None else value)]


def table(rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for row in rows:
        writer.writerow([cell(value) for value in row])
    return out.getvalue().encode()


def cell(value: object) -> str:
    """Text that no spreadsheet takes for a formula; numbers stay as they are."""
    text = str(value).replace("\0", "")
    if isinstance(value, int | float):
        return text
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


def link(feed: Feed, told: Told) -> str:
    return f"{feed.page}#entry-{told.number}"


def paragraphs(told: Told) -> str:
    return "\n\n".join((told.sentence, *told.words))


def _text(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = clean(text)
    return element


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
