from __future__ import annotations

from collections.abc import Sequence

from mnist_core.data.imports.csv_table import read_csv_upload
from mnist_core.data.imports.idx_files import read_idx_uploads
from mnist_core.data.imports.npz_arrays import read_npz_upload
from mnist_core.data.imports.picture_zip import read_zip_upload
from mnist_core.data.imports.uploads import MAX_UPLOAD_BYTES, OldReading, Upload
from mnist_core.data.sources.idx import GZIP_MAGIC
from mnist_core.errors import DatasetError

ZIP_MAGIC = b"PK"
IDX_MAGIC = b"\x00\x00"


def read_uploads(uploads: Sequence[Upload]) -> OldReading:
    """The images in the uploads; the kind of each file is recognised by its content.

    Raises:
        DatasetError: a file is empty, too large, of no known kind, or cannot be read.
    """
    if not uploads:
        raise DatasetError("There is no file to import. Expected at least one.")
    for upload in uploads:
        if not upload.data:
            raise DatasetError(f"{upload.title} is empty.")
        if len(upload.data) > MAX_UPLOAD_BYTES:
            raise DatasetError(f"{upload.title} is too large. Expected at most {MAX_UPLOAD_BYTES:,} bytes.")
    if len(uploads) > 1 or _is_idx(uploads[0]):
        return read_idx_uploads(uploads)
    return _read_one(uploads[0])


def _read_one(upload: Upload) -> OldReading:
    name = upload.name.lower()
    if name.endswith(".npz"):
        return read_npz_upload(upload)
    if upload.data.startswith(ZIP_MAGIC) or name.endswith(".zip"):
        return read_zip_upload(upload)
    if name.endswith((".csv", ".csv.gz", ".txt", ".tsv")):
        return read_csv_upload(upload)
    raise DatasetError(f"{upload.title} is of no known kind. Expected IDX files, .npz, .csv, or a .zip of pictures.")


def _is_idx(upload: Upload) -> bool:
    is_named = "ubyte" in upload.name.lower() or upload.name.lower().endswith((".idx", ".idx.gz"))
    return is_named or upload.data.startswith(IDX_MAGIC) and not upload.data.startswith(GZIP_MAGIC)
