"""The document of the API arranged for a page: sections by tag, with what each call reads and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
_LIMITS = ("format", "enum", "const", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "pattern")


@dataclass(frozen=True)
class Field:
    name: str
    required: bool
    shape: str


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    name: str
    summary: str
    signed_in: bool
    parameters: tuple[Json, ...]
    media: str
    fields: tuple[Field, ...]
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
    content = operation.get("requestBody", {}).get("content", {})
    media, told = next(iter(content.items()), ("", {"schema": {}}))
    return Call(
        method=method.upper(),
        path=path,
        name=operation["operationId"],
        summary=operation["summary"],
        signed_in=bool(operation["security"]),
        parameters=tuple(one for one in operation.get("parameters", ()) if one["in"] != "path"),
        media=media,
        fields=tuple(_fields(_resolved(told["schema"], schemas), schemas)),
        answers=tuple((status, answer["description"]) for status, answer in operation["responses"].items()),
    )


def _fields(schema: Json, schemas: Json) -> list[Field]:
    required = schema.get("required", ())
    return [Field(name, name in required, shape(told, schemas)) for name, told in schema.get("properties", {}).items()]


def shape(schema: Json, schemas: Json) -> str:
    """Type and limits of a value in one line; of an object its fields."""
    schema = _resolved(schema, schemas)
    kind = schema.get("type", "")
    kind = " | ".join(kind) if isinstance(kind, list) else str(kind)
    if "items" in schema:
        kind = f"array of {shape(schema['items'], schemas)}"
    if isinstance(schema.get("additionalProperties"), dict):
        kind = f"object of {shape(schema['additionalProperties'], schemas)}"
    if "properties" in schema:
        kind = "{" + ", ".join(f"{field.name}: {field.shape}" for field in _fields(schema, schemas)) + "}"
    limits = [f"{name} {_limit(schema[name])}" for name in _LIMITS if name in schema]
    return " ".join([kind, *limits]) if kind else "any"


def _limit(value: Any) -> str:
    return " | ".join(str(one) for one in value if one is not None) if isinstance(value, list) else str(value)


def _resolved(schema: Json, schemas: Json) -> Json:
    found: Json = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found
