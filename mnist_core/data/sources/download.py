"""Downloads a data set from its publisher into the folder of data sets, and verifies it."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mnist_core import environment
from mnist_core.data.cache import is_read_only
from mnist_core.data.dataset import content_sha256
from mnist_core.data.sources.fetching import Fetch, Progress
from mnist_core.data.sources.known import SOURCES
from mnist_core.data.sources.layouts import IDX_PARTS, Splits, find_idx_files, read_idx_files, read_npz_file
from mnist_core.errors import DatasetError, DatasetNotFoundError, DownloadError, shown

IDX_FILES = tuple(f"{part}-idx{dimensions}-ubyte.gz" for part, dimensions in IDX_PARTS)
STALE_SECONDS = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Download:
    """A data set that can be downloaded.

    Attributes:
        url: an npz file with Keras' names, or a folder of the four IDX files, gzip-compressed.
        n_bytes: total size of the four IDX files, for the progress.
        sha256: of the content (see `content_sha256`), independent of the file format.
        md5: of each published IDX file, if no SHA-256 of the content is known.
    """

    name: str
    url: str
    n_bytes: int
    sha256: str | None = None
    md5: tuple[str, ...] = ()


def downloads() -> Mapping[str, Download]:
    """The data sets that can be downloaded, by name."""
    return {
        "mnist": Download(
            name="mnist",
            url=environment.mnist_url(),
            n_bytes=11_594_722,
            sha256="06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16",
        ),
        "fashion-mnist": Download(
            name="fashion-mnist",
            url="https://storage.googleapis.com/tensorflow/tf-keras-datasets",
            n_bytes=30_878_645,
            md5=(
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310",
            ),
        ),
    }


def fetch_dataset(
    name: str, *, folder: Path | None = None, progress: Progress | None = None, fetch: Fetch | None = None
) -> None:
    """Download the data set called `name` unless it is on this machine; afterwards `load_dataset` finds it.

    Files are downloaded to a temporary folder, verified there, and moved only if they are correct.

    Args:
        progress: called with the downloaded bytes and the total bytes (None if unknown).
        fetch: cancelling and time limits; `progress` is then a part of it.

    Raises:
        DatasetNotFoundError: no data set of that name can be downloaded.
        DownloadError: it could not be downloaded, verified or written; nothing is left behind.
    """
    offers = downloads()
    if name not in offers:
        raise DatasetNotFoundError(
            f"The data set {shown(name)} cannot be downloaded. Expected one of: {', '.join(offers)}."
        )
    folder = folder or environment.data_folder()
    if _is_here(name, folder):
        return
    fetch = fetch or (Fetch(progress=progress) if progress else Fetch())
    download_into(folder, offers[name], fetch)


def download_into(folder: Path, download: Download, fetch: Fetch) -> None:
    """Fetch, verify and put in place; raises DownloadError, and then leaves nothing behind."""
    if is_read_only(folder):
        raise DownloadError(f"The data set cannot be stored: the folder {folder} is read-only.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        temporary = Path(tempfile.mkdtemp(dir=folder, prefix=".fetching."))
        try:
            files = _fetch_files(temporary, download, fetch)
            _verify(files, download)
            _put_in_place(files, folder, download.name)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise DownloadError(f"The data set cannot be written: {error.strerror or error}.") from error


def _is_here(name: str, folder: Path) -> bool:
    """Whether the data set can be read already; damaged files in its place have to be removed by the person."""
    source = SOURCES[name]
    if not source.available(folder):
        return False
    try:
        source.load(folder)
    except DatasetError as error:
        place = source.locate(folder)[0].parent
        raise DownloadError(f"Damaged files are in the way in {place}: {error} Remove them, then try again.") from error
    return True


def _fetch_files(temporary: Path, download: Download, fetch: Fetch) -> tuple[Path, ...]:
    if download.url.endswith(".npz"):
        path = temporary / f"{download.name}.npz"
        fetch.to_file(download.url, path)
        return (path,)
    done = 0
    for name in IDX_FILES:
        url = f"{download.url.rstrip('/')}/{name}"
        done += fetch.to_file(url, temporary / name, before=done, total=download.n_bytes)
    return tuple(temporary / name for name in IDX_FILES)


def _verify(files: tuple[Path, ...], download: Download) -> None:
    for path, expected in zip(files, download.md5, strict=False):
        digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        if digest != expected:
            raise DownloadError(
                f"{path.name} differs from the published file. Expected MD5 {expected}. Received: {digest}."
            )
    try:
        splits: Splits = read_npz_file(files) if len(files) == 1 else read_idx_files(files)
    except DatasetError as error:
        raise DownloadError(f"The downloaded files cannot be used: {error}") from error
    digest = content_sha256(*splits)
    if download.sha256 and digest != download.sha256:
        raise DownloadError(
            f"The downloaded data differ from {download.name}. Expected SHA-256 {download.sha256}. Received: {digest}."
        )


def _put_in_place(files: tuple[Path, ...], folder: Path, name: str) -> None:
    if len(files) == 1:
        files[0].replace(folder / files[0].name)
        return
    target = folder / name
    if not target.exists():
        ready = files[0].parent / name
        ready.mkdir()
        for path in files:
            path.replace(ready / path.name)
        ready.replace(target)  # all four appear in one step
        return
    for path in files:  # some of the four are there already
        path.replace(target / path.name)
    find_idx_files(target)


def _sweep(folder: Path) -> None:
    """Remove the files of killed downloads."""
    for path in folder.glob(".fetching.*"):
        if time.time() - path.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
