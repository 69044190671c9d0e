"""The worker program on real run directories: whole, killed, stopped, paused, changed and refused."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import log_softmax
from sklearn.metrics import accuracy_score, log_loss

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.environment import child_environment
from mnist_core.jobs import queue
from mnist_core.jobs.adjusting import adjust
from mnist_core.jobs.control import release_pause, request_adjustments, request_pause, request_stop
from mnist_core.jobs.endings import COMPLETED, LOCKED, NO_SPACE, STOPPED, TRAINING_FAILED
from mnist_core.jobs.launcher import launch
from mnist_core.network.scoring import score_images
from mnist_core.runs.checkpoints import load_state
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.progress import Adjustments
from tests.jobs.conftest import Worker, events_of, last_seq, small_config, wait_for_batch
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

Start = Callable[[RunStore, str], Worker]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunStore, str]:
    """A run of three epochs that nothing interrupted."""
    store = RunStore(tmp_path_factory.mktemp("undisturbed"))
    run_id = store.create(small_config(), name="Undisturbed")
    assert Worker(store.folder(run_id)).wait(120) == COMPLETED, store.get(run_id).error
    return store, run_id


def epochs_told(store: RunStore, run_id: str) -> list[int]:
    return [event["epoch"] for event in events_of(store, run_id, "epoch")]


def assert_same_end(found: tuple[RunStore, str], wanted: tuple[RunStore, str]) -> None:
    """The same weights bit for bit, and the same history but for the time it took."""
    for ours, theirs in zip(found[0].history(found[1]), wanted[0].history(wanted[1]), strict=True):
        for name in ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"):
            assert getattr(ours, name) == getattr(theirs, name), f"{name} of epoch {ours.epoch}"
    left, right = found[0].weights(found[1], "last"), wanted[0].weights(wanted[1], "last")
    assert left.keys() == right.keys()
    for name, array in left.items():
        np.testing.assert_array_equal(array, right[name], err_msg=name)


@pytest.mark.thorough
def test_scores_are_those_of_the_stored_predictions(undisturbed: tuple[RunStore, str]) -> None:
    store, run_id = undisturbed
    run = store.get(run_id)
    test = store.predictions(run_id, "test")
    labels = load_dataset("mnist-sample").test.labels
    np.testing.assert_array_equal(test.labels, labels)
    np.testing.assert_array_equal(test.index, np.arange(len(labels)))
    assert run.status is RunStatus.COMPLETED
    assert run.summary.test_accuracy == accuracy_score(labels, test.probabilities.argmax(axis=1))
    assert run.summary.test_loss == pytest.approx(log_loss(labels, test.probabilities), abs=1e-5)


def test_validation_images_are_held_out_of_training(undisturbed: tuple[RunStore, str]) -> None:
    store, run_id = undisturbed
    dataset, run = load_dataset("mnist-sample"), store.get(run_id)
    assert store.validation_epochs(run_id) == (1, 2, 3)
    for epoch in (1, 2, 3):
        stored = store.predictions(run_id, "validation", epoch)
        np.testing.assert_array_equal(stored.labels, dataset.train.labels[stored.index])
        told = store.history(run_id)[epoch - 1]
        assert (stored.accuracy, stored.loss) == (told.val_accuracy, told.val_loss)
    assert run.dataset is not None
    assert (run.dataset.train_images, run.dataset.validation_images) == (540, 60)
    assert run.dataset.sha256 == dataset.sha256


def test_stored_probabilities_hold_the_logits_of_keras(undisturbed: tuple[RunStore, str]) -> None:
    """So that the temperature that is fitted to them is the one that fits the logits."""
    import keras

    from mnist_core.models.build import build_model, weight_name

    store, run_id = undisturbed
    run, weights, stored = store.get(run_id), store.weights(run_id, "last"), store.predictions(run_id, "validation", 3)
    model = build_model(run.config.architecture)
    for variable in model.weights:
        variable.assign(weights[weight_name(variable)])
    head = model.layers[-1]
    assert run.scaler is not None
    inputs = run.scaler.apply(load_dataset("mnist-sample").train.images[stored.index])
    hidden = np.asarray(keras.Model(model.inputs, head.input)([inputs]), np.float64)
    logits = hidden @ head.kernel.numpy() + head.bias.numpy()
    expected = log_softmax(logits, axis=1)
    np.testing.assert_allclose(np.log(stored.probabilities.astype(np.float64)), expected, atol=1e-4)


def test_each_epoch_is_recorded_once_and_seq_has_no_gap(undisturbed: tuple[RunStore, str]) -> None:
    store, run_id = undisturbed
    assert epochs_told(store, run_id) == [1, 2, 3]
    from mnist_core.runs.events import read_events

    seqs = [event["seq"] for event in read_events(store.folder(run_id) / "events.jsonl").events]
    assert seqs == list(range(1, len(seqs) + 1))


def test_a_killed_run_resumes_to_the_same_weights(
    store: RunStore,
    start_worker: Start,
    undisturbed: tuple[RunStore, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And the killed workers leave nothing behind: no temporary files, and no request that the next one would obey."""
    temporaries = tmp_path / "temporaries"
    temporaries.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporaries))
    run_id = store.create(small_config())
    after = 0
    for epoch in (1, 2):
        worker = start_worker(store, run_id)
        wait_for_batch(store, run_id, worker, epoch=epoch, after=after)
        worker.kill()
        worker.wait()
        after = last_seq(store, run_id)
        assert store.get(run_id).status is RunStatus.INTERRUPTED
        request_stop(store.folder(run_id))  # of the one that was killed
    assert start_worker(store, run_id).wait(timeout=90) == COMPLETED
    assert epochs_told(store, run_id) == [1, 2, 3]
    assert_same_end((store, run_id), undisturbed)
    assert store.weight_epochs(run_id) == (0, 1, 2, 3)
    assert_predict_what_was_stored(store, run_id)
    assert store.get(run_id).attempt == 3
    assert list(temporaries.iterdir()) == []
    assert {path.name for path in store.folder(run_id).glob(".*")} == {".write-lock"}


