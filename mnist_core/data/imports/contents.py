"""What the files of an import hold: every file is read by its kind, and images are brought together with labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from numpy.typing import NDArray

from mnist_core.data.imports.decisions import LabelColumn, LabelColumnError
from mnist_core.data.imports.files.file_kinds import DATA, PICTURES, Kind, is_named_data
from mnist_core.data.imports.files.other_files import check_other_files, left_out_note
from mnist_core.data.imports.files.unpacking import Item
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.formats.arff import read_arff
from mnist_core.data.imports.formats.idx_files import read_idx_file
from mnist_core.data.imports.formats.numpy_files import read_npy_file, read_npz_file
from mnist_core.data.imports.formats.picture_files import read_pictures
from mnist_core.data.imports.formats.picture_lists import PictureList, read_picture_list
from mnist_core.data.imports.formats.picture_names import PictureNames
from mnist_core.data.imports.formats.text_table import read_text_table
from mnist_core.data.imports.limits import MIN_SIDE
from mnist_core.data.imports.recognising.blocks import Block, NamedArray, Part, by_part, part_of
from mnist_core.data.imports.recognising.image_arrays import stacks
from mnist_core.data.imports.recognising.label_column import Columns, array_as_table, told_apart, wrong_width
from mnist_core.data.imports.recognising.no_pair import explain_no_pair
from mnist_core.data.imports.recognising.pairing import pair
from mnist_core.data.imports.recognising.row_keys import table_keys
from mnist_core.data.imports.recognising.table import Table, dropped_note
from mnist_core.data.sources.npz import NoNumbersError
from mnist_core.errors import DatasetError
from mnist_core.words import listed


@dataclass(kw_only=True, slots=True)
class Contents:
    """What was found in the files.

    Attributes:
        label_column: a person's choice of the column of the labels; None to find it.
        blocks: images with their labels.
        notes: sentences on what was left out, and on where the labels were found.
        chosen, guessed, candidates: the column of the labels in the first table or list that has one, the column that a
            look at it gives (None if several could be it), and all that could be it.
    """

    label_column: int | None
    blocks: list[Block] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    chosen: int | None = None
    guessed: int | None = None
    candidates: tuple[LabelColumn, ...] = ()
    _arrays: list[NamedArray] = field(default_factory=list)
    _tables: list[Table] = field(default_factory=list)
    _left_out: list[NoNumbersError] = field(default_factory=list)

    @classmethod
    def of(cls, items: Sequence[Item], label_column: int | None) -> Contents:
        """Read files of any kind.

        Raises:
            LabelColumnError: a person has to choose the column of the labels.
            DatasetError: a file cannot be read, or there are no images with labels.
        """
        found = cls(label_column=label_column)
        pictures = [item.upload for item in items if item.kind in PICTURES]
        if pictures:
            found._read_with_pictures(items, pictures)
        else:
            found.notes += check_other_files(items)
            found._read_data(items, has_pictures=False)
            found._check_pairs()
        return found

    def _read_with_pictures(self, items: Sequence[Item], pictures: Sequence[Upload]) -> None:
        """Pictures, the lists that name their labels, and whatever else lies beside them."""
        names = PictureNames(pictures)
        lists, rest = list[PictureList](), list[Item]()
        for item in items:
            its = read_picture_list(item, names, self.label_column)
            if its is None:
                rest.append(item)
            else:
                lists.append(its)
                self._note_columns(its.column, its.guessed, its.candidates)
        self.notes += check_other_files(rest)
        self._read_data(rest, has_pictures=True)
        if self.blocks:
            raise DatasetError(
                f"The files hold both pictures and arrays or tables of images, such as {self.blocks[0].title}. "
                "Expected one of them. Import them separately."
            )
        blocks, notes = read_pictures(pictures, lists, names, self.notes)
        self.blocks += blocks
        self.notes += notes

    def _read_data(self, items: Sequence[Item], *, has_pictures: bool) -> None:
        """Arrays and tables, paired where images and labels are apart."""
        for item in items:
            if item.kind not in DATA:
                continue
            is_doubtful = item.kind is Kind.TABLE and item.upload.archive != ""
            if is_doubtful and (has_pictures or not is_named_data(item.upload.name)):
                self._try_table(item)
            else:
                self._read(item)
        blocks, unused = pair(self._arrays)
        self.blocks += blocks
        if not self.blocks:
            unused = self._read_tables_among(unused)
        if unused and (self.blocks or has_pictures):
            names = listed([f"{array.title} ({array.shape})" for array in unused], 4)
            self.notes.append(f"Not used, because it is no pair of images and labels: {names}.")
        if self._left_out:
            names = listed([error.title for error in self._left_out], 4)
            self.notes.append(f"Left out, because it holds no plain numbers: {names}.")

    def _try_table(self, item: Item) -> None:
        """Read a text that looks like a table, but may be a readme."""
        try:
            self._read(item)
        except LabelColumnError:
            raise
        except DatasetError:
            self.notes.append(left_out_note([item]))

    def _read(self, item: Item) -> None:
        match item.kind:
            case Kind.IDX:
                self._arrays += read_idx_file(item.upload)
            case Kind.NPZ:
                arrays, left_out = read_npz_file(item.upload)
                self._arrays += arrays
                self._left_out += left_out
            case Kind.NPY:
                self._arrays += read_npy_file(item.upload)
            case Kind.MATLAB:
                from mnist_core.data.imports.formats import matlab  # scipy takes half a second to import

                self._arrays += matlab.read_matlab_file(item.upload)
            case Kind.PARQUET:
                self._read_parquet(item.upload)
            case Kind.ARFF:
                self._add_table(read_arff(item.upload))
            case _:
                self._add_table(read_text_table(item.upload))

    def _read_parquet(self, upload: Upload) -> None:
        from mnist_core.data.imports.formats import parquet, parquet_pictures  # pyarrow takes a while to import

        file = parquet.open_parquet(upload)
        if file.picture_column is not None:
            blocks, columns, notes = parquet_pictures.read_parquet_pictures(file, self.label_column)
            self.blocks += blocks
            self.notes += notes
            self._note_columns(columns.chosen, columns.guessed, columns.candidates)
        elif arrays := parquet.read_parquet_arrays(file):
            self._arrays += arrays
        else:
            self._add_table(parquet.read_parquet_table(file))

    def _add_table(self, table: Table) -> None:
        """The images of a table with their labels, or its columns as an array if it has no labels."""
        columns = told_apart(table, self.label_column)
        self.notes += [note for note in (*table.notes, *columns.notes) if note not in self.notes]
        if columns.labels is None:
            self.notes += [dropped_note([table.parts_column], "text")] if table.parts else []
            may_have_header = not table.names and columns.pixels.shape[1] == 1
            array = NamedArray(
                name="",
                file=table.file,
                values=columns.pixels,
                may_have_header=may_have_header,
                keys=table_keys(table),
            )
            self._arrays.append(array)
            self._tables.append(table)
            return
        self.notes += table.splits_note
        named = part_of(*reversed(table.file.parts), table.file.archive)
        self.blocks += by_part(self._labelled(columns, columns.labels, table.file.title, named), table.parts)

    def _read_tables_among(self, arrays: Sequence[NamedArray]) -> list[NamedArray]:
        """Read arrays that have the labels beside the pixels, as tables do; returns the others."""
        others = []
        for array in arrays:
            table = array_as_table(array)
            columns = told_apart(table, self.label_column) if table is not None else None
            if columns is None or columns.labels is None:
                others.append(array)
                continue
            self.notes += [note for note in columns.notes if note not in self.notes]
            block = self._labelled(columns, columns.labels, array.title, array.part)
            self.blocks.append(replace(block, pair_in=array.file))
        return others

    def _labelled(self, columns: Columns, labels: NDArray[Any], title: str, part: Part) -> Block:
        """The images of a table that was told apart, with their labels."""
        assert columns.chosen is not None  # it has labels
        self._note_columns(columns.chosen, columns.guessed, columns.candidates)
        return Block(
            images=stacks(columns.pixels)[0],
            labels=labels,
            title=title,
            labels_title=f"{columns.chosen.name} of {title}",
            part=part,
        )

    def _note_columns(
        self, chosen: LabelColumn | None, guessed: LabelColumn | None, candidates: tuple[LabelColumn, ...]
    ) -> None:
        """Remember where the labels are in the first table or list that has some."""
        if not self.candidates:
            self.chosen = chosen.index if chosen else None
            self.guessed = guessed.index if guessed else None
            self.candidates = candidates

    def _check_pairs(self) -> None:
        """Raise if there are no images with labels."""
        if self.blocks:
            return
        if self._left_out:
            raise self._left_out[0]
        narrow = [table for table in self._tables if 2 < len(table.indices) <= MIN_SIDE * MIN_SIDE]
        if narrow and len(narrow) == len(self._arrays):
            raise DatasetError(wrong_width(narrow[0], len(narrow[0].indices) - 1))
        texts = [(name, examples) for table in self._tables for name, examples in table.texts]
        raise DatasetError(explain_no_pair(self._arrays, texts))
