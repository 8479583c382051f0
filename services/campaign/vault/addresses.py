"""One person, one key: the canonical form of an e-mail address and its keyed hash."""

import hmac
import unicodedata

import idna

from services.campaign.domain.base import DomainError


def canonical(address: str) -> str:
    """The form in which addresses are compared; mail goes to the address as typed.

    NFC, the whole address case-folded, the domain in IDNA (UTS 46) form, a `+tag` left out.
    Raises DomainError `address-malformed`.
    """
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    local = local.partition("+")[0]
    if not at or not local or not domain:
        raise DomainError("address-malformed")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            raise DomainError("address-malformed") from None
    return unicodedata.normalize("NFC", f"{local}@{domain.rstrip('.')}".casefold())


def person_key(pepper: bytes, address: str) -> bytes:
    """HMAC-SHA256 of the canonical address: the same person has the same key in every campaign."""
    return hmac.digest(pepper, canonical(address).encode(), "sha256")


def value_key(pepper: bytes, kind: str, value: str) -> bytes:
    """HMAC-SHA256 of `kind|value`, for what is unique besides people: an open filing, a vote."""
    return hmac.digest(pepper, f"{kind}|{value}".encode(), "sha256")
