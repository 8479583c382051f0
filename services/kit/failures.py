"""The two families of failure an adapter may raise: worth trying again, and not."""

from __future__ import annotations


class TemporaryFailure(Exception):
    """The other side is busy or away; the same call may succeed later."""

    def __init__(self, code: str, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


class PermanentFailure(Exception):
    """The same call will never succeed; somebody has to look, or the work ends with this reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
