"""Data sets, and results computed from their images alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import settings
from dashboard.cached.keeping import changed
from mnist_core.data.collected.collection import Collection
from mnist_core.data.collected.source import NAME as COLLECTED
from mnist_core.data.collected.store import collection_file, read_collection
from mnist_core.data.dataset import Dataset
from mnist_core.data.sources import catalogue
from mnist_core.data.sources.catalogue import DatasetInfo

if TYPE_CHECKING:  # these load pandas and scikit-learn, which the first page does without
    from mnist_core.data.finding.neighbours import PixelIndex
    from mnist_core.data.finding.tsne import Map
    from mnist_core.data.measures.class_statistics import ClassStatistics


def default_dataset() -> str:
    """Name of the data set to use until one is chosen: the full MNIST if it is on this machine, else the sample."""
    return _default_dataset(str(settings.data_folder()))


def datasets() -> tuple[DatasetInfo, ...]:
    """All known data sets, available or not; at most five seconds old."""
    return _datasets(str(settings.data_folder()))


def dataset_info(name: str) -> DatasetInfo | None:
    """One of them, for which the others are not read; None if none is called so."""
    return _dataset_info(name, str(settings.data_folder()))


def has_dataset(name: str) -> bool:
    """Whether a data set is on this machine and can be read."""
    info = dataset_info(name)
    return info is not None and info.available


def dataset_titles() -> Mapping[str, str]:
    """The titles of all of them by their names, for which none is read."""
    return _dataset_titles(str(settings.data_folder()))


def dataset(name: str) -> Dataset:
    """The data set called `name`.

    Raises:
        DatasetError: it is not on this machine, or cannot be read.
    """
    folder = settings.data_folder()
    # What is collected grows while it is looked at; all others are announced by `forget_datasets`.
    of = changed(collection_file(folder)) if name == COLLECTED else (0, 0)
    return _dataset(name, str(folder), of)


def collection() -> Collection:
    """The digits that people wrote on Draw.

    Raises:
        DatasetError: their file is damaged.
    """
    folder = settings.data_folder()
    return _collection(str(folder), changed(collection_file(folder)))


def class_statistics(dataset: Dataset, split: str) -> ClassStatistics:
    """Counts, mean and deviation images of the classes of a split."""
    return _class_statistics(dataset.sha256, split, dataset)


def pixel_index(dataset: Dataset, split: str) -> PixelIndex:
    """An index that finds the nearest images of a split."""
    return _pixel_index(dataset.sha256, split, dataset)


def pca_embedding(dataset: Dataset, split: str) -> tuple[Map, float]:
    """A sample of a split along its first two principal components, and their share of the variance (0 to 1)."""
    return _pca_embedding(dataset.sha256, split, dataset)


def forget_datasets() -> None:
    """Read the folder of data sets again: one was downloaded, imported or deleted."""
    for cached in (_default_dataset, _datasets, _dataset_info, _dataset_titles, _dataset):
        cached.clear()


@st.cache_resource(max_entries=4, ttl=5, show_spinner=False)
def _default_dataset(folder: str) -> str:
    return catalogue.default_dataset_name(Path(folder))


@st.cache_resource(max_entries=4, ttl=5, show_spinner=False)
def _datasets(folder: str) -> tuple[DatasetInfo, ...]:
    return catalogue.list_datasets(Path(folder))


@st.cache_resource(max_entries=16, ttl=5, show_spinner=False)
def _dataset_info(name: str, folder: str) -> DatasetInfo | None:
    return catalogue.dataset_info(name, Path(folder))


@st.cache_resource(max_entries=4, ttl=5, show_spinner=False)
def _dataset_titles(folder: str) -> Mapping[str, str]:
    return catalogue.dataset_titles(Path(folder))


@st.cache_resource(max_entries=4, show_spinner=False)
def _dataset(name: str, folder: str, time_of_change: tuple[int, int]) -> Dataset:
    return catalogue.load_dataset(name, Path(folder))


@st.cache_resource(max_entries=2, show_spinner=False)
def _collection(folder: str, time_of_change: tuple[int, int]) -> Collection:
    return read_collection(Path(folder))


# The SHA-256 is the key of the data set; arguments with an underscore are not part of the key.
@st.cache_resource(max_entries=8, show_spinner=False)
def _class_statistics(sha256: str, split: str, _dataset: Dataset) -> ClassStatistics:
    from mnist_core.data.measures.class_statistics import class_statistics

    return class_statistics(_dataset.split(split))


@st.cache_resource(max_entries=4, show_spinner=False)
def _pixel_index(sha256: str, split: str, _dataset: Dataset) -> PixelIndex:
    from mnist_core.data.finding.neighbours import PixelIndex

    return PixelIndex(_dataset.split(split).images)


@st.cache_resource(max_entries=8, show_spinner=False)
def _pca_embedding(sha256: str, split: str, _dataset: Dataset) -> tuple[Map, float]:
    from mnist_core.data.finding.pca import principal_components
    from mnist_core.data.finding.tsne import Map, map_rows

    rows = map_rows(_dataset, split)
    images = _dataset.split(split).images[rows]
    components = principal_components(images, 2)
    return Map(rows=rows, points=components.project(images)), float(components.explained.sum())
