"""What the benchmarks of imports share: a table of MNIST as on Kaggle, and the memory of a process."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import psutil

from mnist_core.data.sources.catalogue import default_dataset_name, load_dataset

SAMPLE_SECONDS = 0.02


class Memory:
    """The resident memory of a process, sampled in the background."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self.peak = self.now
        self._is_over = threading.Event()
        threading.Thread(target=self._sample, daemon=True).start()

    @property
    def now(self) -> int:
        """Bytes."""
        resident: int = self._process.memory_info().rss
        return resident

    def take_peak(self) -> int:
        """The peak since this was last asked."""
        peak, self.peak = self.peak, self.now
        return peak

    def stop(self) -> None:
        self._is_over.set()

    def _sample(self) -> None:
        while not self._is_over.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, self.now)


def write_csv(path: Path, n_images: int) -> int:
    """Write training images as on Kaggle; returns the size of the file in bytes."""
    train = load_dataset(default_dataset_name()).train
    rows = np.arange(n_images) % len(train)
    table = np.column_stack([train.labels[rows], train.images[rows].reshape(n_images, -1)])
    heads = ["label", *(f"{y + 1}x{x + 1}" for y in range(28) for x in range(28))]
    with path.open("w") as stream:
        stream.write(",".join(heads) + "\n")
        for row in table.tolist():
            stream.write(",".join(map(str, row)) + "\n")
    return path.stat().st_size
