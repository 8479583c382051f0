"""Evidence on its way in and out: cut at its limit, one file, known fields, never shown by a browser."""

from __future__ import annotations

import io
from collections.abc import Iterator
from mimetypes import guess_type
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import EnvironBuilder, encode_multipart

from services.contracts import commands_v1 as c
from services.gateway.api.routes.evidence import MOST_FILE_BYTES
from tests.support.gateway_house import BASE, CAMPAIGN, OTHER, GatewayHouse, a_file, a_gateway, form

EVIDENCE = f"/api/v1/campaigns/{CAMPAIGN}/me/evidence"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHouse]:
    house = a_gateway(Path(tmp_path_factory.mktemp("gateway")))
    yield house
    house.service.close()
    house.stream.close()


@pytest.fixture(scope="module")
def token(house: GatewayHouse) -> str:
    return house.sign_in()


def parts(data: dict[str, Any]) -> dict[str, Any]:
    """With files as the browser would send them."""
    return {name: _file(*told) if isinstance(told, tuple) else told for name, told in data.items()}


def _file(content: io.BytesIO, name: str) -> FileStorage:
    return FileStorage(content, name, content_type=guess_type(name)[0] or "application/octet-stream")


def upload(house: GatewayHouse, token: str | None, data: dict[str, Any], path: str = EVIDENCE) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    boundary, body = encode_multipart(parts(data))
    kind = f"multipart/form-data; boundary={boundary}"
    return house.client().post(path, data=body, content_type=kind, headers=headers, base_url=BASE)


def test_a_file_goes_through_with_its_name_type_and_fields(house: GatewayHouse, token: str) -> None:
    house.campaign.answers["SubmitEvidence"] = {"evidence": str(OTHER), "digest": "d", "size": 3, "media_type": "x"}
    told = form("登录提醒.png", b"PNG", kind="screenshot", captured="2026-05-10T07:40:00+08:00", note="异地登录\n提醒")
    answer = upload(house, token, told)
    assert answer.status_code == 201 and answer.json["evidence"] == str(OTHER)
    command = house.campaign.commands[-1]
    assert isinstance(command, c.SubmitEvidence)
    assert (command.file_name, command.declared_type, command.kind) == ("登录提醒.png", "image/png", "screenshot")
    assert command.note == "异地登录\n提醒" and house.campaign.bodies[-1] == b"PNG"


@pytest.mark.parametrize("name", ["../../etc/回执.png", "/回执.png", "回\u202e执.png"])
def test_of_a_path_only_the_name_is_kept(house: GatewayHouse, token: str, name: str) -> None:
    assert upload(house, token, form(name, b"PNG", kind="screenshot")).status_code == 201
    command = house.campaign.commands[-1]
    assert isinstance(command, c.SubmitEvidence) and command.file_name == "回执.png"


def test_a_redacted_copy_names_the_original(house: GatewayHouse, token: str) -> None:
    answer = upload(house, token, form("a.pdf", b"%PDF-"), f"{EVIDENCE}/{OTHER}/redacted")
    assert answer.status_code == 201
    command = house.campaign.commands[-1]
    assert isinstance(command, c.RedactEvidence) and command.evidence == OTHER


@pytest.mark.parametrize(
    ("data", "pointer", "code"),
    [
        ({"kind": "screenshot"}, "/file", "missing"),
        (form("", b"x", kind="screenshot"), "/file", "missing"),
        (form("a.png", b"x"), "/kind", "missing"),
        (form("a.png", b"x", kind="selfie"), "/kind", "invalid-choice"),
        (form("a.png", b"x", kind="screenshot", subject="other"), "/subject", "unknown-field"),
        (form("a.png", b"x", kind="screenshot", captured="2026-05-10T07:40:00"), "/captured", "offset-missing"),
        (form("a\0.png", b"x", kind="screenshot"), "/file_name", "control-character"),
        (form("a" * 300 + ".png", b"x", kind="screenshot"), "/file_name", "too-long"),
        ({**form("a.png", b"x", kind="screenshot"), "second": form("b.png", b"x")["file"]}, "/second", "unknown-field"),
    ],
)
def test_what_is_wrong_is_named(house: GatewayHouse, token: str, data: Any, pointer: str, code: str) -> None:
    done = len(house.campaign.requests)
    answer = upload(house, token, data)
    assert answer.status_code == 422, answer.data
    assert (pointer, code) in {(error["pointer"], error["code"]) for error in answer.json["errors"]}
    assert len(house.campaign.requests) == done


def test_the_limit_holds_with_and_without_a_length(house: GatewayHouse, token: str) -> None:
    assert upload(house, token, form("a.bin", b"x" * MOST_FILE_BYTES, kind="other")).status_code == 201
    for size in (MOST_FILE_BYTES + 1, MOST_FILE_BYTES + 5_000_000):
        answer = upload(house, token, form("a.bin", b"x" * size, kind="other"))
        assert (answer.status_code, answer.json["code"]) == (413, "file-too-large")
    boundary, body = encode_multipart(parts(form("a", b"x" * 12_000_000, kind="other")))
    builder = EnvironBuilder(path=EVIDENCE, method="POST", base_url=BASE, input_stream=io.BytesIO(body))
    builder.headers["Authorization"] = f"Bearer {token}"
    builder.content_type = f"multipart/form-data; boundary={boundary}"
    environ = builder.get_environ()
    environ.pop("CONTENT_LENGTH", None)
    environ["wsgi.input_terminated"] = True
    answer = house.client().open(environ)
    assert answer.status_code == 413 and answer.json is not None and answer.json["code"] == "file-too-large"


def test_other_kinds_of_bodies_are_refused(house: GatewayHouse, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    for kind in ("application/json", "image/png", "application/x-www-form-urlencoded"):
        answer = house.client().post(EVIDENCE, data=b"{}", content_type=kind, headers=headers, base_url=BASE)
        assert answer.status_code == 415
    garbled = house.client().post(
        EVIDENCE, data=b"--x\r\ngarbled", content_type="multipart/form-data; boundary=x", headers=headers, base_url=BASE
    )
    assert 400 <= garbled.status_code < 500
    assert upload(house, None, form("a.png", b"x", kind="other")).status_code == 401


def test_a_file_is_sent_as_an_attachment_in_a_sandbox(house: GatewayHouse, token: str) -> None:
    path = f"/campaigns/{CAMPAIGN}/evidence/{OTHER}/file"
    assert house.get(path, token).status_code == 404
    house.campaign.answers["open_file"] = lambda _asked: a_file(b"PNG")
    answer = house.get(f"{path}?redacted=1", token)
    assert answer.data == b"PNG" and answer.content_length == 3
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Content-Disposition"].endswith("filename*=UTF-8''%E6%88%AA%E5%9B%BE%201.png")
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert house.get(f"{path}?redacted=2", token).status_code == 422
