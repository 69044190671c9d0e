"""The journal: what was reported as written stays, what was torn goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mnist_core.runs.events import EventLog, drop_epochs_after, epoch_events, read_events


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    log = EventLog(tmp_path / "events.jsonl")
    for epoch in (1, 2, 3):
        log.append("batch", epoch=epoch, batch=1)
        log.append("epoch", durable=True, epoch=epoch, loss=1 / epoch)
    log.close()
    return tmp_path / "events.jsonl"


def test_events_come_back_in_order_with_gapless_seq(journal: Path) -> None:
    events = read_events(journal).events
    assert [event["seq"] for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event["epoch"] for event in events if event["event"] == "epoch"] == [1, 2, 3]


def test_a_reader_gets_only_what_is_new(journal: Path) -> None:
    first = read_events(journal)
    log = EventLog(journal)
    log.append("note", text="more")
    log.close()
    second = read_events(journal, first)
    assert [event["event"] for event in second.events] == ["note"]
    assert read_events(journal, second).events == ()


@pytest.mark.parametrize("cut", range(1, 40))
def test_an_incomplete_last_line_is_removed_and_nothing_before_it(journal: Path, cut: int) -> None:
    whole = journal.read_bytes()
    last = len(whole) - len(whole.splitlines(keepends=True)[-1])
    journal.write_bytes(whole[: len(whole) - cut])
    assert [event["seq"] for event in read_events(journal).events] == [1, 2, 3, 4, 5]
    log = EventLog(journal)
    assert log.seq == 5
    assert journal.stat().st_size == last
    log.append("note", text="goes on")
    log.close()
    assert [event["seq"] for event in read_events(journal).events] == [1, 2, 3, 4, 5, 6]


def test_a_broken_line_in_the_middle_is_skipped_and_counted(journal: Path) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[2] = b"\xff{broken\n"
    lines[3] = b"[" * 5000 + b"\n"
    journal.write_bytes(b"".join(lines))
    read = read_events(journal)
    assert [event["seq"] for event in read.events] == [1, 2, 5, 6]
    assert read.broken_lines == 2


def test_a_rewritten_journal_is_read_from_its_start(journal: Path) -> None:
    first = read_events(journal)
    drop_epochs_after(journal, 2)
    second = read_events(journal, first)
    assert second.inode != first.inode
    assert [event["epoch"] for event in second.events if event["event"] == "epoch"] == [1, 2]


def test_not_a_number_is_never_written(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    with pytest.raises(ValueError, match="JSON"):
        log.append("batch", loss=float("nan"))
    log.close()
    assert read_events(tmp_path / "events.jsonl").events == ()


def test_a_line_longer_than_the_tail_is_found(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    log.append("note", text="x" * 200_000)
    log.close()
    assert EventLog(tmp_path / "events.jsonl").seq == 1


def test_a_journal_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_events(tmp_path / "events.jsonl").events == ()


def test_every_line_is_one_json_object(journal: Path) -> None:
    for line in journal.read_text().splitlines():
        event = json.loads(line)
        assert {"seq", "event", "time"} <= set(event)


def test_order_is_that_of_writing_when_the_clock_runs_backwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([1_000_000.0, 900_000.0, 0.0])
    monkeypatch.setattr("mnist_core.runs.events.time.time", lambda: next(clock))
    log = EventLog(tmp_path / "events.jsonl")
    for text in ("first", "second", "third"):
        log.append("note", text=text)
    log.close()
    events = read_events(tmp_path / "events.jsonl").events
    assert [event["text"] for event in events] == ["first", "second", "third"]
    assert [event["seq"] for event in events] == [1, 2, 3]


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" , ", " :\t")])
def test_epochs_are_found_whatever_spaces_a_journal_has(journal: Path, separators: tuple[str, str]) -> None:
    named = {"seq": 7, "event": "note", "text": "epoch", "epoch": 3}
    events = [*map(json.loads, journal.read_text().splitlines()), named]
    journal.write_text("".join(json.dumps(event, separators=separators) + "\n" for event in events))
    assert [event["seq"] for event in epoch_events(journal)] == [2, 4, 6]
    drop_epochs_after(journal, 2)
    assert [event["seq"] for event in read_events(journal).events] == [1, 2, 3, 4, 5, 7]
