"""Folders of runs that share the places of one machine: those of the people of a class.

    <folder>/shared-queue.json      {"parallel": 1}
    <folder>/<person>/              a folder of runs, with an order of its own

However many people queue runs, the machine trains as many at the same time as one person would let it. Each place goes
to whoever has the fewest; among those, to the run that was queued first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mnist_core.errors import ConfigError
from mnist_core.files import write_json
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore

MAX_PARALLEL = 8
SHARED_QUEUE = "shared-queue.json"


def share_places(folder: Path, parallel: int = 1) -> None:
    """Let the folders of runs in `folder` share so many places; also to change their number.

    Raises:
        ConfigError: not an integer from 1 to 8.
        OSError: the folder cannot be written.
    """
    write_json(folder / SHARED_QUEUE, {"parallel": checked_parallel(parallel)})


def checked_parallel(parallel: object) -> int:
    """A number of parallel runs.

    Raises:
        ConfigError: not an integer from 1 to 8.
    """
    if isinstance(parallel, bool) or not isinstance(parallel, int) or not 1 <= parallel <= MAX_PARALLEL:
        raise ConfigError.invalid("parallel", expected=f"an integer from 1 to {MAX_PARALLEL}", received=parallel)
    return parallel


def sharing_folder(store: RunStore) -> Path | None:
    """The folder whose folders of runs share places with this one; None if it has its own."""
    folder = store.root.parent
    return folder if (folder / SHARED_QUEUE).is_file() else None


def shared_parallel(folder: Path) -> int:
    """How many runs of all these folders may train at the same time; 1 if the file is damaged."""
    try:
        return min(MAX_PARALLEL, max(1, int(json.loads((folder / SHARED_QUEUE).read_bytes())["parallel"])))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 1


def stores_in(folder: Path) -> tuple[RunStore, ...]:
    """The folders of runs that share places."""
    inside = (path for path in sorted(folder.iterdir()) if not path.name.startswith(".") and not path.is_symlink())
    return tuple(_store(path) for path in inside if path.is_dir())


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What one store has of the shared places: `taken` ones, and the runs that wait, its next one first."""

    store: RunStore
    taken: int
    waiting: Sequence[RunRecord]


def in_turn(places: Sequence[Place]) -> Iterator[tuple[RunStore, RunRecord]]:
    """The waiting runs of all stores in the order in which they get a place."""
    taken = [place.taken for place in places]
    following = [list(reversed(place.waiting)) for place in places]
    while any(following):
        turn = min(
            (number for number, waiting in enumerate(following) if waiting),
            key=lambda number: (taken[number], following[number][-1].created_at, following[number][-1].run_id),
        )
        taken[turn] += 1
        yield places[turn].store, following[turn].pop()


@cache  # a store costs little, but its index is read anew by each new one
def _store(root: Path) -> RunStore:
    return RunStore(root)
