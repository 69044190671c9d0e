"""The import of one tab: the draft on disk, how it is read, and what was typed about it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.server.background import Job, jobs
from dashboard.server.sweeping import clear_when_gone
from dashboard.settings import data_folder
from dashboard.state.session import per_tab
from dashboard.views.explore.import_claims import Claims
from mnist_core.data.imports.decisions import TEST_FRACTION, Decisions, LabelColumn
from mnist_core.data.imports.drafts import (
    Draft,
    Imported,
    LabelColumnError,
    Labelling,
    discard_draft,
    keep_draft,
    open_draft,
    read_draft,
)
from mnist_core.errors import DatasetError


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """How a person wants the files to be read; None is left to what the files show."""

    decisions: Decisions = Decisions()
    test_fraction: float = TEST_FRACTION


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reading:
    """What the files of a draft hold.

    Attributes:
        wish: how they were read.
        draft: what would be stored; None if the column of the labels has to be chosen first.
        question: which columns may hold the labels, in a sentence; empty with a draft.
        label_columns: the columns that a person may choose from.
    """

    folder: Path
    wish: Wish
    draft: Draft | None
    question: str = ""
    label_columns: tuple[LabelColumn, ...] = ()


@dataclass(kw_only=True, eq=False)
class ImportState:
    """The import of one tab.

    Attributes:
        wish: how the files shall be read; `reading.wish` is how they were.
        files: names and sizes in bytes of the files in the draft.
        typed: name, title, source and licence; they stay until the import.
        imported: the result of the last import, until other files are chosen.
    """

    token: str = field(default_factory=lambda: secrets.token_hex(4))
    wish: Wish = Wish()
    reading: Reading | None = None
    files: tuple[tuple[str, int], ...] = ()
    typed: dict[str, str] = field(default_factory=dict)
    imported: Imported | None = None
    uploads: int = 0
    claims: Claims = field(default_factory=Claims)

    def __post_init__(self) -> None:
        clear_when_gone(self, self.claims.close)

    @property
    def uploader(self) -> str:
        """The key of the uploader: a new one, without files, once they are in a draft.

        It differs between tabs: a browser that connects to a new server still shows files which that one does not have.
        """
        return f"explore.upload.{self.token}.{self.uploads}"

    def spool(self, uploads: Sequence[UploadedFile]) -> None:
        """Move the contents of the files that were chosen from memory to disk, and drop the others.

        Raises:
            DatasetError: they cannot be written.
        """
        self.claims.spool(uploads)

    def read_files(self) -> Hashable:
        """Copy the spooled files into a draft and read them, in the background; returns the key of the job."""
        claims = self.claims
        key = ("import", self.token, *claims.spooled)
        if claims.job != key:
            claims.drop()
            self.wish = replace(self.wish, decisions=Decisions())
        claims.job, self.imported = key, None
        folder, wish, turn = data_folder(), self.wish, claims.turn
        files = [(file.name, file.stream) for file in claims.spooled.values()]

        def work(job: Job) -> Reading:
            with turn:
                if job.is_cancelled():
                    raise DatasetError("The import was cancelled.")
                draft_folder = open_draft(folder, files)
            return _read_first(job, draft_folder, wish)

        jobs().start(key, work)
        return key

    def take(self, reading: Reading) -> None:
        """Take over the draft, so that the files that were uploaded are needed no more."""
        self.files = tuple((file.name, file.size) for file in self.claims.spooled.values())
        self.claims.job = None
        self.claims.keep_spooled(())
        self.claims.folder = reading.folder
        self.reading = reading
        self.uploads += 1

    def read_again(self) -> Hashable | None:
        """Read the files as they are wanted now; the key of the job, None if they have been read so."""
        assert self.reading is not None
        if self.reading.wish == self.wish:
            return None
        folder, wish = self.reading.folder, self.wish
        key = ("import", str(folder), wish)
        if self.claims.job not in (None, key):
            jobs().forget(self.claims.job)
        self.claims.job = key
        jobs().start(key, lambda job: _read(job, folder, wish))
        return key

    def keep(self, draft: Draft, labelling: Labelling) -> Hashable:
        """Store the draft as a data set, in the background; returns the key of the job."""
        key = self.keeping
        jobs().forget(key)
        jobs().start(key, lambda _: keep_draft(draft, labelling))
        return key

    @property
    def keeping(self) -> Hashable:
        """The key of the job that stores the draft."""
        return ("keep", str(self.claims.folder))

    def forget_refusal(self) -> None:
        """Forget why the draft could not be stored: the name is another one now."""
        job = jobs().get(self.keeping)
        if job is not None and not job.is_running:
            jobs().forget(self.keeping)

    def discard(self) -> None:
        """Delete the draft. What was typed stays."""
        self.claims.drop()
        self.reading, self.files, self.wish = None, (), replace(self.wish, decisions=Decisions())

    def finish(self, imported: Imported) -> None:
        """Note what was stored, and be ready for other files."""
        jobs().forget(self.keeping)
        self.discard()
        self.imported = imported
        self.typed.clear()


def import_state() -> ImportState:
    """The import of this tab."""
    return per_tab("explore.import", ImportState)


def _read_first(job: Job, folder: Path, wish: Wish) -> Reading:
    reading = _read(job, folder, wish)
    if job.is_cancelled():  # nobody will take it
        discard_draft(folder)
        raise DatasetError("The import was cancelled.")
    return reading


def _read(job: Job, folder: Path, wish: Wish) -> Reading:
    began = time.monotonic()

    def is_cancelled() -> bool:
        """Asked a few times a second, so it also tells how long the reading has taken: no other progress is known."""
        job.tell(None, f"{time.monotonic() - began:.0f} s")
        return job.is_cancelled()

    try:
        draft = read_draft(folder, wish.decisions, test_fraction=wish.test_fraction, is_cancelled=is_cancelled)
    except LabelColumnError as error:
        return Reading(folder=folder, wish=wish, draft=None, question=str(error), label_columns=error.label_columns)
    return Reading(folder=folder, wish=wish, draft=draft, label_columns=draft.label_columns)
