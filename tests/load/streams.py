"""Many live streams held open at once, read as they come and opened again when they end."""

from __future__ import annotations

import selectors
import socket
import threading


class Streams:
    def __init__(self, port: int, path: str, count: int) -> None:
        self._request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n".encode()
        self._port = port
        self._count = count
        self._selector = selectors.DefaultSelector()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._read, name="streams", daemon=True)
        self.refused = 0

    def __enter__(self) -> Streams:
        for _ in range(self._count):
            self._open()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(10)
        for key in list(self._selector.get_map().values()):
            self._close(key.fileobj)
        self._selector.close()

    def _open(self) -> None:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        connection.sendall(self._request)
        self._selector.register(connection, selectors.EVENT_READ, [True])

    def _close(self, connection: object) -> None:
        assert isinstance(connection, socket.socket)
        self._selector.unregister(connection)
        connection.close()

    def _read(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select(0.1):
                assert isinstance(key.fileobj, socket.socket)
                data = key.fileobj.recv(65_536)
                if key.data[0] and data:
                    self.refused += not data.startswith(b"HTTP/1.1 200")
                    key.data[0] = False
                if not data or data.endswith(b"0\r\n\r\n"):
                    self._close(key.fileobj)
                    self._open()
