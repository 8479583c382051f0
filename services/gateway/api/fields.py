"""Fields of requests: each says in codes what is wrong, and tells the document its limits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from marshmallow import Schema, ValidationError, fields

from services.kit.addresses import AddressMalformed, canonical

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
_CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_UNSEEN = re.compile(r"[\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
"""Marks that come along with copied text, show nothing, and can turn a line around or hide a word in another."""
_MONEY = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,8})?\Z", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?\Z",
    re.ASCII | re.IGNORECASE,
)
_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_%-][A-Za-z0-9_%+-]*(?:\.[A-Za-z0-9_%+-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?\.)+[a-z]{2,20}\Z",
    re.ASCII,
)
_SPECIAL_DOMAINS = re.compile(r"(?:^|\.)(?:local|localhost|invalid|test|arpa|onion|internal)\Z")
LONGEST_EMAIL = 200
_YEARS = range(1900, 2200)
"""Of days and instants of people: calendars, time zones and clocks can reckon around each of them."""
_CODES = {"required": "missing", "null": "null", "invalid": "wrong-type", "validator_failed": "invalid"}


class Fault(str):
    """A code of what is wrong with one field, with its facts."""

    facts: dict[str, Any]

    def __new__(cls, code: str, **facts: Any) -> Fault:
        fault = super().__new__(cls, code)
        fault.facts = facts
        return fault


def wrong(code: str, **facts: Any) -> ValidationError:
    return ValidationError([Fault(code, **facts)])


def _limits(kwargs: dict[str, Any], **limits: Any) -> dict[str, Any]:
    kwargs["error_messages"] = _CODES
    kwargs["metadata"] = {**limits, **kwargs.get("metadata", {})}
    if not kwargs.get("required"):
        kwargs.setdefault("allow_none", "load_default" not in kwargs)
    return kwargs


class Text(fields.String):
    """Words of people: NFC, no control characters, within limits; `lines` allows line breaks and tabs."""

    def __init__(self, longest: int, *, shortest: int = 1, lines: bool = False, **kwargs: Any) -> None:
        super().__init__(**_limits(kwargs, minLength=shortest, maxLength=longest))
        self.longest, self.shortest, self.lines = longest, shortest, lines

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        control = (_CONTROL_IN_LINES if self.lines else _CONTROL).search(value.replace("\r\n", "\n"))
        if control is not None:
            raise wrong("control-character")
        text = unicodedata.normalize("NFC", _UNSEEN.sub("", value.replace("\r\n", "\n"))).strip()
        if not text.isascii() and not any(unicodedata.category(letter)[0] in "LNPS" for letter in text):
            raise wrong("empty", min=self.shortest)
        if len(text) > self.longest:
            raise wrong("too-long", max=self.longest, length=len(text))
        if len(text) < self.shortest:
            raise wrong("empty" if not text else "too-short", min=self.shortest)
        return text


class Email(Text):
    """One address that mail could go to, as typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(LONGEST_EMAIL, shortest=3, metadata={"format": "email"}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if plain_email(text):
            return text
        try:
            validate_email(text, check_deliverability=False, allow_smtputf8=True)
            canonical(text)
        except (EmailNotValidError, AddressMalformed):
            raise wrong("email-invalid") from None
        return text


def plain_email(text: str) -> bool:
    """Surely an address, told cheaply; anything unusual is left to the full check."""
    local, _, domain = text.partition("@")
    return (
        len(local) <= 64
        and len(text) <= LONGEST_EMAIL
        and _PLAIN_EMAIL.match(text) is not None
        and _SPECIAL_DOMAINS.search(domain) is None
    )


class Word(fields.String):
    """A short identifier: of a playbook's step, a problem, a jurisdiction."""

    def __init__(self, pattern: str = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", **kwargs: Any) -> None:
        super().__init__(**_limits(kwargs, pattern=f"^{pattern}$", maxLength=64))
        self._pattern = re.compile(pattern + r"\Z", re.ASCII)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if not self._pattern.match(value):
            raise wrong("malformed")
        return value


class Choice(fields.String):
    def __init__(self, *allowed: str, **kwargs: Any) -> None:
        super().__init__(
            **_limits(kwargs, enum=[*allowed, *([] if kwargs.get("required") or "load_default" in kwargs else [None])])
        )
        self.allowed = allowed

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if value not in self.allowed:
            raise wrong("invalid-choice", allowed=", ".join(self.allowed))
        return value


class Truth(fields.Boolean):
    """Only JSON's own true and false."""

    def __init__(self, *, must: bool | None = None, **kwargs: Any) -> None:
        super().__init__(**_limits(kwargs, **({} if must is None else {"enum": [must]})))
        self.must = must

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        if self.must is not None and value is not self.must:
            raise wrong("must-agree")
        return value


class Whole(fields.Integer):
    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(**_limits(kwargs, minimum=least, maximum=most))
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid")
        if not self.least <= value <= self.most:
            raise wrong("out-of-range", min=self.least, max=self.most)
        return value


class Id(fields.UUID):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_limits(kwargs))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> UUID:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            if len(value) != 36:
                raise ValueError
            return UUID(value)
        except ValueError:
            raise wrong("malformed") from None


class Money(fields.String):
    """Decimal text; sign, size and decimals of the currency are campaign's to judge."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_limits(kwargs, pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,8})?$", examples=["88.00"]))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if not _MONEY.match(value):
            raise wrong("amount-malformed")
        return Decimal(value)


class Day(fields.Date):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_limits(kwargs))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            if not _DAY.match(value) or int(value[:4]) not in _YEARS:
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            raise wrong("day-malformed") from None


class Instant(fields.AwareDateTime):
    """RFC 3339 with an offset."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_limits(kwargs))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        found = _INSTANT.match(value)
        if found is not None and found["offset"] is None:
            raise wrong("offset-missing")
        try:
            if found is None or int(value[:4]) not in _YEARS:
                raise ValueError
            at = datetime.fromisoformat(value.upper())
        except ValueError:
            raise wrong("instant-malformed") from None
        return at


class Several(fields.List[Any]):
    def __init__(self, inner: fields.Field[Any], *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(inner, **_limits(kwargs, minItems=least, maxItems=most))
        self.inner.allow_none = False
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if not self.least <= len(value) <= self.most:
            raise wrong("too-many" if len(value) > self.most else "too-few", min=self.least, max=self.most)
        return super()._deserialize(value, attr, data, **kwargs)


class ByKey(fields.Dict):
    """A small object whose keys are data."""

    def __init__(self, keys: fields.Field[Any], values: fields.Field[Any], *, most: int, **kwargs: Any) -> None:
        super().__init__(keys=keys, values=values, **_limits(kwargs, maxProperties=most))
        self.most = most

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        if len(value) > self.most:
            raise wrong("too-many", min=0, max=self.most)
        loaded: dict[Any, Any] = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        return loaded


class Part(fields.Nested):
    def __init__(self, schema: type[Schema], **kwargs: Any) -> None:
        super().__init__(schema, **_limits(kwargs))
        self.error_messages = {**self.error_messages, "type": "wrong-type"}


class Strict(Schema):
    """Base of all bodies and queries: what is not named is refused."""

    error_messages = {"unknown": "unknown-field", "type": "wrong-type"}
