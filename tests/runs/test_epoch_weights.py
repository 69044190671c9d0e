from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_core.errors import RunError
from mnist_core.runs import epoch_weights
from mnist_core.runs.epoch_weights import (
    MAX_EPOCH_BYTES,
    MAX_RUN_BYTES,
    conv_kernels,
    forget_epoch_weights,
    keep_epoch_weights,
    kept_epochs,
    kept_stride,
    read_epoch_weights,
)


def some_weights(n: int = 50, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "conv_1/kernel": rng.normal(size=(3, 3, 1, 4)).astype(np.float32),
        "conv_1/bias": rng.normal(size=4).astype(np.float32),
        "batch_norm_1/moving_variance": np.array([1e-9, 3e7], np.float32),
        "output/kernel": rng.normal(size=(n, 10)).astype(np.float32),
    }


def test_weights_come_back_with_kernels_in_half_precision(tmp_path: Path) -> None:
    weights = some_weights()
    assert keep_epoch_weights(tmp_path, 3, weights)
    found = read_epoch_weights(tmp_path, 3)
    assert found.keys() == weights.keys()
    for name, array in weights.items():
        if array.ndim == 1:
            np.testing.assert_array_equal(found[name], array)  # a half would make 0 and infinity of the variances
        else:
            assert found[name].dtype == np.float16
            np.testing.assert_allclose(found[name], array, rtol=1e-3, atol=1e-6)
    assert list(conv_kernels(found)) == ["conv_1"]
    assert not list(tmp_path.glob("weights/*.tmp"))


def test_a_weight_too_large_for_half_precision_is_kept_whole(tmp_path: Path) -> None:
    weights = {"output/kernel": np.array([[1e6, 1.0]], np.float32)}
    keep_epoch_weights(tmp_path, 1, weights)
    np.testing.assert_array_equal(read_epoch_weights(tmp_path, 1)["output/kernel"], weights["output/kernel"])


def test_a_large_network_is_not_kept(tmp_path: Path) -> None:
    n = MAX_EPOCH_BYTES // 2 // 10
    assert not keep_epoch_weights(tmp_path, 1, some_weights(n))
    assert kept_epochs(tmp_path) == ()
    with pytest.raises(RunError):
        read_epoch_weights(tmp_path, 1)


@pytest.mark.parametrize("n_epochs", [1, 9, 10, 40, 333])
def test_a_long_run_stays_within_its_space_at_even_distances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_epochs: int
) -> None:
    weights = some_weights()
    size = sum(array.size * (2 if array.ndim > 1 else 4) for array in weights.values())
    monkeypatch.setattr(epoch_weights, "MAX_RUN_BYTES", 10 * size)
    for epoch in range(n_epochs + 1):
        keep_epoch_weights(tmp_path, epoch, weights)
        assert len(kept_epochs(tmp_path)) <= 10
    kept = kept_epochs(tmp_path)
    assert (kept[0], kept[-1]) == (0, n_epochs)
    steps = set(np.diff(kept[:-1]))
    assert len(steps) <= 1
    assert len(kept) >= min(n_epochs + 1, 5)


def test_a_run_of_every_allowed_length_and_size_stays_within_its_space() -> None:
    for size in (1000, 840_000, MAX_EPOCH_BYTES):
        for epoch in (1, 20, 75, 1000, 99_999):
            stride = kept_stride(epoch, size)
            n = len(range(0, epoch + 1, stride)) + (epoch % stride > 0)
            assert n * size <= MAX_RUN_BYTES


def test_later_epochs_are_forgotten_when_an_earlier_one_is_resumed(tmp_path: Path) -> None:
    for epoch in range(5):
        keep_epoch_weights(tmp_path, epoch, some_weights())
    (tmp_path / "weights" / "epoch-notes.npz").write_text("not ours")
    forget_epoch_weights(tmp_path, after=2)
    assert kept_epochs(tmp_path) == (0, 1, 2)
