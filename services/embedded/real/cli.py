"""`chorus demo-real`: play published complaints on a fresh server and show what became of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from services.embedded.player.cli import unusable
from services.embedded.player.door import Door, DoorShut
from services.embedded.player.nodes import Mistake
from services.embedded.player.server import own_server
from services.embedded.player.show import plain_console
from services.embedded.real.plan import make_plan
from services.embedded.real.play import RealPlay, starts_at
from services.embedded.real.rows import read_complaints
from services.embedded.real.rules import load_rules
from services.embedded.real.show import closing


@click.command("demo-real")
@click.argument("csv", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep the data in this new folder.")
def demo_real(csv: Path, keep: Path | None) -> None:
    """Play the complaints of CSV, in the columns of the CFPB's public database, through the public API.

    \b
    chorus demo-real complaints.csv
    chorus demo-real complaints.csv --keep /tmp/real && chorus run --data /tmp/real

    Companies with ten or more complaints become campaigns; the addresses of members are invented.
    Ends with 0, or with 2 when the file or the server cannot be used.
    """
    console = plain_console()
    try:
        complaints, rules = read_complaints(csv), load_rules()
        plan = make_plan(complaints, rules)
        if not plan.companies:
            raise Mistake(csv, 1, f"a company with {plan.fewest_rows} or more complaints", "none")
        console.print(f"{csv}: {len(complaints)} complaints, {plan.complaints} of {len(plan.companies)} companies")
        with own_server(starts_at(plan), keep) as url:
            door = Door(url)
            shown = _Shown(plan.complaints)
            played = RealPlay(door, rules, plan).run(shown.day)
            door.close()
        closing(console, played, plan, keep)
    except (Mistake, DoorShut) as error:
        raise unusable(str(error)) from None


class _Shown:
    """A line now and then, so that people see it go on."""

    EVERY = 25

    def __init__(self, total: int) -> None:
        self._total = total
        self._next = 0

    def day(self, day: date, done: int) -> None:
        if done >= self._next or done == self._total:
            click.echo(f"  {day}  {done}/{self._total} complaints")
            self._next = done + self.EVERY
