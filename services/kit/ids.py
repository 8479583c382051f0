"""Random identifiers and tokens, and the only form in which a token is stored."""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID, uuid4


def new_id() -> UUID:
    return uuid4()


def random_token() -> str:
    """256 random bits as 43 letters of base64url."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
