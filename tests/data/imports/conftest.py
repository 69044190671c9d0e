"""Files as people have them."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
import pytest
from PIL import Image

from mnist_core.data.imports.uploads import Upload


@pytest.fixture
def npz_upload():
    """Makes an upload of an npz of these arrays."""

    def make(name: str = "digits.npz", **arrays: np.ndarray) -> Upload:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=True, **arrays)
        return Upload(name=name, data=buffer.getvalue())

    return make


@pytest.fixture
def picture():
    """Makes the bytes of a picture file."""

    def make(array: np.ndarray, kind: str = "PNG", mode: str | None = None, **options: object) -> bytes:
        image = Image.fromarray(array)
        buffer = io.BytesIO()
        (image.convert(mode) if mode else image).save(buffer, kind, **options)
        return buffer.getvalue()

    return make


@pytest.fixture
def zip_upload():
    """Makes an upload of a zip of these members."""
    import zipfile

    def make(members: Mapping[str, bytes], name: str = "digits.zip") -> Upload:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in members.items():
                archive.writestr(path, content)
        return Upload(name=name, data=buffer.getvalue())

    return make
