"""Writes what follows from the event classes: schemas, the AsyncAPI document, docs/events.md; `--check` compares."""

import json
import sys
from pathlib import Path
from typing import Any, Final

import yaml

from services.campaign.audit import asyncapi, events_page, schemas
from services.campaign.audit.describe import described

ROOT: Final = Path(__file__).resolve().parents[3]
CONTRACTS: Final = Path("services/contracts")
_HEADER: Final = "# Generated from the event classes by `make generate`.\n"


def generated() -> dict[Path, str]:
    """Path below the repository's root -> text."""
    events = described()
    folder = CONTRACTS / "schemas"
    found = {folder / "leaf.v1.json": _json(schemas.LEAF)}
    found |= {folder / event.file_name: _json(schemas.of(event)) for event in events}
    found[CONTRACTS / "asyncapi.yaml"] = _HEADER + _yaml(asyncapi.document(events))
    found[Path("docs/events.md")] = events_page.page(events)
    return found


def write(root: Path = ROOT) -> list[Path]:
    """Writes what differs and tells which; schemas of older versions are left alone."""
    texts = generated()
    changed = [path for path, text in texts.items() if _read(root / path) != text]
    for path in changed:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(texts[path], encoding="utf-8", newline="\n")
    return changed


def differing(root: Path = ROOT) -> list[Path]:
    """The files that are not what the event classes say."""
    return [path for path, text in generated().items() if _read(root / path) != text]


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m services.campaign.audit.generate [--check]\n")
        return 2
    paths = differing() if arguments else write()
    for path in paths:
        sys.stderr.write(f"{'differs' if arguments else 'written'}: {path}\n")
    return 1 if arguments and paths else 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


class _PlainDumper(yaml.SafeDumper):
    """No anchors: what is said twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _yaml(document: Any) -> str:
    return yaml.dump(document, Dumper=_PlainDumper, allow_unicode=True, sort_keys=False, width=100)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
