from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import RunError
from mnist_core.probing.corruptions import CORRUPTIONS, FGSM, attacked, corrupted
from mnist_core.probing.robustness import Robustness, measure_robustness, read_robustness, robustness_path
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.finished_runs import SMALL, damage, finished_run, slow_forward, small_weights

NAMES = ("rotation", "contrast")


@pytest.fixture
def store(runs_folder, sample_only):
    return RunStore(runs_folder)


def test_every_prediction_is_that_of_the_network_for_the_corrupted_digit(store):
    run_id = finished_run(store, epochs=1)
    found = measure_robustness(store, run_id, names=NAMES)
    images = load_dataset("mnist-sample").test.images[found.rows]
    weights = store.weights(run_id)
    assert found.names == NAMES
    for name, strength, position in (("rotation", 2, 7), ("rotation", 7, 500), ("contrast", 5, 3)):
        answer = slow_forward(weights, corrupted(name, images, strength)[position] / 255)
        i = found.names.index(name)
        assert found.predicted[i, strength, position] == answer.argmax()
        assert found.confidence[i, strength, position] == pytest.approx(answer.max(), abs=2e-3)


def test_accuracies_are_counts_by_hand(store):
    found = measure_robustness(store, finished_run(store, epochs=1), names=NAMES)
    by_hand = [
        sum(int(p) == int(t) for p, t in zip(row, found.labels, strict=True)) / 1000 for row in found.predicted[0]
    ]
    assert found.accuracies("rotation") == pytest.approx(by_hand)
    assert found.mean_accuracy("rotation") == pytest.approx(np.mean(by_hand))
    assert found.clean_accuracy == pytest.approx((found.clean == found.labels).mean())
    low, high = found.interval("rotation", 3)
    assert low < by_hand[3] < high


def small_robustness(clean: int, right: list[int], n: int = 100) -> Robustness:
    """Of `n` digits labelled 1, so many are right unchanged, and so many at each strength of one corruption."""
    counts = np.array(right)[:, np.newaxis]
    return Robustness(
        epoch=1,
        dataset_sha256="",
        rows=np.arange(n),
        labels=np.ones(n, np.uint8),
        clean=(np.arange(n) < clean).astype(np.uint8),
        names=("rotation",),
        predicted=(np.arange(n) < counts).astype(np.uint8)[np.newaxis],
        confidence=np.ones((1, 8, n), np.float16),
        signs=None,
    )


@pytest.mark.parametrize(
    ("clean", "right", "expected"),
    [
        (80, [80, 79, 78, 76, 74, 60, 50, 40], 4),  # 75 is five points below, which is not more than five
        (80, [80, 79, 78, 75, 75, 75, 75, 75], None),
        (97, [91, 96, 96, 96, 96, 96, 96, 96], 0),
        (10, [10] * 8, None),
    ],
)
def test_a_drop_is_counted_from_the_unchanged_digits(clean: int, right: list[int], expected: int | None) -> None:
    assert small_robustness(clean, right).first_drop("rotation") == expected


def test_what_is_tested_is_kept_before_all_of_it_is_and_not_tested_again(store):
    run_id = finished_run(store, epochs=1)
    run = store.get(run_id)
    seen: list[tuple[str, ...]] = []

    def stop_in_contrast(share: float, note: str) -> None:
        partial = read_robustness(store, run, load_dataset("mnist-sample"), is_partial=True)
        seen.append(partial.names if partial else ())
        if note == CORRUPTIONS["contrast"].title:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_robustness(store, run_id, names=NAMES, tell=stop_in_contrast)
    assert set(seen) == {(), ("rotation",)}
    assert read_robustness(store, run) is None
    told: list[str] = []
    found = measure_robustness(store, run_id, names=NAMES, tell=lambda share, note: told.append(note))
    assert CORRUPTIONS["rotation"].title not in told
    assert found.names == NAMES
    assert read_robustness(store, run, is_partial=True) is None
    again = measure_robustness(store, finished_run(store, epochs=1), names=NAMES)  # in one go, the same network
    np.testing.assert_array_equal(found.predicted, again.predicted)


