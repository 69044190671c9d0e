"""Who is signed in. The file has only hashes of the tokens: who reads it cannot sign in with what it says.

    <class>/sessions.json     {"schema": 1, "sessions": {"<sha256 of token>": {"person": id, "until": seconds}}}

A file that is damaged or missing has no sessions: everyone signs in again, and it is replaced.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_core.classroom.files import DAMAGED, KeptFile, changing

FILE, LOCK = "sessions.json", ".sessions-lock"
HOURS = 12
MAX_OF_ONE = 50
"""Sessions of a person; the oldest ends when there is one more."""

TOKEN_BYTES = 32
LONGEST_TOKEN = 200
"""A longer text comes from elsewhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Session:
    person_id: str
    until: float


class Sessions:
    """The sessions of a class; may be used by several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = KeptFile(folder / FILE, _parse)

    def begin(self, person_id: str) -> str:
        """Sign a person in; returns the token, which is valid for `HOURS`.

        Raises:
            ClassError: the folder cannot be written.
        """
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with self._changing() as sessions:
            theirs = [key for key, session in sessions.items() if session.person_id == person_id]
            for key in theirs[: max(0, len(theirs) + 1 - MAX_OF_ONE)]:
                del sessions[key]
            sessions[_key(token)] = _Session(person_id=person_id, until=time.time() + HOURS * 3600)
        return token

    def person_id(self, token: str) -> str | None:
        """Whose token it is; None if it is unknown or its session has ended."""
        session = self._read().get(_key(token))
        return session.person_id if session is not None and session.until > time.time() else None

    def end(self, token: str) -> None:
        """Sign out; nothing happens if the session has ended.

        Raises:
            ClassError: the folder cannot be written.
        """
        with self._changing() as sessions:
            sessions.pop(_key(token), None)

    def end_all(self, person_id: str) -> None:
        """End every session of a person.

        Raises:
            ClassError: the folder cannot be written.
        """
        with self._changing() as sessions:
            for key in [key for key, session in sessions.items() if session.person_id == person_id]:
                del sessions[key]

    @contextmanager
    def _changing(self) -> Iterator[dict[str, _Session]]:
        """The sessions to change, while nobody else does; those that have expired are left out of the file."""
        with changing(self.folder / LOCK, "The session"):
            before = self._read()
            now = time.time()
            sessions = {key: session for key, session in before.items() if session.until > now}
            yield sessions
            if sessions != before:
                self._file.write({"sessions": {key: {"person": session.person_id, "until": session.until}
                                               for key, session in sessions.items()}})  # fmt: skip

    def _read(self) -> Mapping[str, _Session]:
        try:
            return self._file.read()
        except (OSError, *DAMAGED):
            return {}


def _parse(values: Mapping[str, Any]) -> Mapping[str, _Session]:
    return {key: _session(value) for key, value in values["sessions"].items()}


def _session(values: Mapping[str, Any]) -> _Session:
    person_id, until = values["person"], float(values["until"])
    if not isinstance(person_id, str) or not math.isfinite(until):
        raise ValueError("a session has no person, or no end")
    return _Session(person_id=person_id, until=until)


def _key(token: str) -> str:
    return hashlib.sha256(token[:LONGEST_TOKEN].encode("utf-8", "surrogatepass")).hexdigest()
