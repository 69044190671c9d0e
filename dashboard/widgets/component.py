"""Browser components: how one is registered, and how what the browser sends is read and checked.

A component is a folder with an `__init__.py` and, beside it, a script, a style sheet and markup named like the folder.
Scripts are ES modules, which may import others of the same folder and those that all components share. Streamlit takes
one inline module, so they are put together when the component is registered.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.state.session import drop_pending, keep_pending, pending, widget_value

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[\w./]+\.js)";\n+', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default\b)", re.MULTILINE)

_draws = itertools.count()


def component(
    init_file: str, *, events: Sequence[str] = (), is_always_new: bool = False, isolate_styles: bool = True
) -> Callable[..., Mapping[str, Any]]:
    """Register the component of a folder as `mnist_studio_<folder>`; returns the function that shows it.

    That function takes a `then`, which is called after an event was sent, before the page is drawn again.

    Args:
        init_file: `__file__` of the folder's `__init__.py`.
        events: what the script sends, by name; `sent` reads it.
        is_always_new: make each message to the browser differ from the one before. Streamlit sends an equal message as
            a reference to the earlier one, which the browser may have dropped when several reruns overlap.
        isolate_styles: keep the styles of component and page apart.
    """
    folder = Path(init_file).parent
    mount = st.components.v2.component(
        f"mnist_studio_{folder.name}",
        html=_text(folder, ".html"),
        css=_text(folder, ".css"),
        js=inlined(folder / f"{folder.name}.js"),
        isolate_styles=isolate_styles,
    )

    def show(
        *, key: str, data: Mapping[str, Any], then: Callable[[], None] | None = None, **more: Any
    ) -> Mapping[str, Any]:
        if is_always_new:
            data = {**data, "draw": next(_draws)}
        callbacks: dict[str, Any] = {f"on_{event}_change": partial(_keep, key, event, then) for event in events}
        shown = mount(key=key, data=data, **callbacks, **more)
        for event in events:
            drop_pending(pending_key(key, event))  # only now: until it is drawn, a rerun may be interrupted
        return shown

    return show


def sent(key: str, event: str) -> Any:
    """What the browser sent as `event` for the component `key`, or None. Check it before it is used as anything.

    What was sent for a rerun that was interrupted before the component was drawn, by another click, is given to the
    next one: Streamlit gives it to the first alone, and the click would be lost.
    """
    now = _sent_now(key, event)
    return pending(pending_key(key, event)) if now is None else now


def take_sent(key: str, event: str) -> Any:
    """The same once: for what is done at once, before the component is drawn."""
    value = sent(key, event)
    drop_pending(pending_key(key, event))
    return value


def position_in(value: Any, count: int) -> int | None:
    """`value` if it is a position among `count` things, else None; the browser may send anything."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value) if 0 <= value < count else None


def inlined(script: Path) -> str:
    """The script with the modules that it imports before it, each once, as one module without imports."""
    return "\n".join(dict(_modules(script.resolve())).values())


def _modules(path: Path) -> Iterator[tuple[Path, str]]:
    source = path.read_text(encoding="utf-8")
    for address in _IMPORT.findall(source):
        yield from _modules((path.parent / address).resolve())
    yield path, _EXPORT.sub("", _IMPORT.sub("", source))


def _text(folder: Path, suffix: str) -> str | None:
    path = folder / f"{folder.name}{suffix}"
    return path.read_text(encoding="utf-8") if path.exists() else None


def _keep(key: str, event: str, then: Callable[[], None] | None) -> None:
    """Runs before the script does, so that nothing can interrupt it; Streamlit calls it for any of the events."""
    if (value := _sent_now(key, event)) is not None:
        keep_pending(pending_key(key, event), value)
        if then is not None:
            then()


def _sent_now(key: str, event: str) -> Any:
    try:
        return widget_value(key)[event]
    except (KeyError, TypeError):
        return None


def pending_key(key: str, event: str) -> str:
    """Where a tab keeps an event until it is read."""
    return f"{key} {event}"
