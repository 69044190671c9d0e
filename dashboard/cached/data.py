"""Data sets, and what follows from their images alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import settings
from mnist_core.data.dataset import Dataset
from mnist_core.data.sources.catalogue import DatasetInfo, default_dataset_name, list_datasets, load_dataset

if TYPE_CHECKING:  # these load pandas and scikit-learn, which the first page does without
    from mnist_core.data.finding.neighbours import PixelIndex
    from mnist_core.data.finding.tsne import Map
    from mnist_core.data.measures.class_statistics import ClassStatistics


def default_dataset() -> str:
    """Name of the data set to use when none was chosen: the full MNIST if it is on this machine, else the sample."""
    return _default_dataset(str(settings.data_folder()))


def datasets() -> tuple[DatasetInfo, ...]:
    """Every data set there could be, available or not; at most five seconds old."""
    return _datasets(str(settings.data_folder()))


def dataset(name: str) -> Dataset:
    """The data set called `name`.

    Raises:
        DatasetError: it is not on this machine, or cannot be read.
    """
    return _dataset(name, str(settings.data_folder()))


def class_statistics(dataset: Dataset, split: str) -> ClassStatistics:
    """Counts, mean and deviation images of the classes of a split."""
    return _class_statistics(dataset.sha256, split, dataset)


def pixel_index(dataset: Dataset, split: str) -> PixelIndex:
    """Ready to find the nearest images of a split."""
    return _pixel_index(dataset.sha256, split, dataset)


def pca_map(dataset: Dataset, split: str) -> Map:
    """Some images of a split as points along the two directions in which they differ most."""
    return _pca_map(dataset.sha256, split, dataset)


def forget_datasets() -> None:
    """Look at the folder of data sets anew: one was fetched, imported or removed."""
    for cached in (_default_dataset, _datasets, _dataset):
        cached.clear()


@st.cache_resource(max_entries=4, ttl=5, show_spinner=False)
def _default_dataset(folder: str) -> str:
    return default_dataset_name(Path(folder))


@st.cache_resource(max_entries=4, ttl=5, show_spinner=False)
def _datasets(folder: str) -> tuple[DatasetInfo, ...]:
    return list_datasets(Path(folder))


@st.cache_resource(max_entries=4, show_spinner=False)
def _dataset(name: str, folder: str) -> Dataset:
    return load_dataset(name, Path(folder))


# Of a data set that is handed along, the SHA-256 is the key.
@st.cache_resource(max_entries=8, show_spinner=False)
def _class_statistics(sha256: str, split: str, _dataset: Dataset) -> ClassStatistics:
    from mnist_core.data.measures.class_statistics import class_statistics

    return class_statistics(_dataset.split(split))


@st.cache_resource(max_entries=4, show_spinner=False)
def _pixel_index(sha256: str, split: str, _dataset: Dataset) -> PixelIndex:
    from mnist_core.data.finding.neighbours import PixelIndex

    return PixelIndex(_dataset.split(split).images)


@st.cache_resource(max_entries=8, show_spinner=False)
def _pca_map(sha256: str, split: str, _dataset: Dataset) -> Map:
    from mnist_core.data.finding.pca import principal_components
    from mnist_core.data.finding.tsne import Map, map_rows

    rows = map_rows(_dataset, split)
    images = _dataset.split(split).images[rows]
    return Map(rows=rows, points=principal_components(images, 2).project(images))
