"""A member erased: nothing opens, no byte is left, the log is the same, and a backup brings nothing back."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from services.campaign.application.store import Commit, Erasure, decided
from services.campaign.domain.base import DomainError, Erased
from services.campaign.domain.membership import Membership
from services.campaign.vault import erasure
from services.campaign.vault.files import encrypt, new_file_key
from tests.support.stores import BACKENDS, StoreUnderTest

ADDRESS = "zhao.min.unmistakable@example.org"


@pytest.fixture(params=BACKENDS)
def under_test(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreUnderTest]:
    store = StoreUnderTest(request.param, tmp_path / "data")
    yield store
    store.close()


def record_erasure(under_test: StoreUnderTest, subject: UUID) -> list[int]:
    """ErasureRequested and SubjectErased, nothing destroyed yet; the key ids."""
    store = under_test.store
    key_ids: list[int] = store.key_ids(subject)
    member = under_test.aggregates.load(Membership, subject)
    act = under_test.act("system", None)
    member.withdraw(under_test.act("member", subject))
    member.request_erasure(act, "member-request")
    member.erase(act, len(store.sealed_under(key_ids)), key_ids)
    under_test.record(member)
    return key_ids


def destroy(under_test: StoreUnderTest, subject: UUID, key_ids: list[int], files: list[str]) -> list[str]:
    parts = (under_test.store, under_test.folder.keys, under_test.evidence)
    erasure.destroy(*parts, subject=subject, key_ids=key_ids, files=files)
    return erasure.remains(*parts, subject=subject, key_ids=key_ids, files=files)


def wrapped_keys(under_test: StoreUnderTest, key_ids: list[int]) -> list[bytes]:
    return [row[2] for row in under_test.folder.keys._rows.find(key_ids)]


def sealed_blobs(under_test: StoreUnderTest, key_ids: list[int]) -> list[bytes]:
    return [row[0] for row in under_test.store.pool.among("SELECT blob FROM sealed WHERE key_id IN", key_ids)]


def test_after_an_erasure_no_byte_is_left_and_the_log_is_the_same(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    committed, subject = under_test.join(campaign, ADDRESS)
    kept, _ = under_test.join(campaign, "li.lei@example.org")
    file = under_test.evidence.put(encrypt([b"screenshot"], new_file_key()))
    key_ids = record_erasure(under_test, subject)
    secrets = [*wrapped_keys(under_test, key_ids), *sealed_blobs(under_test, key_ids), under_test.key(ADDRESS)]
    leaves = under_test.store.select_leaves(0, 100)
    assert len(secrets) == 4
    assert all(under_test.holds(secret) for secret in secrets)

    assert destroy(under_test, subject, key_ids, [file]) == []
    for secret in (*secrets, ADDRESS.encode(), b"unmistakable"):
        assert under_test.holds(secret) == []
    assert under_test.store.select_leaves(0, 100) == leaves
    assert under_test.store.open_event(committed.positions[0]) is Erased
    assert under_test.store.open_event(kept.positions[0])["email"] == "li.lei@example.org"
    member, history = under_test.aggregates.history(Membership, subject)
    assert member.erasure == "erased"
    assert history[0].__dict__["email"] is Erased


def complete(under_test: StoreUnderTest, subject: UUID) -> None:
    member = under_test.aggregates.load(Membership, subject)
    member.complete_erasure(under_test.act("system", None))
    under_test.record(member)


def test_an_erasure_is_unfinished_until_its_completion_is_recorded(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, ADDRESS)
    assert under_test.store.unfinished_erasures() == []
    key_ids = record_erasure(under_test, subject)
    under_test.restart()
    assert under_test.store.unfinished_erasures() == [Erasure(subject, campaign, key_ids)]
    assert under_test.folder.keys.living(key_ids) == key_ids
    assert destroy(under_test, subject, key_ids, []) == []
    assert destroy(under_test, subject, key_ids, []) == []
    complete(under_test, subject)
    assert under_test.store.unfinished_erasures() == []


def test_what_remains_is_named(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, ADDRESS)
    file = under_test.evidence.put([b"sealed"])
    parts = (under_test.store, under_test.folder.keys, under_test.evidence)
    key_ids = under_test.store.key_ids(subject)
    left = erasure.remains(*parts, subject=subject, key_ids=key_ids, files=[file])
    assert left == ["keys", "sealed", "unique-keys", "files"]


def test_nothing_is_sealed_for_an_erased_member(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, ADDRESS)
    late = under_test.aggregates.load(Membership, subject)
    late.take_safety_steps(under_test.act("member", subject), ["lock-account"])
    events = decided(late)
    key_ids = record_erasure(under_test, subject)
    for event in events:
        event.__dict__["originator_version"] = 5
    for _ in range(2):
        head = under_test.store.head()
        with pytest.raises(DomainError) as refused:
            under_test.store.commit(Commit(events))
        assert refused.value.code == "erased"
        assert under_test.store.head() == head
        destroy(under_test, subject, key_ids, [])


def test_the_address_is_free_after_an_erasure(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, ADDRESS)
    destroy(under_test, subject, record_erasure(under_test, subject), [])
    committed, again = under_test.join(campaign, ADDRESS)
    assert again != subject
    assert under_test.store.open_event(committed.positions[0])["email"] == ADDRESS
    assert under_test.store.key_ids(subject) == []


def test_an_old_copy_of_the_key_database_brings_no_key_back(tmp_path: Path) -> None:
    under_test = StoreUnderTest("sqlite", tmp_path / "data")
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, ADDRESS)
    kept, _ = under_test.join(campaign, "li.lei@example.org")
    under_test.restart()
    under_test.close()
    shutil.copy(tmp_path / "data" / "keys.db", tmp_path / "keys.backup")
    under_test = StoreUnderTest("sqlite", tmp_path / "data")
    key_ids = record_erasure(under_test, subject)
    destroy(under_test, subject, key_ids, [])
    complete(under_test, subject)
    under_test.close()

    shutil.copy(tmp_path / "keys.backup", tmp_path / "data" / "keys.db")
    under_test = StoreUnderTest("sqlite", tmp_path / "data")
    assert under_test.folder.keys.living(key_ids) == []
    assert under_test.store.open_event(kept.positions[0])["email"] == "li.lei@example.org"
    under_test.join(campaign, "new@example.org")
    under_test.close()
    again = StoreUnderTest("sqlite", tmp_path / "data")
    assert again.store.open_event(again.store.head())["email"] == "new@example.org"
    again.close()


def test_an_old_copy_of_a_shared_key_database_brings_no_key_back(tmp_path: Path) -> None:
    under_test = StoreUnderTest("postgres", tmp_path)
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, ADDRESS)
    kept, _ = under_test.join(campaign, "li.lei@example.org")
    copy = under_test.backend.rows("SELECT * FROM subject_keys")
    key_ids = record_erasure(under_test, subject)
    destroy(under_test, subject, key_ids, [])
    complete(under_test, subject)
    under_test.folder.close()

    under_test.backend.rows("DELETE FROM subject_keys")
    for row in copy:
        under_test.backend.rows("INSERT INTO subject_keys VALUES (%s,%s,%s,%s)", row)
    under_test.folder = under_test.backend.open()
    assert under_test.folder.keys.living(key_ids) == []
    assert under_test.store.open_event(kept.positions[0])["email"] == "li.lei@example.org"
    under_test.close()


def test_an_erasure_in_one_process_is_seen_in_another(tmp_path: Path) -> None:
    under_test = StoreUnderTest("postgres", tmp_path)
    campaign = under_test.campaign().id
    committed, subject = under_test.join(campaign, ADDRESS)
    second = StoreUnderTest(under_test.backend, tmp_path / "second")
    assert second.store.open_event(committed.positions[0])["email"] == ADDRESS
    late = second.aggregates.load(Membership, subject)
    late.take_safety_steps(second.act("member", subject), ["lock-account"])
    events = decided(late)
    destroy(under_test, subject, record_erasure(under_test, subject), [])
    for event in events:
        event.__dict__["originator_version"] = 5
    with pytest.raises(DomainError) as refused:
        second.store.commit(Commit(events))
    assert refused.value.code == "erased"
    assert second.store.open_event(committed.positions[0]) is Erased
    second.folder.close()
    under_test.close()


def test_a_start_keeps_the_keys_in_use_and_drops_the_others(tmp_path: Path) -> None:
    under_test = StoreUnderTest("sqlite", tmp_path)
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, ADDRESS)
    in_use = [*under_test.store.key_ids(campaign), *under_test.store.key_ids(subject)]
    assert len(under_test.folder.keys.living(range(1, 1000))) > 2
    for _ in range(2):
        under_test.restart()
        assert under_test.folder.keys.living(range(1, 1000)) == in_use
    under_test.close()
