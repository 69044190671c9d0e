"""Export of the images that a view of the page shows, with what is known about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.shared.digits.export import MEASURING, labelled_digits, render_export_box, rows_of_split
from dashboard.views.explore.run_columns import RunView, chosen_run
from mnist_core.data.dataset import Dataset, Indices, SplitName
from mnist_core.data.finding.issues import Issue, IssueFinding
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.data.measures.stored import DatasetMeasures
from mnist_core.evaluation.export import issue_columns


def render_images_export(
    dataset: Dataset, split: SplitName, rows: Indices, measures: DatasetMeasures | None, *, name: str
) -> None:
    """These rows of a split, in their order, with their measures and what the chosen run predicts.

    Args:
        name: "<page>.<field>", for the keys.
    """
    view = chosen_run(dataset, split)
    digits = labelled_digits(
        dataset,
        len(rows),
        images=rows_of_split(split, rows),
        more=lambda: {
            **({} if measures is None else _measured(measures.split(split), rows)),
            **({} if view is None else _predicted(view, rows)),
        },
        stem=f"{dataset.name}-{split}" + ("" if view is None else f"-{view.run.run_id}"),
        columns="handwriting measures" + ("" if view is None else " and the predictions of the run"),
        note=MEASURING if measures is None else "",
    )
    render_export_box(digits, name=name)


def render_findings_export(dataset: Dataset, issue: Issue, findings: Sequence[IssueFinding]) -> None:
    """All images of the issues that are listed, numbered by the issue they belong to."""
    images = [image for found in findings for image in found.images]
    digits = labelled_digits(
        dataset,
        len(images),
        images=lambda: images,
        more=lambda: issue_columns(findings),
        stem=f"{dataset.name}-{issue}",
        columns="number of the issue and what it was found by",
    )
    render_export_box(digits, name="explore.issues.export")


def _measured(measures: Measures, rows: Indices) -> Mapping[str, Any]:
    return {name: measures.column(name)[rows] for name in MEASURES}


def _predicted(view: RunView, rows: Indices) -> Mapping[str, Any]:
    """What a run predicts for these images; nothing where it has no prediction."""
    stored = view.predictions
    table = pd.DataFrame(
        {
            "predicted": pd.array(stored.predicted, "Int64"),
            "is_correct": pd.array(stored.correct, "boolean"),
            "confidence": stored.confidence,
            "loss": stored.losses,
        }
    )
    shown = table.reindex(view.positions[rows])  # -1 where there is none
    return {str(name): shown[name].array for name in shown}
