"""Ports of loopback for servers that may be started again: outside the range from which the system takes any."""

from __future__ import annotations

import random
import socket
from pathlib import Path
from typing import Final

from services.distributed.parts.process import HOST, free_port

_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST: Final = 15_000
_TRIES: Final = 200


class Ports:
    """Hands out each port once. Nobody else gets one by chance while its server is down for a moment."""

    def __init__(self) -> None:
        self._given: set[int] = set()

    def take(self) -> int:
        top = _first_of_the_system()
        for _ in range(_TRIES):
            port = random.randrange(_LOWEST, top)  # noqa: S311  guards nothing
            if port not in self._given and is_free(port):
                self._given.add(port)
                return port
        return free_port()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _first_of_the_system() -> int:
    try:
        return max(_LOWEST + 1000, int(_RANGE.read_text().split()[0]))
    except (OSError, ValueError, IndexError):
        return 32_768
