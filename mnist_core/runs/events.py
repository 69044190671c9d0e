"""The journal of a run: one JSON object per line, append-only.

    {"seq": 12, "event": "batch", "time": 1763700000.1, "epoch": 1, "batch": 40, ...}

`seq` counts up from 1; numbers are missing where epochs were dropped because their checkpoint was lost. A last line
without a newline was cut off by a kill: it is removed when the journal is next opened for writing, and ignored by
readers until then. A line that cannot be read is skipped and counted.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mnist_core.files import write_all, write_bytes

Event = dict[str, Any]

TAIL_BYTES = 1 << 16
EPOCH, STATUS = "epoch", "status"
"""Names of events."""
MAX_READ_BYTES = 64 << 20
"""At most this much of a journal is read at once; of a longer one, only the end."""


class EventLog:
    """The writing end. Only the worker that holds the lock on the run directory may open it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        self.seq = self._repair()

    def append(self, event: str, *, durable: bool = False, **values: Any) -> int:
        """Append one event and return its `seq`; with `durable`, it is on disk when this returns."""
        self.seq += 1
        line = json.dumps({"seq": self.seq, "event": event, "time": time.time(), **values}, allow_nan=False)
        size = os.fstat(self._descriptor).st_size
        try:
            write_all(self._descriptor, line.encode() + b"\n")
        except OSError:
            self.seq -= 1
            os.ftruncate(self._descriptor, size)  # no incomplete line in the middle of the journal
            raise
        if durable:
            os.fsync(self._descriptor)
        return self.seq

    def close(self) -> None:
        """Close the journal; nothing can be appended afterwards."""
        os.close(self._descriptor)

    def _repair(self) -> int:
        """Remove an incomplete last line; return the highest `seq`."""
        size = os.fstat(self._descriptor).st_size
        position, tail = size, b""
        while position > 0 and b"\n" not in tail[:-1]:  # back until the last whole line is in sight
            start = max(0, position - TAIL_BYTES)
            tail = os.pread(self._descriptor, position - start, start) + tail
            position = start
        whole = tail.rfind(b"\n") + 1
        if position + whole < size:
            os.ftruncate(self._descriptor, position + whole)
            os.fsync(self._descriptor)
        for line in reversed(tail[:whole].splitlines()):
            event = parse_event(line)
            if event is not None:
                return int(event["seq"])
        return max((int(e["seq"]) for e in read_events(self.path).events), default=0)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EventRead:
    """The result of one read of a journal."""

    events: tuple[Event, ...]
    offset: int  # where the next read starts
    inode: int  # changes when the journal is rewritten: then read from 0 again
    broken_lines: int = 0


def read_events(path: Path, previous: EventRead | None = None) -> EventRead:
    """The events after `previous`, or all of them; none if there is no journal.

    If the journal was rewritten after `previous`, all of its events are returned; callers that collect events compare
    `inode`.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return EventRead(events=(), offset=0, inode=0)
    try:
        stat = os.fstat(descriptor)
        is_same = previous is not None and previous.inode == stat.st_ino and previous.offset <= stat.st_size
        offset = previous.offset if previous is not None and is_same else max(0, stat.st_size - MAX_READ_BYTES)
        chunk = os.pread(descriptor, stat.st_size - offset, offset)
    finally:
        os.close(descriptor)
    whole = chunk.rfind(b"\n") + 1
    parsed = [parse_event(line) for line in chunk[:whole].split(b"\n")[:-1]]
    events = tuple(event for event in parsed if event is not None)
    return EventRead(events=events, offset=offset + whole, inode=stat.st_ino, broken_lines=len(parsed) - len(events))


def parse_event(line: bytes) -> Event | None:
    """The event on a line, or None if it is not one."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    is_event = isinstance(event, dict) and isinstance(event.get("event"), str) and _is_count(event.get("seq"))
    return event if is_event else None


def events_named(path: Path, *names: str) -> Iterator[Event]:
    """Every event of these names in a journal of any length, read line by line; nothing if there is no journal."""
    sign = _sign(*names)
    with contextlib.suppress(FileNotFoundError), path.open("rb") as lines:
        for line in lines:
            if sign.search(line) and line.endswith(b"\n"):
                event = parse_event(line)
                if event is not None and event["event"] in names:
                    yield event


def epoch_events(path: Path) -> Iterator[Event]:
    """Every `epoch` event of a journal of any length; nothing if there is no journal."""
    return events_named(path, EPOCH)


def drop_epochs_after(path: Path, epoch: int) -> None:
    """Remove the `epoch` events after `epoch`: their checkpoint is lost, and they will be trained again."""
    if all(_number(event.get("epoch")) <= epoch for event in epoch_events(path)):
        return
    kept, sign = [], _sign(EPOCH)
    with path.open("rb") as lines:
        for line in lines:
            event = parse_event(line) if sign.search(line) else None
            is_lost = event is not None and event["event"] == EPOCH and _number(event.get("epoch")) > epoch
            if not is_lost and line.endswith(b"\n"):
                kept.append(line)
    write_bytes(path, b"".join(kept))


@lru_cache
def _sign(*names: str) -> re.Pattern[bytes]:
    """What tells events of these names from the hundreds of others of an epoch before a line is parsed."""
    return re.compile(rb'"event"\s*:\s*"(?:' + "|".join(names).encode() + rb')"')


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else 0