def test_it_is_kept_with_the_run_and_found_again(store):
    run_id = finished_run(store, epochs=1)
    told: list[float] = []
    first = measure_robustness(store, run_id, names=NAMES, tell=lambda share, note: told.append(share))
    assert told == sorted(told)
    assert len(told) == 17
    told.clear()
    again = measure_robustness(store, run_id, names=NAMES, tell=lambda share, note: told.append(share))
    assert told == []
    np.testing.assert_array_equal(again.predicted, first.predicted)
    assert again.names == first.names


def test_a_result_of_other_weights_or_digits_does_not_count(store):
    run_id = finished_run(store, epochs=1)
    measure_robustness(store, run_id, names=NAMES)
    run = store.get(run_id)
    assert read_robustness(store, run, load_dataset("mnist-sample")) is not None
    assert read_robustness(store, run, load_dataset("optical-digits")) is None
    store.update(run_id, lambda document: document["summary"].update(best_epoch=2))
    assert read_robustness(store, store.get(run_id)) is None


def test_a_damaged_result_is_computed_again(store):
    run_id = finished_run(store, epochs=1)
    measure_robustness(store, run_id, names=NAMES)
    damage(robustness_path(store, store.get(run_id)))
    assert read_robustness(store, store.get(run_id)) is None
    assert measure_robustness(store, run_id, names=NAMES).names == NAMES


def test_a_run_without_weights_is_refused(store):
    run_id = store.create(config_from_recipe("two-conv", dataset="mnist-sample"))
    with pytest.raises(RunError, match="no weights yet"):
        measure_robustness(store, run_id)


@pytest.mark.slow
@pytest.mark.parametrize("scaling", list(Scaling))
def test_gradients_are_those_of_finite_differences(scaling):
    from mnist_core.probing.fgsm import pixel_gradients

    data = load_dataset("mnist-sample").test
    images, labels = data.images[:3], data.labels[:3]
    weights = small_weights("mnist-sample", 0)
    scaler = Scaler(kind=scaling, mean=33, std=78) if scaling is Scaling.STANDARDISED else Scaler(kind=scaling)
    gradients = pixel_gradients(SMALL, weights, scaler, images, labels)

    def loss(pixels: np.ndarray, label: int) -> float:
        if scaling is Scaling.UNIT:
            scaled = pixels / 255
        elif scaling is Scaling.STANDARDISED:
            scaled = (pixels - 33) / 78
        else:
            lengths = np.sqrt((pixels**2).sum(axis=0))
            scaled = pixels / np.where(lengths == 0, 1, lengths)
        return float(-np.log(slow_forward(weights, scaled)[label]))

    image = images[1].astype(np.float64)
    inked = np.argwhere(image > 30)[::9]
    slopes = []
    for row, column in inked:
        up, down = image.copy(), image.copy()
        up[row, column] += 1e-3
        down[row, column] -= 1e-3
        slopes.append(loss(up, labels[1]) - loss(down, labels[1]))
    found = gradients[1][tuple(inked.T)]
    clear = np.abs(slopes) > 1e-3 * np.abs(slopes).max()  # next to 0, float32 may have another sign
    assert clear.sum() >= 5
    np.testing.assert_array_equal(np.sign(found[clear]), np.sign(np.array(slopes)[clear]))
    assert np.corrcoef(found, slopes)[0, 1] > 0.9999


@pytest.mark.slow
def test_fgsm_lowers_accuracy_more_than_noise_of_the_same_size(store):
    found = measure_robustness(store, finished_run(store, epochs=1), names=("noise", FGSM))
    strength = CORRUPTIONS[FGSM].strengths.index(0.06)
    assert found.accuracies(FGSM)[strength] < found.accuracies("noise")[1] - 0.1
    images = load_dataset("mnist-sample").test.images[found.rows]
    np.testing.assert_array_equal(
        corrupted(FGSM, images, strength, signs=found.signs), attacked(images, found.signs, 0.06)
    )
