"""An endpoint is a row: method, path, what it reads and answers; routes and document come from the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from flask import Blueprint, Response, request

from services.contracts.commands_v1 import Caller, Command, Request
from services.gateway.accounts.current import caller, services
from services.gateway.api import reading
from services.gateway.api.fields import Strict
from services.gateway.api.queries import NoQuery
from services.gateway.api.schemas import Nothing
from services.gateway.api.shapes import EMPTY, Shape
from services.kit.problems import Problem


@dataclass(frozen=True)
class Inputs:
    """Checked values of one request."""

    path: Mapping[str, Any]
    body: Mapping[str, Any]
    query: Mapping[str, Any]


View = Callable[[Inputs], Any]


@dataclass(frozen=True)
class Endpoint:
    """`person`: anyone, or signed-in. `parts` names the schema of the fields beside a file."""

    method: str
    path: str
    name: str
    summary: str
    view: View
    tag: str = "campaigns"
    body: type[Strict] | None = None
    parts: type[Strict] | None = None
    query: type[Strict] = NoQuery
    answer: Shape = field(default_factory=lambda: EMPTY)
    media: str = "application/json"
    status: int = 200
    errors: Sequence[str] = ()
    person: str = "signed-in"
    quick: bool = False


def act(
    method: str, path: str, command: type[Command], summary: str, body: type[Strict] = Nothing, **more: Any
) -> Endpoint:
    """A command: its fields come from the path and the body."""

    def view(inputs: Inputs) -> Any:
        return execute(command(**inputs.path, **inputs.body))

    name = _kebab(command.__name__)
    return Endpoint(method, path, name, summary, view, body=body, **more)


def ask(path: str, question: str, summary: str, **more: Any) -> Endpoint:
    """A query of campaign: its arguments come from the path and the query string."""

    def view(inputs: Inputs) -> Any:
        told = {name: value for name, value in inputs.query.items() if name != "lang"}
        return services().campaign.ask(question, caller(), _plain({**inputs.path, **told}))

    return Endpoint("GET", path, more.pop("name", question), summary, view, **more)


def execute(command: Command, who: Caller | None = None, body: Any = None) -> Any:
    """Sends a command with what the headers say about retries and versions."""
    sent = Request(
        command=command,
        caller=caller() if who is None else who,
        idempotency_key=reading.idempotency_key(),
        expected_version=reading.expected_version(),
    )
    return services().campaign.execute(sent, body)


def mount(blueprint: Blueprint, endpoints: Sequence[Endpoint]) -> None:
    for endpoint in endpoints:
        blueprint.add_url_rule(
            endpoint.path,
            endpoint=endpoint.name,
            view_func=_handler(endpoint),
            methods=[endpoint.method],
            provide_automatic_options=False,
        )


def _handler(endpoint: Endpoint) -> Callable[..., Response]:
    body = endpoint.body() if endpoint.body is not None else None
    accept = reading.quick(body) if endpoint.quick and body is not None else None
    query = endpoint.query()

    def handle(**path: Any) -> Response:
        if endpoint.person == "signed-in" and caller() == Caller():
            raise Problem("not-signed-in", 401)
        told = reading.read_query(query) if request.args or endpoint.method == "GET" else {}
        loaded: Mapping[str, Any] = {}
        if body is not None:
            data = reading.read_json()
            loaded = (accept(data) if accept is not None else None) or reading.load(body, data)
        answer = endpoint.view(Inputs(path, loaded, told))
        return answer if isinstance(answer, Response) else _respond(answer, endpoint.status)

    return handle


def _respond(answer: Any, status: int) -> Response:
    if status == 204:
        return Response(status=204)
    response = Response(orjson.dumps(answer if answer is not None else {}), status, mimetype="application/json")
    if isinstance(answer, Mapping) and isinstance(answer.get("version"), int):
        response.headers["ETag"] = f'"{answer["version"]}"'
    return response


def _plain(args: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, str | int) else _text(value) for name, value in args.items()}


def _text(value: Any) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _kebab(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")
