"""Commands that travelled together: decided one after another, written by one group commit, answered one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol

from services.contracts.campaign_port import CampaignPort
from services.contracts.codes import Refused
from services.contracts.commands_v1 import Request
from services.contracts.wire import BadWire, from_wire
from services.kit.failures import TemporaryFailure
from services.kit.logs import correlated, logger

SIDE_BY_SIDE: Final = 128
Json = dict[str, Any]
Answer = Callable[[], Json]


class Beginning(CampaignPort, Protocol):
    """Campaign's port as campaign itself has it: some commands can be begun now and waited for later."""

    def begin(self, request: Request) -> Answer | None:
        """Decides now; what it gives waits, and answers or refuses. None for a request that has to be executed."""
        ...


class Batches:
    """What can only be executed runs in a pool, side by side; under gevent its threads are greenlets."""

    def __init__(self, campaign: Beginning) -> None:
        self._campaign = campaign
        self._pool: ThreadPoolExecutor | None = None

    def execute(self, items: Sequence[Any]) -> list[Json]:
        """An answer for each item, in its place. All are begun before the first is waited for."""
        alone = len(items) == 1
        started = [self._started(item, alone) for item in items]
        return [answered(answer, _named(item)) for answer, item in zip(started, items, strict=True)]

    def _started(self, item: Any, alone: bool) -> Answer:
        try:
            request = from_wire(item)
            answer = self._campaign.begin(request)
        except BadWire:
            return _raising(Refused("bad-json"))
        except Exception as failure:
            return _raising(failure)
        if answer is not None:
            return answer
        if alone:
            return lambda: self._campaign.execute(request)
        return self._side_by_side().submit(self._campaign.execute, request).result

    def _side_by_side(self) -> ThreadPoolExecutor:
        """Made at the first batch, in the process that serves it."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="batch")
        return self._pool


def _raising(failure: Exception) -> Answer:
    def answer() -> Json:
        raise failure

    return answer


def _named(item: Any) -> str | None:
    """The request of a person that this command goes back to."""
    name = item.get("correlation") if isinstance(item, dict) else None
    return name if isinstance(name, str) else None


def answered(act: Callable[[], Any], request: str | None = None) -> Json:
    """The outcome as it travels: answer, refused or busy; what broke is told as `internal`, without its words, and its
    line in the log names the request."""
    try:
        return {"answer": act()}
    except Refused as refusal:
        return {"refused": {"code": refusal.code, "facts": refusal.facts}}
    except TemporaryFailure as failure:
        return {"busy": {"code": failure.code, "retry_after": failure.retry_after}}
    except Exception as error:
        with correlated(request):
            logger(__name__).error("a request broke", exc_info=error)
        return {"refused": {"code": "internal", "facts": {}}}
