"""First answers kept for a retry: given again, also to a retry that overlaps, and readable by nobody else."""

import io
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from services.contracts import commands_v1 as c
from tests.support.campaign_house import TEXT_FILE, House, Person
from tests.support.given_when_then import refused
from tests.support.stores import in_parallel


@pytest.fixture
def li(house: House) -> Person:
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    return li


def sends(who: Person, command: c.Command, key: str, body: bytes | None = None) -> dict[str, Any]:
    stream = None if body is None else io.BytesIO(body)
    return who.house.service.execute(c.Request(command, who.caller, idempotency_key=key), stream)


def kept(house: House) -> list[tuple[Any, ...]]:
    return house.service.folder.application.store.pool.rows("SELECT scope, key, digest, answer FROM idempotency")


def test_a_retry_that_overlaps_is_answered_like_the_first_and_not_refused(li: Person) -> None:
    publish = partial(sends, li, c.PublishCampaign(UUID(li.campaign)), "one-key")
    assert in_parallel([publish] * 8) == [{}] * 8


def test_a_retry_that_was_overtaken_while_it_was_decided_gets_the_first_answer(
    house: House, li: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, command = house.service.folder.application.store, c.PublishCampaign(UUID(li.campaign))
    found = [None]
    true_answer = type(store).answer
    monkeypatch.setattr(type(store), "answer", lambda self, *place: found.pop() if found else true_answer(self, *place))
    sends(li, command, "one-key")
    found.append(None)
    assert sends(li, command, "one-key") == {}
    with refused("already-published"):
        sends(li, command, "another-key")


def test_kept_answers_name_nobody_and_cannot_be_read(house: House, li: Person) -> None:
    li.publishes()
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    command = c.SubmitEvidence(UUID(li.campaign), "communication", "chat.txt", "text/plain")
    first = sends(wang, command, "one-key", TEXT_FILE)
    assert sends(wang, command, "one-key", TEXT_FILE) == first
    (row,) = kept(house)
    shown = repr(row)
    for secret in (first["digest"], first["evidence"], wang.caller.person, "one-key", "text/plain"):
        assert str(secret) not in shown


def test_an_erasure_leaves_no_digest_of_a_file_and_no_receipt_behind(house: House, li: Person) -> None:
    li.publishes()
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    command = c.SubmitEvidence(UUID(li.campaign), "communication", "chat.txt", "text/plain")
    digest = sends(wang, command, "one-key", TEXT_FILE)["digest"]
    person = str(wang.caller.person)
    wang.does(c.RequestErasure)
    files = [path for path in house.folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert digest.encode() not in content and person.encode() not in content, path.name
