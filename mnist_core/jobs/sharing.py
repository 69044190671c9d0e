"""Folders of runs that share the places of one machine: those of the people of a class.

    <folder>/shared-queue.json      {"parallel": 1}
    <folder>/shared-turns.json      {"<person>": 17}      when each was last given a place, counted in places
    <folder>/<person>/              a folder of runs, with an order of its own

However many people queue runs, the machine trains as many at the same time as one person would let it. Each place goes
to whoever has the fewest; among those, to whoever was given one longest ago; then to the run that was queued first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mnist_core.errors import ConfigError
from mnist_core.files import write_json
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore

MAX_PARALLEL = 8
SHARED_QUEUE, TURNS = "shared-queue.json", "shared-turns.json"


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
    """What one store has of the shared places.

    Attributes:
        taken: how many.
        waiting: its runs that wait, the next one first.
        last_turn: when it was last given one, counted in places given; 0 if never.
    """

    store: RunStore
    taken: int
    waiting: Sequence[RunRecord]
    last_turn: int = 0


def in_turn(places: Sequence[Place]) -> Iterator[tuple[RunStore, RunRecord]]:
    """The waiting runs of all stores in the order in which they get a place, if none becomes free meanwhile."""
    taken, last = [place.taken for place in places], [place.last_turn for place in places]
    following = [list(reversed(place.waiting)) for place in places]

    def precedence(number: int) -> tuple[int, int, float, str]:
        run = following[number][-1]
        return taken[number], last[number], run.created_at, run.run_id

    while any(following):
        turn = min((number for number, waiting in enumerate(following) if waiting), key=precedence)
        taken[turn] += 1
        last[turn] = max(last) + 1
        yield places[turn].store, following[turn].pop()


def turns(folder: Path) -> Mapping[str, int]:
    """When each store was last given a place, by the name of its folder; nothing is known if the file is damaged."""
    try:
        return {str(name): int(turn) for name, turn in json.loads((folder / TURNS).read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def note_turn(folder: Path, store: RunStore) -> None:
    """Note that this store has just been given a place; for the holder of the lock on the queue."""
    known = turns(folder)
    write_json(folder / TURNS, {**known, store.root.name: max(known.values(), default=0) + 1})


@cache  # a store costs little, but its index is read anew by each new one
def _store(root: Path) -> RunStore:
    return RunStore(root)
