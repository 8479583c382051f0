"""The AsyncAPI 3.0 document of the stream: channels, CloudEvents headers, one message per event type."""

from collections.abc import Iterable
from typing import Any

from services.campaign.audit.describe import Described
from services.contracts.topics import CAMPAIGN_EVENTS, NOTIFIER_EVENTS, PROGRESS, Topic

NAMES = {CAMPAIGN_EVENTS.name: "campaignEvents", PROGRESS.name: "progress", NOTIFIER_EVENTS.name: "notifierEvents"}


def document(events: Iterable[Described]) -> dict[str, Any]:
    leaves = {event.type: _leaf(event) for event in events}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chorus streams",
            "version": "1.0.0",
            "description": "What Chorus publishes between its services, and to whoever may read the broker. "
            "No personal data and no free text of members ever enters a stream. Envelopes are CloudEvents 1.0 in "
            "binary mode; `partitionkey` is the campaign, so records of one campaign keep their order.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "campaignEvents": _channel(
                CAMPAIGN_EVENTS, "Every event as its public leaf, in the order of the log. The key is the campaign.",
                list(leaves),
            ),
            "progress": _channel(
                PROGRESS, "The latest numbers of a campaign (key: its id) and its public entries (key: id/number).",
                ["progress.document", "progress.entry"],
            ),
            "notifierEvents": _channel(
                NOTIFIER_EVENTS, "What became of mails, without addresses or words. The key is the campaign.",
                ["notifier.mail"],
            ),
        },
        "operations": {
            f"publish{name[0].upper()}{name[1:]}": {"action": "send", "channel": {"$ref": f"#/channels/{name}"}}
            for name in NAMES.values()
        },
        "components": {
            "messageTraits": {"cloudEvent": {"headers": _headers()}},
            "messages": {**leaves, **_others()},
            "schemas": {"progressDocument": _progress_document(), "progressEntry": _progress_entry()},
        },
    }  # fmt: skip


def _channel(topic: Topic, description: str, messages: Iterable[str]) -> dict[str, Any]:
    kafka: dict[str, Any] = {"topic": topic.name, "partitions": topic.partitions}
    if topic.compacted:
        kafka["topicConfiguration"] = {"cleanup.policy": ["compact"]}
    else:
        days = topic.retention_days
        kafka["topicConfiguration"] = {"retention.ms": -1 if days is None else days * 86_400_000}
    return {
        "address": topic.name,
        "description": description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": kafka},
    }


def _leaf(event: Described) -> dict[str, Any]:
    return {
        "name": event.type,
        "summary": event.meaning,
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {"$ref": f"schemas/{event.file_name}"},
    }


def _others() -> dict[str, Any]:
    trait = [{"$ref": "#/components/messageTraits/cloudEvent"}]
    words = {"type": "object", "description": "public words: title, summary, provider_name, demands"}
    numbers = {"$ref": "#/components/schemas/progressDocument"}
    return {
        "progress.document": {
            "name": "progress.document",
            "summary": "The numbers of one campaign after `size` leaves, with its public words.",
            "traits": trait,
            "payload": {
                "type": "object", "required": ["document", "words"],
                "properties": {"document": numbers, "words": words},
            },
        },
        "progress.entry": {
            "name": "progress.entry",
            "summary": "One public entry of the timeline.",
            "traits": trait,
            "payload": {"$ref": "#/components/schemas/progressEntry"},
        },
        "notifier.mail": {
            "name": "notifier.mail",
            "summary": "What became of a mail: mail.sent, mail.failed, mail.dropped, mail.stopped, mail.unsubscribed.",
            "traits": trait,
            "payload": {
                "type": "object", "additionalProperties": {"type": "string"},
                "description": "ids, kinds and codes only",
            },
        },
    }  # fmt: skip


def _headers() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": [
            "content-type", "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_partitionkey",
            "ce_sequence",
        ],
        "properties": {
            "content-type": {"const": "application/json"},
            "ce_specversion": {"const": "1.0"},
            "ce_id": {**text, "description": "the event's id"},
            "ce_source": text,
            "ce_type": text,
            "ce_time": {**text, "format": "date-time"},
            "ce_partitionkey": {**text, "description": "the campaign's id"},
            "ce_sequence": {
                "type": "string", "pattern": "^[0-9]{19}$",
                "description": "position in the source's log; a consumer drops what is not beyond its own position",
            },
            "ce_correlationid": text,
            "ce_causationid": text,
            "ce_traceparent": text,
        },
    }  # fmt: skip


def _progress_document() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "A function of the public leaves alone: replaying them gives the same document.",
        "required": ["campaign", "members_confirmed", "size", "state"],
        "properties": {
            "campaign": {"type": "string"},
            "size": {"type": "integer", "description": "leaves it was computed from"},
            "members_confirmed": {"type": "integer"},
            "state": {"type": ["string", "null"]},
        },
    }


def _progress_entry() -> dict[str, Any]:
    names = ("campaign", "number", "index", "event", "kind", "time", "data", "text", "numbers")
    return {
        "type": "object",
        "required": list(names),
        "properties": {
            "number": {"type": "integer", "minimum": 1},
            "index": {"type": "integer", "minimum": 0, "description": "place of its leaf in the campaign's log"},
            "data": {"type": "object", "description": "the clear fields of the leaf"},
            "text": {"type": "object", "description": "its public words; empty once they were removed"},
        },
    }
