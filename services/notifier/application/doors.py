"""What others may ask of notifier: to take over a mail with its address, to stop the news of a campaign."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Final
from uuid import UUID

from services.contracts.notifier_port import Handover
from services.kit.clock import Clock
from services.kit.failures import PermanentFailure
from services.kit.logs import correlated
from services.notifier.application.ports import HandedOver, People
from services.notifier.domain.kinds import HANDED_OVER, KINDS
from services.notifier.domain.times import after_quiet_hours

KEEPS: Final = timedelta(hours=24)
_MAC_BYTES: Final = 16


class HandOver:
    """The port of `contracts/notifier_port.py`."""

    def __init__(self, handed: HandedOver, people: People, links: StopLinks, clock: Clock) -> None:
        self._handed = handed
        self._people = people
        self._links = links
        self._clock = clock

    def hand_over(self, mail: Handover) -> None:
        """Raises PermanentFailure `mail-kind-unknown` for a kind that is sent for events only."""
        if mail.kind not in HANDED_OVER:
            raise PermanentFailure("mail-kind-unknown")
        now = due = self._clock.now()
        about = None if mail.campaign is None else self._people.about(mail.campaign)
        if about is not None and KINDS[mail.kind].waits_at_night:
            due = after_quiet_hours(now, about.zone)
        with correlated(mail.correlation):
            self._handed.put(mail, now, due, KEEPS)

    def unsubscribe(self, token: str) -> bool:
        """No more news of one campaign to one member. False for a token that is not ours; repeated, harmless."""
        found = self._links.read(token)
        if found is None:
            return False
        self._people.stop(*found, self._clock.now())
        return True


class StopLinks:
    """Tokens of the links that stop news: campaign and member, signed; they need no table and never expire."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, campaign: str, subject: str) -> str:
        ids = UUID(campaign).bytes + UUID(subject).bytes
        return urlsafe_b64encode(ids + self._mac(ids)).decode()

    def read(self, token: str) -> tuple[str, str] | None:
        try:
            raw = urlsafe_b64decode(token.encode("ascii"))
        except ValueError:
            return None
        ids, mac = raw[:32], raw[32:]
        if len(raw) != 32 + _MAC_BYTES or not hmac.compare_digest(mac, self._mac(ids)):
            return None
        return str(UUID(bytes=ids[:16])), str(UUID(bytes=ids[16:]))

    def _mac(self, ids: bytes) -> bytes:
        return hmac.digest(self._key, b"stop-news" + ids, "sha256")[:_MAC_BYTES]
