"""Hands to notifier the mails that follow from no event, and forgets each once it was taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from services.campaign.application.store import HandOver, Store
from services.contracts.notifier_port import Handover, NotifierPort
from services.kit.failures import PermanentFailure
from services.kit.logs import logger

SLICE: Final = 50


class HandoverWorker:
    """A worker; a mail handed over twice after a crash is known to notifier by its id."""

    name = "campaign-handover"

    def __init__(
        self, store: Store, notifier: NotifierPort, to_hand_over: Callable[[HandOver], Handover | None]
    ) -> None:  # fmt: skip
        self._store = store
        self._notifier = notifier
        self._to_hand_over = to_hand_over

    def run_once(self) -> int:
        """Raises TemporaryFailure when notifier cannot take one now; those before it are done."""
        waiting = self._store.hand_overs(SLICE)
        taken = []
        try:
            for note in waiting:
                self._hand_over(note)
                taken.append(note.id)
        finally:
            if taken:
                self._store.forget_hand_overs(taken)
        return len(taken)

    def _hand_over(self, note: HandOver) -> None:
        """What cannot be read, or will never be taken, is dropped and told: those behind it are not held up."""
        try:
            mail = self._to_hand_over(note)
            if mail is not None:
                self._notifier.hand_over(mail)
        except PermanentFailure as failure:
            logger(__name__).error("a mail could not be handed over", kind=note.kind, code=failure.code)
