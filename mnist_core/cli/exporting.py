"""`export`, `verify` and `import`: runs as files that work elsewhere, and files from elsewhere as runs."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mnist_core.cli.output import percent, print_json, print_table, read_file
from mnist_core.data.dataset import N_CLASSES
from mnist_core.environment import runs_folder
from mnist_core.errors import ConfigError
from mnist_core.export.formats import FORMATS, Format, Kind, format_named
from mnist_core.export.incoming.imported import AUTO, PIXELS
from mnist_core.export.tracking.looking import look
from mnist_core.files import n_bytes_of
from mnist_core.runs.store import RunStore
from mnist_core.shares import shown_progress
from mnist_core.training.config import ExperimentConfig, config_from_recipe

NOT_COMPARED = {"compared": 0, "largest_difference": None, "labels_changed": None}
NO_MATCH = 1


def export(options: argparse.Namespace) -> int:
    """Write a run in a format; a model is checked before it gets its name."""
    wanted = format_named(options.format)
    return _model(wanted, options) if wanted.kind is Kind.MODEL else _other(wanted, options)


def _model(wanted: Format, options: argparse.Namespace) -> int:
    from mnist_core.export.models.exporting import export_model

    exported = export_model(
        _store(),
        options.run_id,
        wanted.name,
        options.output,
        has_scaling=options.scaling,
        overwrite=options.overwrite,
        tell=_tell,
    )
    if options.json:
        print_json(exported.to_dict())
        return 0
    found = exported.checked
    print(f"{exported.path}: {found.n_bytes / 1e6:.2f} MB, {found.milliseconds_per_digit:.2f} ms a digit")
    changed = "no predicted label" if not found.labels_changed else f"{found.labels_changed} predicted labels"
    print(
        f"Compared by {found.runtime} on {found.compared:,} {found.split} digits with the stored predictions: largest "
        f"difference {found.largest_difference:.2g}, {changed} changed, accuracy {percent(found.accuracy)} "
        f"({percent(found.stored_accuracy)} stored)."
    )
    takes = "pixels from 0 to 255" if found.has_scaling else "scaled inputs"
    print(f"It takes {takes}, float32 (N, 28, 28, 1), and returns probabilities (N, {N_CLASSES}).")
    return 0


def _other(wanted: Format, options: argparse.Namespace) -> int:
    from mnist_core.export.ways import write

    path = write(
        _store(),
        options.run_id,
        wanted.name,
        options.output,
        overwrite=options.overwrite,
        compared=options.compare,
        tell=_tell,
    )
    if options.json:
        print_json({"path": str(path), "format": wanted.name, **NOT_COMPARED})
    else:
        print(f"{path}: {n_bytes_of(path) / 1e6:.2f} MB")
        if wanted.kind is Kind.TRACKING:
            print(f"To look at it: {look(wanted.name, options.output)}")
    return 0


def verify(options: argparse.Namespace) -> int:
    """Compute the results of a capsule again; returns 0 if they match."""
    from mnist_core.export.capsule.verifying import verify as verify_capsule

    found = verify_capsule(options.capsule, retrain=options.retrain, tell=_tell)
    if options.json:
        print_json({"matches": found.matches, **asdict(found)})
        return 0 if found.matches else NO_MATCH
    way = "Trained again" if found.is_retrained else "Scored again with the stored weights"
    print(
        f"{way}: {'it matches' if found.matches else 'it does not match'}. Accuracy {percent(found.accuracy)} on "
        f"{found.compared:,} {found.split} digits ({percent(found.stored_accuracy)} stored), "
        f"{found.labels_changed:,} changed labels, largest difference {found.largest_difference:.2g}."
    )
    for title, items in (("does not match", found.differences), ("differs here", found.circumstances)):
        if items:
            print_table((title, "stored", "found"), [(item.what, item.stored, item.found) for item in items])
    return 0 if found.matches else NO_MATCH


def import_run(options: argparse.Namespace) -> int:
    """Store what is in a file from elsewhere as a run."""
    from mnist_core.export.incoming.importing import import_file

    store = _store()
    if not options.file.is_file():
        raise ConfigError(f"There is no file {options.file}.")
    made = import_file(
        store,
        options.file,
        name=options.name,
        dataset=options.dataset,
        pixels=options.pixels,
        config=_network(options),
        tell=_tell,
    )
    run = store.get(made.run_id)
    if options.json:
        print_json({**run.document, "notes": list(made.notes)})
        return 0
    print(f"Run {run.run_id}, {run.title}: test accuracy {percent(run.summary.test_accuracy)} on {run.config.dataset}")
    for note in made.notes:
        print(f"- {note}")
    return 0


def _network(options: argparse.Namespace) -> ExperimentConfig | None:
    """The network that weights belong to."""
    if options.recipe is not None and options.config is not None:
        raise ConfigError("The network is named twice. Expected --recipe NAME or --config FILE, not both.")
    if options.recipe is not None:
        return config_from_recipe(options.recipe, dataset=options.dataset or "mnist-sample")
    if options.config is None:
        return None
    return ExperimentConfig.from_json(read_file(options.config))


def _store() -> RunStore:
    return RunStore(runs_folder())


def _tell(share: float, note: str) -> None:
    if sys.stderr.isatty():
        end = "\n" if share >= 1 else ""
        print(f"\r{shown_progress(share)} {note:<30}", end=end, file=sys.stderr, flush=True)


def add_options(export_parser: Any, verify_parser: Any, import_parser: Any) -> None:
    """The options of the three commands."""
    export_parser.add_argument("run_id")
    export_parser.add_argument("--format", required=True, metavar="NAME", help=", ".join(FORMATS))
    export_parser.add_argument(
        "--output",
        required=True,
        type=Path,
        metavar="PATH",
        help="the file; or a folder, for a name after the run; for tensorboard and mlflow their folder",
    )
    export_parser.add_argument("--overwrite", action="store_true", help="replace an existing file")
    export_parser.add_argument(
        "--scaling",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="build the scaling into a model, so that it takes pixels from 0 to 255",
    )
    export_parser.add_argument("--compare", metavar="RUN_ID", help="a second run for the report")
    verify_parser.add_argument("capsule", type=Path, metavar="CAPSULE")
    verify_parser.add_argument("--retrain", action="store_true", help="train again, do not only score again")
    import_parser.add_argument("file", type=Path, metavar="FILE", help="run capsule, .keras or .weights.h5 file")
    import_parser.add_argument("--name", default="", metavar="TEXT", help="name of the run")
    import_parser.add_argument("--dataset", metavar="NAME", help="data set that a model is scored on")
    import_parser.add_argument(
        "--pixels", default=AUTO, choices=(AUTO, *PIXELS), help="what a model expects that does not scale pixels itself"
    )
    import_parser.add_argument("--recipe", metavar="NAME", help="network that weights belong to")
    import_parser.add_argument("--config", type=Path, metavar="FILE", help="the same, as a configuration in JSON")
