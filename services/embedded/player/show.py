"""Shows a play to people: a line a step, what failed and why, and a table of the numbers at the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.embedded.player.play import Played, Result
from services.embedded.player.scenario import Scenario

_LONGEST: Final = 48
LATER: Final = "http://127.0.0.1:8000"
"""Where `make run` answers."""
_TELLING: Final = (
    "title",
    "file",
    "given",
    "step",
    "to",
    "option",
    "question",
    "number",
    "asked",
    "what",
    "text",
    "prefix",
)
_NUMBERS: Final = (
    "state", "members_confirmed", "members_pending", "members_withdrawn", "claims", "claimed", "evidence_accepted",
    "filings", "step", "next_deadline", "demand_version", "backing", "offered", "paid", "recovery", "satisfied",
    "unsatisfied", "feed", "size",
)  # fmt: skip


def plain_console() -> Console:
    """Colours and width of a terminal where there is one, plain lines elsewhere."""
    console = Console(highlight=False, soft_wrap=True)
    return console if console.is_terminal else Console(highlight=False, soft_wrap=True, color_system=None, width=160)


class Stage:
    """Prints to one console."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def opening(self, scenario: Scenario, url: str) -> None:
        title = scenario.title
        self._console.print(Text(f"{title['zh']} · {title['en']}", style="bold"))
        self._console.print(f"{scenario.path}: {len(scenario.steps)} steps, {scenario.zone.key}, on {url}\n")

    def step(self, played: Played) -> None:
        step = played.step
        who = ", ".join(step.who) or "public"
        line = Text(f"{played.number:>3}  {step.at:%Y-%m-%d %H:%M}  ", style="dim")
        line.append(f"{who:<12} ", style="cyan")
        line.append(f"{step.verb:<14} ", style="bold")
        line.append(_argument(step.arguments))
        if played.note:
            line.append(f"  → {played.note}", style="dim")
        self._console.print(line)
        for check in played.checks:
            shown = Text(
                "       " + ("ok      " if check.ok else "FAILED  "), style="green" if check.ok else "bold red"
            )
            shown.append(f"{check.what}: ")
            shown.append(check.expected if check.ok else f"expected {check.expected}, found {check.found}")
            self._console.print(shown)

    def closing(
        self, scenario: Scenario, result: Result, url: str | None, kept: Path | None, command: str = "run"
    ) -> None:
        table = Table(
            title=f"\n{scenario.title['zh']} · {scenario.title['en']}", title_justify="left", show_header=False
        )
        table.add_column(style="cyan", no_wrap=True)
        table.add_column(overflow="fold")
        for name in _NUMBERS:
            if name in result.progress:
                table.add_row(name.replace("_", " "), _value(result.progress[name]))
        table.add_row("e-mails", str(result.mails))
        self._console.print(table)
        campaign = f"/c/{result.campaign}"
        document = f"/api/v1/campaigns/{result.campaign}/progress"
        paths = (campaign, f"{campaign}/history", "/_mailbox", document)
        self._console.print(pages(paths, url or LATER, kept, url is not None, command))
        self._console.print(f"expectations: {result.passed} passed, {result.failed} failed")


def pages(paths: Sequence[str], url: str, kept: Path | None, running: bool, command: str = "run") -> str:
    """Where to look; of a server that ended with the play, how to have it again."""
    if running:
        first = "pages to look at:"
    elif kept is not None:
        first = f"pages to look at, once `make {command} DATA={kept}` runs:"
    else:
        first = f"pages to look at, when played again with KEEP=DIR and shown by `make {command} DATA=DIR`:"
    return "\n".join([first, *(f"  {url}{path}" for path in paths), ""])


def _argument(arguments: Any) -> str:
    told = next((arguments[name] for name in _TELLING if arguments.get(name) is not None), "")
    text = told.name if hasattr(told, "name") else str(told)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {inner}" for key, inner in value.items()) or "none"
    return "none" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
