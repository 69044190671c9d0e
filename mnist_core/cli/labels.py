"""`labels`: decisions about the labels of a data set, and what they change for a run, as in the tab Label review."""

from __future__ import annotations

import argparse
from typing import Any

from mnist_core.cli.arguments import Parser, add_command
from mnist_core.cli.output import percent, print_json, print_table
from mnist_core.cli.predicted import (
    N_SHOWN,
    Predicted,
    add_csv,
    add_predicted,
    checked_csv,
    predicted,
    records,
    write_csv,
)
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.label_overlay.overlay import Decision, DecisionKind
from mnist_core.data.label_overlay.review import LabelReview
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import DatasetError
from mnist_core.evaluation.relabelled import CorrectCount, Relabelled, relabelled, suspects
from mnist_core.runs.predicted_images import data_split, dataset_of_predictions
from mnist_core.shares import shown_probability, shown_range
from mnist_core.words import counted

CHANGES = {
    DecisionKind.KEEP: "decide that a label is right",
    DecisionKind.RELABEL: "decide that an image has another label",
    DecisionKind.AMBIGUOUS: "decide that nobody can tell the label of an image",
}


def add_commands(commands: Any) -> None:
    """The commands with their options."""
    text = "list or change decisions about labels, which leave the data set as it is"
    parser = add_command(commands, "labels", show, text)
    actions = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    listed = add_command(actions, "list", show, "list the decisions about a data set", is_nested=True)
    add_csv(listed, csv="the decisions")
    undone = add_command(actions, "undo", undo, "undo the last change", is_nested=True)
    for command in (listed, undone):
        command.add_argument("dataset", metavar="DATASET", help="name of the data set")
    for kind, words in CHANGES.items():
        command = add_command(actions, kind.value, decide, words, is_nested=True)
        _add_image(command)
        command.set_defaults(kind=kind, label=None)
        if kind is DecisionKind.RELABEL:
            command.add_argument("label", type=int, metavar="LABEL", help="the new label")
    _add_image(add_command(actions, "remove", remove, "remove the decision about an image", is_nested=True))
    text = "show suspect labels of a run, and its accuracy under the reviewed labels"
    add_predicted(add_command(actions, "review", review, text, is_nested=True))


def _add_image(parser: argparse.ArgumentParser) -> None:
    """The image that a decision is about."""
    parser.add_argument("dataset", metavar="DATASET", help="name of the data set")
    parser.add_argument("row", type=int, metavar="ROW", help="row of the image in its split, from 0")
    parser.add_argument("--split", choices=[*SplitName], required=True)


def show(options: argparse.Namespace) -> int:
    """List the decisions about a data set, the oldest first."""
    from mnist_core.evaluation.export import decisions_frame

    path, dataset = checked_csv(options), load_dataset(options.dataset)
    frame = decisions_frame(dataset, LabelReview(dataset).overlay)
    write_csv(path, frame, options)
    if options.json:
        print_json({"dataset": dataset.name, "sha256": dataset.sha256, "decisions": records(frame)})
    else:
        names = dataset.class_names
        print(f"{dataset.name}: reviewed labels: {len(frame):,}")
        rows = [
            (row["split"], row["index"], names[row["label"]], row["decision"], _name(names, row["reviewed_label"]))
            for row in records(frame)
        ]
        print_table(("split", "row", "label", "decision", "reviewed label"), rows)
    return 0


def decide(options: argparse.Namespace) -> int:
    """Save a decision about the label of an image."""
    review = LabelReview(load_dataset(options.dataset))
    found = review.decide(options.split, options.row, options.kind, options.label)
    return _tell(options, review, found.image, found)


def remove(options: argparse.Namespace) -> int:
    """Remove the decision about the label of an image."""
    review = LabelReview(load_dataset(options.dataset))
    image = review.image(options.split, options.row)
    if not review.remove(options.split, options.row):
        raise DatasetError(f"There is no decision about {_image(image)} of {options.dataset}.")
    return _tell(options, review, image, None)


def undo(options: argparse.Namespace) -> int:
    """Undo the last change of the decisions about a data set."""
    review = LabelReview(load_dataset(options.dataset))
    image = review.undo()
    if image is None:
        raise DatasetError(f"There is no change of the decisions about {options.dataset} to undo.")
    return _tell(options, review, image, review.overlay.of(image))


