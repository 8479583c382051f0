"""Money by the decimals of its currency, and texts that name nobody."""

from decimal import Decimal

import pytest

from services.campaign.domain.values import CURRENCIES, NameFinder, money, one_of
from tests.support.given_when_then import refuses


@pytest.mark.parametrize(
    ("amount", "currency", "value"),
    [("328.5", "CNY", "328.50"), ("0", "JPY", "0"), ("1.234", "KWD", "1.234"), ("999999999999.99", "CNY", None)],
)
def test_an_amount_has_the_decimals_of_its_currency(amount: str, currency: str, value: str | None) -> None:
    assert format(money(amount, currency), "f") == (value or amount)


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("1.001", "CNY", "amount-too-precise"),
        ("1.5", "JPY", "amount-too-precise"),
        ("-0.01", "CNY", "amount-not-positive"),
        ("1000000000000", "CNY", "amount-too-large"),
        ("Infinity", "CNY", "amount-malformed"),
        ("1,5", "CNY", "amount-malformed"),
        ("1", "cny", "currency-unknown"),
    ],
)
def test_an_amount_is_refused(amount: str, currency: str, code: str) -> None:
    with refuses(code):
        money(amount, currency)


def test_a_huge_exponent_costs_nothing() -> None:
    with refuses("amount-too-large"):
        money("1e999999", "CNY")
    with refuses("amount-too-precise"):
        money(Decimal("1e-999999"), "CNY")


def test_currencies_are_listed_in_order_and_a_choice_is_told_with_its_alternatives() -> None:
    assert list(CURRENCIES) == sorted(set(CURRENCIES))
    assert one_of("b", ("a", "b"), "x") == "b"
    with refuses("invalid-choice", field="x", allowed=("a", "b")):
        one_of("c", ("a", "b"), "x")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("顾女士账户于5月18日恢复使用。", "顾晓"),
        ("感谢马超的坚持", "马超"),
        ("王某来信", "王强"),
        ("欧阳先生已获退款", "欧阳晓"),
        ("欧阳 小姐", "欧阳晓"),
        ("We thank NOOR HADDAD.", "Noor Haddad"),
        ("Mr Haddad was paid", "Noor Haddad"),
        ("Ms. haddad was paid", "Noor Haddad"),
        ("Noor wrote to us", "Noor"),
        ("We thank Noor  \n Haddad.", "Noor Haddad"),
        ("感谢Mr Haddad", "Noor Haddad"),
        ("Ｎｏｏｒ Haddad", "Noor Haddad"),
        ("感谢马\n超的坚持", "马超"),
        ("感谢 欧 阳\u200b 晓", "欧阳晓"),
        ("阿凡提·买买提来信", "阿凡提 ·买买提"),
    ],
)
def test_a_text_names_a_member(text: str, name: str) -> None:
    assert NameFinder(text).finds(name)
    assert NameFinder(text).finds_any(["无关", name])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("一名成员的账户于5月18日恢复使用。", "顾晓"),
        ("顾客可以申诉", "顾晓"),
        ("马上到账", "马超"),
        ("我们相信会解决", "Li"),
        ("We believe it", "Li"),
        ("Mr Smith was paid", "Noor Haddad"),
        ("阳先生", "欧阳晓"),
        ("王", "王"),
        ("text", " "),
    ],
)
def test_a_text_names_nobody(text: str, name: str) -> None:
    assert not NameFinder(text).finds(name)
