"""What all browser tabs share: data sets, the run store, stored predictions. The only user of `st.cache_*`.

Every key is a name, an id, a path or a time of change, never an array: Streamlit hashes large arrays by a sample and
can return the wrong entry. Arrays are kept as resources, which are handed out as they are; a data cache would copy them
at every rerun. All of them are read-only, and every cache is bounded. Hence no `st.cache_data` at all: it would also
complain in the log when this module is imported before the server runs.

To add one: a public function that settles the key (with the file's time of change, if it comes from a file), and a
private cached one that does the work.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import hashlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from dashboard import settings
from dashboard.background import Jobs
from mnist_core.data.catalogue import DatasetInfo, default_dataset_name, list_datasets, load_dataset
from mnist_core.data.dataset import Dataset, UInt8Array
from mnist_core.errors import DatasetError, MnistCoreError

if TYPE_CHECKING:  # these load pandas and scikit-learn, which the first page does without
    import numpy as np

    from mnist_core.data.class_statistics import ClassStatistics
    from mnist_core.data.neighbours import PixelIndex
    from mnist_core.data.tsne import Map
    from mnist_core.evaluation.predictions import Predictions
    from mnist_core.runs.record import RunRecord
    from mnist_core.runs.store import RunStore
    from mnist_core.training.hints import Hint
    from mnist_core.training.library import Library
    from mnist_core.training.progress import EpochMetrics

T = TypeVar("T")

WARM_UP_DELAY_SECONDS = 1.0
MANY_MODULES = 50
"""So many modules loaded since the last time are worth another freeze."""
QUEUE_SECONDS = 3.0

logger = logging.getLogger("mnist_studio")


def default_dataset() -> str:
    """Name of the data set to use when none was chosen: the full MNIST if it is on this machine, else the sample."""
    return _default_dataset(str(settings.data_folder()))


def datasets() -> tuple[DatasetInfo, ...]:
    """Every data set there could be, available or not; at most five seconds old."""
    return _datasets(str(settings.data_folder()))


def dataset(name: str) -> Dataset:
    """The data set called `name`.

    Raises:
        DatasetError: it is not on this machine, or cannot be read.
    """
    return _dataset(name, str(settings.data_folder()))


def run_store() -> RunStore:
    """The runs of this machine."""
    return _run_store(str(settings.runs_folder()))


def recipe_results() -> Mapping[str, RunRecord]:
    """The best finished run of each recipe; at most five seconds old."""
    return _recipe_results(str(settings.runs_folder()))


def saved_designs() -> Library:
    """The designs that were saved by name."""
    from mnist_core.training.library import Library, library_folder

    return Library(library_folder(settings.runs_folder()))


def predictions(run_id: str, split: str = "test", epoch: int | None = None) -> Predictions:
    """Stored predictions of a run: of the `test` split, or `validation` after `epoch` (None: the best epoch).

    Raises:
        RunError: there is no such run.
        PredictionsError: they are not there (yet), or are damaged.
    """
    path = run_store().predictions_path(run_id, split, epoch)
    return _predictions(str(path), _changed(path))


def history(run_id: str) -> tuple[EpochMetrics, ...]:
    """Metrics of every finished epoch of a run."""
    store = run_store()
    return _history(str(store.root), run_id, _changed(store.folder(run_id) / "events.jsonl"))


def weights(run_id: str, which: str = "best") -> Mapping[str, np.ndarray]:
    """Weights of a run by name, of its `best` or `last` checkpoint, read-only."""
    store = run_store()
    return _weights(str(store.root), run_id, which, _changed(store.folder(run_id) / "checkpoints" / f"{which}.npz"))


def hints(run_id: str) -> tuple[Hint, ...]:
    """What the curves of a run that has ended say about its settings."""
    store = run_store()
    return _hints(str(store.root), run_id, _changed(store.folder(run_id) / "events.jsonl"))


def kept(kind: str, *key: Hashable, make: Callable[[], T]) -> T:
    """What `make` returns, made once for each key; of each kind of thing a small one, for `dashboard.answers`."""
    made: T = _kept(kind, key, make)
    return made


def kept_large(kind: str, *key: Hashable, make: Callable[[], T]) -> T:
    """The same for things of a megabyte or more, of which fewer are kept."""
    made: T = _kept_large(kind, key, make)
    return made


def changed(path: Path) -> tuple[int, int]:
    """Part of a key: changes when the file does; zeros if it is not there."""
    return _changed(path)


def sprite_url(images: UInt8Array, columns: int) -> str:
    """The images (N, 28, 28) as one PNG sheet in a data URL; as fast as a digest of them when it was made before."""
    digest = hashlib.blake2b(images.tobytes(), digest_size=16)
    return _sprite_url(digest.hexdigest(), images.shape, columns, images)


def runs_on(dataset: Dataset) -> Mapping[str, RunRecord]:
    """The runs that were made with exactly these images, by id, the newest first; at most three seconds old."""
    return _runs_on(str(settings.runs_folder()), dataset.sha256)


def jobs() -> Jobs:
    """The work going on in the background of this server, and its results."""
    return _jobs()


def class_statistics(dataset: Dataset, split: str) -> ClassStatistics:
    """Counts, mean and deviation images of the classes of a split."""
    return _class_statistics(dataset.sha256, split, dataset)


def pixel_index(dataset: Dataset, split: str) -> PixelIndex:
    """Ready to find the nearest images of a split."""
    return _pixel_index(dataset.sha256, split, dataset)


def pca_map(dataset: Dataset, split: str) -> Map:
    """Some images of a split as points along the two directions in which they differ most."""
    return _pca_map(dataset.sha256, split, dataset)


def forget_datasets() -> None:
    """Look at the folder of data sets anew: one was fetched, imported or removed."""
    for cached in (_default_dataset, _datasets, _dataset):
        cached.clear()


def preload() -> None:
    """Get ready what the first page needs, in the background, while the browser still loads Streamlit's own parts."""
    threading.Thread(target=_preload, daemon=True).start()