def _tell(options: argparse.Namespace, review: LabelReview, image: ImageRef, found: Decision | None) -> int:
    """What is decided about an image now."""
    label, names = review.label(image), review.dataset.class_names
    if options.json:
        reviewed = label if found is not None and found.kind is DecisionKind.KEEP else found.label if found else None
        where = {"dataset": review.dataset.name, "split": image.split.value, "index": image.row, "label": label}
        print_json({**where, "decision": found.kind.value if found else None, "reviewed_label": reviewed})
        return 0
    what = "not reviewed" if found is None else _decision_words(found, names)
    print(f"{review.dataset.name}, {_image(image)}, label {names[label]}: {what}")
    return 0


def review(options: argparse.Namespace) -> int:
    """The accuracy of a run under the original and the reviewed labels, and its suspect labels."""
    shown = predicted(options)
    dataset = dataset_of_predictions(shown.run, shown.predictions, shown.split)
    if dataset is None:
        raise DatasetError(f"The images of run {options.run_id} are not on this machine, or have changed since.")
    decisions = LabelReview(dataset).overlay.of_split(data_split(shown.split))
    found = relabelled(shown.predictions, decisions)
    rows = _suspects(shown, decisions)
    if options.json:
        print_json({**shown.document, **_document(shown, found), "suspects": rows})
    else:
        _print_review(shown, dataset, found, rows)
    return 0


def _suspects(shown: Predicted, decisions: dict[int, Decision]) -> list[dict[str, Any]]:
    """A row for each suspect label, the most suspect first, with what was decided about it."""
    part = shown.predictions.take(suspects(shown.predictions))
    columns = (part.index, part.labels, part.predicted, part.true_probability, part.confidence)
    names = ("index", "label", "predicted", "label_probability", "confidence")
    rows = [dict(zip(names, row, strict=True)) for row in zip(*(column.tolist() for column in columns), strict=True)]
    known = [decisions.get(row["index"]) for row in rows]
    return [{**row, "decision": one.kind.value if one else None} for row, one in zip(rows, known, strict=True)]


def _document(shown: Predicted, found: Relabelled) -> dict[str, Any]:
    index = shown.predictions.index
    return {
        "reviewed_images": found.n_decisions,
        "original": _count(found.original),
        "reviewed": _count(found.reviewed),
        "became_correct": index[found.became_correct].tolist(),
        "became_wrong": index[found.became_wrong].tolist(),
        "left_out": index[found.left_out].tolist(),
    }


def _count(found: CorrectCount) -> dict[str, Any]:
    accuracy = found.accuracy if found.n else None
    return {"images": found.n, "correct": found.n_correct, "accuracy": accuracy, "interval": list(found.interval)}


def _print_review(shown: Predicted, dataset: Dataset, found: Relabelled, rows: list[dict[str, Any]]) -> None:
    names = dataset.class_names
    print(f"{shown.run.title} on {shown.words}; reviewed labels: {found.n_decisions:,}, suspect: {len(rows):,}")
    counts = (("original", found.original), ("reviewed", found.reviewed))
    print_table(
        ("labels", "images", "correct", "accuracy", "interval"),
        [(title, f"{c.n:,}", f"{c.n_correct:,}", percent(c.accuracy), shown_range(*c.interval)) for title, c in counts],
    )
    listed = [
        (
            row["index"],
            f"{names[row['label']]} ({shown_probability(row['label_probability'])})",
            f"{names[row['predicted']]} ({shown_probability(row['confidence'])})",
            row["decision"] or "-",
        )
        for row in rows[:N_SHOWN]
    ]
    print_table((f"{data_split(shown.split)} row", "label", "predicted", "decision"), listed)
    if len(listed) < len(rows):
        print(f"{counted(len(listed), 'suspect label is', 'suspect labels are')} listed; --json lists all.")


def _decision_words(found: Decision, names: tuple[str, ...]) -> str:
    if found.label is not None:
        return f"relabelled as {names[found.label]}"
    return "kept" if found.kind is DecisionKind.KEEP else "ambiguous"


def _image(image: ImageRef) -> str:
    return f"{'test' if image.split is SplitName.TEST else 'training'} image {image.row}"


def _name(names: tuple[str, ...], label: int | None) -> str:
    return "-" if label is None else names[label]