def test_weights_are_kept_before_training_and_after_each_epoch(undisturbed: tuple[RunStore, str]) -> None:
    store, run_id = undisturbed
    assert store.weight_epochs(run_id) == (0, 1, 2, 3)
    assert_predict_what_was_stored(store, run_id)


def assert_predict_what_was_stored(store: RunStore, run_id: str) -> None:
    """The kept weights of each epoch give the validation predictions of that epoch, as far as half precision can."""
    run, images = store.get(run_id), load_dataset("mnist-sample").train.images
    assert run.scaler is not None
    for epoch in store.validation_epochs(run_id):
        stored = store.predictions(run_id, "validation", epoch)
        weights = store.epoch_weights(run_id, epoch)
        found = score_images(run.config.architecture, weights, run.scaler, images[stored.index])
        np.testing.assert_allclose(found, stored.probabilities, atol=2e-4)
        top = np.sort(stored.probabilities, axis=1)
        is_clear = top[:, -1] - top[:, -2] > 1e-3
        assert is_clear.mean() > 0.8
        np.testing.assert_array_equal(found.argmax(axis=1)[is_clear], stored.predicted[is_clear])


@pytest.mark.thorough
def test_a_stop_within_an_epoch_keeps_the_batches_already_trained(
    store: RunStore, start_worker: Start, undisturbed: tuple[RunStore, str]
) -> None:
    run_id = store.create(small_config())
    worker = start_worker(store, run_id)
    wait_for_batch(store, run_id, worker)
    request_stop(store.folder(run_id))
    assert worker.wait(timeout=30) == STOPPED
    assert store.get(run_id).status is RunStatus.STOPPED
    assert not (store.folder(run_id) / "stop").exists()
    assert start_worker(store, run_id).wait(timeout=90) == COMPLETED
    assert epochs_told(store, run_id) == [1, 2, 3]
    assert_same_end((store, run_id), undisturbed)


def test_a_paused_run_waits_and_resumes(
    store: RunStore, start_worker: Start, undisturbed: tuple[RunStore, str]
) -> None:
    run_id = store.create(small_config())
    worker = start_worker(store, run_id)
    wait_for_batch(store, run_id, worker)
    request_pause(store.folder(run_id))
    wait_until(lambda: store.get(run_id).status is RunStatus.PAUSED)
    release_pause(store.folder(run_id))
    assert worker.wait(timeout=60) == COMPLETED
    assert_same_end((store, run_id), undisturbed)


@pytest.mark.thorough
def test_sigterm_stops_with_a_checkpoint(store: RunStore, start_worker: Start) -> None:
    run_id = store.create(small_config(epochs=50))
    worker = start_worker(store, run_id)
    wait_for_batch(store, run_id, worker)
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait(timeout=30) == STOPPED
    assert store.get(run_id).status is RunStatus.STOPPED
    state, problem = load_state(store.folder(run_id) / "checkpoints")
    assert state is not None
    assert problem is None