def keep_queue_moving() -> None:
    """Start waiting runs whenever there is room, whether a page is open or not; once in the life of a server.

    A worker that ends starts the next one itself. But one that was killed cannot.
    """
    threading.Thread(target=_dispatch_forever, args=(settings.runs_folder(),), daemon=True).start()


def _dispatch_forever(folder: Path) -> None:
    time.sleep(QUEUE_SECONDS)  # the first page goes first
    from mnist_core.jobs.queue import dispatch
    from mnist_core.runs.store import RunStore

    store = RunStore(folder)
    while True:
        try:
            dispatch(store)
        except (OSError, MnistCoreError) as error:
            logger.warning("The queue of runs cannot be looked at: %s", error)
        time.sleep(QUEUE_SECONDS)


def warm_up() -> None:
    """After a page was sent: get ready what the other pages need, once, and freeze what this one has loaded."""
    if st.runtime.exists():
        _warm_up()
        _freeze_newly_loaded()


@st.cache_resource(max_entries=4, ttl=5, show_spinner=False)
def _default_dataset(folder: str) -> str:
    return default_dataset_name(Path(folder))


@st.cache_resource(max_entries=4, ttl=5, show_spinner=False)
def _datasets(folder: str) -> tuple[DatasetInfo, ...]:
    return list_datasets(Path(folder))


@st.cache_resource(max_entries=4, show_spinner=False)
def _dataset(name: str, folder: str) -> Dataset:
    return load_dataset(name, Path(folder))


@st.cache_resource(max_entries=8, ttl=3, show_spinner=False)
def _runs_on(folder: str, sha256: str) -> Mapping[str, RunRecord]:
    runs = _run_store(folder).list()
    return {run.run_id: run for run in runs if run.dataset is not None and run.dataset.sha256 == sha256}


@st.cache_resource(max_entries=1, show_spinner=False)
def _jobs() -> Jobs:
    return Jobs()


@st.cache_resource(max_entries=8, show_spinner=False)
def _pca_map(sha256: str, split: str, _dataset: Dataset) -> Map:
    from mnist_core.data.embedding import principal_components
    from mnist_core.data.tsne import Map, map_rows

    rows = map_rows(_dataset, split)
    images = _dataset.split(split).images[rows]
    return Map(rows=rows, points=principal_components(images, 2).project(images))


# Of a data set that is handed along, the SHA-256 is the key.
@st.cache_resource(max_entries=8, show_spinner=False)
def _class_statistics(sha256: str, split: str, _dataset: Dataset) -> ClassStatistics:
    from mnist_core.data.class_statistics import class_statistics

    return class_statistics(_dataset.split(split))


@st.cache_resource(max_entries=4, show_spinner=False)
def _pixel_index(sha256: str, split: str, _dataset: Dataset) -> PixelIndex:
    from mnist_core.data.neighbours import PixelIndex

    return PixelIndex(_dataset.split(split).images)


