"""All playbooks of a folder: one file `xx.yaml`, or one folder `xx/` of files, for each jurisdiction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from services.campaign.playbooks import build
from services.campaign.playbooks.cross_checks import check_playbook, check_shared
from services.campaign.playbooks.model import Playbooks
from services.campaign.playbooks.read import PlaybookError, read

__all__ = ["DATA", "PlaybookError", "load_playbooks"]

DATA = Path(__file__).parent / "data"
SHARED = ("problems.yaml", "sources.yaml", "letters.yaml")
NEEDED = ("jurisdiction", "name", "currency", "timezone", "calendar", "default_route", "steps")


def load_playbooks(folder: Path | None = None) -> Playbooks:
    """Reads a folder of playbooks, by default ours; what all share is taken from ours where the folder has none.

    Raises PlaybookError naming file, place and what was expected.
    """
    folder = folder or DATA
    shared = _shared(folder)
    check_shared(f"{folder.name}/{SHARED[0]}", shared)
    found = {}
    for files in _jurisdictions(folder):
        raw = _merged(files)
        own = _with_own(shared, raw)
        playbook = build.playbook(raw, shared.notices)
        name = f"{files[0].parent.name}/{files[0].name if len(files) == 1 else ''}"
        if playbook.jurisdiction in found:
            raise PlaybookError(name, "jurisdiction", f"expected each once; found {playbook.jurisdiction!r} again")
        check_playbook(name, playbook, own)
        found[playbook.jurisdiction] = playbook
        shared = own
    return replace(shared, by_jurisdiction=found)


def _shared(folder: Path) -> Playbooks:
    problems, sources, letters = (read(folder / name if (folder / name).exists() else DATA / name) for name in SHARED)
    return Playbooks(
        by_jurisdiction={},
        problems={raw["id"]: build.problem(raw) for raw in problems["problems"]},
        demands=build.named_words(problems["demands"]),
        notices=build.named_words(problems["notices"]),
        guidance=tuple(map(build.note, problems["guidance"])),
        letters=build.named_words(letters["letters"]),
        sources={name: build.source(name, raw) for name, raw in sources["sources"].items()},
        as_of=sources["as_of"],
    )


def _with_own(shared: Playbooks, raw: Mapping[str, Any]) -> Playbooks:
    """A playbook may bring sources and letters of its own; they must not change those of others."""
    sources = {name: build.source(name, each) for name, each in raw.get("sources", {}).items()}
    letters = build.named_words(raw.get("letters"))
    for kind, own, known in (("sources", sources, shared.sources), ("letters", letters, shared.letters)):
        for name in own:
            if name in known:
                raise PlaybookError(raw["jurisdiction"], f"{kind}.{name}", "expected a name that is not taken yet")
    return replace(shared, sources={**shared.sources, **sources}, letters={**shared.letters, **letters})


def _jurisdictions(folder: Path) -> Iterator[list[Path]]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            files = sorted(path.glob("*.yaml"))
            if files:
                yield files
        elif path.suffix == ".yaml" and path.name not in SHARED:
            yield [path]


def _merged(files: list[Path]) -> dict[str, Any]:
    """The parts of one playbook as one: each field stands in one part, only lists may go on in another."""
    whole: dict[str, Any] = {}
    for file in files:
        for key, value in read(file).items():
            if key in whole and not isinstance(value, list):
                raise PlaybookError(f"{file.parent.name}/{file.name}", key, "expected in one part of a playbook only")
            whole[key] = whole[key] + value if key in whole else value
    where = files[0] if len(files) == 1 else files[0].parent
    for key in NEEDED:
        if key not in whole:
            raise PlaybookError(f"{where.parent.name}/{where.name}", "", f"expected a field '{key}'")
    return whole
