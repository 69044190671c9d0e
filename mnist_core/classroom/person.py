"""A person of a class, with the hash of their code, as stored in `class.json`."""

from __future__ import annotations

import math
import re
import secrets
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mnist_core.classroom.codes import CodeHash, hashed, new_code
from mnist_core.designs.library import clean_name
from mnist_core.errors import ConfigError

PERSON_ID = re.compile(r"p-[0-9a-f]{8}")


class Role(StrEnum):
    """What a person is in a class."""

    STUDENT = "student"
    TEACHER = "teacher"


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One of a class; `added_at` in seconds since 1970.

    Raises:
        ConfigError: the id is not one of ours, the name is not valid, or the time is not a number.
    """

    person_id: str
    name: str
    role: Role
    added_at: float

    def __post_init__(self) -> None:
        if not is_person_id(self.person_id):
            raise ConfigError.invalid("id", expected="an id that was made here", received=self.person_id)
        if not math.isfinite(self.added_at):
            raise ConfigError.invalid("added_at", expected="seconds since 1970", received=self.added_at)
        object.__setattr__(self, "name", clean_name(unicodedata.normalize("NFC", self.name)))

    @property
    def is_teacher(self) -> bool:
        """Whether the person leads the class."""
        return self.role is Role.TEACHER


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A person and what is stored of their code."""

    person: Person
    code: CodeHash

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types."""
        person = self.person
        return {
            "id": person.person_id,
            "name": person.name,
            "role": person.role.value,
            "code": {"salt": self.code.salt, "hash": self.code.hash},
            "added_at": person.added_at,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Member:
        """From what `to_dict` has made.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it is damaged.
        """
        person = Person(
            person_id=values["id"],
            name=values["name"],
            role=Role(values["role"]),
            added_at=float(values["added_at"]),
        )
        return cls(person=person, code=CodeHash(salt=values["code"]["salt"], hash=values["code"]["hash"]))


def new_member(name: str, role: Role) -> tuple[Member, str]:
    """A person who is added now, and their code.

    Raises:
        ConfigError: the name is not valid.
    """
    code = new_code()
    person = Person(person_id=new_person_id(), name=name, role=role, added_at=time.time())
    return Member(person=person, code=hashed(code)), code


def new_person_id() -> str:
    """A new id, which no name is part of."""
    return f"p-{secrets.token_hex(4)}"


def is_person_id(text: object) -> bool:
    """Whether `text` has the form of an id; only then may it become part of a path."""
    return isinstance(text, str) and PERSON_ID.fullmatch(text) is not None


def name_key(name: str) -> str:
    """The same for names that differ in case, in the space around them or in how Unicode spells them.

    Raises:
        ConfigError: the name is not valid.
    """
    return unicodedata.normalize("NFC", clean_name(unicodedata.normalize("NFC", name)).casefold())