@st.cache_resource(max_entries=4, show_spinner=False)
def _run_store(folder: str) -> RunStore:
    from mnist_core.runs.store import RunStore

    return RunStore(Path(folder))


@st.cache_resource(max_entries=4, ttl=5, show_spinner=False)
def _recipe_results(folder: str) -> Mapping[str, RunRecord]:
    from mnist_core.runs.recipe_results import best_run_of_each_recipe

    return best_run_of_each_recipe(_run_store(folder).list())


@st.cache_resource(max_entries=64, show_spinner=False)
def _predictions(path: str, changed: tuple[int, int]) -> Predictions:
    from mnist_core.evaluation.predictions import load_predictions

    return load_predictions(Path(path))


@st.cache_resource(max_entries=64, show_spinner=False)
def _history(folder: str, run_id: str, changed: tuple[int, int]) -> tuple[EpochMetrics, ...]:
    return _run_store(folder).history(run_id)


@st.cache_resource(max_entries=64, show_spinner=False)
def _hints(folder: str, run_id: str, changed: tuple[int, int]) -> tuple[Hint, ...]:
    from mnist_core.inspection.hint_evidence import collect_evidence
    from mnist_core.training.hints import hints

    store = _run_store(folder)
    run = store.get(run_id)
    try:
        digits = dataset(run.config.dataset)
    except DatasetError:
        digits = None
    return hints(collect_evidence(store, run, digits))


@st.cache_resource(max_entries=4, show_spinner=False)
def _weights(folder: str, run_id: str, which: str, changed: tuple[int, int]) -> Mapping[str, np.ndarray]:
    found = _run_store(folder).weights(run_id, which)
    for array in found.values():
        array.setflags(write=False)
    return found


@st.cache_resource(max_entries=256, show_spinner=False)
def _kept(kind: str, key: tuple[Hashable, ...], _make: Callable[[], Any]) -> Any:
    return _make()


@st.cache_resource(max_entries=32, show_spinner=False)
def _kept_large(kind: str, key: tuple[Hashable, ...], _make: Callable[[], Any]) -> Any:
    return _make()


@st.cache_resource(max_entries=64, show_spinner=False)
def _sprite_url(digest: str, shape: tuple[int, ...], columns: int, _images: UInt8Array) -> str:
    from mnist_core.data.sprites import sprite_png

    return "data:image/png;base64," + base64.b64encode(sprite_png(_images, columns)).decode()


def _preload() -> None:
    with contextlib.suppress(MnistCoreError):  # the page that needs it says what is wrong
        if any(run.status.is_active for run in run_store().list()):
            _import_charts()  # how far a training is comes before digits
        sprite_url(dataset(default_dataset()).train.images[:1], 1)


@st.cache_resource(max_entries=1, show_spinner=False)
def _warm_up() -> None:
    # A little later, so that it does not compete with the page that is just being drawn.
    timer = threading.Timer(WARM_UP_DELAY_SECONDS, _import_and_freeze, args=(_frozen(),))
    timer.daemon = True
    timer.start()


def _import_and_freeze(frozen: list[int]) -> None:
    """Load what most pages import, then exempt all of it from garbage collection.

    Streamlit collects garbage after every rerun; walking the objects of the libraries takes 75 to 105 ms of everybody's
    time each time. Frozen objects are not walked.
    """
    _import_charts()
    _freeze(frozen)


def _import_charts() -> None:
    import pandas  # noqa: F401
    import plotly.graph_objects  # noqa: F401


def _freeze_newly_loaded() -> None:
    """Freeze again where a page has loaded libraries of its own: scipy alone costs every rerun 40 ms."""
    frozen = _frozen()
    if frozen and len(sys.modules) > frozen[-1] + MANY_MODULES:
        frozen.append(len(sys.modules))  # before the timer ends, so that the next rerun starts no second one
        timer = threading.Timer(WARM_UP_DELAY_SECONDS, _freeze, args=(frozen,))
        timer.daemon = True
        timer.start()


def _freeze(frozen: list[int]) -> None:
    gc.collect()
    gc.freeze()
    frozen.append(len(sys.modules))


@st.cache_resource(max_entries=1, show_spinner=False)
def _frozen() -> list[int]:
    """How many modules were loaded each time that all was frozen."""
    return []


def _changed(path: Path) -> tuple[int, int]:
    """Changes when the file does: its time of change in nanoseconds and its size; zeros if it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size
