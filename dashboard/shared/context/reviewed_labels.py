"""The labels that a person has reviewed, for the pages that show them."""

from __future__ import annotations

from dashboard import cached
from dashboard.settings import data_folder
from mnist_core.data.dataset import Dataset
from mnist_core.data.label_overlay.overlay import LabelOverlay
from mnist_core.data.label_overlay.review import LabelReview
from mnist_core.data.label_overlay.store import overlay_file


def label_overlay(dataset: Dataset) -> LabelOverlay:
    """What was decided about the labels of a data set.

    Raises:
        DatasetError: the file of the decisions is damaged.
    """
    folder = data_folder()
    path = overlay_file(folder, dataset.sha256)
    return cached.kept(
        "label overlay", str(path), cached.changed(path), make=lambda: LabelReview(dataset, folder).overlay
    )
