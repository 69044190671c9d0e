"""What the import of one tab holds that is left behind when the tab is closed: files on disk, a draft, and a job."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.server.background import jobs
from dashboard.state.session import empty_upload
from mnist_core.data.imports.drafts import discard_draft
from mnist_core.errors import DatasetError

CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Spooled:
    """A file that was uploaded, on disk without a name there: it is gone when nobody refers to it any more."""

    name: str
    size: int
    stream: BinaryIO


@dataclass(kw_only=True, eq=False)
class Claims:
    """What is left behind when the tab is closed, unless it is cleared away: a job, a draft and files on disk.

    Attributes:
        turn: held by the job that reads the spooled files, which have one position each.
    """

    job: Hashable | None = None
    folder: Path | None = None
    spooled: dict[str, Spooled] = field(default_factory=dict)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def drop(self) -> None:
        """End the job and delete the draft."""
        if self.job is not None:
            jobs().forget(self.job)
        if self.folder is not None:
            discard_draft(self.folder)
        self.job = self.folder = None

    def spool(self, uploads: Sequence[UploadedFile]) -> None:
        """Move the contents of uploaded files from memory to disk, and close those of other files.

        Raises:
            DatasetError: they cannot be written.
        """
        for file in uploads:
            if file.file_id not in self.spooled:
                self.spooled[file.file_id] = _spooled(file)
                empty_upload(file)
        self.keep_spooled([file.file_id for file in uploads])

    def keep_spooled(self, file_ids: Sequence[str]) -> None:
        """Close the spooled files but these."""
        if self.spooled.keys() - set(file_ids):
            self.drop()
        with self.turn:
            for file_id in self.spooled.keys() - set(file_ids):
                self.spooled.pop(file_id).stream.close()
        self.spooled = {file_id: self.spooled[file_id] for file_id in file_ids}

    def close(self) -> None:
        """Clear all away."""
        self.drop()
        self.keep_spooled(())


def _spooled(file: UploadedFile) -> Spooled:
    try:
        stream = tempfile.TemporaryFile()  # noqa: SIM115, closed when it is dropped
        file.seek(0)
        shutil.copyfileobj(file, stream, CHUNK)
        stream.flush()
    except OSError as error:
        raise DatasetError(f"The files cannot be stored: {error.strerror or error}.") from error
    return Spooled(name=file.name, size=file.size, stream=cast(BinaryIO, stream))