@pytest.mark.thorough
def test_epochs_and_learning_rate_change_while_it_trains(store: RunStore, start_worker: Start) -> None:
    run_id = store.create(small_config(epochs=50))
    worker = start_worker(store, run_id)
    wait_for_batch(store, run_id, worker)
    request_adjustments(store.folder(run_id), Adjustments(epochs=4, learning_rate=0.0005))
    assert worker.wait(timeout=60) == COMPLETED
    run = store.get(run_id)
    assert run.epochs == run.summary.epochs_done >= 4
    assert events_of(store, run_id, "adjusted")[0]["learning_rate"] == 0.0005
    assert store.history(run_id)[-1].learning_rate == pytest.approx(0.0005)


def test_a_second_worker_on_the_same_run_is_refused(store: RunStore, start_worker: Start) -> None:
    run_id = store.create(small_config(epochs=50))
    first = start_worker(store, run_id)
    wait_until(lambda: store.is_worked_on(run_id))
    second = start_worker(store, run_id)
    assert second.wait(timeout=30) == LOCKED
    assert first.poll() is None


def test_a_loss_that_is_not_a_number_ends_with_an_error(store: RunStore, start_worker: Start) -> None:
    # Each step multiplies every weight by 1 - 10 * 1 = -9: after 40 steps they are beyond float32, on any machine.
    run_id = store.create(small_config(optimizer="sgd", learning_rate=10.0, weight_decay=1.0, epochs=20))
    assert start_worker(store, run_id).wait(timeout=90) == TRAINING_FAILED
    run = store.get(run_id)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert re.search(r"loss is not a number .*epoch \d", run.error)
    assert "Traceback" not in run.error


def test_a_loss_that_is_not_a_number_after_the_last_batch_is_found(store: RunStore, start_worker: Start) -> None:
    """With one batch an epoch the loss is always that before the update: the validation sees the update first."""
    config = small_config(optimizer="sgd", learning_rate=10.0, weight_decay=1.0, epochs=100, batch_size=54)
    run_id = store.create(replace(config, limit=60))
    assert start_worker(store, run_id).wait(timeout=90) == TRAINING_FAILED
    assert re.search(r"loss is not a number .*epoch \d", store.get(run_id).error or "")


def test_a_stop_before_the_first_batch_is_obeyed_at_once(store: RunStore) -> None:
    run_id = store.create(small_config())
    worker = launch(store, run_id)
    request_stop(store.folder(run_id))
    assert worker.wait(timeout=60) == STOPPED
    assert store.get(run_id).status is RunStatus.STOPPED
    assert "Training" not in [event["text"] for event in events_of(store, run_id, "note")]


@pytest.mark.thorough
def test_waiting_is_not_training_however_a_pause_ends(store: RunStore, start_worker: Start) -> None:
    run_id = store.create(small_config(epochs=50))
    worker = start_worker(store, run_id)
    wait_for_batch(store, run_id, worker)
    request_pause(store.folder(run_id))
    wait_until(lambda: store.get(run_id).status is RunStatus.PAUSED)
    began_to_wait = time.monotonic()
    wait_until(lambda: time.monotonic() - began_to_wait > 1)
    request_stop(store.folder(run_id))
    assert worker.wait(timeout=30) == STOPPED
    [began] = [event["time"] for event in events_of(store, run_id, "note") if event["text"] == "Training"]
    [paused] = [event["time"] for event in events_of(store, run_id, "status") if event["status"] == "paused"]
    assert 0 < (store.get(run_id).summary.train_seconds or 0) <= paused - began


@pytest.mark.thorough
def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(
    store: RunStore, start_worker: Start, undisturbed: tuple[RunStore, str]
) -> None:
    run_id = store.create(small_config())
    worker = start_worker(store, run_id)
    wait_for_batch(store, run_id, worker, epoch=3)
    worker.kill()
    worker.wait()
    last: Path = store.folder(run_id) / "checkpoints" / "last.npz"
    last.write_bytes(last.read_bytes()[:-1000])
    assert start_worker(store, run_id).wait(timeout=90) == COMPLETED
    assert epochs_told(store, run_id) == [1, 2, 3]
    assert_same_end((store, run_id), undisturbed)


@pytest.mark.thorough
def test_a_hanging_worker_is_killed_at_the_second_stop(store: RunStore, start_worker: Start) -> None:
    run_id = store.create(small_config(epochs=50))
    worker = start_worker(store, run_id)
    wait_for_batch(store, run_id, worker)
    os.kill(worker.pid, signal.SIGSTOP)
    assert "is stopping" in queue.stop(store, run_id)
    assert "is stopping" in queue.stop(store, run_id), "a worker gets some seconds to obey"
    long_ago = (store.folder(run_id) / "stop").stat().st_mtime - 60
    os.utime(store.folder(run_id) / "stop", (long_ago, long_ago))
    assert "was killed" in queue.stop(store, run_id)
    assert not store.is_worked_on(run_id)
    assert worker.wait(timeout=10) == -signal.SIGKILL
    assert store.get(run_id).status is RunStatus.STOPPED


