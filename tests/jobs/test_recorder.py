"""What a resumed worker finds: the best weights are those of the best epoch that is left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnist_core.jobs.recorder import RunRecorder
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from mnist_core.training.progress import EpochMetrics, EpochResult, TrainerState
from mnist_core.training.settings import KeptWeights

N_VALIDATED = 5


def record(recorder: RunRecorder, accuracies: tuple[float, ...], *, is_kept: bool = False) -> None:
    """Finish the epoch after those before it; its only weight is its number. `is_kept`: whatever its accuracy."""
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
    is_best = is_kept or accuracies[-1] == max(accuracies)
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


@pytest.mark.parametrize(("is_damaged", "last"), [(False, 3), (True, 2)])
def test_a_design_that_keeps_the_last_weights_has_those_of_the_last_epoch_that_is_left(
    tmp_path: Path, is_damaged: bool, last: int
) -> None:
    store = RunStore(tmp_path)
    config = config_from_recipe("lenet-5", dataset="mnist-sample", epochs=3)
    training = replace(config.training, kept_weights=KeptWeights.LAST)
    run_id = store.create(replace(config, training=training))
    recorder = RunRecorder(store, run_id)
    recorder.set_validation(np.arange(N_VALIDATED), np.zeros(N_VALIDATED, np.int64))
    for epoch in (1, 2, 3):
        record(recorder, (0.95, 0.90, 0.93)[:epoch], is_kept=True)
    recorder.close()
    if is_damaged:
        (store.folder(run_id) / "checkpoints" / "last.npz").write_bytes(b"damaged")
    RunRecorder(store, run_id).close()
    assert store.get(run_id).best_epoch == last
    assert store.weights(run_id)["only"].tolist() == [last]
    assert store.get(run_id).summary.validation_accuracy == (0.95, 0.90, 0.93)[last - 1]
