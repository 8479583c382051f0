"""Public progress: numbers, entries, the list of campaigns, feeds and the live stream, all from gateway's own copy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Response, request

from services.gateway.accounts.current import current_locale, services
from services.gateway.api import queries
from services.gateway.api.endpoint import Endpoint, Inputs
from services.gateway.api.reading import fault, invalid
from services.gateway.api.shapes import ANYTHING, ENTRY, PROGRESS, TEXT, many, maybe, obj
from services.gateway.app_headers import PUBLIC_FEED
from services.gateway.feeds.formats import Feed, atom, json_feed, numbers_csv
from services.gateway.feeds.live import Seen
from services.gateway.readmodels.progress_copy import BadCursor, Public
from services.kit.problems import Problem

ONE = "/campaigns/<uuid:campaign>"
_FEED_ENTRIES = 50


def progress(inputs: Inputs) -> Response:
    return public(orjson.dumps(_find(inputs).document), "application/json")


def entries(inputs: Inputs) -> Response:
    campaign, limit = _find(inputs).document["campaign"], inputs.query["limit"]
    found = services().progress.entries(campaign, inputs.query["after"], limit + 1)
    items = found[:limit]
    after = items[-1]["number"] if len(found) > limit else None
    return public(orjson.dumps({"items": items, "next": after}), "application/json")


def search(inputs: Inputs) -> Response:
    asked = {name: value for name, value in inputs.query.items() if name != "lang"}
    try:
        found, after = services().progress.search(**asked)
    except BadCursor:
        raise invalid(fault("", "after", "malformed")) from None
    return public(orjson.dumps({"items": [summary(one) for one in found], "next": after}), "application/json")


def summary(one: Public) -> dict[str, Any]:
    """The numbers with the words beside them and the day of publication."""
    names = (
        "campaign",
        "state",
        "jurisdiction",
        "problem",
        "provider_kind",
        "members_confirmed",
        "claims",
        "claimed",
        "step",
        "next_deadline",
        "recovery",
        "size",
        "time",
    )
    words = {name: one.words.get(name) for name in ("title", "summary", "provider_name")}
    return {**{name: one.document.get(name) for name in names}, **words, "published": one.published}


def atom_feed(inputs: Inputs) -> Response:
    return public(atom(_feed(inputs, "feed.atom")), "application/atom+xml")


def json_items(inputs: Inputs) -> Response:
    return public(json_feed(_feed(inputs, "feed.json")), "application/feed+json")


def figures(inputs: Inputs) -> Response:
    response = public(numbers_csv(_find(inputs).document), "text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="progress.csv"'
    return response


def live(inputs: Inputs) -> Response:
    """A stream of server-sent events; a seat is taken before the answer begins and given back when it ends."""
    campaign = str(_find(inputs).document["campaign"])
    streams, seen = services().live, Seen.from_id(request.headers.get("Last-Event-ID"))
    streams.take_seat()
    response = Response(streams.stream(campaign, seen), mimetype="text/event-stream")
    response.call_on_close(streams.leave)
    response.headers.update(PUBLIC_FEED | {"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    return response


def export(inputs: Inputs) -> Response:
    """The public history as a ZIP, streamed as campaign makes it, with the numbers as they are published now."""
    campaign = str(inputs.path["campaign"])
    found = services().progress.find(campaign)
    chunks = services().campaign.export(campaign, None if found is None else found.document)
    first = next(chunks, b"")
    response = Response(_together(first, chunks), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="chorus-{campaign}.zip"'
    return response


def _together(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def public(body: bytes, media: str) -> Response:
    """Anyone's to read and to keep for a moment; unchanged, it is not sent again."""
    response = Response(body, content_type=f"{media}; charset=utf-8")
    response.headers.update(PUBLIC_FEED)
    response.headers["Vary"] = "Accept-Language, Cookie"
    response.add_etag()
    response.make_conditional(request)
    return response


def _find(inputs: Inputs) -> Public:
    found = services().progress.find(str(inputs.path["campaign"]))
    if found is None:
        raise Problem("not-found", 404)
    return found


def _feed(inputs: Inputs, name: str) -> Feed:
    one, locale, base = _find(inputs), current_locale(), services().settings.base_url.rstrip("/")
    campaign = str(one.document["campaign"])
    told = [
        services().teller.tell(entry, locale) for entry in services().progress.latest_entries(campaign, _FEED_ENTRIES)
    ]
    time = one.document.get("time")
    return Feed(
        campaign=campaign,
        title=str(one.words.get("title") or "Chorus 合声"),
        subtitle=str(one.words.get("summary") or ""),
        locale=locale,
        page=f"{base}/c/{campaign}",
        own=f"{base}/api/v1/campaigns/{campaign}/{name}?lang={locale}",
        updated=datetime.fromisoformat(time) if time else datetime(1970, 1, 1, tzinfo=UTC),
        entries=told,
    )


_OPEN: dict[str, Any] = {"person": "anyone", "tag": "progress"}
ENDPOINTS = (
    Endpoint(
        "GET",
        "/campaigns",
        "search-campaigns",
        "Published campaigns, the newest first: who else has it.",
        search,
        query=queries.Search,
        answer=obj(items=many(ANYTHING), next=maybe(TEXT)),
        **_OPEN,
    ),
    Endpoint("GET", f"{ONE}/progress", "progress", "The public numbers.", progress, answer=PROGRESS, **_OPEN),
    Endpoint(
        "GET",
        f"{ONE}/entries",
        "entries",
        "Public entries in their order.",
        entries,
        query=queries.EntriesAfter,
        answer=obj(items=many(ENTRY), next=ANYTHING),
        **_OPEN,
    ),
    Endpoint(
        "GET", f"{ONE}/feed.atom", "feed-atom", "Entries as Atom.", atom_feed, media="application/atom+xml", **_OPEN
    ),
    Endpoint(
        "GET",
        f"{ONE}/feed.json",
        "feed-json",
        "Entries as JSON Feed.",
        json_items,
        media="application/feed+json",
        **_OPEN,
    ),
    Endpoint(
        "GET", f"{ONE}/progress.csv", "progress-csv", "The numbers as a table.", figures, media="text/csv", **_OPEN
    ),
    Endpoint(
        "GET",
        f"{ONE}/events",
        "live",
        "The numbers and entries as they come (server-sent events).",
        live,
        media="text/event-stream",
        **_OPEN,
    ),
    Endpoint(
        "GET",
        f"{ONE}/export",
        "export",
        "The verifiable history as a ZIP.",
        export,
        media="application/zip",
        person="anyone",
        tag="history",
    ),
)
