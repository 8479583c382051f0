"""Files that no event tells of: an upload is stored first, and a crash may come before its event is recorded."""

from datetime import datetime, timedelta
from typing import Final

from services.campaign.application.case import Desk
from services.campaign.application.evidence import files_of
from services.campaign.domain.evidence import Evidence
from services.kit.logs import logger

OLD: Final = timedelta(days=1)
"""By then whoever stored a file has recorded its event, or never will."""


def drop_orphans(desk: Desk, now: datetime) -> int:
    """Deletes them and answers how many. May raise TemporaryFailure.

    Which files are told of is sealed in events. If only one that should open does not, a key is missing that may yet
    come back, and nothing is deleted.
    """
    names = set(desk.evidence.names(now - OLD))
    if not names:
        return 0
    desk.views.fresh()
    for piece in desk.views.evidence_kept():
        files = files_of(desk.aggregates.history(Evidence, piece)[1])
        if not files:
            logger(__name__).error("evidence cannot be opened; no file is dropped", evidence=str(piece))
            return 0
        names.difference_update(file.blob for file in files)
    for name in names:
        desk.evidence.delete(name)
    return len(names)
