"""The collection as files that other programs read."""

from __future__ import annotations

import csv
import io

import numpy as np

from mnist_core.data.collected.collection import Collection
from mnist_core.data.dataset import flat


def collection_csv(found: Collection) -> bytes:
    """A line for each digit: label, writer, split, then 784 pixel values by row, as in common tables of MNIST."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    pixels = flat(found.images)
    writer.writerow(["label", "writer", "split", *(f"pixel{i}" for i in range(pixels.shape[1]))])
    for label, name, is_test, row in zip(found.labels, found.writers, found.is_test, pixels, strict=True):
        writer.writerow([int(label), _plain(name), "test" if is_test else "train", *row.tolist()])
    return buffer.getvalue().encode()


def collection_npz(found: Collection) -> bytes:
    """The arrays `images`, `labels`, `writers` and `is_test`."""
    buffer = io.BytesIO()
    writers = np.array(found.writers, dtype=np.str_) if len(found) else np.zeros(0, "U1")
    np.savez_compressed(buffer, images=found.images, labels=found.labels, writers=writers, is_test=found.is_test)
    return buffer.getvalue()


def _plain(name: str) -> str:
    """A name that a spreadsheet does not take for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name
