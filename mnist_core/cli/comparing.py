"""`compare`: two runs on the test images, digit by digit; `ensemble`: the average of several runs, scored."""

from __future__ import annotations

import argparse

from mnist_core.cli.output import percent, print_json, print_table
from mnist_core.environment import runs_folder
from mnist_core.errors import ConfigError, PredictionsError
from mnist_core.evaluation.comparison import OUTCOMES, Comparison, Outcome
from mnist_core.evaluation.comparison import compare as compare_predictions
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.scores import scores
from mnist_core.evaluation.setting_differences import SettingDifference, setting_differences
from mnist_core.evaluation.several_runs import several_runs
from mnist_core.evaluation.significance import chance_words
from mnist_core.runs.record import check_same_data
from mnist_core.runs.store import RunStore
from mnist_core.shares import shown_level, shown_points, shown_range
from mnist_core.words import counted


def compare(options: argparse.Namespace) -> int:
    """Which test images the second run fixed and broke, and whether the difference may be chance."""
    if options.run_a == options.run_b:
        raise ConfigError(f"A run cannot be compared with itself. Expected two runs. Received: {options.run_a} twice.")
    store = RunStore(runs_folder())
    first, second = store.get(options.run_a), store.get(options.run_b)
    check_same_data(first, second)
    found = compare_predictions(_predictions(store, first.run_id), _predictions(store, second.run_id))
    if options.json:
        print_json(_document(found))
        return 0
    _print_table(found, (first.title, second.title))
    _print_settings(setting_differences((first.config_in_force, second.config_in_force)))
    return 0


def ensemble(options: argparse.Namespace) -> int:
    """Accuracy and loss on the test images of the mean of the probabilities of several runs."""
    run_ids = tuple(dict.fromkeys(options.run_ids))
    store = RunStore(runs_folder())
    runs = [store.get(run_id) for run_id in run_ids]
    for other in runs[1:]:
        check_same_data(runs[0], other)
    several = several_runs([_predictions(store, run_id) for run_id in run_ids])
    found, accuracies = scores(several.ensemble), several.accuracies.tolist()
    if options.json:
        single = [{"run_id": one, "accuracy": share} for one, share in zip(run_ids, accuracies, strict=True)]
        interval = list(found.accuracy_interval)
        document = {"accuracy": found.accuracy, "interval": interval, "loss": found.loss, "wrong": found.n_mistakes}
        print_json({**document, "images": found.n, "runs": single})
        return 0
    print_table(("run", "accuracy"), [(run.title, percent(one)) for run, one in zip(runs, accuracies, strict=True)])
    range_words = f"{shown_level(LEVEL)} interval {shown_range(*found.accuracy_interval)}"
    print(
        f"Ensemble of {len(runs)} runs: accuracy {percent(found.accuracy)} on {counted(found.n, 'test image')}, "
        f"{range_words}."
    )
    print(f"{found.n_mistakes:,} wrong, loss {found.loss:.4f}.")
    return 0


def _predictions(store: RunStore, run_id: str) -> Predictions:
    try:
        return store.predictions(run_id)
    except PredictionsError as error:
        raise PredictionsError(f"{run_id} cannot be compared, since its test images are not scored. {error}") from None


def _document(found: Comparison) -> dict[str, object]:
    """The comparison in JSON's types; the images are their row numbers in the test split."""
    counts = {outcome.name.lower(): count for outcome, count in found.counts.items()}
    return {
        **counts,
        "difference": found.difference,
        "interval": list(found.difference_interval),
        "p_value": found.p_value,
        "images": len(found),
        "fixed_images": found.rows(Outcome.FIXED).tolist(),
        "broken_images": found.rows(Outcome.BROKEN).tolist(),
        "both_wrong_images": found.rows(Outcome.BOTH_WRONG).tolist(),
    }


def _print_table(found: Comparison, titles: tuple[str, str]) -> None:
    low, high = found.difference_interval
    for letter, title, accuracy in zip("AB", titles, found.accuracies, strict=True):
        print(f"{letter}: {title}, accuracy {percent(accuracy)} on {counted(len(found), 'test image')}")
    counts = found.counts
    print_table(("outcome", "images"), [(outcome.value, f"{counts[outcome]:,}") for outcome in OUTCOMES])
    interval = f"{shown_level(LEVEL)} interval {shown_points(low)} to {shown_points(high)}"
    print(f"B is {shown_points(found.difference)} against A, {interval} (paired, Newcombe).")
    p = found.p_value
    print(f"McNemar's exact test: p = {p:.3g}. The difference {chance_words(p)}.")


def _print_settings(differences: tuple[SettingDifference, ...]) -> None:
    if differences:
        print_table(("setting", "A", "B"), [(item.label, *item.values) for item in differences])
    else:
        print("The settings are the same.")
