"""`tune`: search for better settings, in the foreground; the same command goes on later, or deletes the study."""

from __future__ import annotations

import argparse
import signal
import threading
from dataclasses import replace
from typing import Any

from mnist_core.cli.output import percent, print_json, print_table, read_file
from mnist_core.cli.training import say
from mnist_core.data.sources.catalogue import default_dataset_name, list_datasets, require_dataset
from mnist_core.environment import runs_folder, studies_url
from mnist_core.errors import ConfigError, StudyError, StudyNotFoundError
from mnist_core.fields import from_dict, to_dict
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig, config_from_recipe, config_with
from mnist_core.tuning.control import Doing
from mnist_core.tuning.default_space import default_space
from mnist_core.tuning.deleting import delete_study, left_in_bin, restore_study
from mnist_core.tuning.estimate import estimate
from mnist_core.tuning.finals import check_numbers, choose_finals, read_finals, repeats_of, write_finals
from mnist_core.tuning.search import search
from mnist_core.tuning.space import Space
from mnist_core.tuning.study import (
    Cost,
    Pruning,
    Study,
    StudySettings,
    checked_name,
    create_study,
    read_study,
    set_settings,
    study_folder,
)
from mnist_core.tuning.trials import Trial, TrialNote, Trials, read_trials
from mnist_core.tuning.verdict import Verdict, sentences, verdict_of
from mnist_core.words import counted

SETTINGS = ("trials", "minutes", "workers", "method", "pruning", "cost", "seed")
OF_THE_SPACE = ("recipe", "dataset", "space", "epochs", "limit")


def tune(options: argparse.Namespace) -> int:
    """Search for better settings, or move a study into the bin or back."""
    store = RunStore(runs_folder())
    is_about_bin = options.delete or options.restore or options.with_runs
    return _into_bin_or_back(store, options) if is_about_bin else _search(store, options)


def _search(store: RunStore, options: argparse.Namespace) -> int:
    """Search until the budget is used; Ctrl-C stops, and the same command goes on."""
    url = options.storage or studies_url()
    study = _study(store, options, url)
    _say_what_it_takes(store, study, options)
    stop = threading.Event()

    def interrupt(*_: Any) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        say(options, "Stopping after checkpoints. Press Ctrl-C again to quit without waiting.")

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    heard: dict[int, TrialNote] = {}

    def hear(notes: tuple[TrialNote, ...]) -> None:
        for note in notes:
            if heard.get(note.number) != note and (note.state.is_final or note.number not in heard):
                say(options, _line(note))
            heard[note.number] = note

    address, folder = url if study.storage else None, study_folder(store.root, study.name)
    state = search(store, study, url=address, hear=hear, is_asked_to_stop=stop.is_set)
    found = read_trials(store, study, folder)
    if options.finalists is not None and state.doing is Doing.DONE:
        finals = choose_finals(study, found, finalists=options.finalists, n_seeds=options.seeds)
        write_finals(folder, finals)
        say(options, f"Training {len(finals.contenders)} finalists with {len(finals.seeds)} seeds each")
        state = search(store, study, url=address, is_asked_to_stop=stop.is_set)
    verdict = _verdict(store, study)
    if options.json:
        said = {} if verdict is None else {"verdict": _verdict_document(verdict)}
        print_json(_document(study, found) | {"state": state.doing.value, "reason": state.reason} | said)
        return 0
    print(state.reason or f"The search is {state.doing}. To resume it: python -m mnist_core tune {study.name}")
    _print_trials(study, found)
    for sentence in () if verdict is None else sentences(verdict):
        print(sentence)
    return 0


def _into_bin_or_back(store: RunStore, options: argparse.Namespace) -> int:
    if options.with_runs and not options.delete:
        raise ConfigError("`--with-runs` goes with `--delete`.")
    act = "deleted" if options.delete else "restored"
    if options.delete:
        run_ids = delete_study(store, options.study, with_runs=options.with_runs)
    else:
        run_ids = restore_study(store, options.study)
    if options.json:
        print_json({act: options.study, "run_ids": list(run_ids)})
        return 0
    runs = f" with {counted(len(run_ids), 'run')}" if run_ids else ""
    undo = f"To undo: python -m mnist_core tune {options.study} --restore"
    more = undo if options.delete else left_in_bin(store, options.study)
    print(f"The study {options.study} is {act}{runs}. {more}".rstrip())
    return 0


def _verdict(store: RunStore, study: Study) -> Verdict | None:
    finals = read_finals(study_folder(store.root, study.name))
    return None if finals is None else verdict_of(finals, repeats_of(store, study))


def _study(store: RunStore, options: argparse.Namespace, url: str | None) -> Study:
    """The study of that name, with the settings of the options; a new one if there is none.

    Raises:
        ConfigError: an option is not valid, or a new study has nothing to search.
        StudyError: the study has another space, cannot be read, or its storage cannot be reached.
    """
    given = {name: value for name in SETTINGS if (value := getattr(options, name)) is not None}
    if options.finalists is not None:  # before hours are spent on the search
        check_numbers(finalists=options.finalists, n_seeds=options.seeds)
    try:
        known = _known(store, checked_name(options.study), url)
    except StudyNotFoundError:
        return _new(store, options, url, given)
    if any(getattr(options, name) is not None for name in OF_THE_SPACE) and _space(options) != known.space:
        raise StudyError(
            f"The study `{known.name}` searches another space. Leave out --recipe, --dataset and --space to go on with "
            "it, or choose another name."
        )
    if options.storage is not None and _address(options.storage) != known.storage:
        where = known.storage or "the file in its folder"
        raise StudyError(f"The study `{known.name}` is coordinated by {where}. Leave out --storage to go on with it.")
    if not given:
        return known
    changed = from_dict(StudySettings, to_dict(known.settings) | given, "settings")
    if changed.cost is not known.settings.cost:
        raise StudyError(f"The study `{known.name}` was begun with other aims. Choose another name.")
    return set_settings(store.root, known.name, changed)


