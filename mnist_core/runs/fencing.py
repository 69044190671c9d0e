"""The number of each attempt to train a run, so that an old worker never writes over the work of a newer one.

`flock` ensures this on one machine. On a network file system it may not: a worker whose machine was cut off for some
minutes still believes that it holds the lock. So whoever starts a worker raises `attempt` in `run.json`, and the worker
looks whether it is still the attempt that stands there before it writes anything.

The number alone is not enough where no lock holds: two starts at the same moment would take the same one. A random
`token` tells them apart.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_core.errors import ConfigError, RunTakenOverError
from mnist_core.runs.document import read_document
from mnist_core.runs.index_rows import Stamp
from mnist_core.runs.index_scan import stamp_of

ATTEMPT = re.compile(r"(\d{1,9})-([0-9a-f]{12})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One attempt to train a run, from the start of its worker to the worker's end."""

    number: int
    token: str

    def __str__(self) -> str:
        return f"{self.number}-{self.token}"

    @classmethod
    def after(cls, document: Mapping[str, Any]) -> Attempt:
        """A new attempt, after the last one in a `run.json`."""
        return cls(number=cls.present(document).number + 1, token=secrets.token_hex(6))

    @classmethod
    def present(cls, document: Mapping[str, Any]) -> Attempt:
        """The last attempt in a `run.json`."""
        number, token = document.get("attempt"), document.get("attempt_token")
        return cls(number=number if isinstance(number, int) else 0, token=token if isinstance(token, str) else "")

    @classmethod
    def parse(cls, text: str) -> Attempt:
        """The attempt that `str` gave.

        Raises:
            ConfigError: the text is no attempt.
        """
        match = ATTEMPT.fullmatch(text)
        if match is None:
            raise ConfigError.invalid("attempt", expected="a number, a dash and a token", received=text)
        return cls(number=int(match[1]), token=match[2])

    def check(self, document: Mapping[str, Any]) -> None:
        """Ensure that this is the attempt in a `run.json`.

        Raises:
            RunTakenOverError: it is another one. A lower number ends this attempt too: without locks, the writing of an
                older worker can come last, and then that worker goes on.
        """
        present = Attempt.present(document)
        if present != self:
            raise RunTakenOverError(
                f"Attempt {self.number} to train this run has ended: attempt {present.number} is training it now."
            )


class Fence:
    """What keeps a worker from writing once another attempt has begun."""

    def __init__(self, folder: Path, attempt: Attempt) -> None:
        self.attempt = attempt
        self._folder = folder
        self._seen: Stamp | None = None

    def check(self) -> None:
        """Read `run.json` and compare.

        Raises:
            RunTakenOverError: another attempt has begun.
            RunCorruptedError: `run.json` cannot be read.
        """
        stamp = stamp_of(self._folder.parent, self._folder.name)  # before: a change after it is seen by `glance`
        self.attempt.check(read_document(self._folder))
        self._seen = stamp

    def glance(self) -> None:
        """`check`, if `run.json` has changed since the last one; cheap enough for many times a second."""
        if self._seen is None or stamp_of(self._folder.parent, self._folder.name) != self._seen:
            self.check()
