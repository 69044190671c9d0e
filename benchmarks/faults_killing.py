"""1,000 kills of a fast worker, then 50 in the middle of writing the checkpoint of a real Keras training.

python benchmarks/faults_killing.py [--kills 1000] [--checkpoint-kills 50]
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

from benchmarks.killing import kill_again_and_again
from mnist_core.errors import MnistCoreError
from mnist_core.runs.checkpoints import load_state, save_state
from mnist_core.training.progress import TrainerState


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--checkpoint-kills", type=int, default=50)
    options = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        findings = kill_again_and_again(Path(folder), kills=options.kills, epochs=12)
    print(
        f"{findings.kills} kills of a fast worker in {time.monotonic() - start:.0f} s: "
        f"{len(findings.lost)} acknowledged epochs lost, {len(findings.unloadable)} checkpoints unreadable, "
        f"{len(findings.repeated)} histories with an epoch twice or missing, "
        f"{len(findings.different)} ends with other weights"
    )
    unreadable = kill_while_saving(options.checkpoint_kills)
    print(f"{options.checkpoint_kills} kills while saving a real Keras state: {unreadable} unreadable")
    if not findings.is_clean or unreadable:
        print(findings)
        sys.exit(1)


def kill_while_saving(kills: int) -> int:
    """Save the state of a real training in a tight loop, kill, load; returns how often nothing could be loaded."""
    state, chance, unreadable = keras_state(), random.Random(1), 0
    for _ in range(kills):
        with tempfile.TemporaryDirectory() as folder:
            child = os.fork()
            if child == 0:
                while True:
                    save_state(Path(folder), state)
            time.sleep(chance.uniform(0.02, 0.3))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            try:
                loaded, problem = load_state(Path(folder))
                unreadable += (loaded is None and (Path(folder) / "last.npz").exists()) or problem is not None
            except MnistCoreError:
                unreadable += 1
    return unreadable


def keras_state() -> TrainerState:
    """The state of `two-conv` after one batch: weights and both moments of Adam, 5 MB."""
    import numpy as np

    from mnist_core.training.config import config_from_recipe
    from mnist_core.training.model_state import state_arrays
    from mnist_core.training.settings import Precision
    from mnist_core.training.trainer import compiled_model

    model = compiled_model(config_from_recipe("two-conv", dataset="mnist"), Precision.FLOAT32)
    model.train_on_batch(np.zeros((8, 28, 28, 1), np.float32), np.eye(10, dtype=np.float32)[:8])
    return TrainerState(arrays=state_arrays(model), epoch=1, batch=0, history=())


if __name__ == "__main__":
    main()
