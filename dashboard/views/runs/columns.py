"""The columns of the table of runs, and runs as a table to export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.shared.runs.names import created, dataset_title
from dashboard.shared.runs.status import STATUS_BADGES
from dashboard.shared.settings.words import choice_words
from dashboard.widgets.record_table import RecordColumn
from mnist_core.data.augmentation import Augmentation
from mnist_core.evaluation.setting_differences import OFF, setting_words
from mnist_core.fields import FieldSpec, specs_of
from mnist_core.runs.index_rows import RunRow
from mnist_core.shares import shown_share
from mnist_core.training.settings import TrainingSettings

CURVE, NAME = "curve", "name"
SCORES = ("validation_accuracy", "test_accuracy")
SCORED_ON_DATA = {*SCORES, "validation_loss", "test_loss"}
SPREAD_WIDTH = 184


@dataclass(frozen=True, kw_only=True, slots=True)
class RunColumn:
    """One column.

    Attributes:
        value: what stands in it, as it is exported.
        words: how a value is written.
        told: what stands in it on screen, where that takes more than the value.
        none: what stands there without a value.
        sorts: the field of the index that it is sorted by; empty for none.
        width: in pixels.
        is_usual: whether it is shown until columns are chosen.
        is_number: whether it stands on the right, and is first sorted from the highest down.
    """

    title: str
    value: Callable[[RunRow], Any]
    words: Callable[[Any], str] = str
    told: Callable[[RunRow], str] | None = None
    none: str = ""
    sorts: str = ""
    width: int = 76
    help: str = ""
    is_usual: bool = False
    is_number: bool = False


def _data_words(row: RunRow) -> str:
    """The data set, with the number of test images that the scores are of."""
    title = dataset_title(row.dataset)
    return f"{title} · {row.test_images:,} test" if row.test_images else title


def _count(value: int) -> str:
    return f"{value:,}"


def _seconds(value: float) -> str:
    return f"{value:,.0f}"


RESULTS: Mapping[str, RunColumn] = {
    "star": RunColumn(title="★", value=lambda row: "★" if row.is_starred else "", sorts="starred", width=34,
                      is_usual=True, help="Runs with a star", is_number=True),
    NAME: RunColumn(title="Run", value=lambda row: row.title, sorts="title", width=188, is_usual=True),
    "status": RunColumn(title="Status", value=lambda row: STATUS_BADGES[row.status][0], sorts="status", width=88,
                        is_usual=True),
    "validation_accuracy": RunColumn(
        title="Validation", value=lambda row: row.validation_accuracy, words=shown_share, is_usual=True,
        sorts="validation_accuracy", is_number=True, help="Accuracy on the validation images after the best epoch.",
    ),
    "test_accuracy": RunColumn(
        title="Test", value=lambda row: row.test_accuracy, words=shown_share, is_usual=True, is_number=True,
        sorts="test_accuracy", help="Accuracy on the test images, with the best checkpoint.",
    ),
    CURVE: RunColumn(title="Curve", value=lambda row: None, is_usual=True, width=76,
                     help="Validation accuracy after each epoch, from its lowest to its highest value."),
    "epochs": RunColumn(title="Epochs", value=lambda row: f"{row.epochs_done}/{row.epochs}", sorts="epochs_done",
                        width=62, is_usual=True, is_number=True, help="Epochs done, of those that are planned."),
    "dataset": RunColumn(title="Data set", value=lambda row: row.dataset, told=_data_words, sorts="dataset",
                         width=136, is_usual=True,
                         help="Data set, and how many test images the scores are of."),
    "tags": RunColumn(title="Tags", value=lambda row: ", ".join(row.tags), width=74, is_usual=True),
    "created": RunColumn(title="Created", value=lambda row: created(row.run_id), sorts="created", width=124,
                         is_usual=True),
    "recipe": RunColumn(title="Recipe", value=lambda row: row.recipe or "", sorts="recipe", width=120),
    "parameters": RunColumn(title="Parameters", value=lambda row: row.parameters, words=_count, sorts="parameters",
                            is_number=True),
    "train_seconds": RunColumn(title="Seconds", value=lambda row: row.train_seconds, words=_seconds,
                               sorts="train_seconds", is_number=True, help="Time of the training in seconds."),
    "test_loss": RunColumn(title="Test loss", value=lambda row: row.test_loss, words="{:.4f}".format,
                           sorts="test_loss", is_number=True),
    "validation_loss": RunColumn(title="Validation loss", value=lambda row: row.validation_loss,
                                 words="{:.4f}".format, width=110, sorts="validation_loss", is_number=True),
    "seed": RunColumn(title="Seed", value=lambda row: row.seed, words=_count, sorts="seed", width=60, is_number=True),
    "note": RunColumn(title="Note", value=lambda row: row.note, width=220),
    "run_id": RunColumn(title="Id", value=lambda row: row.run_id, sorts="run_id", width=180),
}  # fmt: skip
"""What is known of a run beside its settings, by the name of the column in the link."""


def _setting(field: str, title: str, spec: FieldSpec | None = None, *, none: str = OFF) -> RunColumn:
    is_number = spec is None or spec.kind in ("integer", "real")
    words = choice_words if spec is not None and spec.kind == "choice" else setting_words
    return RunColumn(title=title, value=lambda row: row.setting(field), words=words, none=none, sorts=field,
                     help=spec.help if spec is not None else "", is_number=is_number)  # fmt: skip


SETTINGS: Mapping[str, RunColumn] = {
    **{name: _setting(name, spec.label, spec) for name, spec in specs_of(TrainingSettings).items()
       if name not in RESULTS},
    **{f"augmentation_{name}": _setting(f"augmentation.{name}", spec.label, spec)
       for name, spec in specs_of(Augmentation).items()},
    "limit": _setting("limit", "Training images", none="all"),
    "layers": _setting("layers", "Layers"),
    "scaling": RunColumn(title="Scaling", value=lambda row: row.setting("scaling"), words=choice_words,
                         sorts="scaling"),
}  # fmt: skip
"""Every setting, the same."""

COLUMNS: Mapping[str, RunColumn] = {**RESULTS, **SETTINGS}
USUAL = tuple(name for name, column in COLUMNS.items() if column.is_usual)
SORTED_BY = {name: column.sorts for name, column in COLUMNS.items() if column.sorts}
"""What the table can be sorted by, with the fields of the index."""


def columns_shown(chosen: Iterable[str], *, order_by: str = "") -> tuple[str, ...]:
    """The columns to show, in the order of the registry: the chosen ones, else the usual ones.

    The one that the table is sorted by is among them, so that one sees by what it is sorted, and beside a score its
    data set: scores on different images rank nothing.
    """
    wanted = (set(chosen) & COLUMNS.keys() or set(USUAL)) | {order_by}
    if wanted & SCORED_ON_DATA:
        wanted.add("dataset")
    return tuple(name for name in COLUMNS if name in wanted)


def record_columns(
    names: Iterable[str], *, can_be_sorted: bool = True, is_grouped: bool = False
) -> tuple[RecordColumn, ...]:
    """The columns for the widget; with repeats in groups, there is room for the spread of their scores."""
    return tuple(
        RecordColumn(
            name=name,
            title=COLUMNS[name].title,
            width=SPREAD_WIDTH if is_grouped and name in SCORES else COLUMNS[name].width,
            help=COLUMNS[name].help,
            sorts=can_be_sorted and name in SORTED_BY,
            is_number=COLUMNS[name].is_number,
        )
        for name in names
    )


def export_table(rows: Sequence[RunRow], names: Iterable[str]) -> pd.DataFrame:
    """Runs with their numbers as they are, for a file; the id comes first."""
    kept = [name for name in dict.fromkeys(("run_id", *names)) if name != CURVE]
    return pd.DataFrame({name: [COLUMNS[name].value(row) for row in rows] for name in kept})