def _known(store: RunStore, name: str, url: str | None) -> Study:
    """A study of this machine, or of the database."""
    try:
        return read_study(store.root, name)
    except StudyNotFoundError:
        if url is None:
            raise
    from mnist_core.tuning.storage import study_in_database

    return create_study(store.root, study_in_database(name, url))


def _new(store: RunStore, options: argparse.Namespace, url: str | None, given: dict[str, Any]) -> Study:
    if options.recipe is None and options.space is None:
        raise StudyNotFoundError(
            f"There is no study `{options.study}`. To begin one, give --recipe NAME or --space FILE."
        )
    if given.get("minutes") is not None:
        given = {"trials": None, **given}
    settings = from_dict(StudySettings, given, "settings")
    space = _space(options)
    require_dataset(space.base.dataset)
    return create_study(store.root, Study(name=options.study, space=space, settings=settings, storage=_address(url)))


def _address(url: str | None) -> str:
    """Host and name of the database; empty for none."""
    if url is None:
        return ""
    from mnist_core.tuning.storage import address_of  # loads Optuna

    return address_of(url)


def _space(options: argparse.Namespace) -> Space:
    """The space in the options: that of a file, else the one around a recipe.

    Raises:
        ConfigError: there is none, or it is not valid.
    """
    base = None
    if options.recipe is not None:
        base = config_from_recipe(options.recipe, dataset=options.dataset or default_dataset_name())
    if options.space is not None:
        space = Space.from_json(read_file(options.space), base=base)
        return replace(space, base=_with_options(space.base, options))
    if base is None:
        raise ConfigError("`tune` needs either --recipe NAME or --space FILE.")
    return default_space(_with_options(base, options))


def _with_options(base: ExperimentConfig, options: argparse.Namespace) -> ExperimentConfig:
    """The base design with the data and the epochs of the options."""
    return config_with(base, dataset=options.dataset, limit=options.limit, epochs=options.epochs)


def _say_what_it_takes(store: RunStore, study: Study, options: argparse.Namespace) -> None:
    count = study.space.count
    points = "any number of points" if count is None else f"{count:,} points"
    say(options, f"Study {study.name}: {len(study.space.dimensions)} settings, {points}, on {study.space.base.dataset}")
    info = next((info for info in list_datasets() if info.name == study.space.base.dataset), None)
    if info is None:
        return
    found = estimate(store, study.space, train_images=info.train_images, test_images=info.test_images)
    if found is None:
        say(options, "How long a trial takes is not known yet: the base design has no run and no benchmark.")
        return
    minutes, trials = found.seconds(study.settings) / 60, found.trials(study.settings)
    each = f"{found.trial_seconds:.0f} s for a trial, {found.work_words}, whose time is from {found.source}"
    shorter = "" if study.settings.pruning is Pruning.NONE else " Pruning shortens it."
    say(options, f"About {minutes:.0f} minutes, enough for about {trials:,} trials: {each}.{shorter}")


def _line(note: TrialNote) -> str:
    settings = ", ".join(f"{name} {_shown(value)}" for name, value in note.point.items())
    if not note.state.is_final:
        return f"trial {note.number}: {settings}"
    value = f" validation {percent(note.value)}" if note.value is not None else ""
    reason = f" {note.reason}" if note.reason else ""
    return f"trial {note.number} {note.state}:{value}{reason}"


def _document(study: Study, found: Trials) -> dict[str, Any]:
    best = found.best
    document: dict[str, Any] = {
        "study": study.name,
        "trials": [_trial(trial, study.settings.cost) for trial in found.trials],
        "best_run_id": best.run_id if best is not None else None,
        "settings": to_dict(study.settings),
        "importances": dict(found.importances),
    }
    if study.settings.cost is not Cost.NONE:
        document["front"] = [trial.run_id for trial in found.front(study.settings.cost)]
    return document


def _trial(trial: Trial, cost: Cost) -> dict[str, Any]:
    document = {name: getattr(trial, name) for name in ("number", "run_id", "value", "reason")}
    extra = {} if cost is Cost.NONE else {"cost": trial.cost(cost)}
    return {**document, "state": trial.state.value, "point": dict(trial.point), **extra}


def _verdict_document(verdict: Verdict) -> dict[str, Any]:
    return {
        "sentences": list(sentences(verdict)),
        "winner": verdict.winner.contender.trial,
        "tied": [standing.contender.trial for standing in verdict.tied],
        "standings": [
            {
                "trial": standing.contender.trial,
                "first": standing.contender.first,
                "validation": list(standing.validation),
                "test": list(standing.test),
                "p_value": standing.p_value,
                "run_ids": list(standing.run_ids),
            }
            for standing in verdict.standings
        ],
    }


def _print_trials(study: Study, found: Trials) -> None:
    ranked = sorted(found.trials, key=lambda trial: (-(trial.value or -1.0), trial.number))
    rows = [
        (trial.number, trial.state.value, percent(trial.value), trial.run_id or "-", trial.reason or "")
        for trial in ranked
    ]
    print_table(("trial", "state", "validation", "run", ""), rows)
    if (best := found.best) is not None:
        settings = ", ".join(f"{name} {_shown(value)}" for name, value in best.point.items())
        print(f"Best: trial {best.number} with {settings}. Run {best.run_id}")
    else:
        print("No trial is completed, so there is no best one.")


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "off" if value is None else str(value)
