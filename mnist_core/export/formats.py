"""Every format that a run can be exported to, by its name on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec

from mnist_core.errors import ConfigError, ExportError, shown


class Kind(StrEnum):
    """What an exported file is."""

    MODEL = "model"
    """The trained network, for programs that know nothing of MNIST Studio."""
    CODE = "code"
    """The experiment as code that trains the network again."""
    RUN = "run"
    """The whole run."""
    DOCUMENT = "document"
    """What the run has achieved, to read."""
    TRACKING = "tracking"
    """A folder that a program for comparing trainings reads."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """A format.

    Attributes:
        name: on the command line.
        title: on screen.
        ending: of its files; empty if it is written into a folder.
        help: one sentence on what it is for.
        requirements: the file of the packages that it needs beside the usual ones; empty for none.
        packages: what those are imported as.
    """

    name: str
    title: str
    ending: str
    kind: Kind
    help: str
    requirements: str = ""
    packages: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The packages that it needs and that are not installed."""
        return tuple(name for name in self.packages if find_spec(name) is None)

    @property
    def installation(self) -> str:
        """The command that installs what it needs."""
        return f"pip install -r {self.requirements}"


FORMATS: Mapping[str, Format] = {
    item.name: item
    for item in (
        Format(
            name="keras", title="Keras", ending=".keras", kind=Kind.MODEL,
            help="Network and weights in one file, to use or train further in Python.",
        ),
        Format(
            name="weights", title="Keras weights", ending=".weights.h5", kind=Kind.MODEL,
            help="The weights alone, for a network of the same layers that your own code builds.",
        ),
        Format(
            name="savedmodel", title="SavedModel", ending=".zip", kind=Kind.MODEL,
            help="TensorFlow's own form, for TensorFlow Serving, TensorFlow.js and other languages; a folder in a zip.",
        ),
        Format(
            name="tflite", title="LiteRT (TFLite)", ending=".tflite", kind=Kind.MODEL,
            help="For phones and small devices, in float32.",
        ),
        Format(
            name="tflite-int8", title="LiteRT, 8 bits", ending=".tflite", kind=Kind.MODEL,
            help="A quarter of the size: weights and activations are quantised to 8 bits, calibrated on training "
            "digits.",
        ),
        Format(
            name="onnx", title="ONNX", ending=".onnx", kind=Kind.MODEL, requirements="requirements-onnx.txt",
            packages=("onnx", "tf2onnx", "onnxruntime"),
            help="For ONNX Runtime, browsers and most other frameworks.",
        ),
        Format(
            name="script", title="Keras script", ending=".py", kind=Kind.CODE,
            help="The same training with Keras alone.",
        ),
        Format(
            name="notebook", title="Notebook", ending=".ipynb", kind=Kind.CODE,
            help="The same as a notebook, which scores the stored weights too if they are in its folder.",
        ),
        Format(
            name="capsule", title="Run capsule", ending=".zip", kind=Kind.RUN,
            help="The whole run in one zip, to store, share and verify.",
        ),
        Format(
            name="report", title="Report", ending=".html", kind=Kind.DOCUMENT,
            help="One HTML file to read, print and send.",
        ),
        Format(
            name="tensorboard", title="TensorBoard", ending="", kind=Kind.TRACKING,
            help="Curves, settings and scores in a log folder, which may hold many runs.",
        ),
        Format(
            name="mlflow", title="MLflow", ending="", kind=Kind.TRACKING, requirements="requirements-tracking.txt",
            packages=("mlflow", "sqlalchemy", "alembic"),
            help="The same as a run of a local MLflow store, which may hold many.",
        ),
    )
}  # fmt: skip

MODELS = tuple(item for item in FORMATS.values() if item.kind is Kind.MODEL)
TRACKING = tuple(item for item in FORMATS.values() if item.kind is Kind.TRACKING)


def format_named(name: str) -> Format:
    """The format called `name`.

    Raises:
        ConfigError: there is none; the message lists those that exist.
    """
    if name not in FORMATS:
        raise ConfigError(f"There is no export format {shown(name)}. Expected one of: {', '.join(FORMATS)}.")
    return FORMATS[name]


def check_installed(wanted: Format) -> None:
    """Ensure that the packages of a format are there.

    Raises:
        ExportError: some are not; the message says how to install them.
    """
    if missing := wanted.missing:
        raise ExportError(
            f"{wanted.title} needs packages that are not installed ({', '.join(missing)}): {wanted.installation}"
        )
