"""A search of 60 short trials on a cluster of three workers, while workers, trainings, the scheduler and the tuner die.

    python benchmarks/faults_search.py [--trials 60] [--seconds 4] [--seed 0]

Every trial must come to its end, by itself or by being resumed, with every epoch once; none is trained twice, no design
is tried twice, and the study's best trial is that of the run directories. The faults are those of `faults_cluster.py`
and the kill of the tuner, which is then started again, as a person would. The trainings take about a second.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.cluster_machines import Machines
from benchmarks.faults_cluster import NAMES, Chaos, look
from mnist_core.environment import ROOT, child_environment
from mnist_core.jobs.cluster.executor import ClusterExecutor
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from mnist_core.tuning.control import Doing, read_state
from mnist_core.tuning.space import Choices, Range, Space
from mnist_core.tuning.storage import open_study
from mnist_core.tuning.study import Pruning, Study, StudySettings, create_study, study_folder
from mnist_core.tuning.trials import Trials, TrialState, read_trials

PARALLEL = 3
LIMIT_SECONDS = 3600.0
CALM_SECONDS = 5.0
"""Before the first fault."""


class TunerProcess:
    """The tuner of a study; ends what it has started.

    Attributes:
        starts: how often it was started.
        kills: how often it was killed.
    """

    def __init__(self, folder: Path, cluster: Path) -> None:
        self.starts = self.kills = 0
        self._folder, self._cluster = folder, cluster
        self._process: subprocess.Popen[bytes] | None = None

    def keep_going(self) -> None:
        """Start it if it does not run."""
        if self._process is not None and self._process.poll() is None:
            return
        runs = str(self._folder.parents[1])
        variables = child_environment(MNIST_STUDIO_RUNS=runs, MNIST_STUDIO_CLUSTER=str(self._cluster))
        command = [sys.executable, "-m", "benchmarks.fast_tuner", str(self._folder)]
        with open(self._folder / "tuner.log", "ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=log, stderr=log)
        self.starts += 1

    def kill(self) -> None:
        """Lose it."""
        self.kills += self._process is not None and self._process.poll() is None
        self.end()

    def end(self) -> None:
        """End what is left of it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=4.0, help="mean time between two faults")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "runs")
        study = new_study(store, options.trials)
        with Machines(Path(folder) / "machines", worker="benchmarks.fast_worker") as machines:
            faults, tuner = search_all(store, study, machines, mean_seconds=options.seconds, seed=options.seed)
        problems = list(look_at_search(store, study))
        trials = read_trials(store, study, study_folder(store.root, study.name))
        attempts = [run.attempt for run in store.list()]
    states = Counter(str(trial.state) for trial in trials.trials)
    print(
        f"{len(trials.trials)} trials on 3 workers in {time.monotonic() - start:.0f} s, faults: {_listed(faults)}: "
        f"{_listed(states)}; {sum(attempts)} attempts (at most {max(attempts)} for a trial), the tuner was started "
        f"{tuner.starts} times and killed {tuner.kills} times, {len(problems)} problems"
    )
    print("\n".join(problems))
    sys.exit(bool(problems))


def new_study(store: RunStore, trials: int) -> Study:
    """A study of trials with 3 to 8 epochs, of which the weak ones are stopped early."""
    base = config_from_recipe("lenet-5", dataset="mnist-sample", epochs=6)
    space = Space(
        base=base,
        dimensions=(
            Range(setting="learning_rate", low=1e-4, high=1e-1, log=True),
            Range(setting="epochs", low=3, high=8, step=1),
            Choices(setting="batch_size", values=(32, 64, 128)),
        ),
    )
    settings = StudySettings(trials=trials, workers=PARALLEL, pruning=Pruning.MEDIAN)
    return create_study(store.root, Study(name="faults", space=space, settings=settings))


