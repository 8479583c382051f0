"""Public progress, version 1: the one pure reducer from a campaign's leaves to its numbers and public entries."""

from __future__ import annotations

from typing import Any, Final

from services.contracts.progress import casework, figures, members
from services.contracts.progress.state import Cells, Leaf, new_totals

EntryKind = str
ENTRY_KINDS: Final = frozenset({
    "campaign.published", "campaign.demands_revised", "campaign.escalation_decided", "campaign.update_published",
    "campaign.outcome_recorded", "campaign.resolved", "campaign.closed", "ballot.opened", "ballot.closed",
})  # fmt: skip
COLLECTIVE_ENTRY_KINDS: Final = frozenset({
    "filing.submitted", "filing.receipt_recorded", "filing.response_recorded", "filing.deadline_lapsed",
})  # fmt: skip
TOTALS: Final = "totals"


def cells_of(leaf: Leaf) -> tuple[str, ...]:
    """Cells that the leaf will be asked for surely, for who reads those of many leaves at once."""
    return (TOTALS, members.cell(leaf)) if leaf["type"] in members.MEMBERSHIP else (TOTALS,)


class OutOfOrder(ValueError):
    """A leaf that is not the next of its log."""


class Progress:
    """The state of one campaign in `cells`: small JSON values by name, kept wherever the caller likes.

    Names: `totals`, `m:<subject>`, `e:<evidence>`, `f:<filing>`, `b:<ballot>`. Every changed cell is assigned anew.
    The same leaves into an empty mapping give the same cells, so the same document.
    """

    def __init__(self, cells: Cells) -> None:
        self._cells = cells

    @property
    def size(self) -> int:
        """Leaves applied so far; also the index of the next one."""
        totals = self._cells.get(TOTALS)
        return 0 if totals is None else int(totals["size"])

    def apply(self, index: int, leaf: Leaf) -> EntryKind | None:
        """Takes the leaf at this index (from 0) of the campaign's log; tells the kind of public entry it makes.

        A leaf already taken has no effect. Raises OutOfOrder when one is missing.
        """
        totals = self._cells.get(TOTALS)
        if totals is None:
            totals = new_totals()
        if index != totals["size"]:
            if index < totals["size"]:
                return None
            raise OutOfOrder(f"leaf {index} after {totals['size']} leaves")
        kind = entry_kind(leaf)
        totals["campaign"] = leaf["campaign"]
        totals["size"] = index + 1
        totals["time"] = max(leaf["time"], totals["time"] or "")
        totals["feed"] += kind is not None
        if not members.apply(self._cells, totals, leaf):
            casework.apply(self._cells, totals, leaf)
        self._cells[TOTALS] = totals
        return kind

    def document(self) -> dict[str, Any]:
        """The numbers as published: JSON values, keys in order, no floats, no words."""
        totals = self._cells.get(TOTALS)
        return figures.document(self._cells, new_totals() if totals is None else totals)

    def entry(self, leaf: Leaf) -> dict[str, Any]:
        """The public entry of the leaf just applied; whoever publishes it adds the words under `text`."""
        totals = self._cells[TOTALS]
        return {
            "campaign": totals["campaign"],
            "number": totals["feed"],
            "index": totals["size"] - 1,
            "event": leaf["id"],
            "kind": leaf["type"],
            "time": leaf["time"],
            "data": dict(leaf["data"]),
            "text": {},
            "numbers": {
                "members_confirmed": totals["confirmed"],
                "claims": totals["claims"],
                "claimed": dict(sorted(totals["claimed"].items())),
                "step": totals["step"],
            },
        }


def entry_kind(leaf: Leaf) -> EntryKind | None:
    """The kind of public entry that a leaf makes, if any; a member's own filing makes none."""
    kind: str = leaf["type"]
    if kind in ENTRY_KINDS or (kind in COLLECTIVE_ENTRY_KINDS and "subject" not in leaf):
        return kind
    return None
