"""Commands that travelled together: run side by side, so that one group commit takes them all, answered one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from services.contracts.campaign_port import CampaignPort
from services.contracts.codes import Refused
from services.contracts.wire import BadWire, from_wire
from services.kit.failures import TemporaryFailure
from services.kit.logs import logger

SIDE_BY_SIDE: Final = 128
Json = dict[str, Any]


class Batches:
    """Under gevent the threads of the pool are greenlets."""

    def __init__(self, campaign: CampaignPort) -> None:
        self._campaign = campaign
        self._pool: ThreadPoolExecutor | None = None

    def execute(self, items: Sequence[Any]) -> list[Json]:
        """An answer for each item, in its place."""
        if len(items) == 1:
            return [self._one(items[0])]
        return list(self._side_by_side().map(self._one, items))

    def _one(self, item: Any) -> Json:
        try:
            request = from_wire(item)
        except BadWire:
            return {"refused": {"code": "bad-json", "facts": {}}}
        return answered(lambda: self._campaign.execute(request))

    def _side_by_side(self) -> ThreadPoolExecutor:
        """Made at the first batch, in the process that serves it."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="batch")
        return self._pool


def answered(act: Callable[[], Any]) -> Json:
    """The outcome as it travels: answer, refused or busy; what broke is told as `internal`, without its words."""
    try:
        return {"answer": act()}
    except Refused as refusal:
        return {"refused": {"code": refusal.code, "facts": refusal.facts}}
    except TemporaryFailure as failure:
        return {"busy": {"code": failure.code, "retry_after": failure.retry_after}}
    except Exception as error:
        logger(__name__).error("a request broke", exc_info=error)
        return {"refused": {"code": "internal", "facts": {}}}
