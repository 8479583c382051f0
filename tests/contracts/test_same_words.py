"""The words that cross a border are written down on each side of it; they are the same."""

from __future__ import annotations

import pytest

from services.campaign.domain import values
from services.contracts.progress_v1 import Progress
from services.embedded.player import vocabulary
from services.gateway.api import schemas
from services.notifier.domain.kinds import KINDS

SHARED = (
    "LOCALES", "PROVIDER_KINDS", "DEMAND_KINDS", "EVIDENCE_KINDS", "CONTACT_CHANNELS", "SAFETY_STEPS",
    "REVIEW_VERDICTS", "REVIEW_REASONS", "RESPONSE_VERDICTS", "SUSPENSION_REASONS", "INVALIDATION_REASONS",
    "REMOVAL_REASONS",
)  # fmt: skip
PLAYED = {"CONTACT_CHANNELS": "CHANNELS", "REVIEW_REASONS": "REJECTIONS", "RESPONSE_VERDICTS": "RESULTS"}


@pytest.mark.parametrize("name", SHARED)
def test_the_api_takes_what_the_domain_knows(name: str) -> None:
    assert getattr(schemas, name) == getattr(values, name)


@pytest.mark.parametrize("name", [name for name in SHARED if not name.endswith("_REASONS") or name in PLAYED])
def test_a_scenario_may_say_what_the_api_takes(name: str) -> None:
    assert getattr(vocabulary, PLAYED.get(name, name)) == getattr(schemas, name)


def test_a_scenario_knows_every_mail_and_every_number() -> None:
    assert set(vocabulary.MAIL_KINDS) == set(KINDS)
    assert set(vocabulary.PROGRESS_FIELDS) | {"campaign"} == set(Progress({}).document())
