"""How accurate one network becomes within ten CPU minutes, and five of them together.

    python benchmarks/bench_champion.py [--seeds 0 1 2 3 4] [--runs FOLDER]

The worker trains with everything recorded. Each seed is about ten minutes of CPU time. With `--runs`, the runs stay in
that folder, and seeds that it has are not trained again: `TF_NUM_INTRAOP_THREADS=1` and two calls with other seeds use
two cores well. All runs of the folder are averaged as the ensemble.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.collected import machine  # noqa: E402
from benchmarks.report import Figure, figure, report  # noqa: E402
from benchmarks.timed_runs import TimedRun, figures_of, shown, timed_run  # noqa: E402
from mnist_core.evaluation.scores import scores  # noqa: E402
from mnist_core.evaluation.several_runs import several_runs  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402

ACCURACY, TOGETHER, CPU_SECONDS = 0.9970, 0.9978, 600
TIMES = "champion.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--runs", type=Path, help="a folder that keeps the runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(options.runs or Path(folder))
        runs = {run.seed: run for run in earlier(store)}
        for seed in options.seeds:
            if seed not in runs:
                runs[seed] = timed_run(store, "champion", seed=seed)
                (store.folder(runs[seed].run_id) / TIMES).write_text(json.dumps(asdict(runs[seed])))
            shown(runs[seed])
        found = list(runs.values())
        together = accuracy_together(store, found) if len(found) > 1 else ()
    cpu = [run.training_cpu_seconds for run in found]
    return report(
        "champion",
        *figures_of(found, accuracy=ACCURACY),
        figure("Training, the longest", [max(cpu)], "CPU s", at_most=CPU_SECONDS),
        *together,
        runs=[asdict(run) for run in found],
        machine=machine(),
    ).shown()


def accuracy_together(store: RunStore, runs: list[TimedRun]) -> tuple[Figure]:
    """The test accuracy of the average of the runs."""
    several = several_runs([store.predictions(run.run_id) for run in runs])
    return (figure(f"Test accuracy of {len(runs)} together", [scores(several.ensemble).accuracy], at_least=TOGETHER),)


def earlier(store: RunStore) -> list[TimedRun]:
    """The runs that another call has left in the folder."""
    return [TimedRun(**json.loads(path.read_text())) for path in sorted(store.root.glob(f"*/{TIMES}"))]


if __name__ == "__main__":
    sys.exit(main())
