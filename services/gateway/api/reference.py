"""The document of the API arranged for a page: sections by tag, with what each call reads and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    name: str
    summary: str
    signed_in: bool
    parameters: tuple[Json, ...]
    body: str
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Section:
    name: str
    about: str
    calls: tuple[Call, ...]


def sections(document: Json) -> tuple[Section, ...]:
    calls: dict[str, list[Call]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            call = _call(method, path, operation, document["components"]["schemas"])
            calls.setdefault(operation["tags"][0], []).append(call)
    return tuple(
        Section(tag["name"], tag["description"], tuple(calls.get(tag["name"], ()))) for tag in document["tags"]
    )


def _call(method: str, path: str, operation: Json, schemas: Json) -> Call:
    return Call(
        method=method.upper(),
        path=path,
        name=operation["operationId"],
        summary=operation["summary"],
        signed_in=bool(operation["security"]),
        parameters=tuple(p for p in operation.get("parameters", ()) if p["in"] != "path"),
        body=_body(operation, schemas),
        answers=tuple((status, told["description"]) for status, told in operation["responses"].items()),
    )


def _body(operation: Json, schemas: Json) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    for media, told in content.items():
        shape = told["schema"]
        name = str(shape.get("$ref", "")).rpartition("/")[2]
        shown = schemas.get(name, shape)
        return f"{media}\n{orjson.dumps(shown.get('properties', {}), option=orjson.OPT_INDENT_2).decode()}"
    return ""
