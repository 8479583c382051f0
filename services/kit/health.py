"""Health of a process: alive, and ready to serve; each check has a name and answers with a code at most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.logs import logger

Check = Callable[[], None]
"""Returns when all is well; raises TemporaryFailure or PermanentFailure with a code otherwise."""


@dataclass(frozen=True)
class Verdict:
    ok: bool
    checks: Mapping[str, str]

    @property
    def status(self) -> int:
        return 200 if self.ok else 503


class Health:
    def __init__(self, ready: Mapping[str, Check], live: Mapping[str, Check] | None = None) -> None:
        self._ready = dict(ready)
        self._live = dict(live or {})

    def ready(self) -> Verdict:
        """Whether this process should get requests now."""
        return _verdict({**self._live, **self._ready})

    def live(self) -> Verdict:
        """Whether this process is of use at all; if not, it should be started anew."""
        return _verdict(self._live)


def _verdict(checks: Mapping[str, Check]) -> Verdict:
    answers = {name: _answer(name, check) for name, check in checks.items()}
    return Verdict(all(answer == "ok" for answer in answers.values()), answers)


def _answer(name: str, check: Check) -> str:
    try:
        check()
    except (TemporaryFailure, PermanentFailure) as failure:
        return failure.code
    except Exception as error:
        logger(__name__).error("health check broke", check=name, exc_info=error)
        return "broken"
    return "ok"
