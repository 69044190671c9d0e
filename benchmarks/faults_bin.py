"""1,000 kills of a process that deletes, restores and empties: every run stays whole, in the table or in the bin.

    python benchmarks/faults_bin.py [--kills 1000]

The process works without a pause and is killed at a random moment; what it was emptying may be gone, nothing else.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mnist_core.runs import bin as bins
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe

CONFIG = config_from_recipe("lenet-5", dataset="mnist-sample", epochs=1)
FILES = ("events.jsonl", "checkpoints/best.npz", "predictions/test.npz")
N_RUNS = 6
LONGEST_SECONDS = 0.08


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    options = parser.parse_args()
    chance, problems = random.Random(0), []
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "runs")
        began, gone = time.monotonic(), 0
        for kill in range(options.kills):
            present = [*store.run_ids(), *bins.bin_of(store).run_ids()]
            present += [_filled(store) for _ in range(N_RUNS - len(present))]
            _killed_at_work(store.root, chance, seed=kill)
            found, broken = _looked_at(RunStore(store.root), present)
            problems += broken
            gone += len(present) - found
    print(f"{options.kills} kills in {time.monotonic() - began:.0f} s: {len(problems)} runs damaged, in two places or "
          f"listed wrongly, {gone} emptied on purpose")  # fmt: skip
    if problems:
        print("\n".join(problems[:20]))
        sys.exit(1)


def _filled(store: RunStore) -> str:
    run_id = store.create(CONFIG)
    store.set(run_id, status="stopped")
    for name in FILES:
        path = store.root / run_id / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    return run_id


def _killed_at_work(root: Path, chance: random.Random, *, seed: int) -> None:
    child = os.fork()
    if child == 0:
        _work(RunStore(root), random.Random(seed))
    time.sleep(chance.uniform(0, LONGEST_SECONDS))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _work(store: RunStore, chance: random.Random) -> None:
    """Delete and restore for ever; now and then, remove one of the deleted runs for good."""
    while True:
        present, deleted = store.run_ids(), bins.bin_of(store).run_ids()
        if present and (not deleted or chance.random() < 0.5):
            bins.delete(store, chance.choice(present))
        elif deleted and chance.random() < 0.9:
            bins.restore(store, chance.choice(deleted))
        elif deleted:
            bins.empty(store, chance.choice(deleted))


def _looked_at(store: RunStore, present: list[str]) -> tuple[int, list[str]]:
    """How many of the runs there are still, and what is wrong with them."""
    deleted = bins.bin_of(store)
    places = {run_id: [one.root / run_id for one in (store, deleted) if (one.root / run_id).exists()]
              for run_id in present}  # fmt: skip
    wrong = [f"{run_id} is in two places" for run_id, found in places.items() if len(found) > 1]
    wrong += [f"{path} is not whole" for found in places.values() for path in found if not _is_whole(path)]
    for one in (store, deleted):
        listed = {row.run_id for row in one.index.rows()}
        there = {run_id for run_id, found in places.items() if one.root / run_id in found}
        wrong += [f"{one.root} lists {listed ^ there} wrongly"] if listed != there else []
    return sum(bool(found) for found in places.values()), wrong


def _is_whole(folder: Path) -> bool:
    return (folder / "run.json").is_file() and all(
        (folder / name).is_file() and (folder / name).read_text() == name for name in FILES
    )


if __name__ == "__main__":
    main()