@pytest.mark.thorough
def test_a_full_disk_ends_with_an_error_and_can_be_resumed(
    store: RunStore, start_worker: Start, undisturbed: tuple[RunStore, str]
) -> None:
    """`RLIMIT_FSIZE` makes every file larger than 100 kB fail, as a full disk does: the checkpoints, of 130 kB."""
    run_id = store.create(small_config())
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); "
    code = f"{limit}import sys, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); " + (
        "from mnist_core.jobs.worker import main; sys.exit(main([sys.argv[1]]))"
    )
    command = [sys.executable, "-c", code, str(store.folder(run_id))]
    done = subprocess.run(command, env=child_environment(), capture_output=True, timeout=90, check=False)
    run = store.get(run_id)
    assert done.returncode == NO_SPACE
    assert run.status is RunStatus.FAILED
    assert "disk is full" in (run.error or "")
    assert "last checkpoint is kept" in (run.error or "")
    assert start_worker(store, run_id).wait(timeout=90) == COMPLETED
    assert epochs_told(store, run_id) == [1, 2, 3]
    assert_same_end((store, run_id), undisturbed)


@pytest.mark.thorough
def test_a_stop_while_paused_in_the_last_epoch_does_not_end_it(
    store: RunStore, start_worker: Start, undisturbed: tuple[RunStore, str]
) -> None:
    run_id = store.create(small_config())
    worker = start_worker(store, run_id)
    wait_for_batch(store, run_id, worker, epoch=3)
    request_pause(store.folder(run_id))
    wait_until(lambda: store.get(run_id).status in (RunStatus.PAUSED, RunStatus.COMPLETED))
    request_stop(store.folder(run_id))
    assert worker.wait(timeout=30) in (STOPPED, COMPLETED)
    if store.get(run_id).status is RunStatus.STOPPED:  # else the epoch was over before the pause was seen
        assert len(store.history(run_id)) == 2
        assert start_worker(store, run_id).wait(timeout=90) == COMPLETED
    assert_same_end((store, run_id), undisturbed)


@pytest.mark.thorough
def test_more_epochs_remove_the_old_test_score(store: RunStore, start_worker: Start) -> None:
    run_id = store.create(small_config(epochs=1))
    assert start_worker(store, run_id).wait(timeout=90) == COMPLETED
    assert store.get(run_id).summary.test_accuracy is not None
    store.set(run_id, adjustments={"epochs": 500})
    before = last_seq(store, run_id)
    worker = start_worker(store, run_id)
    wait_for_batch(store, run_id, worker, epoch=2, after=before)
    worker.kill()
    worker.wait()
    assert store.get(run_id).summary.test_accuracy is None
    assert not store.predictions_path(run_id, "test").exists()


@pytest.mark.thorough
def test_early_stopping_holds_after_a_kill(store: RunStore, start_worker: Start) -> None:
    """A training that stalls from the start: its patience is over after three epochs, killed or not."""
    settings = {"epochs": 40, "early_stopping_patience": 2, "optimizer": "sgd", "learning_rate": 1e-9}
    run_id = store.create(small_config(**settings))
    worker = start_worker(store, run_id)
    wait_for_batch(store, run_id, worker, epoch=3)
    worker.kill()
    worker.wait()
    assert start_worker(store, run_id).wait(timeout=90) == COMPLETED
    epochs, history = epochs_told(store, run_id), store.history(run_id)
    assert len({metrics.val_accuracy for metrics in history}) == 1, "nothing is learnt at this rate"
    assert epochs == [1, 2, 3]
    assert start_worker(store, run_id).wait(timeout=90) == COMPLETED
    assert epochs_told(store, run_id) == epochs, "resuming what has stalled trains no further"


@pytest.mark.thorough
def test_adjustments_of_a_paused_run_are_kept(store: RunStore, start_worker: Start) -> None:
    run_id = store.create(small_config(epochs=2))
    adjust(store, run_id, Adjustments(epochs=1, learning_rate=0.0007))
    assert start_worker(store, run_id).wait(timeout=90) == COMPLETED
    run = store.get(run_id)
    assert (run.summary.epochs_done, run.adjustments.learning_rate) == (1, 0.0007)
    assert store.history(run_id)[0].learning_rate == pytest.approx(0.0007)
