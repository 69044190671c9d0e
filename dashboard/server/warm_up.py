"""Loads what pages need before it is requested, and keeps garbage collection from slowing down every click."""

from __future__ import annotations

import contextlib
import gc
import logging
import sys
import threading
from collections.abc import Callable
from functools import cache

import streamlit as st
from streamlit import delta_generator

from dashboard import cached
from mnist_core.errors import MnistCoreError, SignedOutError

logger = logging.getLogger("mnist_studio")

WARM_UP_DELAY_SECONDS = 1.0
HELPER_DELAY_SECONDS = 4.0
"""After a page, the helper starts so late: the libraries of the other pages come first."""
HAS_WARNED = "_use_warning_has_been_displayed"
"""Streamlit's note that it has looked whether it runs in an interactive shell, of which it warns. It looks before it
sends the first element, and asks of every loaded module where it comes from."""
MANY_MODULES = 50
"""Freeze again once this many modules have been loaded since the last time."""


def preload(first: Callable[[], None]) -> None:
    """Load what the first page needs, in the background, while the browser still loads Streamlit itself.

    From then on garbage is collected, but not looked for in what has been loaded.

    Args:
        first: imports the modules of the frame and of the first page.
    """
    threading.Thread(target=_preload, args=(first,), daemon=True).start()


def warm_up() -> None:
    """After a page was sent: load what the other pages need, once, and freeze what this page has loaded."""
    if st.runtime.exists():
        _warm_up()
        _freeze_newly_loaded()
        _warm_helper_once()


def _preload(first: Callable[[], None]) -> None:
    try:
        _load_for(first)
    finally:
        if not _frozen():
            gc.freeze()  # else Streamlit looks through all of it before it sends the end of the first page
        gc.enable()


def _load_for(first: Callable[[], None]) -> None:
    if hasattr(delta_generator, HAS_WARNED):  # there is no public way to say that this is a server
        setattr(delta_generator, HAS_WARNED, True)
    first()
    from mnist_core.data.sprites import sprite_png  # here, so that the server answers before Pillow is loaded

    with contextlib.suppress(SignedOutError):  # in a class: whose runs these are is known when somebody has come
        if cached.run_store().has_active():
            _import_charts()  # progress of a training is needed first
    with contextlib.suppress(MnistCoreError):  # the page that needs it shows the error
        sprite_png(cached.dataset(cached.default_dataset()).train.images[:1], 1)  # loads Pillow and its PNG writer
        _load_what_home_predicts_with()


def _load_what_home_predicts_with() -> None:
    import mnist_core.jobs.queue  # what its button calls
    import mnist_core.pricing.requests  # noqa: F401 - and what says how long that takes
    from mnist_core.network.bundled import bundled_network

    bundled_network()


@cache  # once in the life of a server
def _warm_up() -> None:
    # A little later, so that it does not slow down the page that is being drawn.
    _later(WARM_UP_DELAY_SECONDS, _import_and_freeze, _frozen())


def _warm_helper_once() -> None:
    """Start the helper as soon as there is a trained network to ask about, and no training that needs the cores."""
    is_due = _is_helper_due()
    if not is_due:
        return
    with contextlib.suppress(SignedOutError):
        store = cached.run_store()
        if store.has_trained() and not store.has_active():
            is_due.clear()
            _later(HELPER_DELAY_SECONDS, _warm_helper)


@cache  # once in the life of a server
def _is_helper_due() -> list[bool]:
    """Empty once the helper was started."""
    return [True]


def _warm_helper() -> None:
    """Have the helper process load TensorFlow, which takes seconds, before the first question that needs it."""
    from mnist_core.probing.helper.client import helper

    try:
        helper().warm()
    except MnistCoreError as error:
        logger.warning("The helper process is not ready: %s", error)


def _import_and_freeze(frozen: list[int]) -> None:
    """Load what most pages import, then exempt it from garbage collection.

    Streamlit collects garbage after every rerun, which takes 75 to 105 ms for the objects of the libraries. Frozen
    objects are skipped.
    """
    _import_charts()
    _freeze(frozen)


def _import_charts() -> None:
    import pandas  # noqa: F401
    import plotly.graph_objects  # noqa: F401


def _freeze_newly_loaded() -> None:
    """Freeze again if a page has loaded more libraries: scipy alone costs every rerun 40 ms."""
    frozen = _frozen()
    if frozen and len(sys.modules) > frozen[-1] + MANY_MODULES:
        frozen.append(len(sys.modules))  # before the timer ends, so that the next rerun starts no second one
        _later(WARM_UP_DELAY_SECONDS, _freeze, frozen)


def _later(seconds: float, work: Callable[..., object], *arguments: object) -> None:
    timer = threading.Timer(seconds, work, args=arguments)
    timer.daemon = True
    timer.start()


def _freeze(frozen: list[int]) -> None:
    gc.unfreeze()  # some of it has become garbage, such as what a tab held that is closed
    gc.collect()
    gc.freeze()
    frozen.append(len(sys.modules))


@cache  # once in the life of a server
def _frozen() -> list[int]:
    """Number of loaded modules at each freeze."""
    return []
