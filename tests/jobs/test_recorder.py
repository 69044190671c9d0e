"""What a resumed worker finds: the best weights are those of the best epoch that is left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_core.jobs.recorder import RunRecorder
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from mnist_core.training.progress import EpochMetrics, EpochResult, TrainerState

N_VALIDATED = 5


def record(recorder: RunRecorder, accuracies: tuple[float, ...]) -> None:
    """Finish the epoch after those before it; its only weight is its number."""
    history = tuple(
        EpochMetrics(
            epoch=epoch,
            loss=1.0,
            accuracy=0.5,
            val_loss=1.0,
            val_accuracy=accuracy,
            learning_rate=0.1,
            seconds=1.0,
            images_per_second=1.0,
        )
        for epoch, accuracy in enumerate(accuracies, start=1)
    )
    state = TrainerState(
        arrays={"weight:only": np.float32([len(history)])}, epoch=len(history), batch=0, history=history
    )
    probabilities = np.full((N_VALIDATED, 10), 0.1, np.float32)
    is_best = accuracies[-1] == max(accuracies)
    recorder.epoch(
        EpochResult(metrics=history[-1], validation_probabilities=probabilities, state=state, is_best=is_best)
    )


@pytest.mark.parametrize(
    ("accuracies", "best"),
    [((0.90, 0.88, 0.95), 1), ((0.90, 0.93, 0.95), 2), ((0.90, 0.95, 0.93), 2), ((0.95, 0.90, 0.93), 1)],
)
def test_if_the_newest_checkpoint_is_damaged_the_best_of_the_epochs_before_it_counts(
    tmp_path: Path, accuracies: tuple[float, ...], best: int
) -> None:
    store = RunStore(tmp_path)
    run_id = store.create(config_from_recipe("lenet-5", dataset="mnist-sample", epochs=3))
    recorder = RunRecorder(store, run_id)
    recorder.set_validation(np.arange(N_VALIDATED), np.zeros(N_VALIDATED, np.int64))
    for epoch in (1, 2, 3):
        record(recorder, accuracies[:epoch])
    recorder.close()
    (store.folder(run_id) / "checkpoints" / "last.npz").write_bytes(b"damaged")
    resumed = RunRecorder(store, run_id)
    resumed.close()
    assert resumed.state is not None
    assert resumed.state.epoch == 2
    assert store.get(run_id).best_epoch == best
    assert store.weights(run_id)["only"].tolist() == [best]
