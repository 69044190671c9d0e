"""The catalogue of data sets, on this machine or to be downloaded, and how to load one by its name."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from mnist_core import environment
from mnist_core.data.cache import cache_folder, fingerprint, keep
from mnist_core.data.collected.source import collected_sources
from mnist_core.data.dataset import Dataset
from mnist_core.data.imports.store import imported_sources
from mnist_core.data.sources.known import SOURCES, Source, folder_sources
from mnist_core.errors import DatasetError, DatasetNotFoundError, shown

FACTS_SCHEMA = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetInfo:
    """One line of the list of data sets.

    Attributes:
        available: whether it can be loaded on this machine now.
        train_images, test_images: counts; the published ones if the data set is not available.
        sha256: of the content (see `content_sha256`); None if it is not available.
        problem: why its files cannot be used; None if they can or there are none.
    """

    name: str
    title: str
    available: bool
    train_images: int
    test_images: int
    sha256: str | None
    licence: str
    source: str
    problem: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Facts:
    """Facts that need the files to be read; stored in the cache until a file changes."""

    sha256: str
    train_images: int
    test_images: int


def list_datasets(folder: Path | None = None) -> tuple[DatasetInfo, ...]:
    """Every data set known by name, then folders of IDX files, imported ones and the collected digits.

    A data set is read once for its SHA-256 and sizes, which are stored in the cache under the names, sizes and times of
    its files. One that cannot be read is listed with its `problem`.
    """
    folder = folder or environment.data_folder()
    return tuple(_info(source, folder) for source in _sources(folder).values())


def dataset_info(name: str, folder: Path | None = None) -> DatasetInfo | None:
    """The line of one data set, for which no other one is read; None if none is called so."""
    folder = folder or environment.data_folder()
    source = _sources(folder).get(name)
    return _info(source, folder) if source is not None else None


def dataset_titles(folder: Path | None = None) -> dict[str, str]:
    """The titles of all data sets by their names, for which none is read."""
    return {source.name: source.title for source in _sources(folder or environment.data_folder()).values()}


def load_dataset(name: str, folder: Path | None = None) -> Dataset:
    """The data set called `name`.

    Raises:
        DatasetNotFoundError: there is none of that name here; the message says which there are.
        DatasetError: its files are missing in part, or damaged.
    """
    folder = folder or environment.data_folder()
    source = _require(name, folder)
    dataset = source.load(folder)
    _remember(source, folder, _facts_of(dataset))
    return dataset


def remember_dataset(name: str, folder: Path, *, sha256: str, sizes: tuple[int, int]) -> None:
    """Store the facts of a data set that was just made, so that listing it does not have to read its images."""
    facts = _Facts(sha256=sha256, train_images=sizes[0], test_images=sizes[1])
    _remember(_require(name, folder), folder, facts)


def require_dataset(name: str, folder: Path | None = None) -> None:
    """Check that all files of the data set called `name` are there, without reading them.

    Raises:
        DatasetNotFoundError: there is none of that name here; the message says which there are.
        DatasetError: some of its files are missing.
    """
    _require(name, folder or environment.data_folder())


def default_dataset_name(folder: Path | None = None) -> str:
    """`mnist` if it is on this machine and can be read, else `mnist-sample`."""
    folder = folder or environment.data_folder()
    return "mnist" if _info(SOURCES["mnist"], folder).available else "mnist-sample"


def _sources(folder: Path) -> dict[str, Source]:
    kinds = (SOURCES.values(), folder_sources(folder), imported_sources(folder), collected_sources(folder))
    return _first_of_each(tuple(source for sources in kinds for source in sources))


def _first_of_each(sources: tuple[Source, ...]) -> dict[str, Source]:
    by_name: dict[str, Source] = {}
    for source in sources:
        by_name.setdefault(source.name, source)
    return by_name


def _info(source: Source, folder: Path) -> DatasetInfo:
    facts, problem = None, None
    try:
        facts = _facts(source, folder)
    except DatasetError as error:
        problem = str(error)
    except OSError as error:
        problem = f"Its files cannot be read: {error.strerror or error}."
    train_images, test_images = (facts.train_images, facts.test_images) if facts else source.sizes or (0, 0)
    return DatasetInfo(
        name=source.name,
        title=source.title,
        available=facts is not None,
        train_images=train_images,
        test_images=test_images,
        sha256=facts.sha256 if facts else None,
        licence=source.licence,
        source=source.source,
        problem=problem,
    )


def _facts(source: Source, folder: Path) -> _Facts | None:
    if not source.locate(folder):
        return None
    remembered = _recall(source, folder)
    if remembered:
        return remembered
    facts = _facts_of(source.load(folder))
    _remember(source, folder, facts)
    return facts


def _facts_of(dataset: Dataset) -> _Facts:
    return _Facts(sha256=dataset.sha256, train_images=len(dataset.train), test_images=len(dataset.test))


def _facts_path(source: Source, folder: Path) -> Path | None:
    cache = cache_folder(folder)
    if cache is None:
        return None
    return cache / f"{source.name}-{fingerprint(source.locate(folder))[:16]}.facts-{FACTS_SCHEMA}.json"


def _recall(source: Source, folder: Path) -> _Facts | None:
    path = _facts_path(source, folder)
    if path is None or not path.is_file():
        return None
    try:
        return _Facts(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _remember(source: Source, folder: Path, facts: _Facts) -> None:
    path = _facts_path(source, folder)
    if path is not None and not path.is_file():
        keep(path, lambda stream: stream.write(json.dumps(asdict(facts), allow_nan=False).encode()))


def _require(name: str, folder: Path) -> Source:
    source = _sources(folder).get(name)
    if source is None or not source.locate(folder):
        raise DatasetNotFoundError(_not_found(name, folder, is_known=source is not None))
    return source


def _not_found(name: str, folder: Path, *, is_known: bool) -> str:
    here = [source.name for source in _sources(folder).values() if source.available(folder)]
    which = (
        f"The data set {name} is not on this machine." if is_known else f"There is no data set called {shown(name)}."
    )
    return f"{which} Expected one of: {', '.join(here)}."