def search_all(
    store: RunStore, study: Study, machines: Machines, *, mean_seconds: float, seed: int
) -> tuple[Counter[str], TunerProcess]:
    """Search to the end, with faults; returns these, and the tuner."""
    machines.start_all(NAMES)
    executor = ClusterExecutor(str(machines.file), None, store.root)  # to see who trains what
    folder = study_folder(store.root, study.name)
    tuner = TunerProcess(folder, machines.file)
    calm, deadline = time.monotonic() + CALM_SECONDS, time.monotonic() + LIMIT_SECONDS
    chance, more = random.Random(seed), {"tuner": tuner.kill}
    chaos = Chaos(store, machines, executor, chance, mean_seconds, calm, more)
    try:
        while read_state(folder).doing is not Doing.DONE and time.monotonic() < deadline:
            tuner.keep_going()
            chaos.act()
            time.sleep(0.1)
    finally:
        chaos.wake_up_all()
        tuner.end()
        executor.close()
    return chaos.done, tuner


def look_at_search(store: RunStore, study: Study) -> Iterator[str]:
    """A sentence for everything that is not as after an undisturbed search; from the files of the runs."""
    folder = study_folder(store.root, study.name)
    state, trials = read_state(folder), read_trials(store, study, folder)
    if state.doing is not Doing.DONE:
        yield f"The search is {state.doing}: {state.reason}"
    if len(trials.trials) != study.settings.trials:
        yield f"There are {len(trials.trials)} trials instead of {study.settings.trials}."
    documents = {path.parent.name: json.loads(path.read_text()) for path in store.root.glob("2*/run.json")}
    yield from _twice(trials, documents)
    for trial in trials.trials:
        if trial.state not in (TrialState.COMPLETED, TrialState.PRUNED, TrialState.FAILED):
            yield f"Trial {trial.number} is {trial.state}."
    by_state = {state: [str(one.run_id) for one in trials.trials if one.state is state] for state in TrialState}
    yield from look(store, by_state[TrialState.COMPLETED], is_real=False)
    for run_id in by_state[TrialState.PRUNED]:
        lines = (store.root / run_id / "events.jsonl").read_text().splitlines()
        told = [event["epoch"] for event in map(json.loads, lines) if event["event"] == "epoch"]
        if told != list(range(1, len(told) + 1)):
            yield f"The pruned {run_id} has the epochs {told}."
    yield from _best(study, folder, trials, documents)


def _twice(trials: Trials, documents: dict[str, Any]) -> Iterator[str]:
    """Whether a run belongs to two trials or to none, and whether a design was tried twice."""
    runs = [trial.run_id for trial in trials.trials]
    if sorted(map(str, runs)) != sorted(documents):
        yield f"{len(set(runs))} runs belong to {len(runs)} trials, and there are {len(documents)}."
    points = Counter(json.dumps(dict(trial.point), sort_keys=True) for trial in trials.trials)
    yield from (f"A design was tried {count} times: {point}" for point, count in points.items() if count > 1)
    for trial in trials.trials:
        if documents.get(str(trial.run_id), {}).get("study", {}).get("trial") != trial.number:
            yield f"The run of trial {trial.number} says that it is of another one."


def _best(study: Study, folder: Path, trials: Trials, documents: dict[str, Any]) -> Iterator[str]:
    """Whether the best trial is that of the run directories, to the page and to Optuna."""
    values = {
        document["study"]["trial"]: document["summary"]["validation_accuracy"]
        for document in documents.values()
        if document["status"] == "completed"
    }
    best = max(values, key=lambda number: (values[number], -number))
    if trials.best is None or trials.best.number != best:
        yield f"The best trial is {trials.best.number if trials.best else None} instead of {best}."
    told = {
        trial.number: trial.value for trial in open_study(study, folder, None).trials if trial.state.name == "COMPLETE"
    }
    if told != values:
        yield f"Optuna knows other values: {sorted(set(told.items()) ^ set(values.items()))}"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "none"


if __name__ == "__main__":
    main()
