"""Each event as a sentence for people, in their language, with its public words or what became of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from services.contracts.leaf_v1 import Leaf
from services.contracts.registry import Registry
from services.kit.texts import Texts

LOCALES: Final = Path(__file__).resolve().parents[1] / "locales"


class Sentences:
    """`texts` needs one message for each event type (`campaign-demands-revised`) and for each field of words."""

    def __init__(self, texts: Texts, types: Registry) -> None:
        self._texts = texts
        self._types = types

    def sentence(self, locale: str, leaf: Leaf) -> str:
        """What happened, with the clear facts of the event."""
        facts = dict.fromkeys(self._types.get(leaf.type, leaf.version).clear, "none")
        facts |= {name: _plain(value) for name, value in leaf.data.items()}
        facts.pop("locale", None)  # of a person's mails, not of this sentence
        facts["role"] = self._texts.get(locale, f"role-{leaf.role}")
        facts["who"] = "" if leaf.subject is None else leaf.subject[:8]
        return self._texts.get(locale, key_of(leaf.type), **facts)

    def words(self, locale: str, leaf: Leaf, words: Mapping[str, Any] | None) -> list[str]:
        """One line for each public field; a note where the event had words that are gone."""
        if not self._types.get(leaf.type, leaf.version).texts:
            return []
        if words is None:
            return [self._texts.get(locale, "words-gone")]
        return [
            self._texts.get(locale, f"words-{name.replace('_', '-')}", value=_joined(value))
            for name, value in words.items()
        ]


def key_of(event_type: str) -> str:
    return event_type.replace(".", "-").replace("_", "-")


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items()) or "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _joined(value: Any) -> str:
    return " / ".join(map(str, value)) if isinstance(value, list) else str(value)
