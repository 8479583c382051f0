"""One person, one key: the canonical form of an e-mail address and its keyed hash."""

from __future__ import annotations

import hmac
import unicodedata

import idna


class AddressMalformed(ValueError):
    """No address that mail could go to."""


def canonical(address: str) -> str:
    """The form in which addresses are compared; mail goes to the address as typed.

    NFC, the whole address case-folded, the domain in IDNA (UTS 46) form, a `+tag` left out.
    Raises AddressMalformed.
    """
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    local = local.partition("+")[0]
    if not at or not local or not domain:
        raise AddressMalformed
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            raise AddressMalformed from None
    return unicodedata.normalize("NFC", f"{local}@{domain.rstrip('.')}".casefold())


def person_key(pepper: bytes, address: str) -> bytes:
    """HMAC-SHA256 of the canonical address: the same person has the same key in every campaign."""
    return hmac.digest(pepper, canonical(address).encode(), "sha256")
