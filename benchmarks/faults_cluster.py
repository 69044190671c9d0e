"""60 short runs on a cluster of three workers, while workers, trainings and the scheduler are killed at random.

    python benchmarks/faults_cluster.py [--runs 60] [--seconds 4] [--seed 0] [--real]

Every run must come to its end or be resumed, with every epoch once, the weights of an undisturbed training, and never
two writers at a time. In some of the kills no lock holds and the training stands still while its machine is lost, as on
a network file system when a machine is cut off; it wakes up later. The training takes about a second (all else is the
real worker); with --real it is Keras on 200 digits, and the weights are not compared.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.cluster_machines import REAL_WORKER, Machines
from benchmarks.killing import Findings, look_at_end, new_run
from mnist_core.errors import MnistCoreError
from mnist_core.jobs import queue
from mnist_core.jobs.cluster.executor import ClusterExecutor
from mnist_core.jobs.control import holder
from mnist_core.runs.events import read_events
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe

NAMES = ("a", "b", "c")
EPOCHS = 6
REAL_EPOCHS = 3
ASLEEP_SECONDS = 3.0
LIMIT_SECONDS = 3600.0
FAULTS = ("worker", "worker", "worker", "training", "cut off", "cut off", "scheduler")


@dataclass(slots=True)
class Chaos:
    """What goes wrong, at random but the same for a seed.

    Attributes:
        mean_seconds: between two faults.
        more: further faults by name, and what does them.
        next_fault: when the next one is due.
    """

    store: RunStore
    machines: Machines
    executor: ClusterExecutor
    chance: random.Random
    mean_seconds: float
    next_fault: float
    more: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    asleep: list[tuple[float, int]] = field(default_factory=list)

    def act(self) -> None:
        """What is due: a fault, and the repair of the cluster."""
        if time.monotonic() > self.next_fault:
            self.strike()
            self.next_fault = time.monotonic() + self.chance.expovariate(1 / self.mean_seconds)
        self.repair()

    def strike(self) -> None:
        """One fault, and the repair of the cluster: a machine in place of the lost one, some time later."""
        what = self.chance.choice((*FAULTS, *self.more))
        if what in self.more:
            self.more[what]()
        elif what == "scheduler":
            self.machines.kill_scheduler()
            self.machines.start_scheduler()
        elif what == "training":
            self._kill_training()
        elif what == "cut off":
            self._cut_off()
        else:
            self.machines.kill(self.chance.choice(NAMES))
        self.done[what] += 1

    def repair(self) -> None:
        """Start workers in place of those that have ended, and wake up the trainings that stood still long enough."""
        for name in NAMES:
            if self.machines.workers[name].poll() is not None:
                self.machines.start_worker(name)
        self._wake_up([pid for when, pid in self.asleep if when < time.monotonic()])

    def wake_up_all(self) -> None:
        """Let the trainings that stand still end, too."""
        self._wake_up([pid for _, pid in self.asleep])

    def _wake_up(self, due: list[int]) -> None:
        self.asleep = [(when, pid) for when, pid in self.asleep if pid not in due]
        for pid in due:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _busy(self) -> tuple[str, str] | None:
        """Worker and run of a training, if there is one."""
        pairs = [(worker.name, run_id) for worker in self.executor.state().workers for run_id in worker.run_ids]
        return self.chance.choice(pairs) if pairs else None

    def _kill_training(self) -> None:
        if (pair := self._busy()) and (process := holder(self.store.folder(pair[1]))):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)

    def _cut_off(self) -> None:
        if (pair := self._busy()) and (process := holder(self.store.folder(pair[1]))):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGSTOP)
                for lock in ("lock", ".write-lock"):
                    (self.store.folder(pair[1]) / lock).unlink(missing_ok=True)
                self.asleep.append((time.monotonic() + ASLEEP_SECONDS, process.pid))
            self.machines.kill(pair[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=4.0, help="mean time between two faults")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--real", action="store_true", help="train with Keras")
    options = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "runs")
        ids = [_new_run(store, is_real=options.real) for _ in range(options.runs)]
        worker = REAL_WORKER if options.real else "benchmarks.fast_worker"
        with Machines(Path(folder) / "machines", worker=worker) as machines:
            chaos, resumed = train_all(store, ids, machines, options.seconds, options.seed)
        problems = look(store, ids, is_real=options.real)
        attempts = [store.get(run_id).attempt for run_id in ids]
    faults = ", ".join(f"{count} of kind {what}" for what, count in sorted(chaos.done.items()))
    print(
        f"{options.runs} runs on 3 workers in {time.monotonic() - start:.0f} s, faults: {faults}: "
        f"{sum(attempts)} attempts (at most {max(attempts)} for a run), {resumed} runs resumed by hand after "
        f"{queue_limit()} lost machines, {len(problems)} runs unfinished, repeated or different"
    )
    print("\n".join(problems))
    sys.exit(bool(problems))


def queue_limit() -> int:
    """After how many lost machines a run is given up: Dask's default and ours."""
    from mnist_core.jobs.cluster.executor import MAX_RETRIES

    return MAX_RETRIES + 1


def _new_run(store: RunStore, *, is_real: bool) -> str:
    if is_real:
        return store.create(config_from_recipe("lenet-5", dataset="mnist-sample", epochs=REAL_EPOCHS, limit=200))
    return new_run(store, EPOCHS)


def train_all(store: RunStore, ids: list[str], machines: Machines, mean_seconds: float, seed: int) -> tuple[Chaos, int]:
    """Hand out the runs, with faults, until all are completed; returns how many had to be resumed by hand."""
    machines.start_all(NAMES)
    executor = ClusterExecutor(str(machines.file), None, store.root)
    chaos, resumed = Chaos(store, machines, executor, random.Random(seed), mean_seconds, time.monotonic() + 5), 0
    deadline = time.monotonic() + LIMIT_SECONDS
    open_ids = set(ids)
    while open_ids and time.monotonic() < deadline:  # what is printed says whether the time was enough
        queue.dispatch(store, executor)
        chaos.act()
        for run_id in sorted(open_ids):
            status = store.get(run_id).status
            if status is RunStatus.COMPLETED:
                open_ids.remove(run_id)
            elif status is RunStatus.FAILED:
                with contextlib.suppress(MnistCoreError):
                    queue.resume(store, run_id)
                    resumed += 1
        time.sleep(0.1)
    executor.close()
    chaos.wake_up_all()
    return chaos, resumed


def look(store: RunStore, ids: list[str], *, is_real: bool) -> list[str]:
    """A sentence for every run that is not as an undisturbed one would be."""
    problems: list[str] = []
    for run_id in ids:
        run, events = store.get(run_id), read_events(store.folder(run_id) / "events.jsonl").events
        told = [event["epoch"] for event in events if event["event"] == "epoch"]
        if run.status is not RunStatus.COMPLETED or told != list(range(1, run.epochs + 1)):
            problems.append(f"{run_id} is {run.status} ({run.error}) with the epochs {told}")
        if [event["seq"] for event in events] != list(range(1, len(events) + 1)):
            problems.append(f"{run_id} has been written by two workers at a time")
        if not is_real and run.status is RunStatus.COMPLETED:
            findings = Findings()
            look_at_end(store, run_id, run.epochs, findings)
            problems += [] if findings.is_clean else [f"{run_id}: {findings}"]
    return problems


if __name__ == "__main__":
    main()
