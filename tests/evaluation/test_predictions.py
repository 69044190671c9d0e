from __future__ import annotations

import zipfile

import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from sklearn.metrics import accuracy_score, log_loss

from mnist_core.errors import PredictionsError
from mnist_core.evaluation.predictions import Predictions, load_predictions, save_predictions


def test_derived_values_of_four_images_by_hand(four):
    assert four.predicted.tolist() == [1, 2, 2, 1]
    assert four.correct.tolist() == [True, False, True, False]
    assert four.confidence == pytest.approx([0.9, 0.6, 0.75, 0.55])
    assert four.margin == pytest.approx([0.8, 0.2, 0.5, 0.1])
    assert four.losses == pytest.approx(
        [-np.log(0.9), -np.log(0.4), -np.log(0.75), -np.log(np.finfo(np.float32).tiny)], rel=1e-5
    )
    assert four.accuracy == 0.5


def test_what_is_found_once_is_kept_and_cannot_be_changed(four):
    for name in ("predicted", "confidence"):
        found = getattr(four, name)
        assert getattr(four, name) is found
        with pytest.raises(ValueError, match="read-only"):
            found[0] = 0
    assert four.take(np.array([3, 0])).predicted.tolist() == [1, 1]


def test_accuracy_and_loss_equal_scikit_learn(predictions):
    assert predictions.accuracy == pytest.approx(accuracy_score(predictions.labels, predictions.predicted))
    exact = predictions.probabilities.astype(np.float64)
    expected = log_loss(predictions.labels, exact / exact.sum(axis=1, keepdims=True), labels=list(range(10)))
    assert predictions.loss == pytest.approx(expected, rel=1e-4)


def test_arrays_are_read_only_and_do_not_follow_their_source():
    labels = np.array([1, 2])
    made = Predictions.of_split(labels, np.eye(10)[[1, 2]])
    labels[0] = 9
    assert made.labels.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        made.probabilities[0, 0] = 1


def test_take_by_positions_keeps_their_order_and_by_mask_that_of_the_split(four):
    assert four.take(np.array([3, 0])).index.tolist() == [13, 10]
    assert four.take(four.correct).index.tolist() == [10, 12]


def test_saved_predictions_come_back_as_they_were(tmp_path, predictions):
    path = tmp_path / "test.npz"
    save_predictions(path, predictions)
    loaded = load_predictions(path)
    np.testing.assert_array_equal(loaded.index, predictions.index)
    np.testing.assert_array_equal(loaded.labels, predictions.labels)
    np.testing.assert_array_equal(loaded.probabilities, predictions.probabilities)
    assert not loaded.is_rounded
    assert [item.name for item in tmp_path.iterdir()] == ["test.npz"]


def test_a_file_of_an_earlier_version_opens_and_is_known_to_be_rounded(tmp_path, predictions):
    """It holds float16: three decimals, and nothing below 6e-8."""
    rounded = predictions.probabilities.astype(np.float16)
    np.savez(tmp_path / "v.npz", index=predictions.index, labels=predictions.labels, probabilities=rounded)
    loaded = load_predictions(tmp_path / "v.npz")
    np.testing.assert_array_equal(loaded.probabilities, rounded.astype(np.float32))
    assert loaded.is_rounded
    assert loaded.take(loaded.correct).is_rounded
    assert np.isfinite(loaded.losses).all()


def test_logarithms_of_stored_probabilities_are_the_logits_up_to_a_constant(tmp_path):
    logits = np.random.default_rng(0).normal(0, 12, (500, 10)).astype(np.float32)
    save_predictions(tmp_path / "v.npz", Predictions.of_split(logits.argmin(axis=1), softmax(logits, axis=1)))
    loaded = load_predictions(tmp_path / "v.npz")
    expected = log_softmax(logits.astype(np.float64), axis=1)
    assert expected.min() < -50
    np.testing.assert_allclose(np.log(loaded.probabilities.astype(np.float64)), expected, atol=1e-4)
    assert loaded.loss == pytest.approx(-expected.min(axis=1).mean(), rel=1e-6)


def test_ten_thousand_images_take_less_than_half_a_megabyte(tmp_path):
    save_predictions(tmp_path / "v.npz", Predictions.of_split(np.zeros(10_000, int), np.eye(10)[[0] * 10_000]))
    assert (tmp_path / "v.npz").stat().st_size < 500_000


def test_no_images_have_no_accuracy(none):
    assert np.isnan(none.accuracy)
    assert np.isnan(none.loss)
    assert none.margin.shape == none.predicted.shape == (0,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": np.array([1, 10])}, "0 to 9. Received: 10"),
        ({"labels": np.array([1.0, 2.0])}, "integers"),
        ({"labels": np.array([1, 2, 3])}, "do not match"),
        ({"index": np.array([4, 4])}, "more than once"),
        ({"index": np.array([-1, 4])}, "Received: -1"),
        ({"probabilities": np.full((2, 9), 1 / 9)}, r"\(2, 9\)"),
        ({"probabilities": np.full((2, 10), 0.2)}, "do not sum to 1"),
        ({"probabilities": np.full((2, 10), np.nan)}, "not numbers"),
        ({"probabilities": np.eye(10)[[0, 1]] * 2 - np.eye(10)[[1, 2]]}, "0 to 1"),
    ],
)
def test_invalid_arrays_are_refused_with_what_was_expected(change, words):
    good = {"index": np.array([3, 4]), "labels": np.array([0, 1]), "probabilities": np.eye(10)[[0, 1]]}
    Predictions(**good)
    with pytest.raises(PredictionsError, match=words):
        Predictions(**{**good, **change})


@pytest.mark.parametrize("damage", ["missing", "empty", "text", "cut", "no labels", "pickled", "bad sums"])
def test_a_damaged_file_is_one_error(tmp_path, predictions, damage):
    path = tmp_path / "test.npz"
    save_predictions(path, predictions)
    content = path.read_bytes()
    match damage:
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("hello")
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "no labels":
            np.savez(path, index=predictions.index, probabilities=predictions.probabilities)
        case "pickled":
            np.savez(path, index=predictions.index, labels=np.array([{}], dtype=object), probabilities=np.eye(10))
        case "bad sums":
            np.savez(path, index=np.arange(10), labels=np.arange(10), probabilities=np.ones((10, 10)))
    with pytest.raises(PredictionsError) as caught:
        load_predictions(path)
    assert "\n" not in str(caught.value)


def test_a_header_that_claims_a_terabyte_is_refused(tmp_path):
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (25000000000, 10), }"
    header += b" " * (118 - len(header) - 1) + b"\n"
    member = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(tmp_path / "test.npz", "w") as archive:
        for name in ("index", "labels", "probabilities"):
            archive.writestr(f"{name}.npy", member)
    with pytest.raises(PredictionsError):
        load_predictions(tmp_path / "test.npz")
