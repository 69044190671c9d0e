"""What a person says about a run: its name, tags, a note, a star, and whether it is archived.

They are fields of `run.json`, changed by `RunStore.update` under the lock that the worker takes for its own changes. So
neither overwrites the other, a run is still one file to read and to look at for changes, and the marks come along with
a copy of its directory.
"""

from __future__ import annotations

from collections.abc import Iterable

from mnist_core.errors import ConfigError, RunError
from mnist_core.runs.record import (
    MAX_NAME,
    MAX_NOTE,
    MAX_TAG,
    MAX_TAGS,
    RunRecord,
    readable,
    readable_note,
    readable_tags,
)
from mnist_core.runs.store import RunStore


def rename(store: RunStore, run_id: str, name: str, *, instead_of: str | None = None) -> RunRecord:
    """Name a run; an empty name stands for its recipe and what differs from it.

    Args:
        instead_of: the name that the person has seen. Another one means that somebody else has renamed the run.

    Raises:
        ConfigError: the name is too long.
        RunError: there is no such run, it is damaged, or somebody else has renamed it.
    """
    checked = readable(_within(name, MAX_NAME, "name"))

    def change(document: dict[str, object]) -> None:
        present = readable(str(document.get("name") or ""), MAX_NAME)
        if instead_of is not None and present not in (instead_of, checked):
            raise RunError(f"The run was renamed elsewhere. Its name is now: {present or 'none'}.")
        document["name"] = checked

    return store.update(run_id, change)


def tag(store: RunStore, run_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> RunRecord:
    """Add tags to a run, and remove others; a tag that it has, or does not have, is no error.

    Raises:
        ConfigError: a tag is empty or too long, or the run would have too many.
        RunError: there is no such run, or it is damaged.
    """
    added, removed = tuple(map(_tag, add)), {readable(text) for text in remove}

    def change(document: dict[str, object]) -> None:
        kept = [text for text in readable_tags(document.get("tags")) if text not in removed]
        wanted = list(dict.fromkeys([*kept, *added]))
        if len(wanted) > MAX_TAGS:
            raise ConfigError.invalid("tags", expected=f"at most {MAX_TAGS} for a run", received=len(wanted),
                                      words=f"Use at most {MAX_TAGS} tags for a run.")  # fmt: skip
        document["tags"] = wanted

    return store.update(run_id, change)


def set_note(store: RunStore, run_id: str, note: str) -> RunRecord:
    """Replace the note on a run; its lines are kept.

    Raises:
        ConfigError: it is too long.
        RunError: there is no such run, or it is damaged.
    """
    return store.set(run_id, note=readable_note(_within(note, MAX_NOTE, "note")))


def star(store: RunStore, run_id: str, *, is_starred: bool = True) -> RunRecord:
    """Mark a run with a star, or take the star away.

    Raises:
        RunError: there is no such run, or it is damaged.
    """
    return store.set(run_id, starred=is_starred)


def archive(store: RunStore, run_id: str, *, is_archived: bool = True) -> RunRecord:
    """Hide a run where runs are chosen, or show it again. Nothing of it is deleted.

    Raises:
        RunError: there is no such run, or it is damaged.
    """
    return store.set(run_id, archived=is_archived)


def _tag(text: str) -> str:
    checked = readable(_within(text, MAX_TAG, "tag"))
    if not checked:
        raise ConfigError.invalid("tag", expected="at least one printable character", received=text,
                                  words="Write a tag of at least one character.")  # fmt: skip
    return checked


def _within(text: str, limit: int, name: str) -> str:
    if len(text) > limit:
        raise ConfigError(f"The {name} is too long. Expected at most {limit:,} characters. Received: {len(text):,}.")
    return text
