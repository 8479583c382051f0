"""Names of evidence files: random, ours, and nothing else; unlike a digest they recognise no known file."""

import re
import secrets
from typing import Final

from services.kit.failures import PermanentFailure

_NAME: Final = re.compile(r"[0-9a-f]{32}\Z", re.ASCII)


def new_name() -> str:
    return secrets.token_hex(16)


def is_ours(name: str) -> bool:
    return _NAME.match(name) is not None


def ours(name: str) -> str:
    """Anything that is not a name of ours is never asked of a disk or a bucket; raises PermanentFailure."""
    if not is_ours(name):
        raise PermanentFailure("evidence-missing")
    return name
