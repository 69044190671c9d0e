"""`quality`: duplicates, outliers and suspect labels of a data set, as on the page Explore."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_core.cli.arguments import add_command, integer
from mnist_core.cli.output import print_json, print_table
from mnist_core.cli.predicted import N_SHOWN, add_rows, checked_csv, records, write_csv
from mnist_core.data.dataset import N_CLASSES, Dataset, SplitName
from mnist_core.data.finding.issues import MAX_LISTED, TAKES, Issue, Quality, check_takes
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.environment import runs_folder
from mnist_core.errors import ConfigError
from mnist_core.runs.predicted_images import validation_on
from mnist_core.runs.store import RunStore
from mnist_core.shares import shown_progress
from mnist_core.words import counted

if TYPE_CHECKING:
    import pandas as pd

NO_RUN = "Suspect labels are found by the predictions of a run for its validation images. Name one with --run RUN_ID."


def add_commands(commands: Any) -> None:
    """The command with its options."""
    text = "find duplicates, outliers and suspect labels in a data set"
    parser = add_command(commands, "quality", quality, text)
    parser.add_argument("dataset", metavar="DATASET", help="name of the data set")
    issues = [issue.value for issue in Issue]
    parser.add_argument("--issue", choices=issues, metavar="NAME", help=f"only this one: {', '.join(issues)}")
    label = "only outliers with this label, and near-duplicates of which at least one image has it"
    parser.add_argument("--split", choices=[*SplitName], help=f"split of the outliers; default: {SplitName.TRAIN}")
    parser.add_argument("--label", type=integer(0, N_CLASSES - 1), metavar="D", help=label)
    parser.add_argument("--run", metavar="RUN_ID", help="run that suspect labels are found by")
    add_rows(parser, csv="the images of one issue")


def quality(options: argparse.Namespace) -> int:
    """What is found of every issue, or of one."""
    n, path = options.n, checked_csv(options)
    issues = _issues(options, path)
    dataset = load_dataset(options.dataset)
    found = _find(dataset, issues, options)
    if path is not None:
        write_csv(path, _frame(dataset, found[0], n), options)
    if options.json:
        documents = [_document(dataset, each, n) for each in found]
        print_json({"dataset": dataset.name, "sha256": dataset.sha256, "issues": documents})
    else:
        for each in found:
            _print(dataset, each, n or N_SHOWN)
        if options.run is None and options.issue is None:
            print(NO_RUN)
    return 0


def _issues(options: argparse.Namespace, path: Path | None) -> Sequence[Issue]:
    """The issues to look for: without a run, no suspect labels."""
    if options.issue is None and path is not None:
        raise ConfigError("Each issue has a table of its own. Name the issue for the file with --issue NAME.")
    if options.issue == Issue.SUSPECT_LABELS and options.run is None:
        raise ConfigError(NO_RUN)
    if options.issue is not None:
        given = {"split": options.split, "label": options.label, "run": options.run}
        check_takes(Issue(options.issue), given, "--")
        return (Issue(options.issue),)
    return [issue for issue in Issue if issue is not Issue.SUSPECT_LABELS or options.run is not None]


def _find(dataset: Dataset, issues: Sequence[Issue], options: argparse.Namespace) -> list[Quality]:
    from mnist_core.data.finding.quality import find_issue  # loads scipy

    needs_run = Issue.SUSPECT_LABELS in issues
    judged = validation_on(RunStore(runs_folder()), options.run, dataset) if needs_run else None
    about = {"split": options.split, "label": options.label, "judged": judged}
    names = {issue: ["judged" if name == "run" else name for name in TAKES[issue]] for issue in issues}
    found = [find_issue(dataset, issue, progress=_tell, **{name: about[name] for name in names[issue]})
             for issue in issues]  # fmt: skip
    if Issue.NEAR_DUPLICATES in issues and sys.stderr.isatty():
        print(file=sys.stderr)  # ends the line of the progress
    return found


def _tell(share: float) -> None:
    if sys.stderr.isatty():
        print(f"\r{shown_progress(share)} of the pairs compared", end="", file=sys.stderr, flush=True)


def _frame(dataset: Dataset, found: Quality, n: int | None) -> pd.DataFrame:
    from mnist_core.evaluation.export import issues_frame

    return issues_frame(dataset, found.findings[:n])


def _document(dataset: Dataset, found: Quality, n: int | None) -> dict[str, Any]:
    """Counts, and a row for each image; those of the same duplicates have the same number.

    `found` is how many there are, or at least so many if they are not `all_counted`; `listed` is how many have rows.
    """
    return {
        "name": found.issue.value,
        "label": found.label,
        "images": found.n_images,
        "without_score": found.n_without_score,
        "found": found.n_found,
        "all_counted": found.is_complete,
        "listed": len(found.findings[:n]),
        "across_splits": found.n_across_splits,
        "different_labels": found.n_different_labels,
        "rows": records(_frame(dataset, found, n).drop(columns=["dataset", "sha256"])),
    }


def _print(dataset: Dataset, found: Quality, n_shown: int) -> None:
    print(_words(dataset, found))
    n = min(n_shown, len(found.findings))
    rows = [(number + 1, *_image_words(dataset, found, number)) for number in range(n)]
    if rows:
        print_table(("", "images", "label", *found.findings[0].values), rows)
    if n < found.n_found:
        more = f"; -n N lists more, up to {MAX_LISTED}" if n < len(found.findings) else ""
        print(f"{counted(n, 'is', 'are')} listed{more}.")
    print()


def _words(dataset: Dataset, found: Quality) -> str:
    from mnist_core.data.finding.duplicates import NEAR
    from mnist_core.data.finding.outliers import MIN_IMAGES

    images, across = counted(found.n_images, "image"), f"across the splits: {found.n_across_splits:,}"
    label = "" if found.label is None else f" with the label {dataset.class_names[found.label]}"
    match found.issue:
        case Issue.NEAR_DUPLICATES:
            pairs = f"{'' if found.is_complete else 'at least '}{counted(found.n_found, 'pair')}"
            which = f", one or both{label}" if label else ""
            differ = f"with different labels: {found.n_different_labels:,}"
            return f"Near-duplicates among {images}: {pairs} closer than {NEAR} full pixels{which}; {across}; {differ}"
        case Issue.EXACT_DUPLICATES:
            return f"Exact duplicates among {images}: {counted(found.n_found, 'group')}; {across}"
        case Issue.OUTLIERS:
            none = f"; {found.n_without_score:,} without a score, in classes of fewer than {MIN_IMAGES} images"
            unscored = none if found.n_without_score else ""
            return f"Outliers among {images}{label}, the highest score first; about 1 is usual{unscored}"
        case Issue.SUSPECT_LABELS:
            return f"Suspect labels among {images}: {found.n_found:,}, the least probable label first"


def _image_words(dataset: Dataset, found: Quality, number: int) -> tuple[str, ...]:
    """Where the images are, their labels, and the values of the finding."""
    item, names = found.findings[number], dataset.class_names
    labels = dict.fromkeys(names[dataset.split(image.split).labels[image.row]] for image in item.images)
    values = [names[int(value)] if name == "suggested_label" else f"{value:.4g}" for name, value in item.values.items()]
    return (", ".join(f"{image.split} {image.row}" for image in item.images), " / ".join(labels), *values)
