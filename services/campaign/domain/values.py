"""The field's closed vocabularies and money, with the checks that every claim and outcome passes."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from services.campaign.domain.base import DomainError

DEMAND_KINDS: Final = (
    "refund", "compensate", "apologise", "unfreeze", "correct", "explain", "fix", "delete", "fee_back",
)  # fmt: skip
MONEY_REMEDIES: Final = frozenset({"refund", "compensate", "fee_back"})
EVIDENCE_KINDS: Final = (
    "transaction-record", "screenshot", "communication", "recording", "contract", "identity", "other",
)  # fmt: skip
CONTACT_CHANNELS: Final = ("hotline", "branch", "web", "app", "email", "letter", "social")
SAFETY_STEPS: Final = (
    "lock-account", "change-password", "call-support", "report-police", "watch-transactions", "enable-2fa",
)  # fmt: skip
PROVIDER_KINDS: Final = ("payment-institution", "bank", "other")
REVIEW_VERDICTS: Final = ("accepted", "rejected", "more-needed")
REVIEW_REASONS: Final = ("unreadable", "unrelated", "incomplete", "duplicate", "edited", "names-others", "other")
RESPONSE_VERDICTS: Final = ("met", "partly", "refused")
LOCALES: Final = ("zh-CN", "en")
REMOVAL_REASONS: Final = ("court-order", "mistake", "names-a-person", "unlawful")
SUSPENSION_REASONS: Final = ("abuse", "court-order", "safety", "dispute")
INVALIDATION_REASONS: Final = ("duplicate-person", "not-affected", "abuse", "test")
ERASURE_BASES: Final = ("member-request", "organizer-request", "retention", "court-order")

_EXPONENT: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        "AED AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS INR MOP MXN MYR NOK NZD PHP PLN RON SAR SEK SGD "
        "THB TRY TWD USD ZAR IDR PKR BDT NGN KES EGP UAH RUB KZT ARS COP PEN LKR MMK KHR LAK MNT NPR".split(),
        2,
    ),
    **dict.fromkeys("JPY KRW VND CLP ISK XAF XOF".split(), 0),
    **dict.fromkeys("BHD JOD KWD OMR TND".split(), 3),
}
"""ISO 4217: decimals of each currency that Chorus accepts."""
CURRENCIES: Final = tuple(sorted(_EXPONENT))
LARGEST: Final = Decimal("1000000000000")
_COMPOUND_SURNAMES: Final = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 "
    "公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 令狐 拓跋 轩辕 西门 东郭 百里 呼延"
).split()


def one_of(value: str, allowed: Iterable[str], field: str) -> str:
    """The value itself when it belongs to the vocabulary; else DomainError `invalid-choice`."""
    choices = tuple(allowed)
    if value not in choices:
        raise DomainError("invalid-choice", field=field, value=value, allowed=choices)
    return value


def money(amount: str | Decimal, currency: str) -> Decimal:
    """An amount not below zero, with no more decimals than its currency has (ISO 4217), below 10**12."""
    if currency not in _EXPONENT:
        raise DomainError("currency-unknown", currency=currency)
    try:
        value = Decimal(amount)
    except InvalidOperation:
        raise DomainError("amount-malformed", amount=str(amount)) from None
    if not value.is_finite():
        raise DomainError("amount-malformed", amount=str(amount))
    if value < 0:
        raise DomainError("amount-not-positive", amount=str(amount), currency=currency)
    if value >= LARGEST:
        raise DomainError("amount-too-large", amount=str(amount), currency=currency)
    digits = _EXPONENT[currency]
    if value != round(value, digits):
        raise DomainError("amount-too-precise", amount=str(amount), currency=currency, decimals=digits)
    return value.quantize(Decimal(1).scaleb(-digits))


def claimed_money(amount: str | Decimal | None, currency: str | None, remedy: str) -> Decimal | None:
    """The money of a claim: needed and above zero where money is claimed back, else free to be zero or absent."""
    if amount is None:
        if remedy in MONEY_REMEDIES:
            raise DomainError("amount-missing", remedy=remedy)
        return None
    if currency is None:
        raise DomainError("currency-missing")
    value = money(amount, currency)
    if value == 0 and remedy in MONEY_REMEDIES:
        raise DomainError("amount-not-positive", amount=str(amount), currency=currency)
    return value


_HONORIFIC: Final = re.compile(r"\s?(?:女士|先生|小姐|太太|某)")
_TITLE: Final = re.compile(r"(?<![a-z0-9])(?:mr|mrs|ms|miss)\.?\s+(\w+)")


class NameFinder:
    """Reads a text once, then says of any name whether the text holds it.

    A full name, or a surname with its honorific (女士, 先生, 小姐, 太太, 某; Mr, Mrs, Ms, Miss); however it is
    spaced, broken over lines or set in wide letters.
    """

    def __init__(self, text: str) -> None:
        self._text = _plain(text)
        self._unspaced = self._text.replace(" ", "")
        self._before = tuple(self._text[: found.start()] for found in _HONORIFIC.finditer(self._text))
        self._titled = frozenset(found[1] for found in _TITLE.finditer(self._text))

    def finds_any(self, names: Iterable[str]) -> bool:
        return any(self.finds(name) for name in names)

    def finds(self, name: str) -> bool:
        name = _plain(name)
        return len(name) > 1 and (self._whole(name) or self._honoured(_surname(name)))

    def _whole(self, name: str) -> bool:
        if not name.isascii():
            return name.replace(" ", "") in self._unspaced
        return name in self._text and re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", self._text) is not None

    def _honoured(self, surname: str) -> bool:
        return surname in self._titled or any(before.endswith(surname) for before in self._before)


def _plain(text: str) -> str:
    """Letters as they are compared: one width, one case, one space between words, no marks that show nothing."""
    if not text.isascii():
        text = "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")
    return " ".join(text.casefold().split())


def _surname(name: str) -> str:
    if name[0].isascii():
        return name.split()[-1]
    return name[:2] if name[:2] in _COMPOUND_SURNAMES else name[:1]
