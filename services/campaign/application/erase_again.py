"""Erasures that a restored backup does not know of are done again, from the leaves that tell of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson

from services.campaign.application.case import Desk
from services.campaign.application.erasure import TRIES, erase
from services.campaign.application.store import Commit, StaleVersion, decided
from services.campaign.domain.base import DomainError
from services.campaign.domain.membership import Membership
from services.kit.failures import PermanentFailure, TemporaryFailure

TOPIC: Final = "membership.subject_erased"


@dataclass(frozen=True)
class Told:
    """One line: whose erasure, and on what ground it was asked for."""

    subject: UUID
    basis: str


@dataclass
class Done:
    again: int = 0
    standing: int = 0
    """Known to this log as erased: whatever of it came back is destroyed, too."""
    unknown: int = 0
    """Members who joined after the backup was taken: nothing of them is here."""


def read(lines: Iterable[bytes]) -> list[Told]:
    """From leaves, one a line, as the backup and the topic have them. Raises PermanentFailure `not-an-erasure`."""
    found = []
    for line in filter(None, (line.strip() for line in lines)):
        try:
            leaf = orjson.loads(line)
            if leaf["type"] != TOPIC:
                raise ValueError(leaf["type"])
            found.append(Told(UUID(leaf["stream"]), leaf["data"]["basis"]))
        except (ValueError, KeyError, TypeError):
            raise PermanentFailure("not-an-erasure") from None
    return found


def erase_again(desk: Desk, told: Iterable[Told]) -> Done:
    """Repeatable. Raises TemporaryFailure when one cannot be finished now."""
    done = Done()
    for each in told:
        if desk.store.key_ids(each.subject) == [] and not _known(desk, each.subject):
            done.unknown += 1
        elif _request(desk, each):
            done.again += 1
            erase(desk, each.subject)
        else:
            done.standing += 1
            erase(desk, each.subject)
    return done


def _known(desk: Desk, subject: UUID) -> bool:
    try:
        desk.aggregates.load(Membership, subject)
    except DomainError:
        return False
    return True


def _request(desk: Desk, told: Told) -> bool:
    """Whether it was recorded now; what the membership held is given back with it."""
    for _ in range(TRIES):
        membership = desk.aggregates.load(Membership, told.subject)
        if membership.erasure != "none":
            return False
        membership.request_erasure(desk.act("system", None), told.basis)
        try:
            desk.store.commit(Commit(decided(membership), releases=desk.store.held_by(told.subject)))
        except StaleVersion:
            continue
        return True
    raise TemporaryFailure("erasure-contended")
