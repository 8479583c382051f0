"""Commands as they travel: every one comes back as it was sent, and nothing else passes."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, get_type_hints
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.commands_v1 import COMMANDS, Caller, CastVote, Command, PublishCampaign, Request
from services.contracts.wire import BadWire, from_wire, to_wire

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3, minutes=30))])
st.register_type_strategy(datetime, st.datetimes(timezones=ZONES))
st.register_type_strategy(Decimal, st.decimals(0, 10**9, allow_nan=False, places=2))
st.register_type_strategy(date, st.dates())
CAMPAIGN = UUID("7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01")


@pytest.mark.parametrize("kind", COMMANDS.values(), ids=COMMANDS)
@given(data=st.data())
def test_every_command_comes_back_as_it_was_sent(kind: type[Command], data: st.DataObject) -> None:
    hints = get_type_hints(kind)
    values = {field.name: data.draw(st.from_type(hints[field.name])) for field in fields(kind)}
    person = st.binary(min_size=1, max_size=8).map(bytes.hex)
    caller = data.draw(st.builds(Caller, st.none() | person, st.booleans()))
    sent = Request(
        kind(**values), caller, data.draw(st.none() | st.text(max_size=8)), data.draw(st.none() | st.just(3))
    )
    assert from_wire(json.loads(json.dumps(to_wire(sent)))) == sent


@pytest.mark.parametrize(
    ("wire", "place"),
    [
        (None, "object"),
        ({"command": "Nothing", "args": {}}, "unknown command"),
        ({"command": "PublishCampaign"}, "object"),
        ({"command": "PublishCampaign", "args": {}}, "campaign is missing"),
        ({"command": "PublishCampaign", "args": {"campaign": 7}}, "PublishCampaign.campaign"),
        ({"command": "PublishCampaign", "args": {"campaign": "seven"}}, "PublishCampaign.campaign"),
        ({"command": "PublishCampaign", "args": {"campaign": str(CAMPAIGN), "role": "operator"}}, "unknown role"),
        ({"command": "PublishCampaign", "args": {"campaign": str(CAMPAIGN)}, "extra": 1}, "unknown: extra"),
        ({"command": "PublishCampaign", "args": {"campaign": str(CAMPAIGN)}, "expected_version": "3"}, "expected"),
        ({"command": "PublishCampaign", "args": {"campaign": str(CAMPAIGN)}, "caller": {"operator": 1}}, "operator"),
        ({"command": "PublishCampaign", "args": {"campaign": str(CAMPAIGN)}, "caller": {"person": "li"}}, "person"),
        (
            {"command": "CastVote", "args": {"campaign": str(CAMPAIGN), "ballot": str(CAMPAIGN), "option": True}},
            "option",
        ),
        (
            {"command": "OpenBallot", "args": {"campaign": str(CAMPAIGN), "question": "?", "options": ["a", "b"],
                                               "until": "2026-03-02T09:00:00"}},
            "until",
        ),
    ],
)  # fmt: skip
def test_what_is_no_command_is_refused_by_its_place(wire: Any, place: str) -> None:
    with pytest.raises(BadWire, match=place):
        from_wire(wire)


def test_what_is_absent_does_not_travel() -> None:
    assert to_wire(Request(PublishCampaign(CAMPAIGN))) == {
        "command": "PublishCampaign",
        "args": {"campaign": str(CAMPAIGN)},
    }
    assert to_wire(Request(CastVote(CAMPAIGN, CAMPAIGN, 2)))["args"]["option"] == 2
