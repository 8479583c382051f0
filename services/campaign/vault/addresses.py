"""One person, one key: the canonical form of an e-mail address and its keyed hash."""

import hmac

from services.campaign.domain.base import DomainError
from services.kit import addresses


def canonical(address: str) -> str:
    """The form in which addresses are compared; raises DomainError `address-malformed`."""
    try:
        return addresses.canonical(address)
    except addresses.AddressMalformed:
        raise DomainError("address-malformed") from None


def person_key(pepper: bytes, address: str) -> bytes:
    """HMAC-SHA256 of the canonical address: the same person has the same key in every campaign."""
    return hmac.digest(pepper, canonical(address).encode(), "sha256")


def value_key(pepper: bytes, kind: str, value: str) -> bytes:
    """HMAC-SHA256 of `kind|value`, for what is unique besides people: an open filing, a vote."""
    return hmac.digest(pepper, f"{kind}|{value}".encode(), "sha256")
