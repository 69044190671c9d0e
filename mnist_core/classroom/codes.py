"""Codes that people of a class sign in with: made by us, shown once, stored as a hash."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass

from mnist_core.errors import ConfigError

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits without those that look alike: 0 and o, 1, i and l."""

N_PARTS, PART_LENGTH = 3, 4
"""12 characters of 31 are 59 bits: too many to try them all, even for somebody who has read the hash."""

COST = {"n": 2**14, "r": 8, "p": 1}
"""Of scrypt: 16 MB and about 50 ms for each code that is tried."""

SALT_BYTES, DIGEST_BYTES = 16, 32
LONGEST = 64
"""What is typed behind so many characters is not looked at."""

HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeHash:
    """What is stored of a code: a random salt and the hash by scrypt, both hexadecimal.

    Source: Percival, Stronger key derivation via sequential memory-hard functions, BSDCan 2009.
    """

    salt: str
    hash: str

    def __post_init__(self) -> None:
        for name, n_bytes in (("salt", SALT_BYTES), ("hash", DIGEST_BYTES)):
            value = getattr(self, name)
            if not isinstance(value, str) or len(value) != 2 * n_bytes or not HEX.fullmatch(value):
                raise ConfigError.invalid(name, expected=f"{n_bytes} bytes, hexadecimal", received=value)


NOBODYS = CodeHash(salt="0" * 2 * SALT_BYTES, hash="0" * 2 * DIGEST_BYTES)
"""No code fits; finding that out takes as long as for a person's."""


def new_code() -> str:
    """A new code, such as `k7mq-4x2p-9hwd`."""
    parts = ("".join(secrets.choice(ALPHABET) for _ in range(PART_LENGTH)) for _ in range(N_PARTS))
    return "-".join(parts)


def hashed(code: str) -> CodeHash:
    """What to store of a code."""
    salt = secrets.token_bytes(SALT_BYTES)
    return CodeHash(salt=salt.hex(), hash=_digest(code, salt).hex())


def fits(code: str, stored: CodeHash) -> bool:
    """Whether `code` is the one that was stored, however it is typed: case, spaces and hyphens do not matter."""
    return hmac.compare_digest(_digest(code, bytes.fromhex(stored.salt)), bytes.fromhex(stored.hash))


def _digest(code: str, salt: bytes) -> bytes:
    plain = unicodedata.normalize("NFKC", code[:LONGEST]).lower()
    typed = "".join(character for character in plain if character.isalnum())
    return hashlib.scrypt(typed.encode(), salt=salt, dklen=DIGEST_BYTES, **COST)
