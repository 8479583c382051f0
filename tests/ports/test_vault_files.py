"""Sealed evidence bytes: what was written comes back, whole and in order, or not at all."""

import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.campaign.vault.files import CHUNK, Measured, decrypt, encrypt, new_file_key
from services.kit.failures import PermanentFailure

KEY = bytes(range(32))
SEALED_CHUNK = CHUNK + 16
HEADER = 22


def sealed(content: bytes, key: bytes = KEY) -> bytes:
    return b"".join(encrypt([content], key))


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


@given(
    size=st.one_of(st.integers(0, 300), st.integers(CHUNK - 2, CHUNK + 2), st.integers(2 * CHUNK - 1, 2 * CHUNK + 1)),
    into=st.integers(1, 3 * CHUNK).filter(lambda n: n > 50),
    out=st.integers(50, 3 * CHUNK),
)
@settings(max_examples=60, deadline=None)
def test_what_goes_in_comes_out_however_it_is_cut(size: int, into: int, out: int) -> None:
    content = hashlib.shake_128(b"x").digest(size)
    stored = b"".join(encrypt(pieces(content, into), KEY))
    assert b"".join(decrypt(pieces(stored, out), KEY)) == content
    assert len(stored) == HEADER + size + 16 * max(1, -(-size // CHUNK))


def test_the_same_bytes_never_look_the_same() -> None:
    assert sealed(b"screenshot") != sealed(b"screenshot")
    assert new_file_key() != new_file_key()


def test_whatever_is_changed_is_noticed() -> None:
    stored = sealed(b"a" * CHUNK + b"b" * CHUNK + b"c" * 10)
    first, second = HEADER, HEADER + SEALED_CHUNK
    third = second + SEALED_CHUNK
    broken = {
        "cut off at a chunk": stored[:third],
        "cut off within": stored[:-1],
        "swapped": stored[:first] + stored[second:third] + stored[first:second] + stored[third:],
        "repeated": stored[:second] + stored[first:],
        "left out": stored[:first] + stored[second:],
        "appended": stored + b"x",
        "flipped": stored[:100] + bytes([stored[100] ^ 1]) + stored[101:],
        "another header": stored[:15] + bytes([stored[15] ^ 1]) + stored[16:],
        "no header": stored[HEADER:],
        "nothing": b"",
        "header alone": stored[:HEADER],
    }
    for name, content in broken.items():
        with pytest.raises(PermanentFailure, match="evidence-broken"):
            b"".join(decrypt([content], KEY))
            pytest.fail(name)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(PermanentFailure):
        b"".join(decrypt([sealed(b"x")], bytes(32)))


def test_memory_stays_bounded_on_the_way() -> None:
    waiting: list[int] = []

    def source() -> Iterator[bytes]:
        for _ in range(64):
            waiting.append(1)
            yield b"z" * CHUNK

    ahead = 0
    for number, _ in enumerate(encrypt(source(), KEY)):
        ahead = max(ahead, len(waiting) - number)
    assert ahead <= 2


def test_size_and_digest_are_known_at_the_end() -> None:
    measured = Measured(iter([b"scr", b"eenshot"]))
    assert b"".join(measured) == b"screenshot"
    assert (measured.size, measured.sha256) == (10, hashlib.sha256(b"screenshot").hexdigest())
