"""Reading requests: strict JSON, query strings and headers into checked values, or a problem that names each fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError

from services.gateway.api.fields import Choice, Email, Fault, Strict, Text, Truth, plain_email
from services.kit.problems import FieldError, Problem
from services.kit.strict_json import BadJson, loads

MOST_JSON_BYTES = 256 * 1024
MOST_FAULTS = 50
_KEY = re.compile(r"[\x21-\x7e]{1,200}\Z", re.ASCII)
_VERSION = re.compile(r'"?([0-9]{1,9})"?\Z', re.ASCII)

_LETTERS = "0-9A-Za-z\u00c0-\u017f\u4e00-\u9fff"

Quick = Callable[[Any], dict[str, Any] | None]


def read_json() -> Any:
    """The body; an empty one is an empty object. Cut at its limit whatever `Content-Length` says."""
    request.max_content_length = MOST_JSON_BYTES
    if "HTTP_CONTENT_ENCODING" in request.environ:
        raise Problem("media-type-unsupported", 415)
    data = request.get_data(cache=False)
    if not data:
        return {}
    if request.mimetype != "application/json" or request.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
        raise Problem("media-type-unsupported", 415)
    try:
        return loads(data, max_bytes=MOST_JSON_BYTES)
    except BadJson as bad:
        code, status = ("body-too-large", 413) if bad.code == "too-large" else ("bad-json", 400)
        raise Problem(code, status, {"reason": bad.code}) from None


def load(schema: Schema, data: Any) -> dict[str, Any]:
    """The checked values, without optional ones that were null; raises Problem `invalid` with the faults."""
    try:
        loaded = schema.load(data)
    except ValidationError as error:
        raise invalid(*islice(field_errors(error.messages), MOST_FAULTS)) from None
    return {name: value for name, value in loaded.items() if value is not None}


def read_query(schema: Schema) -> dict[str, Any]:
    """Each name once."""
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise invalid(*(fault("", name, "repeated") for name in repeated))
    return load(schema, {name: value for name, value in request.args.items() if value != ""})


def idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.match(key):
        raise Problem("idempotency-key-malformed", 422)
    return key


def expected_version() -> int | None:
    """Of `If-Match`: the version that the console showed."""
    tag = request.headers.get("If-Match")
    if tag is None or tag.strip() == "*":
        return None
    found = _VERSION.match(tag.strip())
    if found is None:
        raise invalid(fault("", "If-Match", "malformed"))
    return int(found[1])


def invalid(*errors: FieldError) -> Problem:
    return Problem("invalid", 422, {"fields": ", ".join(str(e.facts.get("field", "")) for e in errors[:5])}, errors)


def fault(parent: str, name: str, code: str, **facts: Any) -> FieldError:
    escaped = str(name).replace("~", "~0").replace("/", "~1")[:80]
    return FieldError(f"{parent}/{escaped}", code, {"field": str(name)[:80], **facts})


def field_errors(messages: Any, parent: str = "", name: str = "") -> Iterator[FieldError]:
    """Marshmallow's tree of codes, flattened."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            if (key in ("_schema", "value") and not isinstance(inner, Mapping)) or key == "key":
                yield from field_errors(inner, parent, name)
            else:
                step = str(key)[:80].replace("~", "~0").replace("/", "~1")
                yield from field_errors(inner, f"{parent}/{step}", str(key)[:80])
        return
    for code in messages:
        facts = code.facts if isinstance(code, Fault) else {}
        yield FieldError(parent, str(code), {"field": name, **facts})


def quick(schema: Strict) -> Quick:
    """A cheap way to accept the usual body of a flat schema; whatever it doubts it leaves to the schema (None)."""
    checks = {name: _check(field) for name, field in schema.fields.items()}
    names = frozenset(checks)

    def accept(data: Any) -> dict[str, Any] | None:
        if type(data) is not dict or data.keys() != names:
            return None
        return data if all(check(data[name]) for name, check in checks.items()) else None

    return accept


def _check(field: Any) -> Callable[[Any], bool]:
    if isinstance(field, Email):
        return lambda value: type(value) is str and plain_email(value)
    if isinstance(field, Text):
        # letters of European scripts in composed form and Han characters are NFC already
        usual = rf"[{_LETTERS}](?: ?[{_LETTERS}·'.-]){{0,{field.longest // 2 - 1}}}"
        matches = re.compile(usual + r"\Z").match
        return lambda value: type(value) is str and matches(value) is not None
    if isinstance(field, Choice):
        allowed = frozenset(field.allowed)
        return lambda value: type(value) is str and value in allowed
    if isinstance(field, Truth) and field.must is not None:
        return lambda value: value is field.must
    raise TypeError(f"no cheap check for {type(field).__name__}")
