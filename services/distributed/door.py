"""The runner's own pages on loopback: what runs, the clock where it is set by hand, the way to the mailbox."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from flask import Blueprint, Flask, Response, redirect, request
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response as AnyResponse

from services.distributed.parts.process import HOST


class Door:
    """Listens from the beginning; `describe` is asked for what runs, `mailbox` is the port of the mail server's
    pages."""

    def __init__(self, port: int, describe: Callable[[], str]) -> None:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self.app = Flask("runner")
        self.app.add_url_rule("/_processes", "processes", lambda: Response(describe(), content_type="application/json"))
        self._port = port
        self._server: BaseWSGIServer | None = None

    def open(self, mailbox: int, *pages: Blueprint) -> None:
        def away(rest: str = "") -> AnyResponse:
            query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
            return redirect(f"http://{HOST}:{mailbox}{request.path}{query}", 307)

        self.app.add_url_rule("/_mailbox", "mailbox", away)
        self.app.add_url_rule("/_mailbox/<path:rest>", "mailbox-below", away)
        for page in pages:
            self.app.register_blueprint(page)
        self._server = make_server(HOST, self._port, self.app, threaded=True)
        threading.Thread(target=self._server.serve_forever, name="door", daemon=True).start()

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
