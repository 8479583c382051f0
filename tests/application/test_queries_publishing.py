"""What leaves campaign: leaves on the stream, byte for byte, and mails handed over once."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.campaign.application.store import HandOver
from services.campaign.publishing.handover import HandoverWorker
from services.contracts.notifier_port import Handover
from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.metrics import Metrics
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.lease import AlwaysHeld
from services.kit.stream.relay import Relay
from tests.support.campaign_house import House, Person
from tests.support.campaign_life import a_whole_life


def test_the_relay_puts_every_leaf_on_the_stream_as_it_was_recorded(house: House, tmp_path: Path) -> None:
    li = a_whole_life(house)
    service, stream = house.service, InProcessStream(tmp_path / "stream.db")
    relay = Relay(
        service.relay_source, stream, CAMPAIGN_EVENTS, service.to_record, lease=AlwaysHeld(), metrics=Metrics()
    )
    while relay.run_once():
        pass
    delivered = [
        found.record.envelope
        for partition in stream.partitions(CAMPAIGN_EVENTS)
        for found in stream.fetch(CAMPAIGN_EVENTS, partition, -1, 1000)
    ]
    leaves = {leaf.position: leaf for leaf in service.folder.application.store.select_leaves(0, 1000)}
    assert {envelope.sequence: envelope.data for envelope in delivered} == {n: leaves[n].state for n in leaves}
    mine = [envelope for envelope in delivered if envelope.partitionkey == li.campaign]
    assert [envelope.extensions["logindex"] for envelope in mine] == [str(n) for n in range(len(mine))]
    assert {envelope.source for envelope in delivered} == {"/campaign"}
    stream.close()


class Moody:
    """A notifier that is away at first, and never takes a mail to one address."""

    def __init__(self) -> None:
        self.away = True
        self.taken: list[str] = []

    def hand_over(self, mail: Handover) -> None:
        if self.away:
            raise TemporaryFailure("database-busy")
        if mail.email.startswith("never"):
            raise PermanentFailure("address-malformed")
        self.taken.append(mail.email)


def test_mails_wait_while_notifier_is_away_and_one_that_is_never_taken_holds_up_nobody(
    house: House, li: Person
) -> None:
    for address in ("first@example.org", "never@example.org", "last@example.org"):
        person = house.person(address, "某人")
        person.joins(li.campaign)
        person.joins(li.campaign)
    store, notifier = house.service.folder.application.store, Moody()
    worker = HandoverWorker(
        store, notifier, lambda note: Handover(str(note.id), note.kind, _address(house, str(note.subject)), "zh-CN")
    )
    with pytest.raises(TemporaryFailure):
        worker.run_once()
    assert len(store.hand_overs(10)) == 3
    assert house.service.metrics.value("chorus_hand_overs_waiting") == 3
    notifier.away = False
    assert worker.run_once() == 3
    assert house.service.metrics.value("chorus_hand_overs_waiting") == 0
    assert notifier.taken == ["first@example.org", "last@example.org"]
    assert store.hand_overs(10) == []
    assert worker.run_once() == 0


def test_a_mail_that_cannot_be_read_holds_up_nobody(house: House, li: Person) -> None:
    for address in ("first@example.org", "last@example.org"):
        person = house.person(address, "某人")
        person.joins(li.campaign)
        person.joins(li.campaign)
    store, notifier = house.service.folder.application.store, Moody()
    notifier.away = False
    broken = store.hand_overs(1)[0].id

    def read(note: HandOver) -> Handover:
        if note.id == broken:
            raise PermanentFailure("seal-broken")
        return Handover(str(note.id), note.kind, "last@example.org", "zh-CN")

    assert HandoverWorker(store, notifier, read).run_once() == 2
    assert notifier.taken == ["last@example.org"]
    assert store.hand_overs(10) == []


def test_a_mail_that_is_no_longer_to_be_sent_is_forgotten(house: House, li: Person) -> None:
    person = house.person("first@example.org", "某人")
    person.joins(li.campaign)
    person.joins(li.campaign)
    notifier = Moody()
    worker = HandoverWorker(house.service.folder.application.store, notifier, lambda note: None)
    assert worker.run_once() == 1
    assert house.service.folder.application.store.hand_overs(10) == []
    assert notifier.taken == []


def _address(house: House, subject: str) -> str:
    for leaf in house.service.folder.application.store.select_leaves(0, 1000):
        if leaf.type == "membership.joined" and subject.encode() in leaf.state:
            opened = house.service.folder.application.store.open_event(leaf.position)
            assert isinstance(opened, dict)
            return str(opened["email"])
    raise LookupError(subject)
