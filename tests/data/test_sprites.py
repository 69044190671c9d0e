from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from mnist_core.data.sprites import sprite_png
from mnist_core.errors import ConfigError


def sheet_of(images: np.ndarray, columns: int, **options: int) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(sprite_png(images, columns, **options))))


@pytest.mark.parametrize("n", [1, 5, 6, 7])
@pytest.mark.parametrize("pad", [0, 1, 3])
def test_every_image_is_where_its_number_says(n: int, pad: int):
    images = np.random.default_rng(n).integers(1, 256, (n, 28, 28), np.uint8)
    sheet = sheet_of(images, 3, pad=pad)
    cell = 28 + pad
    assert sheet.shape == (-(-n // 3) * cell, 3 * cell)
    for i, image in enumerate(images):
        y, x = i // 3 * cell, i % 3 * cell
        assert np.array_equal(sheet[y : y + 28, x : x + 28], image)
    assert sheet.sum(dtype=int) == images.sum(dtype=int)


def test_other_sizes_and_no_images_at_all():
    assert sheet_of(np.ones((2, 5, 7), np.uint8), 2).shape == (6, 16)
    assert not sheet_of(np.zeros((0, 28, 28), np.uint8), 4).any()


def test_no_columns_is_refused():
    with pytest.raises(ConfigError, match="columns"):
        sprite_png(np.zeros((1, 28, 28), np.uint8), 0)
