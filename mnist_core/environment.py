"""The environment variables of MNIST Studio, and what a child process inherits.

MNIST_STUDIO_RUNS          the folder of runs                    default: runs/ in the current folder
MNIST_STUDIO_DATA          the folder of data sets               default: data/ in the current folder
MNIST_STUDIO_CLASS         the folder of a class, to serve it        default: none, one person without sign-in
MNIST_STUDIO_MNIST_URL     where the full MNIST is fetched from  default: the address Keras uses
MNIST_STUDIO_CLUSTER       address or scheduler file of a Dask cluster that trains   default: this machine trains
MNIST_STUDIO_CLUSTER_KEYS  the folder of keys for that cluster   default: none, for a cluster on this machine
MNIST_STUDIO_STUDIES       PostgreSQL database that coordinates searches   default: a file beside each search
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds `mnist_core` and `dashboard`."""

DEFAULT_MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
CLASS_RUNS = "runs"
"""In the folder of a class, the one that holds everybody's folder of runs."""
PARENT = "MNIST_STUDIO_PARENT"
"""Says to a process of ours which one has started it; not for people to set."""

M_ARENA_MAX = -8
"""The number of this setting in `malloc.h` of the GNU C library."""


def runs_folder() -> Path:
    """The folder of runs; absolute, and may not exist yet."""
    return _folder("MNIST_STUDIO_RUNS", "runs")


def data_folder() -> Path:
    """The folder of data sets; absolute, and may not exist yet."""
    return _folder("MNIST_STUDIO_DATA", "data")


def class_folder() -> Path | None:
    """The folder of the class that the dashboard serves; absolute. None: it serves one person, who does not sign in."""
    return _folder("MNIST_STUDIO_CLASS", "") if os.environ.get("MNIST_STUDIO_CLASS") else None


def mnist_url() -> str:
    """Address of the full MNIST: an `mnist.npz`, or a folder of the four IDX files."""
    return os.environ.get("MNIST_STUDIO_MNIST_URL") or DEFAULT_MNIST_URL


def cluster_stated() -> str:
    """Address or scheduler file of the cluster that trains; empty if this machine does."""
    return os.environ.get("MNIST_STUDIO_CLUSTER", "").strip()


def cluster_keys_folder() -> Path | None:
    """The folder of keys for the cluster; absolute, and may not exist."""
    return _folder("MNIST_STUDIO_CLUSTER_KEYS", "") if os.environ.get("MNIST_STUDIO_CLUSTER_KEYS") else None


def studies_url() -> str | None:
    """Address of a PostgreSQL database for searches on several machines; None for a file beside each study."""
    return os.environ.get("MNIST_STUDIO_STUDIES") or None


def child_environment(**extra: str) -> dict[str, str]:
    """The environment for a child process that runs `python -m mnist_core...` from any folder."""
    paths = [str(ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "MNIST_STUDIO_RUNS": str(runs_folder()),
        "MNIST_STUDIO_DATA": str(data_folder()),
        **extra,
    }


def user_cache_folder() -> Path:
    """The user's cache folder; may not exist yet."""
    stated = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(stated) if os.path.isabs(stated) else Path.home() / ".cache") / "mnist-studio"


def compute_on_one_core() -> None:
    """Restrict numpy's linear algebra to one core; must be called before numpy is imported.

    Its threads wait for each other, and while a training uses the cores they wait long: a decomposition that takes
    0.7 s on one core took 2.8 to 13 s on two.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def share_memory_between_threads() -> None:
    """Let all threads allocate in two arenas of the C library; must be called before any thread is started.

    By default, each of a server's many threads gets an arena of its own, and keeps there what it has freed: after a
    visit to every view with a browser, 471 MB were in use instead of 354. Only the C library of GNU has this setting.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def prepare_tensorflow(*, deterministic: bool | None = None) -> None:
    """Set what TensorFlow reads when it is imported: no start messages in the log, and whether training uses oneDNN.

    By itself TensorFlow uses oneDNN only on newer processors. On one with AVX2 alone it saves a third to a half of the
    CPU time of a convolutional network: see `docs/performance.md`. Its sums differ in the last bits from run to
    run, so a deterministic training does without. The choice is for this process, not for those that it starts.

    Args:
        deterministic: whether the training has to be bit-identical; None for a process that does not train.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if deterministic is not None:
        os.putenv("TF_ENABLE_ONEDNN_OPTS", onednn_stated(deterministic=deterministic))  # not in `os.environ`


def onednn_stated(*, deterministic: bool) -> str:
    """Whether TensorFlow shall compute with oneDNN, "0" or "1"; what the environment says goes first."""
    return os.environ.get("TF_ENABLE_ONEDNN_OPTS") or ("0" if deterministic else "1")


def parent_stated() -> int:
    """The process that has started this one, as it said itself: it may be gone before this one first looks."""
    stated = os.environ.get(PARENT, "")
    return int(stated) if stated.isdecimal() else os.getppid()


def hush_mlflow() -> None:
    """Keep MLflow from telling its makers how it is used; must be called before it is imported."""
    os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true")


def _folder(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or default).expanduser().absolute()
