"""Computing all progress anew from the first event: for an operator, after a change of the reducer."""

from __future__ import annotations

from sqlalchemy import Engine, delete

from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.stream.tables import DEAD_LETTERS, POSITIONS
from services.notifier.progress import records
from services.notifier.progress.consumer import ComputesProgress


def forget_progress(engine: Engine) -> None:
    """Progress and its consumer's position go; at the next start the consumer takes the whole history again.

    To be called while no consumer runs. Mails are planned by another consumer and are not touched.
    """
    with engine.begin() as tx:
        records.forget_all(tx)
        for table in (POSITIONS, DEAD_LETTERS):
            mine = (table.c.consumer == ComputesProgress.name) & (table.c.topic == CAMPAIGN_EVENTS.name)
            tx.execute(delete(table).where(mine))
