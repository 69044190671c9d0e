"""Reads the arrays of an HDF5 file from elsewhere one by one.

HDF5 can point at other files, at parts of itself and at data that is not there, and can pack gigabytes into a kilobyte.
So every link is looked at before it is followed, and every array before it is read: a plain one of float32 that is
stored in this file in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from mnist_core.data.imports.files.uploads import short_text
from mnist_core.errors import IncomingError
from mnist_core.models.shapes import Shape
from mnist_core.network.operations import Array

MAX_OBJECTS = 5_000
MAX_DEPTH = 12
OLD_FORM = ("model_config", "layer_names")
"""What the old form has at its root: a whole model, or its weights."""


def read_hdf5(path: Path, title: str, places: Mapping[str, str], shapes: Mapping[str, Shape]) -> dict[str, Array]:
    """The weights at these places, float32; one without a place is 0.

    Args:
        places: path in the file by name of the weight.
        shapes: by name of the weight, of all that are needed.

    Raises:
        IncomingError: the file is damaged, unsafe, or an array is missing or has another shape; the message names it.
    """
    try:
        with h5py.File(path, "r") as file:
            found = dict(_arrays(file))
            return {name: _read(found, places.get(name), name, shape, title) for name, shape in shapes.items()}
    except IncomingError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise IncomingError(f"The weights in {title} are unreadable: the file is damaged or cut off.") from error


def check_form(path: Path, title: str) -> None:
    """Ensure that an HDF5 file is not of the form that Keras wrote before `.keras`, with weights or a whole model.

    Raises:
        IncomingError: it is, or cannot be read.
    """
    try:
        with h5py.File(path, "r") as file:
            is_old = any(name in file.attrs for name in OLD_FORM)
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise IncomingError(f"{title} is unreadable: the file is damaged or cut off.") from error
    if is_old:
        raise IncomingError(
            f"{title} is in Keras' old HDF5 form, which is not read. Load it in Keras and save it again under a name "
            "that ends in .keras."
        )


def _arrays(file: h5py.File) -> Iterator[tuple[str, h5py.Dataset]]:
    """Every array by its path, after a look at every link and every array of the file.

    Raises:
        IncomingError: there is a link, a virtual or external array, or too many objects.
    """
    waiting: list[tuple[str, Any, int]] = [("", file, 0)]
    seen: set[Any] = set()
    while waiting:
        prefix, group, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise IncomingError("The weights file is nested too deeply.")
        for name in group:
            path = f"{prefix}/{name}".lstrip("/")
            item = _followed(group, name, path, seen)
            if isinstance(item, h5py.Group):
                waiting.append((path, item, depth + 1))
            elif isinstance(item, h5py.Dataset):
                _check(item, path)
                yield path, item


def _followed(group: h5py.Group, name: str, path: str, seen: set[Any]) -> Any:
    """The object of this name in a group, which is a part of this file and was not seen before."""
    if len(seen) >= MAX_OBJECTS:
        raise IncomingError(f"The weights file has too many objects. Expected at most {MAX_OBJECTS:,}.")
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise IncomingError(f"The weights file has a link at {short_text(path)}. Expected an array or a group.")
    item = group[name]
    address = h5py.h5o.get_info(item.id).addr
    if address in seen:
        raise IncomingError(f"The weights file holds {short_text(path)} twice: refused.")
    seen.add(address)
    return item


def _check(item: h5py.Dataset, path: str) -> None:
    shown = short_text(path)
    if item.external or item.is_virtual:
        raise IncomingError(f"The weights file uses data of other files at {shown}: refused.")
    if item.id.get_create_plist().get_nfilters():
        raise IncomingError(f"The weights file is compressed at {shown}, which Keras does not do: refused.")
    if item.dtype.kind not in "fiub" or item.dtype.hasobject:
        raise IncomingError(f"The weights file has other data at {shown}. Expected numbers. Received: {item.dtype}.")
    if item.id.get_storage_size() < item.size * item.dtype.itemsize:
        raise IncomingError(f"The weights file claims more numbers at {shown} than it holds: refused.")


def _read(found: Mapping[str, h5py.Dataset], place: str | None, name: str, shape: Shape, title: str) -> Array:
    if place is None:
        return np.zeros(shape, np.float32)
    item = found.get(place)
    if item is None:
        raise IncomingError(f"The weights in {title} are not complete: `{name}` is missing (at {place}).")
    if tuple(item.shape) != tuple(shape):
        raise IncomingError(f"`{name}` in {title} has shape {tuple(item.shape)}. The model needs {tuple(shape)}.")
    if item.dtype != np.float32:
        raise IncomingError(f"`{name}` in {title} has numbers of type {item.dtype}. Expected float32.")
    values: Array = item[()]
    if not np.isfinite(values).all():
        raise IncomingError(f"`{name}` in {title} has values that are not numbers: the training of the model diverged.")
    return values
