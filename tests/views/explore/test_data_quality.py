"""Images that are in a data set twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnist_core.data.sources.catalogue import load_dataset
from tests.imported_sets import save_imported
from tests.pages.finding import assert_sound, numbers, pair_pictures
from tests.pages.opening import OpenPage


def test_an_image_and_its_copy_are_found(
    open_page_at_rest: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    sample = load_dataset("mnist-sample", folder)
    about = {"name": "twins", "title": "Twins", "source": "test", "licence": "none"}
    save_imported(folder, about, sample.train.take(range(50)), sample.train.take([7, 60, 61]))
    app = open_page_at_rest("explore", data="twins", view="data_quality", odd="exact")
    assert_sound(app)
    assert [2, 1, 1] in [numbers(caption.value) for caption in app.caption]  # images, groups, across both splits
    [pair] = pair_pictures(app, "explore.odd.exact")
    assert [image.tobytes() for image in pair] == 2 * [sample.train.images[7].tobytes()]
