"""Flips of a digit against a scan of every step that shares no line with the code under test.

The scan changes images with scipy and computes the network with sums over windows. Its probabilities differ from ours
by rounding, and its pixels now and then by one grey value: where two labels are that close, either is right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.models.architecture import Architecture
from mnist_core.network.scoring import score_images
from mnist_core.probing import distortions
from mnist_core.probing.flips import OPERATIONS, Flip, FlipCurve, flip_curve, operated
from tests.finished_runs import SMALL, UNIT, small_weights, softmax

CLOSE = 0.02
"""Two probabilities that differ by less are a tie: what one grey value can change."""

STEPS = {
    "rotate": [float(degrees) for degrees in range(-60, 61)],
    "right": [quarters / 4 for quarters in range(-40, 41)],
    "down": [quarters / 4 for quarters in range(-40, 41)],
    "scale": [fiftieths / 50 for fiftieths in range(20, 81)],
    "thickness": [tenths / 10 for tenths in range(-12, 29)],
}


def about_the_centre(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    offset = 13.5 - matrix @ np.array([13.5, 13.5])
    return ndimage.affine_transform(image.astype(np.float64), matrix, offset=offset, order=1, mode="grid-constant")


def turned(image: np.ndarray, degrees: float) -> np.ndarray:
    turn = np.exp(1j * np.radians(degrees))
    return about_the_centre(image, np.array([[turn.real, turn.imag], [-turn.imag, turn.real]]))


def thicker(image: np.ndarray, pixels: float) -> np.ndarray:
    if pixels < 0:
        return 255 - thicker(255 - image, -pixels)
    reach = int(pixels) + 2
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    soft_disk = np.clip(pixels + 1 - np.sqrt(x**2 + y**2), 0, 1)
    windows = sliding_window_view(np.pad(image.astype(np.float64), reach, mode="edge"), soft_disk.shape)
    return (windows * soft_disk).max(axis=(2, 3))


def moved(image: np.ndarray, down: float, right: float) -> np.ndarray:
    return ndimage.shift(image.astype(np.float64), (down, right), order=1, mode="grid-constant")


CHANGED: Mapping[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "rotate": turned,
    "right": lambda image, pixels: moved(image, 0, pixels),
    "down": lambda image, pixels: moved(image, pixels, 0),
    "scale": lambda image, factor: about_the_centre(image, np.eye(2) / factor),
    "thickness": thicker,
}


def scanned(weights: Mapping[str, np.ndarray], images: np.ndarray) -> np.ndarray:
    """Probabilities (N, 10) by `SMALL` of images (N, 28, 28)."""
    windows = sliding_window_view(images / 255, (3, 3), axis=(1, 2))
    maps = np.einsum("nyxij,ijf->nyxf", windows, weights["conv_1/kernel"][:, :, 0]) + weights["conv_1/bias"]
    pooled = np.maximum(maps, 0).reshape(len(images), 13, 2, 13, 2, -1).max(axis=(2, 4))
    return softmax(pooled.reshape(len(images), -1) @ weights["output/kernel"] + weights["output/bias"])


def ours(weights: Mapping[str, np.ndarray], network: Architecture = SMALL) -> Callable[[np.ndarray], np.ndarray]:
    return lambda images: score_images(network, weights, UNIT, images)


def turns(labels: list[int], values: list[float], neutral: float) -> tuple[list[Flip], list[Flip]]:
    """The changes of the label on the way down and on the way up from `neutral`."""
    start = min(range(len(values)), key=lambda i: abs(values[i] - neutral))
    down = [Flip(values[i], labels[i]) for i in range(start - 1, -1, -1) if labels[i] != labels[i + 1]]
    up = [Flip(values[i], labels[i]) for i in range(start + 1, len(values)) if labels[i] != labels[i - 1]]
    return down, up


@pytest.fixture(scope="module")
def image():
    return load_dataset("mnist-sample").test.images[11]


@pytest.mark.parametrize("name", list(OPERATIONS))
@pytest.mark.parametrize("seed", [0, 1])
def test_the_label_is_that_of_a_scan_at_every_step(name: str, seed: int):
    weights, images = small_weights("mnist-sample", seed), load_dataset("mnist-sample").test.images[seed:300:40]
    neutral = 1.0 if name == "scale" else 0.0
    n_exact = 0
    for one in images:
        curve = flip_curve(one, OPERATIONS[name], ours(weights))
        assert curve.values.tolist() == pytest.approx(STEPS[name], abs=1e-12)
        expected = scanned(weights, np.stack([CHANGED[name](one, value) for value in STEPS[name]]).round())
        np.testing.assert_allclose(curve.probabilities, expected, atol=CLOSE)
        second, first = np.sort(expected, axis=1)[:, -2:].T
        is_clear = first - second > 2 * CLOSE
        labels = expected.argmax(axis=1)
        assert (curve.labels == labels)[is_clear].all()
        if (curve.labels == labels).all():
            n_exact += 1
            below, above = turns(labels.tolist(), curve.values.tolist(), neutral)
            assert (curve.answer, curve.below, curve.above) == (
                labels[STEPS[name].index(neutral)],
                (*below,),
                (*above,),
            )
    assert n_exact > len(images) // 2


def test_a_label_predicted_at_a_single_degree_is_found_and_so_is_the_return(image):
    degrees = {distortions.rotated(image[None], float(angle)).tobytes(): angle for angle in range(-60, 61)}
    said = {-3: 0, -31: 4, **dict.fromkeys(range(44, 50), 8), **dict.fromkeys(range(50, 61), 4)}

    def score(images):
        return np.eye(10, dtype=np.float32)[[said.get(degrees[one.tobytes()], 3) for one in images]]

    found = flip_curve(image, OPERATIONS["rotate"], score)
    assert found.answer == 3
    assert found.below == (Flip(-3, 0), Flip(-4, 3), Flip(-31, 4), Flip(-32, 3))
    assert found.above == (Flip(44, 8), Flip(50, 4))


def test_a_label_that_does_not_change_has_no_flip():
    probabilities = np.eye(10, dtype=np.float32)[[7, 7, 7]]
    found = FlipCurve(values=np.array([-1.0, 0.0, 1.0]), probabilities=probabilities, neutral=0.0)
    assert (found.below, found.above) == ((), ())


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_the_amount_of_no_change_is_tried_and_changes_nothing(image, name):
    operation = OPERATIONS[name]
    assert operation.neutral in operation.values
    assert (operation.values[0], operation.values[-1]) == (operation.low, operation.high)
    assert np.diff(operation.values) == pytest.approx(operation.step)
    np.testing.assert_array_equal(operation.apply(image[None], operation.neutral)[0], image)


@pytest.mark.parametrize(
    ("name", "amount", "measured"),
    [
        ("right", 3, lambda digit: ndimage.center_of_mass(digit)[1]),
        ("down", 3, lambda digit: ndimage.center_of_mass(digit)[0]),
        ("scale", 1.3, lambda digit: (digit > 127).any(axis=0).sum()),
        ("thickness", 1, lambda digit: digit.sum(dtype=int)),
    ],
)
def test_an_amount_above_no_change_does_what_its_help_says_and_one_below_the_opposite(image, name, amount, measured):
    operation = OPERATIONS[name]
    back = 2 * operation.neutral - amount
    less, same, more = (measured(operation.apply(image[None], value)[0]) for value in (back, operation.neutral, amount))
    assert less < same < more


def test_an_angle_above_0_turns_counter_clockwise():
    right_of_the_centre = np.zeros((1, 28, 28), np.uint8)
    right_of_the_centre[0, 12:16, 20:24] = 255
    y, x = ndimage.center_of_mass(OPERATIONS["rotate"].apply(right_of_the_centre, 40)[0])
    assert np.degrees(np.arctan2(13.5 - y, x - 13.5)) == pytest.approx(40, abs=1)


def test_several_edits_are_applied_in_the_order_of_the_table(image):
    both = operated(image, {"thickness": 1.0, "rotate": 20.0, "scale": 1.0})
    np.testing.assert_array_equal(both, distortions.thickened(distortions.rotated(image[None], 20.0), 1.0)[0])
    np.testing.assert_array_equal(operated(image, {}), image)
