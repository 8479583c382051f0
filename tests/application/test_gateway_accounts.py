"""Links and sessions: one use, ten minutes, this browser or the code; sessions that idle out; nothing in clear."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.gateway.accounts.accounts import Accounts
from services.gateway.accounts.sealing import own_secret, read_secret
from services.gateway.accounts.sessions import Opened
from services.kit.failures import PermanentFailure
from tests.support.gateway_house import DATABASES, GatewayHouse, gateway_on

HE = "he.jing@example.org"


@pytest.fixture(params=DATABASES)
def house(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[GatewayHouse]:
    with gateway_on(request.param, tmp_path) as house:
        yield house


@pytest.fixture
def accounts(house: GatewayHouse) -> Accounts:
    return house.service.services.accounts


def link(house: GatewayHouse, email: str = HE) -> tuple[str, str, str]:
    """(browser, token, code)"""
    browser = house.service.services.accounts.links.ask(email, "zh-CN")
    facts = house.notifier.newest(email).facts
    return browser, facts["token"], facts["code"]


def test_the_asking_browser_signs_in_once(house: GatewayHouse, accounts: Accounts) -> None:
    browser, token, _ = link(house)
    opened = accounts.links.use(token, browser=browser)
    assert opened is not None and opened.session.email == HE
    assert accounts.links.use(token, browser=browser) is None
    found = accounts.sessions.find(opened.token)
    assert found is not None and found.person == opened.session.person


def test_another_browser_needs_the_code_and_has_five_tries(house: GatewayHouse, accounts: Accounts) -> None:
    _, token, code = link(house)
    assert accounts.links.use(token) is None
    assert accounts.links.use(token, browser="x" * 43) is None
    spaced = f"{code[:4].lower()}-{code[4:]} "
    for _ in range(4):
        assert accounts.links.use(token, code="WRONGCOD") is None
    assert accounts.links.use(token, code=spaced) is not None

    _, token, code = link(house)
    for _ in range(5):
        assert accounts.links.use(token, code="WRONGCOD") is None
    assert accounts.links.use(token, code=code) is None


def test_the_code_alone_works_where_the_link_was_asked_for(house: GatewayHouse, accounts: Accounts) -> None:
    browser, _, code = link(house)
    assert accounts.links.use_code("y" * 43, code) is None
    assert accounts.links.use_code(browser, code) is not None
    assert accounts.links.use_code(browser, code) is None


def test_looking_at_a_link_uses_nothing_up(house: GatewayHouse, accounts: Accounts) -> None:
    browser, token, _ = link(house)
    for _ in range(100):
        assert accounts.links.look(token, browser).same_browser
    assert accounts.links.look(token, None).usable and not accounts.links.look(token, None).same_browser
    assert accounts.links.use(token, browser=browser) is not None
    assert not accounts.links.look(token, browser).usable


def test_a_link_lives_ten_minutes_and_dies_when_a_newer_is_asked_for(house: GatewayHouse, accounts: Accounts) -> None:
    browser, token, _ = link(house)
    newer_browser, newer, _ = link(house, "HE.jing+inbox@example.org")
    assert accounts.links.use(token, browser=browser) is None
    house.clock.set(house.clock.now() + timedelta(minutes=10))
    assert accounts.links.use(newer, browser=newer_browser) is None


def test_beyond_the_limit_nothing_is_mailed_and_the_answer_is_the_same(house: GatewayHouse, accounts: Accounts) -> None:
    for _ in range(5):
        assert len(accounts.links.ask(HE, "en")) == 43
    assert len(house.notifier.mails) == 3
    house.clock.set(house.clock.now() + timedelta(minutes=16))
    accounts.links.ask(HE, "en")
    assert len(house.notifier.mails) == 4


def test_twenty_at_once_with_one_token_give_one_session(house: GatewayHouse, accounts: Accounts) -> None:
    browser, token, _ = link(house)
    opened: list[Opened | None] = []
    barrier = threading.Barrier(20)

    def use() -> None:
        barrier.wait()
        opened.append(accounts.links.use(token, browser=browser))

    threads = [threading.Thread(target=use) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 20 and len([one for one in opened if one is not None]) == 1


def test_a_session_idles_out_and_ends_after_a_week(house: GatewayHouse, accounts: Accounts) -> None:
    idle = accounts.sessions.open("aa" * 32, HE, "en")
    house.clock.set(house.clock.now() + timedelta(hours=12))
    assert accounts.sessions.find(idle.token) is None

    used = accounts.sessions.open("aa" * 32, HE, "en")
    for _ in range(15):
        house.clock.set(house.clock.now() + timedelta(hours=11))
        assert accounts.sessions.find(used.token) is not None
    house.clock.set(house.clock.now() + timedelta(hours=3))
    assert accounts.sessions.find(used.token) is None


def test_a_session_ends_on_the_server(house: GatewayHouse, accounts: Accounts) -> None:
    one, two = (accounts.sessions.open("aa" * 32, HE, "en") for _ in range(2))
    accounts.sessions.end(one.session)
    assert accounts.sessions.find(one.token) is None and accounts.sessions.find(two.token) is not None
    accounts.sessions.end_all("aa" * 32)
    assert accounts.sessions.find(two.token) is None


def test_the_sweep_removes_what_has_expired(house: GatewayHouse, accounts: Accounts) -> None:
    accounts.sessions.open("aa" * 32, HE, "en")
    accounts.links.ask(HE, "en")
    sweep = house.service.workers[1]
    assert sweep.run_once() == 0
    house.clock.set(house.clock.now() + timedelta(hours=13))
    assert sweep.run_once() == 2


def test_no_token_code_or_address_lies_in_clear(house: GatewayHouse, accounts: Accounts, tmp_path: Path) -> None:
    browser, token, code = link(house)
    opened = accounts.links.use(token, browser=browser)
    assert opened is not None
    link(house)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("gateway.db*"))
    for secret in (browser, token, code, opened.token, HE):
        assert secret.encode() not in stored


def test_secrets_of_others_or_open_to_others_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="secret-missing"):
        read_secret(tmp_path / "pepper")
    path = tmp_path / "key"
    assert own_secret(path) == own_secret(path)
    path.chmod(0o644)
    with pytest.raises(PermanentFailure, match="secret-readable-by-others"):
        own_secret(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(PermanentFailure, match="secret-malformed"):
        own_secret(path)
