"""A short way for the one request that comes in crowds: a plain join is answered before Flask wakes up for it.

Whatever is not plainly that request, and every refusal, takes the usual way with its body untouched: a join bears
being sent twice, so nothing is decided here that is not decided there (ADR 0111).
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from services.contracts import commands_v1 as c
from services.contracts.codes import Refused
from services.gateway.api import reading, schemas
from services.gateway.api.routes.campaigns import ONE
from services.gateway.api.routes.joining import JoinAnswers
from services.gateway.app_headers import everywhere
from services.gateway.app_log import REQUEST_ID, SERVED_AS, Believed, Told
from services.gateway.app_services import GatewayServices
from services.kit.failures import TemporaryFailure
from services.kit.ids import new_id
from services.kit.logs import correlated
from services.kit.strict_json import BadJson, loads

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LONGEST: Final = 4096
_PATH: Final = re.compile(r"/api/v1/campaigns/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/members\Z")
_UNUSUAL: Final = (
    "HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_IDEMPOTENCY_KEY", "HTTP_IF_MATCH", "HTTP_CONTENT_ENCODING",
    "HTTP_TRANSFER_ENCODING",
)  # fmt: skip
_NAMED: Final = "HTTP_X_REQUEST_ID"
_LANGUAGES: Final = {None: "zh-CN", "zh-CN": "zh-CN", "en": "en"}
_ROUTE: Final = f"/api/v1{ONE}/members"


@dataclass(frozen=True, slots=True)
class _Plain:
    """A join that is plainly one: its campaign and language, how long its body is, and the id that a proxy gave it."""

    campaign: UUID
    locale: str
    length: int
    named: str | None


class JoinLane:
    def __init__(self, usual: WSGIApplication, services: GatewayServices, answers: JoinAnswers) -> None:
        self._usual = usual
        self._services = services
        self._answers = answers
        self._accept = reading.quick(schemas.Join())
        self._hosts = services.settings.hosts
        self._believed = Believed(services.settings.proxies)
        self._tell = Told(services.metrics)
        self._headers = [("Content-Type", "application/json"), *everywhere(services.settings).items()]

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        plain = self._plainly_a_join(environ)
        if plain is None:
            return self._usual(environ, start)
        started, data = time.perf_counter(), environ["wsgi.input"].read(plain.length)
        request_id = plain.named or str(new_id())
        with correlated(request_id):
            body = self._join(plain, data)
            if body is not None:
                self._tell("POST", _ROUTE, 202, time.perf_counter() - started)
        if body is None:
            environ["wsgi.input"], environ[SERVED_AS] = io.BytesIO(data), request_id
            return self._usual(environ, start)
        told = [("Content-Length", str(len(body))), (REQUEST_ID, request_id)]
        start("202 ACCEPTED", [*self._headers, *told])
        return [body]

    def _plainly_a_join(self, environ: WSGIEnvironment) -> _Plain | None:
        if environ["REQUEST_METHOD"] != "POST" or (path := _PATH.match(environ["PATH_INFO"])) is None:
            return None
        length, language = environ.get("CONTENT_LENGTH") or "", environ.get("HTTP_ACCEPT_LANGUAGE")
        named = self._believed(environ.get(_NAMED), environ.get("REMOTE_ADDR"))
        usual = (
            environ.get("CONTENT_TYPE") == "application/json"
            and length.isascii()
            and length.isdigit()
            and len(length) <= len(str(LONGEST))
            and 0 < int(length) <= LONGEST
            and language in _LANGUAGES
            and not environ.get("QUERY_STRING")
            and environ.get("HTTP_HOST", "").lower() in self._hosts
            and (named is not None or _NAMED not in environ)
            and not any(name in environ for name in _UNUSUAL)
        )
        return _Plain(UUID(path[1]), _LANGUAGES[language], int(length), named) if usual else None

    def _join(self, plain: _Plain, data: bytes) -> bytes | None:
        """The answer; None when the usual way has to be taken."""
        body = self._answers.ready(plain.campaign, plain.locale)
        told = self._read(data)
        if body is None or told is None:
            return None
        command = c.JoinCampaign(plain.campaign, told["email"], told["name"], told["locale"])
        try:
            self._services.campaign.execute(c.Request(command))
        except (Refused, TemporaryFailure):
            return None
        return body

    def _read(self, data: bytes) -> dict[str, Any] | None:
        try:
            return self._accept(loads(data, max_bytes=LONGEST))
        except BadJson:
            return None
