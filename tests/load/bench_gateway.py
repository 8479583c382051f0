"""The gateway with one more route: `python -m services.kit.serve gateway-web web tests.load.bench_gateway:build`."""

from __future__ import annotations

from services.gateway.processes import web
from services.kit.clock import Clock
from services.kit.serving import Process
from tests.load.empty_post import empty_post


def build(clock: Clock) -> Process:
    process = web(clock)
    process.app.register_blueprint(empty_post())
    return process
