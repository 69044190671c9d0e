from __future__ import annotations

import json
import re
import threading
import time
from pathlib import Path

import pytest

from mnist_core.classroom.sessions import HOURS, MAX_OF_ONE, Sessions
from mnist_core.errors import ClassError

ADA, BOB = "p-00000001", "p-00000002"


class Clock:
    """What `time.time` says."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path)


def stored(folder: Path) -> dict[str, dict[str, object]]:
    document = json.loads((folder / "sessions.json").read_bytes())
    assert document["schema"] == 1
    return dict(document["sessions"])


def test_a_token_says_whose_it_is(sessions: Sessions) -> None:
    ada, bob = sessions.begin(ADA), sessions.begin(BOB)
    assert (sessions.person_id(ada), sessions.person_id(bob)) == (ADA, BOB)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 100_000, "../sessions.json"])
def test_an_unknown_token_is_nobodys(sessions: Sessions, token: str) -> None:
    assert sessions.person_id(token) is None
    sessions.begin(ADA)
    assert sessions.person_id(token) is None


def test_a_session_ends_after_its_hours(sessions: Sessions, clock: Clock) -> None:
    token = sessions.begin(ADA)
    clock.now += HOURS * 3600 - 1
    assert sessions.person_id(token) == ADA
    clock.now += 1
    assert sessions.person_id(token) is None


def test_who_signs_out_is_out_and_others_are_not(sessions: Sessions) -> None:
    first, second = sessions.begin(ADA), sessions.begin(ADA)
    sessions.end(first)
    sessions.end(first)
    assert (sessions.person_id(first), sessions.person_id(second)) == (None, ADA)


def test_all_sessions_of_a_person_end_together(sessions: Sessions) -> None:
    ada, bob = [sessions.begin(ADA), sessions.begin(ADA)], sessions.begin(BOB)
    sessions.end_all(ADA)
    assert [sessions.person_id(token) for token in (*ada, bob)] == [None, None, BOB]


def test_expired_sessions_leave_the_file(sessions: Sessions, clock: Clock, tmp_path: Path) -> None:
    sessions.begin(ADA)
    clock.now += HOURS * 3600
    sessions.begin(BOB)
    assert [session["person"] for session in stored(tmp_path).values()] == [BOB]


def test_the_oldest_session_of_a_person_goes_when_there_are_too_many(sessions: Sessions, clock: Clock) -> None:
    other = sessions.begin(BOB)
    tokens = []
    for _ in range(MAX_OF_ONE + 1):
        clock.now += 1
        tokens.append(sessions.begin(ADA))
    assert [token for token in tokens if sessions.person_id(token) is None] == tokens[:1]
    assert sessions.person_id(other) == BOB


def test_the_file_has_no_token(sessions: Sessions, tmp_path: Path) -> None:
    token = sessions.begin(ADA)
    assert re.fullmatch(r"[\w-]{43}", token)
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert ADA.encode() in content
    assert token.encode() not in content


def test_another_process_is_noticed(sessions: Sessions, tmp_path: Path) -> None:
    assert sessions.person_id("x") is None
    elsewhere = Sessions(tmp_path)
    token = elsewhere.begin(ADA)
    assert sessions.person_id(token) == ADA
    elsewhere.end(token)
    assert sessions.person_id(token) is None


def test_the_file_is_read_once_for_each_change(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    token, read, parse = sessions.begin(ADA), [], json.loads

    def counted(content: bytes) -> object:
        read.append(content)
        return parse(content)

    monkeypatch.setattr(json, "loads", counted)
    assert {sessions.person_id(token) for _ in range(50)} == {ADA}
    assert len(read) == 1


DAMAGED = [b"", b"{", b"[]", b"\xff", b'{"schema": 2, "sessions": {}}', b'{"schema": 1, "sessions": []}', b"[" * 9999,
           b'{"schema": 1, "sessions": {"x": {"person": 3, "until": 9e99}}}',
           b'{"schema": 1, "sessions": {"x": {"person": "p", "until": NaN}}}',
           b'{"schema": 1, "sessions": {"x": {"person": "p", "until": 1' + b"0" * 400 + b"}}}"]  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_has_no_sessions_and_is_replaced(sessions: Sessions, tmp_path: Path, content: bytes) -> None:
    token = sessions.begin(ADA)
    (tmp_path / "sessions.json").write_bytes(content)
    assert sessions.person_id(token) is None
    again = sessions.begin(ADA)
    assert (sessions.person_id(token), sessions.person_id(again)) == (None, ADA)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ClassError, match="The session cannot be saved in"):
        Sessions(tmp_path / "file").begin(ADA)


def test_nobody_is_lost_when_many_sign_in_at_once(sessions: Sessions, tmp_path: Path) -> None:
    tokens: dict[str, str] = {}

    def sign_in(person_id: str) -> None:
        own = sessions if int(person_id[-1]) % 2 else Sessions(tmp_path)
        tokens[person_id] = own.begin(person_id)
        assert own.person_id(tokens[person_id]) == person_id

    people = [f"p-0000000{number}" for number in range(10)]
    threads = [threading.Thread(target=sign_in, args=(person_id,)) for person_id in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {person_id: sessions.person_id(tokens[person_id]) for person_id in people} == {x: x for x in people}
