"""Joins at a given pace, whether the last one was answered or not: `python -m tests.load.open_loop URL RATE SECONDS`.

Prints one JSON list: for each join the instant of its answer, on the clock that all processes of a machine share.
"""

from gevent import monkey

monkey.patch_all()

import http.client  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from urllib.parse import urlsplit  # noqa: E402

from tests.load.people import a_join  # noqa: E402

CLIENTS = 100
"""Enough of them that one is free when the next join is due; else the pace is not held, and that is told."""
LATE_SECONDS = 0.1


class Pace:
    """Hands out the instants at which joins are due."""

    def __init__(self, rate: float, seconds: float) -> None:
        self._rate = rate
        self._count = int(rate * seconds)
        self._next = 0
        self._begun = time.monotonic() + 0.2
        self.late = 0

    def take(self) -> int | None:
        """Returns when the next join is due, with its number; None at the end."""
        if self._next >= self._count:
            return None
        number, self._next = self._next, self._next + 1
        left = self._begun + number / self._rate - time.monotonic()
        if left > 0:
            time.sleep(left)
        elif left < -LATE_SECONDS:
            self.late += 1
        return number


def client(url: str, pace: Pace, answered: list[float]) -> None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    run = f"{time.time_ns():x}"
    while (number := pace.take()) is not None:
        body = json.dumps(a_join(f"paced.{run}.{number}@example.org"))
        connection.request("POST", parts.path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 202, answer.status
        answered.append(time.monotonic())


def main() -> None:
    url, rate, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    pace, answered = Pace(rate, seconds), list[float]()
    threads = [threading.Thread(target=client, args=(url, pace, answered)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"answered": sorted(answered), "late": pace.late}))


if __name__ == "__main__":
    main()
