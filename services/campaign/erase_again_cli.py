"""`chorus campaign erase-again`: after a restore, what was erased since the backup is erased once more."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.settings import BadSetting


@click.command("erase-again")
@click.argument("erasures", type=click.File("rb"))
@click.option("--data", type=click.Path(path_type=Path, exists=True), help="Data folder of `chorus run`, stopped.")
def erase_again(erasures: IO[bytes], data: Path | None) -> None:
    """Erase again, after a restore, whoever ERASURES names (the newest erasures.jsonl that was kept).

    Run it before anybody is served. Without --data it works on the databases that the settings name.
    """
    from services.campaign.application import erase_again as work
    from services.campaign.settings import CampaignSettings, from_environment
    from services.campaign.wiring import build
    from services.kit.clock import SystemClock
    from services.kit.metrics import Metrics

    try:
        told = work.read(erasures)
        settings = from_environment() if data is None else CampaignSettings(data / "campaign", wait_seconds=0)
        service = build(settings, SystemClock(), None, Metrics(), process="erase-again")
        try:
            done = work.erase_again(service.commands.desk, told)
        finally:
            service.close()
    except (BadSetting, PermanentFailure, TemporaryFailure) as failure:
        raise click.ClickException(str(failure)) from None
    click.echo(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {done.again} erased again, {done.standing} were erased already, "
        f"{done.unknown} joined after the backup"
    )
