"""Notifier's internal door, and the mailbox of local runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.kit.health import Health
from services.kit.internal_http import SECRET_HEADER
from services.kit.metrics import Metrics
from services.notifier.http.app import Doors, create_app
from services.notifier.http.mailbox_page import mailbox_blueprint
from tests.support.post_office import PostOffice

SECRET = "s" * 32
MAIL = {
    "id": "h1",
    "kind": "sign-in",
    "email": "li@example.org",
    "locale": "zh-CN",
    "facts": {"token": "t", "code": "C"},
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    office = PostOffice(tmp_path)
    office.launches()
    yield office
    office.close()


@pytest.fixture
def door(office: PostOffice) -> FlaskClient:
    app = create_app(Doors(office.service.port, Health({}), Metrics()), SECRET)
    return app.test_client()


@pytest.fixture
def page(office: PostOffice) -> FlaskClient:
    app = Flask("local")
    app.register_blueprint(mailbox_blueprint(office.settings.mailbox))
    return app.test_client()


def send(door: FlaskClient, body: Any = MAIL, secret: str = SECRET) -> Any:
    return door.post("/internal/mails", json=body, headers={SECRET_HEADER: secret})


def test_a_mail_handed_over_through_the_door_is_sent_once(office: PostOffice, door: FlaskClient) -> None:
    assert [send(door).status_code for _ in range(2)] == [202, 202]
    office.settle()
    assert [seen.to for seen in office.mails(kind="sign-in")] == ["li@example.org"]


@pytest.mark.parametrize("secret", ["", "x", "é"])
def test_without_the_secret_there_is_nothing(door: FlaskClient, secret: str) -> None:
    assert send(door, secret=secret).status_code == 404
    assert door.get("/metrics", headers={SECRET_HEADER: secret}).status_code == 404


def test_a_door_without_a_secret_does_not_open(office: PostOffice) -> None:
    with pytest.raises(ValueError, match="secret"):
        create_app(Doors(office.service.port, Health({}), Metrics()), "")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({**MAIL, "kind": "update"}, 422),
        ({**MAIL, "extra": 1}, 400),
        ({**MAIL, "email": None}, 400),
        ({**MAIL, "facts": []}, 400),
        ({"id": "x"}, 400),
        ([], 400),
        ({**MAIL, "facts": {"token": "x" * 70_000}}, 413),
    ],
)
def test_what_is_no_mail_of_ours_is_refused(door: FlaskClient, body: Any, status: int) -> None:
    assert send(door, body).status_code == status


def test_broken_json_is_refused(door: FlaskClient) -> None:
    assert door.post("/internal/mails", data=b"{", headers={SECRET_HEADER: SECRET}).status_code == 400


def test_unsubscribing_through_the_door(office: PostOffice, door: FlaskClient) -> None:
    office.member()
    office.happens("campaign.update_published", actor=office.organizer, words={"title": "t", "body": "b"})
    office.settle()
    token = office.mails(kind="update")[0].links[-1].rpartition("/")[2]
    for given, known in ((token, True), ("nonsense", False)):
        answer = door.post("/internal/unsubscribe", json={"token": given}, headers={SECRET_HEADER: SECRET})
        assert answer.get_json() == {"known": known}


def test_health_needs_no_secret_and_metrics_do(door: FlaskClient) -> None:
    assert door.get("/health/live").get_json() == {"ok": True, "checks": {}}
    assert door.get("/health/ready").status_code == 200
    assert b"chorus_" in door.get("/metrics", headers={SECRET_HEADER: SECRET}).data


# the mailbox


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_the_mailbox_shows_what_was_sent(office: PostOffice, page: FlaskClient, lang: str) -> None:
    office.member("wang@example.org")
    listed = page.get(f"/_mailbox?lang={lang}")
    assert "wang@example.org" in listed.text
    assert f'<html lang="{lang}">' in listed.text
    (welcome,) = page.get("/_mailbox/messages?kind=welcome").get_json()
    shown = page.get(f"/_mailbox/{welcome['id']}?lang={lang}")
    assert all(link in shown.text for link in welcome["links"])
    body = page.get(f"/_mailbox/{welcome['id']}/html")
    assert "sandbox" in body.headers["Content-Security-Policy"]
    assert body.text == welcome["html"]
    assert page.get("/_mailbox/style.css").status_code == 200


def test_players_ask_by_address_kind_and_place(office: PostOffice, page: FlaskClient) -> None:
    office.member("wang@example.org")
    office.member("zhao@example.org")
    everything = page.get("/_mailbox/messages").get_json()
    assert [mail["kind"] for mail in everything] == ["confirmation", "welcome"] * 2
    assert {"id", "to", "kind", "subject", "date", "text", "html", "links"} <= everything[0].keys()
    to_zhao = page.get("/_mailbox/messages?to=Zhao@example.org").get_json()
    assert {mail["to"] for mail in to_zhao} == {"zhao@example.org"}
    assert page.get(f"/_mailbox/messages?after={everything[1]['id']}").get_json() == everything[2:]
    assert "html" not in page.get("/_mailbox/messages?brief=1").get_json()[0]


@pytest.mark.parametrize("id", ["nothing", "0000009-0123456789abcdef", "..%2f..%2fnotifier.db"])
def test_what_is_no_message_is_not_found(page: FlaskClient, id: str) -> None:
    assert page.get(f"/_mailbox/{id}").status_code == 404
    assert page.get(f"/_mailbox/{id}/html").status_code == 404
