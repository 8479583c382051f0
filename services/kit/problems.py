"""Refusals as RFC 9457 problem documents; the words come from whoever knows the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MEDIA_TYPE = "application/problem+json"

Describe = Callable[[str, Mapping[str, Any], str], tuple[str, str]]
"""(code, facts, locale) -> (title, detail)."""


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field; `pointer` is a JSON Pointer (RFC 6901) into the request's body."""

    pointer: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Problem(Exception):
    """Raised at the edge to answer a request with a problem document."""

    def __init__(
        self,
        code: str,
        status: int,
        facts: Mapping[str, Any] | None = None,
        errors: Sequence[FieldError] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.facts: Mapping[str, Any] = dict(facts or {})
        self.errors = tuple(errors)
        self.retry_after = retry_after

    def document(self, describe: Describe, locale: str, instance: str | None = None) -> dict[str, Any]:
        """The members of RFC 9457, `code`, the facts under their own names, and `errors` where fields are at fault."""
        title, detail = describe(self.code, self.facts, locale)
        document: dict[str, Any] = {name: _shown(value) for name, value in self.facts.items()}
        document.update(type=type_of(self.code), title=title, status=self.status, detail=detail, code=self.code)
        if instance is not None:
            document["instance"] = instance
        if self.errors:
            document["errors"] = [_field(error, describe, locale) for error in self.errors]
        return document


def type_of(code: str) -> str:
    """Relative reference of the page that explains the code."""
    return f"/problems/{code}"


def _field(error: FieldError, describe: Describe, locale: str) -> dict[str, Any]:
    _, detail = describe(error.code, error.facts, locale)
    facts = {name: _shown(value) for name, value in error.facts.items()}
    return facts | {"pointer": error.pointer, "code": error.code, "detail": detail}


def _shown(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _shown(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_shown(item) for item in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)
