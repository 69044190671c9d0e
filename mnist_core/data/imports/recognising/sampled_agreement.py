"""How far labels agree with the digits of the sample, by a few images of an array that is not converted yet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.imports.recognising.conversion import byte_images
from mnist_core.data.imports.recognising.image_arrays import Stack
from mnist_core.data.imports.recognising.labels import byte_labels
from mnist_core.data.imports.recognising.orientation import agreement, compared_rows
from mnist_core.errors import DatasetError


def sampled_agreement(stack: Stack, labels: NDArray[Any]) -> float | None:
    """The share of some images that look most like a digit of their label; None if they are too few or no digits."""
    try:
        digits, _ = byte_labels(labels, "")
        rows = np.sort(compared_rows(digits))
        images, _ = byte_images(replace(stack, values=stack.values[rows]), "")
    except DatasetError:
        return None  # what is wrong is reported when all images are converted
    return agreement(images, digits[rows])
