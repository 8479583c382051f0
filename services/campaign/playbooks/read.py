"""One file of a playbook, read and held against the schema; what is wrong is told by file, place and expectation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

SCHEMA = Path(__file__).parent / "schema.json"


class PlaybookError(Exception):
    """A playbook cannot be used: which file, where in it, and what was expected."""

    def __init__(self, file: str, place: str, expected: str) -> None:
        super().__init__(f"{file}: {place}: {expected}" if place else f"{file}: {expected}")
        self.file = file
        self.place = place
        self.expected = expected


def read(path: Path) -> dict[str, Any]:
    """The content of one file; raises PlaybookError."""
    name = f"{path.parent.name}/{path.name}"
    try:
        content = yaml.load(path.read_bytes(), _Loader)  # noqa: S506 - a safe loader, made stricter
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise PlaybookError(name, f"line {mark.line + 1}" if mark else "", str(error.problem)) from error
    except yaml.YAMLError as error:
        raise PlaybookError(name, "", "expected UTF-8 YAML") from error
    wrong = best_match(_validator().iter_errors(content))
    if wrong is not None:
        wrong = _titled(wrong)
        raise PlaybookError(name, _place(wrong, content), _expected(wrong))
    return dict(content)


class _Loader(yaml.CSafeLoader):
    """Refuses a key written twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(mapping) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "expected each key once in a mapping", node.start_mark)
        return mapping


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return Draft202012Validator(_inlined(schema, schema["$defs"]))


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema with its references replaced by what they mean (there is no recursion): twice as fast to check."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].removeprefix("#/$defs/")], definitions)
    return {key: _inlined(each, definitions) for key, each in schema.items() if key != "$defs"}


def _titled(error: ValidationError) -> ValidationError:
    """Where several forms are allowed: the choice as a whole, if the schema has words for it."""
    at: Any = error.parent
    while at is not None:
        if "title" in at.schema:
            return cast(ValidationError, at)
        at = at.parent
    return error


def _place(error: ValidationError, content: Any) -> str:
    """The path to the mistake, with list items named by their id where they have one."""
    return "".join(_names(error.absolute_path, content)).lstrip(".")


def _names(path: Any, value: Any) -> Iterator[str]:
    for key in path:
        value = value[key]
        if isinstance(key, int):
            yield f"[{value['id']}]" if isinstance(value, dict) and "id" in value else f"[{key}]"
        else:
            yield f".{key}"


def _expected(error: ValidationError) -> str:
    rule = error.validator
    if rule in ("anyOf", "oneOf") and isinstance(error.schema, dict) and "title" in error.schema:
        return f"expected {error.schema['title']}"
    if rule == "required":
        return f"expected a field {error.message.split(' is ')[0]}"
    if rule == "enum":
        return f"expected one of {', '.join(_listed(error.validator_value))}; found {error.instance!r}"
    if rule == "type":
        return f"expected {_kind(error.validator_value)}; found {error.instance!r}"
    if rule == "minLength":
        return "expected some text"
    if rule == "pattern":
        return f"expected the form {error.validator_value}; found {error.instance!r}"
    return error.message


def _listed(values: Any) -> list[str]:
    return [str(value) for value in values]


def _kind(types: Any) -> str:
    names = {"array": "a list", "object": "a mapping", "string": "text", "integer": "a whole number"}
    return " or ".join(names.get(name, name) for name in ([types] if isinstance(types, str) else types))
