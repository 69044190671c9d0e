from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.data.imports.npz_arrays import ALL_NAMES, TEST_NAMES, TRAIN_NAMES, read_npz_upload
from mnist_core.data.imports.uploads import Upload
from mnist_core.errors import DatasetError


@pytest.mark.parametrize("names", [*ALL_NAMES, *TRAIN_NAMES, ("X", "Y")], ids=lambda names: names[0])
def test_images_are_found_under_their_usual_names(names: tuple[str, str], npz_upload, sample: Dataset):
    reading = read_npz_upload(npz_upload(**{names[0]: sample.test.images, names[1]: sample.test.labels}))
    assert np.array_equal(reading.images.images, sample.test.images)
    assert np.array_equal(reading.images.labels, sample.test.labels)
    assert reading.test is None


@pytest.mark.parametrize("names", list(zip(TRAIN_NAMES, TEST_NAMES, strict=True)), ids=["keras", "plain"])
def test_a_test_split_is_kept(names, npz_upload, sample: Dataset):
    (x, y), (x_test, y_test) = names
    arrays = {x: sample.train.images, y: sample.train.labels, x_test: sample.test.images, y_test: sample.test.labels}
    reading = read_npz_upload(npz_upload(**arrays))
    assert len(reading.images) == 4000
    assert reading.test is not None
    assert np.array_equal(reading.test.labels, sample.test.labels)


def test_labels_may_be_floats_and_images_too(npz_upload, sample: Dataset):
    reading = read_npz_upload(npz_upload(x=sample.test.images / 255, y=sample.test.labels.astype(float)))
    assert np.array_equal(reading.images.images, sample.test.images)
    assert len(reading.notes) == 1


def test_a_label_may_be_missing_an_image_not(npz_upload, sample: Dataset):
    with pytest.raises(DatasetError, match="digits.npz has 1,000 images in x but 999 labels in y"):
        read_npz_upload(npz_upload(x=sample.test.images, y=sample.test.labels[:-1]))


def test_other_names_are_refused_and_shown(npz_upload):
    with pytest.raises(
        DatasetError, match=r"Expected images and labels, or x_train and y_train. Received: left, right"
    ):
        read_npz_upload(npz_upload(left=np.zeros(3), right=np.zeros(3)))


def test_pickled_labels_are_refused_and_not_run(npz_upload, tmp_path):
    class Harm:
        def __reduce__(self):
            return (tmp_path.joinpath("harmed").touch, ())

    upload = npz_upload(x=np.zeros((1, 28, 28), np.uint8), y=np.array([Harm()], object))
    with pytest.raises(DatasetError, match="y in digits.npz.*objects may run code"):
        read_npz_upload(upload)
    assert not (tmp_path / "harmed").exists()


def test_what_is_no_archive_is_refused():
    with pytest.raises(DatasetError, match="digits.npz is not an npz file"):
        read_npz_upload(Upload(name="digits.npz", data=b"text"))
