"""Who counts as the same person: the canonical address and its keyed hash."""

import pytest

from services.campaign.domain.base import DomainError
from services.campaign.vault.addresses import canonical, person_key, value_key

PEPPER = b"p" * 32


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("Zhao.Min@Example.ORG", "zhao.min@example.org"),
        ("zhao.min+wallet@example.org", "zhao.min@example.org"),
        (" zhao.min@example.org ", "zhao.min@example.org"),
        ("zhao.min@EXAMPLE.org.", "zhao.min@example.org"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@BU\u0308CHER.example", "ana@xn--bcher-kva.example"),
        ("ana@XN--bcher-kva.example", "ana@xn--bcher-kva.example"),
        ("赵敏@例え.example", "赵敏@xn--r8jz45g.example"),
        ("JOSE\u0301@example.org", "josé@example.org"),
        ("STRASSE@example.org", "straße@example.org"),
        ("ana@例え。example", "ana@xn--r8jz45g.example"),
    ],
)
def test_the_same_person(typed: str, same: str) -> None:
    assert canonical(typed) == canonical(same)
    assert person_key(PEPPER, typed) == person_key(PEPPER, same)


def test_different_people_and_peppers_have_different_keys() -> None:
    keys = {
        person_key(PEPPER, "zhao.min@example.org"),
        person_key(PEPPER, "zhaomin@example.org"),
        person_key(b"q" * 32, "zhao.min@example.org"),
        value_key(PEPPER, "vote", "zhao.min@example.org"),
        value_key(PEPPER, "filing", "zhao.min@example.org"),
    }
    assert len(keys) == 5
    assert all(len(key) == 32 for key in keys)


@pytest.mark.parametrize("typed", ["", "zhao.min", "@example.org", "zhao@", "+tag@example.org", "a@xn--\u200d.例"])
def test_no_address(typed: str) -> None:
    with pytest.raises(DomainError) as refused:
        canonical(typed)
    assert refused.value.code == "address-malformed"


def test_canonical_is_stable() -> None:
    for typed in ("Zhao.Min+a+b@Bücher.Example", "ﬁsh@example.org", "İ@example.org"):
        assert canonical(canonical(typed)) == canonical(typed)
