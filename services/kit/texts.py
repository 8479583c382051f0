"""Words for people: Project Fluent messages, one folder of `.ftl` files per locale, every locale complete."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from fluent.runtime import FluentBundle
from fluent.runtime.resolver import TextElement
from fluent.syntax import FluentParser, ast


class BadTexts(ValueError):
    """The folder of texts itself is wrong: a message that does not parse, or a key that stands twice."""


class Texts:
    """Reads `<folder>/<locale>/*.ftl` once; a locale never falls back to another."""

    def __init__(self, folder: Path) -> None:
        self._bundles: dict[str, FluentBundle] = {}
        self._keys: dict[str, frozenset[str]] = {}
        for home in sorted(path for path in folder.iterdir() if path.is_dir()):
            self._bundles[home.name], self._keys[home.name] = _read(home)

    @property
    def locales(self) -> tuple[str, ...]:
        return tuple(self._bundles)

    def keys(self, locale: str) -> frozenset[str]:
        return self._keys[locale]

    def get(self, locale: str, key: str, **args: Any) -> str:
        """The message in words; raises KeyError for an unknown locale or key, and for an argument that is missing."""
        bundle = self._bundles[locale]
        pattern = bundle.get_message(key).value if key in self._keys[locale] else None
        if pattern is None:
            raise KeyError(key)
        if isinstance(pattern, TextElement):
            return pattern.value
        text, errors = bundle.format_pattern(pattern, {name: _argument(value) for name, value in args.items()})
        if errors:
            raise KeyError(f"{key}: {errors[0]}")
        return str(text)


def _read(home: Path) -> tuple[FluentBundle, frozenset[str]]:
    bundle = FluentBundle([home.name], use_isolating=False)
    keys: set[str] = set()
    for path in sorted(home.glob("*.ftl")):
        resource = FluentParser().parse(path.read_text(encoding="utf-8"))
        for entry in resource.body:
            if isinstance(entry, ast.Junk):
                raise BadTexts(f"{path}: {entry.annotations[0].message}: {(entry.content or '').strip()[:60]}")
            if not isinstance(entry, ast.Message | ast.Term):
                continue
            name = ("-" if isinstance(entry, ast.Term) else "") + entry.id.name
            if name in keys:
                raise BadTexts(f"{path}: {name} stands twice")
            keys.add(name)
        bundle.add_resource(resource)
    return bundle, frozenset(name for name in keys if not name.startswith("-"))


def _argument(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str | int | float | Decimal | date) else str(value)
