"""Tokens of the links in mails, in a database of their own: only hashes are stored (`application.ports.Tokens`)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import BigInteger, Column, Engine, Integer, LargeBinary, MetaData, Table, Text, delete, select

from services.campaign.application.ports import TokenFacts
from services.campaign.domain.base import DomainError
from services.kit.ids import hash_token, random_token
from services.kit.sql.engine import reading, sqlite_engine, temporary_when_busy
from services.kit.sql.upsert import insert

NONCE_BYTES: Final = 12
metadata = MetaData()
tokens = Table(
    "tokens", metadata,
    Column("hash", LargeBinary, primary_key=True), Column("purpose", Text, nullable=False),
    Column("campaign", Text, nullable=False), Column("subject", Text, nullable=False, index=True),
    Column("expires", BigInteger().with_variant(Integer, "sqlite"), nullable=False, index=True),
    Column("secret", LargeBinary, nullable=True),
)  # fmt: skip
issued = Table(
    "issued", metadata,
    Column("subject", Text, primary_key=True), Column("purpose", Text, primary_key=True),
    Column("times", Integer, nullable=False),
)  # fmt: skip
_COUNT: Final = insert(issued).on_conflict_do_update(
    index_elements=["subject", "purpose"], set_={"times": issued.c.times + 1}
)


def tokens_engine(path: Path) -> Engine:
    return sqlite_engine(path, secure_delete=True, cache_mb=2)


class SqlTokens:
    """May raise TemporaryFailure. A secret is sealed under a key that only the token itself gives."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def issue(
        self, purpose: str, campaign: UUID, subject: UUID, expires: datetime, secret: bytes | None = None
    ) -> str:  # fmt: skip
        token = random_token()
        sealed = None if secret is None else _seal(token, purpose, secret)
        self._keep([_row(token, purpose, campaign, subject, expires, sealed)])
        return token

    def issue_all(self, purpose: str, campaign: UUID, subjects: Sequence[UUID], expires: datetime) -> list[str]:
        """One token for each subject, in order, made durable together; counted in one order, so that two processes
        that do so at once never wait for each other in a circle."""
        made = [random_token() for _ in subjects]
        self._keep([_row(t, purpose, campaign, s, expires, None) for t, s in zip(made, subjects, strict=True)])
        return made

    def _keep(self, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        issues = [
            {"subject": row["subject"], "purpose": row["purpose"], "times": 1}
            for row in sorted(rows, key=lambda row: str(row["subject"]))
        ]
        with temporary_when_busy(), self._engine.begin() as connection:
            connection.execute(insert(tokens), rows)
            connection.execute(_COUNT, issues)

    def resolve(self, purpose: str, token: str, now: datetime) -> TokenFacts:
        sought = select(tokens).where(tokens.c.hash == hash_token(token))
        with temporary_when_busy(), reading(self._engine) as connection:
            row = connection.execute(sought).mappings().first()
        if row is None or row["purpose"] != purpose or row["expires"] <= _seconds(now):
            raise DomainError("token-invalid")
        secret = None if row["secret"] is None else _unseal(token, purpose, row["secret"])
        return TokenFacts(purpose, UUID(row["campaign"]), UUID(row["subject"]), secret)

    def issued(self, purpose: str, subject: UUID) -> int:
        sought = select(issued.c.times).where(issued.c.subject == str(subject), issued.c.purpose == purpose)
        with temporary_when_busy(), reading(self._engine) as connection:
            return int(connection.scalar(sought) or 0)

    def forget(self, subject: UUID) -> None:
        with temporary_when_busy(), self._engine.begin() as connection:
            connection.execute(delete(tokens).where(tokens.c.subject == str(subject)))
            connection.execute(delete(issued).where(issued.c.subject == str(subject)))

    def forget_expired(self, now: datetime) -> int:
        """For housekeeping: how often each was issued stays known."""
        with temporary_when_busy(), self._engine.begin() as connection:
            return connection.execute(delete(tokens).where(tokens.c.expires <= _seconds(now))).rowcount


def _row(
    token: str, purpose: str, campaign: UUID, subject: UUID, expires: datetime, secret: bytes | None
) -> dict[str, Any]:  # fmt: skip
    return {
        "hash": hash_token(token), "purpose": purpose, "campaign": str(campaign), "subject": str(subject),
        "expires": _seconds(expires), "secret": secret,
    }  # fmt: skip


def _seconds(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp())


def _cipher(token: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"chorus token secret|" + token.encode()).digest())


def _seal(token: str, purpose: str, secret: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(token).encrypt(nonce, secret, purpose.encode())


def _unseal(token: str, purpose: str, sealed: bytes) -> bytes:
    return _cipher(token).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
