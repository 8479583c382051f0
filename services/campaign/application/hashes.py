"""Keyed hashes: of people by their address, of what is unique besides people, of a request that may be repeated."""

import re
from dataclasses import dataclass, field
from typing import Final

from email_validator import EmailNotValidError, validate_email

from services.campaign.domain.base import DomainError
from services.campaign.vault.addresses import person_key, value_key

_PLAIN: Final = re.compile(
    r"[a-z0-9_]+(?:[.+-][a-z0-9_]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,24}", re.ASCII | re.IGNORECASE
)
LONGEST_ADDRESS: Final = 254


def checked_address(address: str) -> str:
    """The address as typed, if mail can be sent there; plain ones pass at once, others are looked at closely."""
    address = address.strip()
    local, _, _ = address.partition("@")
    if len(address) <= LONGEST_ADDRESS and len(local) <= 64 and _PLAIN.fullmatch(address):
        return address
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except (EmailNotValidError, UnicodeError):
        raise DomainError("email-invalid") from None
    return address


@dataclass(frozen=True, slots=True)
class Hashes:
    """HMAC-SHA256 under the installation's pepper."""

    pepper: bytes = field(repr=False)

    def person(self, address: str) -> bytes:
        try:
            return person_key(self.pepper, address)
        except DomainError:
            raise DomainError("email-invalid") from None

    def value(self, kind: str, *parts: object) -> bytes:
        return value_key(self.pepper, kind, "|".join(map(str, parts)))
