from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from mnist_core.classroom.codes import ALPHABET, NOBODYS, CodeHash, fits, hashed, new_code
from mnist_core.errors import ConfigError

CODE = "k7mq-4x2p-9hwd"


def test_a_code_is_three_parts_of_four_characters_that_cannot_be_confused() -> None:
    codes = [new_code() for _ in range(200)]
    assert {tuple(map(len, code.split("-"))) for code in codes} == {(4, 4, 4)}
    assert not set("".join(codes)) & set("0Oo1lLIi")
    assert set("".join(codes)) == {*ALPHABET, "-"}
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    "typed",
    [CODE, "K7MQ-4X2P-9HWD", "k7mq4x2p9hwd", " k7mq 4x2p 9hwd\n", "k7mq–4x2p–9hwd", "ｋ７ｍｑ-4x2p-9hwd"],
)
def test_a_code_fits_however_it_is_typed(typed: str) -> None:
    assert fits(typed, hashed(CODE))


@pytest.mark.parametrize("typed", ["", "-", "k7mq-4x2p-9hwe", "k7mq-4x2p", CODE + "a", CODE * 9, "\ud800", "é"])
def test_another_code_does_not_fit(typed: str) -> None:
    assert not fits(typed, hashed(CODE))


def test_what_is_stored_is_a_salted_hash() -> None:
    first, second = hashed(CODE), hashed(CODE)
    assert first.salt != second.salt
    expected = hashlib.scrypt(b"k7mq4x2p9hwd", salt=bytes.fromhex(first.salt), n=16384, r=8, p=1, dklen=32)
    assert first.hash == expected.hex()


def test_hashes_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[Any, Any]] = []

    def noted(*pair: Any) -> bool:
        compared.append(pair)
        return False

    monkeypatch.setattr(hmac, "compare_digest", noted)
    assert not fits(CODE, hashed(CODE))
    assert len(compared) == 1
    assert compared[0][0] == compared[0][1]


def test_no_code_fits_nobody() -> None:
    assert not fits("", NOBODYS)
    assert not fits(CODE, NOBODYS)


@pytest.mark.parametrize("change", [{"salt": "00"}, {"hash": "x" * 64}, {"hash": None}, {"salt": "0" * 31 + "\n"}])
def test_a_damaged_hash_is_refused(change: dict[str, Any]) -> None:
    stored = {"salt": "0" * 32, "hash": "0" * 64}
    CodeHash(**stored)
    with pytest.raises(ConfigError):
        CodeHash(**{**stored, **change})
