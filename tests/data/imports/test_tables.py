"""Tables as CSV, ARFF and Parquet: which column is the label, and what else people have in them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from mnist_core.data.imports.drafts import LabelColumnError
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.formats.text_layout import layout_of
from mnist_core.errors import DatasetError
from tests.data.imports.comparing import assert_alike, assert_equal, assert_same_digits
from tests.data.imports.conftest import Import
from tests.data.imports.making import (
    PIXELS,
    Digits,
    csv_bytes,
    gz,
    kaggle_bytes,
    npz_bytes,
    parquet_bytes,
    picture_bytes,
    rows_of,
)
from tests.thorough import one_in, some_of


def labels_of(digits: Digits) -> list[int]:
    return digits.labels.tolist()


def with_label_at(digits: Digits, place: int) -> list[list[object]]:
    return [[*row[1 : place + 1], row[0], *row[place + 1 :]] for row in rows_of(digits, [labels_of(digits)])]


def decimals(digits: Digits, mark: str) -> list[list[object]]:
    pixels = (digits.images / 255).reshape(len(digits), -1).tolist()
    return [
        [label, *[f"{value:.5f}".replace(".", mark) for value in row]]
        for label, row in zip(labels_of(digits), pixels, strict=True)
    ]


def quoted(rows: list[list[object]], mark: str = '"') -> list[list[object]]:
    return [[f"{mark}{cell}{mark}" for cell in row] for row in rows]


TEXTS = {
    "commas": lambda d: csv_bytes(rows_of(d, [labels_of(d)])),
    "semicolons": lambda d: csv_bytes(rows_of(d, [labels_of(d)]), separator=";"),
    "tabs": lambda d: csv_bytes(rows_of(d, [labels_of(d)]), ["label", *PIXELS], separator="\t"),
    "bars": lambda d: csv_bytes(rows_of(d, [labels_of(d)]), separator="|"),
    "blanks": lambda d: csv_bytes(rows_of(d, [labels_of(d)]), separator=" "),
    "commas and blanks": lambda d: csv_bytes(rows_of(d, [labels_of(d)]), separator=", "),
    "line ends of Windows": lambda d: kaggle_bytes(d).replace(b"\n", b"\r\n"),
    "no last line end": lambda d: kaggle_bytes(d).rstrip(),
    "byte order mark": lambda d: b"\xef\xbb\xbf" + kaggle_bytes(d),
    "UTF-16": lambda d: kaggle_bytes(d).decode().encode("utf-16"),
    "UTF-16 without mark": lambda d: kaggle_bytes(d).decode().encode("utf-16-be"),
    "quoted": lambda d: csv_bytes(quoted(rows_of(d, [labels_of(d)])), [f'"{name}"' for name in ("label", *PIXELS)]),
    "single quotes": lambda d: csv_bytes(quoted(rows_of(d, [labels_of(d)]), "'"), ["label", *PIXELS]),
    "single quotes, also in the header": lambda d: csv_bytes(
        quoted([["label", *PIXELS], *rows_of(d, [labels_of(d)])], "'"), separator=";"
    ),
    "decimal commas": lambda d: csv_bytes(decimals(d, ","), separator=";"),
    "decimal points": lambda d: csv_bytes(decimals(d, ".")),
    "blank lines": lambda d: b"\n\r\n\n" + kaggle_bytes(d) + b"\n\n",
    "a remark first": lambda d: b"# made by hand\n" + kaggle_bytes(d),
    "the separator stated": lambda d: b"sep=;\n" + csv_bytes(rows_of(d, [labels_of(d)]), separator=";"),
    "a cell too many in every line": lambda d: csv_bytes([[*row, ""] for row in rows_of(d, [labels_of(d)])]),
    "packed": lambda d: gz(kaggle_bytes(d)),
}


@pytest.mark.parametrize("name", some_of(TEXTS, always=("single quotes", "single quotes, also in the header")))
def test_every_way_to_write_a_table_gives_the_same_digits(name: str, imported: Import, digits: Digits) -> None:
    dataset, _ = imported({"digits.csv": TEXTS[name](digits)})
    assert_same_digits(dataset, digits)


HEADERS = {
    "counted": ([str(i) for i in range(785)], "counts the columns"),
    "a label and counted pixels": (["label", *[str(i) for i in range(784)]], ""),
    "rows and columns": (["label", *[f"{i}x{j}" for i in range(1, 29) for j in range(1, 29)]], ""),
    "unknown words": (["wie viel", *[f"grau_{i}" for i in range(784)]], ""),
}


@pytest.mark.parametrize("name", one_in(2, HEADERS))
def test_headers_of_every_form_are_read(name: str, imported: Import, digits: Digits) -> None:
    header, said = HEADERS[name]
    dataset, result = imported({"a.csv": csv_bytes(rows_of(digits, [labels_of(digits)]), header)})
    assert_same_digits(dataset, digits)
    assert said in " ".join(result.notes)


def saved_by_pandas(values: np.ndarray, **options: object) -> bytes:
    return pd.DataFrame(values).to_csv(**options).encode()


def test_numbers_saved_by_pandas_as_they_are_have_an_index_and_a_counted_header(
    imported: Import, digits: Digits
) -> None:
    pixels = digits.images.reshape(len(digits), -1)
    for number, columns in enumerate(([digits.labels, pixels], [pixels, digits.labels])):
        dataset, result = imported({"a.csv": saved_by_pandas(np.column_stack(columns))}, f"whole-{number}")
        assert_same_digits(dataset, digits)
        assert any("counts the columns" in note for note in result.notes)
    files = {"x.csv": saved_by_pandas(pixels), "y.csv": saved_by_pandas(digits.labels)}
    dataset, _ = imported(files, "apart")
    assert_same_digits(dataset, digits)


def test_a_lone_0_above_as_many_labels_as_images_is_a_header(imported: Import, digits: Digits) -> None:
    pixels = digits.images.reshape(len(digits), -1)
    labels = saved_by_pandas(digits.labels, index=False)
    for number, images in enumerate((csv_bytes(pixels.tolist()), saved_by_pandas(pixels, index=False))):
        dataset, result = imported({"x.csv": images, "y.csv": labels}, f"way-{number}")
        assert_same_digits(dataset, digits)
        assert "The first line of y.csv, 0, was taken for a header." in result.notes


def test_a_first_label_of_0_is_no_header_where_the_lengths_agree(imported: Import, digits: Digits) -> None:
    order = np.argsort(digits.labels, kind="stable")
    ordered = Digits(images=digits.images[order], labels=digits.labels[order])
    files = {"x.csv": csv_bytes(rows_of(ordered)), "y.csv": csv_bytes([[label] for label in labels_of(ordered)])}
    dataset, result = imported(files)
    assert_same_digits(dataset, ordered)
    assert not any("header" in note for note in result.notes)
    files["x.csv"] = csv_bytes(rows_of(ordered[:298]))
    with pytest.raises(DatasetError, match=r"x.csv has 298 images but y.csv has 300 labels"):
        imported(files, "shorter")


def test_an_empty_first_cell_is_that_of_an_index_only_if_there_is_one() -> None:
    assert layout_of(Upload(name="a.csv", data=b",0,1\n0,5,3\n1,2,9\n")).names == ("", "0", "1")
    assert layout_of(Upload(name="a.csv", data=b",0,1\n,5,3\n,2,9\n")).names == ()


ORDERS = {
    "as text": (PIXELS, "pixel0, pixel1 to pixel783"),
    "backwards, from 1": ([f"p{i}" for i in range(784, 0, -1)], ""),
    "numbers without words": ([f"{i}" for i in range(784)], "0, 1 to 783"),
    "text of rows and columns": ([f"{i}x{j}" for i in range(1, 29) for j in range(1, 29)], "1x1, 1x2 to 28x28"),
    "a constant number": ([f"px28_{i}" for i in range(784)], "px28_0, px28_1 to px28_783"),
}


def in_order_of_names(digits: Digits, names: list[str]) -> pd.DataFrame:
    """The pixels row by row under their names, the columns sorted by these as texts."""
    table = pd.DataFrame(digits.images.reshape(len(digits), -1), columns=names)
    return table[sorted(table.columns)]


@pytest.mark.parametrize("name", some_of(ORDERS, always=("as text",)))
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_pixels_are_put_in_the_order_of_their_names(name: str, kind: str, imported: Import, digits: Digits) -> None:
    names, said = ORDERS[name]
    table = in_order_of_names(digits, names)
    if name.startswith("backwards"):
        table = pd.DataFrame(digits.images.reshape(len(digits), -1)[:, ::-1], columns=names)
    table.insert(0, "label", digits.labels)
    data = table.to_csv(index=False).encode() if kind == "csv" else parquet_bytes(pa.Table.from_pandas(table))
    dataset, result = imported({f"a.{kind}": data})
    assert_same_digits(dataset, digits)
    assert any("the order of the numbers in their names" in note and said in note for note in result.notes)


def test_pixels_without_labels_or_beside_one_hot_columns_are_put_in_order_too(imported: Import, digits: Digits) -> None:
    table = in_order_of_names(digits, PIXELS)
    labels = csv_bytes([[label] for label in labels_of(digits)], ["label"])
    dataset, _ = imported({"x.csv": table.to_csv(index=False).encode(), "y.csv": labels}, "apart")
    assert_same_digits(dataset, digits)
    for label in range(10):
        table[f"is_{label}"] = (digits.labels == label).astype(int)
    dataset, _ = imported({"a.csv": table.to_csv(index=False).encode()}, "one-hot")
    assert_same_digits(dataset, digits)


COLUMN_FIRST = [f"pixel_{x}_{y}" for y in range(28) for x in range(28)]


@pytest.mark.parametrize("names", [PIXELS, COLUMN_FIRST, [f"p{i * i}" for i in range(784)][::-1], ["p"] * 784])
def test_pixels_in_order_or_not_numbered_throughout_stay_where_they_are(
    names: list[str], imported: Import, digits: Digits
) -> None:
    table = csv_bytes(rows_of(digits, [labels_of(digits)]), ["label", *names])
    dataset, result = imported({"a.csv": table})
    assert_same_digits(dataset, digits)
    assert not any("order" in note for note in result.notes)


def test_a_row_that_was_saved_as_a_header_is_left_out_and_said(imported: Import, digits: Digits) -> None:
    buffer = io.StringIO()
    rows = rows_of(digits, [labels_of(digits)])
    pd.read_csv(io.BytesIO(csv_bytes(rows))).to_csv(buffer, index=False)  # without header=None, as people do
    dataset, result = imported({"a.csv": buffer.getvalue().encode()})
    assert_same_digits(dataset, digits[1:])
    assert any("saved as a header" in note for note in result.notes)


@pytest.mark.parametrize("place", one_in(2, (0, 1, 300, 783, 784)))
@pytest.mark.parametrize("named", [False, True])
def test_the_label_is_found_wherever_it_is(place: int, named: bool, imported: Import, digits: Digits) -> None:
    header = [*PIXELS[:place], "digit", *PIXELS[place:]] if named else None
    dataset, _ = imported({"a.csv": csv_bytes(with_label_at(digits, place), header)})
    assert_same_digits(dataset, digits)


WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
IN_WORDS = {
    "words": WORDS,
    "capitals": [word.upper() for word in WORDS],
    "named digits": [f"digit_{i}" for i in range(10)],
    "named classes": [f"Class {i}" for i in range(10)],
    "floats": [f"{i}.0" for i in range(10)],
    "some of each": ["zero", "One", "2", "digit_3", "class 4", "5.0", "label-6", "Seven", "number 8", "9"],
}


@pytest.mark.parametrize("name", some_of(IN_WORDS, always=("words", "some of each")))
@pytest.mark.parametrize("is_first", [False, True])
def test_labels_in_words_are_read_and_said(name: str, is_first: bool, imported: Import, digits: Digits) -> None:
    words = [IN_WORDS[name][label] for label in labels_of(digits)]
    rows = rows_of(digits, [words]) if is_first else rows_of(digits, last=[words])
    for number, header in enumerate((None, ["label", *PIXELS] if is_first else [*PIXELS, "class"])):
        dataset, result = imported({"a.csv": csv_bytes(rows, header)}, f"way-{number}")
        assert_same_digits(dataset, digits)
        assert any("read from words, such as" in note for note in result.notes) is (name != "floats")


def test_words_beside_the_labels_are_left_out_and_said(imported: Import, digits: Digits) -> None:
    names = [WORDS[label] for label in labels_of(digits)]
    rows = rows_of(digits, [labels_of(digits), names])
    dataset, result = imported({"a.csv": csv_bytes(rows, ["label", "in words", *PIXELS])})
    assert_same_digits(dataset, digits)
    assert any("left out" in note and "in words" in note for note in result.notes)
    assert not any("read from words" in note for note in result.notes)


@pytest.mark.parametrize("place", ["first", "last"])
@pytest.mark.parametrize("header", some_of(("none", "counted", "backwards"), always=("backwards",)))
def test_one_hot_columns_are_labels(place: str, header: str, imported: Import, digits: Digits) -> None:
    order = list(range(10))[:: -1 if header == "backwards" else 1]
    ten = (digits.labels[:, np.newaxis] == order).astype(int).T.tolist()
    names = [f"is_{k}" for k in order]
    rows = rows_of(digits, ten) if place == "first" else rows_of(digits, last=ten)
    heads = [*names, *PIXELS] if place == "first" else [*PIXELS, *names]
    dataset, result = imported({"a.csv": csv_bytes(rows, None if header == "none" else heads)})
    assert_same_digits(dataset, digits)
    assert any("one-hot" in note for note in result.notes)


EXTRA = {
    "index": (lambda n: [range(n)], [""]),
    "index from 1": (lambda n: [range(1, n + 1)], ["ImageId"]),
    "shuffled index": (lambda n: [np.random.default_rng(0).permutation(n).tolist()], ["id"]),
    "two indices": (lambda n: [range(n), range(n)], ["Unnamed: 0.1", "Unnamed: 0"]),
    "empty column": (lambda n: [[""] * n], ["nothing"]),
    "file names": (lambda n: [[f"img{i}.png" for i in range(n)]], ["file"]),
    "writers": (lambda n: [[20 + i % 40 for i in range(n)]], ["writer"]),
    "folds": (lambda n: [[i % 5 for i in range(n)]], ["fold"]),
}


@pytest.mark.parametrize("name", one_in(3, EXTRA))
def test_columns_without_pixels_are_left_out_and_said(name: str, imported: Import, digits: Digits) -> None:
    make, names = EXTRA[name]
    rows = rows_of(digits, [*make(len(digits)), labels_of(digits)])
    dataset, result = imported({"a.csv": csv_bytes(rows, [*names, "label", *PIXELS])})
    assert_same_digits(dataset, digits)
    assert any("left out" in note and (names[-1] or "column 1") in note for note in result.notes)


def test_an_index_is_found_without_a_header(imported: Import, digits: Digits) -> None:
    rows = rows_of(digits, [range(len(digits))], [labels_of(digits)])
    dataset, result = imported({"a.csv": csv_bytes(rows)})
    assert_same_digits(dataset, digits)
    assert any("column 1" in note for note in result.notes)


def test_binarised_pixels_are_not_taken_for_labels(imported: Import, digits: Digits) -> None:
    masks = Digits(images=(digits.images > 127).astype(np.uint8), labels=digits.labels)
    for place in (0, 400, 784):
        dataset, _ = imported({"a.csv": csv_bytes(with_label_at(masks, place))}, f"at-{place}")
        assert_same_digits(dataset, Digits(images=masks.images * np.uint8(255), labels=digits.labels))


def test_two_columns_that_could_be_the_label_are_both_named(imported: Import, digits: Digits) -> None:
    other = [(label * 3 + 1) % 10 for label in labels_of(digits)]
    for header in (None, ["class", *PIXELS, "label"]):
        table = csv_bytes(rows_of(digits, [labels_of(digits)], [other]), header)
        with pytest.raises(LabelColumnError, match=r"column 1\)?.* and .*column 786"):
            imported({"a.csv": table})
    dataset, result = imported({"a.csv": table}, label_column=0)
    assert_same_digits(dataset, digits)
    assert any("left out" in note and "label" in note for note in result.notes)


def test_one_class_is_enough_if_its_column_has_a_name(imported: Import, digits: Digits) -> None:
    sevens = Digits(images=digits.images[digits.labels == 7], labels=digits.labels[digits.labels == 7])
    dataset, result = imported({"a.csv": kaggle_bytes(sevens)})
    assert_same_digits(dataset, sevens)
    assert result.notes[-1] == "Every image has the label 7."


@pytest.mark.parametrize("side", some_of((7, 8, 16, 20), always=(7, 8)))
@pytest.mark.parametrize("is_first", [False, True])
def test_other_squares_are_read(side: int, is_first: bool, imported: Import, digits: Digits) -> None:
    places = np.arange(side) * 28 // side
    small = digits.images[:, places][:, :, places]
    part = Digits(images=small, labels=digits.labels)
    pixels = small.reshape(len(digits), -1).tolist()
    rows = [[label, *row] if is_first else [*row, label] for label, row in zip(labels_of(digits), pixels, strict=True)]
    dataset, result = imported({"a.csv": csv_bytes(rows)})
    back = np.arange(28) * side // 28
    assert_alike(dataset, Digits(images=part.images[:, back][:, :, back], labels=digits.labels), least=0.85)
    assert any(f"Resized from {side} x {side}" in note for note in result.notes)


def measures(digits: Digits, n: int) -> bytes:
    """As the pen's path of a digit is stored: some numbers from 0 to 100 and the class, without a header."""
    usual = np.random.default_rng(0).integers(0, 101, (10, n))
    noise = np.random.default_rng(1).normal(0, 8, (len(digits), n))
    values = np.clip(usual[digits.labels] + noise, 0, 100).astype(int)
    return csv_bytes([[*row, label] for row, label in zip(values.tolist(), labels_of(digits), strict=True)])


@pytest.mark.parametrize("n", [16, 25, 36])
def test_measures_of_digits_are_not_taken_for_tiny_images(
    n: int, imported: Import, digits: Digits, more_digits: Digits
) -> None:
    sentence = rf"Received: {n} columns beside the label. An image in a table has at least 7 x 7 pixels"
    with pytest.raises(DatasetError, match=sentence):
        imported({"pen.tra": measures(digits, n)})
    with pytest.raises(DatasetError, match=sentence):
        imported({"pen.tra": measures(digits, n), "pen.tes": measures(more_digits, n)})
    arrays = npz_bytes(x=np.random.default_rng(0).random((300, n)), y=digits.labels)
    with pytest.raises(DatasetError, match=rf"images are missing.*These are no images: x in a.npz \(300 x {n}\)"):
        imported({"a.npz": arrays})


def test_images_and_labels_in_files_of_their_own_are_paired(
    imported: Import, digits: Digits, more_digits: Digits
) -> None:
    files = {
        "csvTrainImages 300x784.csv": csv_bytes(rows_of(digits)),
        "csvTrainLabel 300x1.csv": csv_bytes([[label] for label in labels_of(digits)]),
        "csvTestImages 80x784.csv": csv_bytes(rows_of(more_digits)),
        "csvTestLabel 80x1.csv": csv_bytes([[label] for label in labels_of(more_digits)]),
    }
    dataset, _ = imported(files)
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, more_digits)


def test_unlabelled_tables_beside_a_labelled_one_are_named(
    imported: Import, digits: Digits, more_digits: Digits
) -> None:
    """The three files of a well-known competition: the answers of its sample are all 0."""
    files = {
        "train.csv": kaggle_bytes(digits),
        "test.csv": csv_bytes(rows_of(more_digits), PIXELS),
        "sample_submission.csv": csv_bytes([[i + 1, 0] for i in range(len(more_digits))], ["ImageId", "Label"]),
    }
    dataset, result = imported(files)
    assert_same_digits(dataset, digits)
    assert any("test.csv" in note and "sample_submission.csv" in note for note in result.notes)


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("place", [100, 300])
def test_rows_without_any_value_are_left_out_and_counted(n: int, place: int, imported: Import, digits: Digits) -> None:
    """As spreadsheets write them below a table; the split of the others stays theirs."""
    rows = rows_of(digits, [labels_of(digits), ["train", "train", "test"] * 100])
    rows[place:place] = [[""] * 786] * n
    dataset, result = imported({"a.csv": csv_bytes(rows, ["label", "split", *PIXELS])})
    assert_equal(dataset.test, Digits(images=digits.images[2::3], labels=digits.labels[2::3]))
    assert f"{n} row{'s' if n > 1 else ''} without any value {'were' if n > 1 else 'was'} left out." in result.notes


def test_a_row_with_a_word_and_nothing_else_is_faulty(imported: Import, digits: Digits) -> None:
    words = [WORDS[label] for label in labels_of(digits)]
    rows = [*rows_of(digits, [words]), [""] * 785, ["seven", *[""] * 784]]
    with pytest.raises(DatasetError, match=r"Line 303 of a.csv .*Received: ''"):
        imported({"a.csv": csv_bytes(rows, ["label", *PIXELS])})


def test_parts_of_a_table_are_joined_and_said(imported: Import, digits: Digits) -> None:
    files = {f"digits_{i}.csv": kaggle_bytes(digits[i * 100 : (i + 1) * 100]) for i in range(3)}
    dataset, result = imported(files)
    assert_same_digits(dataset, digits)
    assert any("3 sources were joined" in note for note in result.notes)


def test_more_rows_than_are_read_at_once(imported: Import, digits: Digits) -> None:
    many = Digits(images=np.tile(digits.images, (20, 1, 1)), labels=np.tile(digits.labels, 20))
    rows = rows_of(many, [range(len(many)), labels_of(many)])  # the index leaves the bytes after some parts
    dataset, _ = imported({"a.csv": csv_bytes(rows)})
    assert_same_digits(dataset, many)


def arff_bytes(digits: Digits, classes: str, *, quote: str = "") -> bytes:
    lines = ["% from OpenML", "@RELATION mnist_784", ""]
    lines += [f"@ATTRIBUTE pixel{i} real" for i in range(1, 785)] + [f"@ATTRIBUTE class {classes}", "", "@DATA"]
    pixels = digits.images.reshape(len(digits), -1).tolist()
    lines += [
        ",".join(map(str, [*row, f"{quote}{label}{quote}"]))
        for label, row in zip(labels_of(digits), pixels, strict=True)
    ]
    return ("\n".join(lines) + "\n% the end\n").encode()


def test_arff_with_classes_in_words_is_read(imported: Import, digits: Digits) -> None:
    data = arff_bytes(digits, "{" + ",".join(WORDS) + "}").decode().splitlines()
    start = data.index("@DATA") + 1
    rows = [f"{line.rpartition(',')[0]},{WORDS[int(line.rpartition(',')[2])]}" for line in data[start:-1]]
    dataset, result = imported({"m.arff": "\n".join([*data[:start], *rows]).encode()})
    assert_same_digits(dataset, digits)
    assert any("read from words, such as 'zero'" in note for note in result.notes)


@pytest.mark.parametrize("quote", ["", "'"])
@pytest.mark.parametrize("packed", [False, True])
def test_arff_from_openml_is_read(quote: str, packed: bool, imported: Import, digits: Digits) -> None:
    classes = "{" + ",".join(f"{quote}{k}{quote}" for k in range(10)) + "}"
    data = arff_bytes(digits, classes, quote=quote)
    dataset, _ = imported({"mnist_784.arff": gz(data) if packed else data})
    assert_same_digits(dataset, digits)


def hub_table(digits: Digits) -> pa.Table:
    """As data hubs serve pictures: their bytes beside a path."""
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    values = [{"bytes": picture_bytes(image), "path": None} for image in digits.images]
    return pa.table({"image": pa.array(values, kind), "label": pa.array(labels_of(digits), pa.int64())})


def test_pictures_in_parquet_are_read(imported: Import, digits: Digits, more_digits: Digits) -> None:
    files = {
        "test-00000-of-00001.parquet": parquet_bytes(hub_table(more_digits)),
        "train-00000-of-00001.parquet": parquet_bytes(hub_table(digits), row_group_size=64),
    }
    dataset, _ = imported(files)
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, more_digits)


PARQUET = {
    "binary pictures, labels as text": lambda d: pa.table(
        {"picture": [picture_bytes(image) for image in d.images], "digit": [str(label) for label in labels_of(d)]}
    ),
    "columns of pixels": lambda d: pa.Table.from_pandas(
        pd.DataFrame(rows_of(d, [labels_of(d)]), columns=["label", *PIXELS])
    ),
    "lists of pixels": lambda d: pa.table({"image": d.images.reshape(len(d), -1).tolist(), "label": labels_of(d)}),
    "lists of rows": lambda d: pa.table({"label": labels_of(d), "image": d.images.tolist()}),
    "pictures, labels in words": lambda d: pa.table(
        {"picture": [picture_bytes(image) for image in d.images], "label": [WORDS[label] for label in labels_of(d)]}
    ),
    "pixels, labels in words of a dictionary": lambda d: pa.table(
        {"label": pa.array([f"digit_{label}" for label in labels_of(d)]).dictionary_encode()}
        | {name: d.images.reshape(len(d), -1)[:, i] for i, name in enumerate(PIXELS)}
    ),
    "labels of a dictionary": lambda d: pa.table(
        {"image": [picture_bytes(i) for i in d.images], "label": pa.array(labels_of(d), pa.int8()).dictionary_encode()}
    ),
}


@pytest.mark.parametrize("name", some_of(PARQUET, always=("labels of a dictionary",)))
def test_other_forms_of_parquet_are_read(name: str, imported: Import, digits: Digits) -> None:
    dataset, _ = imported({"digits.parquet": parquet_bytes(PARQUET[name](digits))})
    assert_same_digits(dataset, digits)


def test_columns_within_a_column_are_refused_with_the_way_out(imported: Import, digits: Digits) -> None:
    pictures = [{"bytes": picture_bytes(image), "path": ""} for image in digits.images]
    samples = [{"image": picture, "label": label} for picture, label in zip(pictures, labels_of(digits), strict=True)]
    table = pa.table({"sample": samples})
    with pytest.raises(DatasetError, match=r"columns within a column: sample.*t.flatten\(\), 'b.parquet'"):
        imported({"a.parquet": parquet_bytes(table)})
    dataset, _ = imported({"b.parquet": parquet_bytes(table.flatten())})  # as the sentence says
    assert_same_digits(dataset, digits)


@pytest.mark.parametrize("column", some_of(("label", "class"), always=("class",)))
def test_other_words_in_parquet_are_refused_with_the_column(column: str, imported: Import, digits: Digits) -> None:
    names = ["Bag" if i % 2 else "Coat" for i in range(len(digits))]
    pictures = pa.table({"picture": [picture_bytes(image) for image in digits.images], column: names})
    pixels = pictures.drop(["picture"]).append_column("fold", pa.array([i % 5 for i in range(len(digits))]))
    for name, values in zip(PIXELS, digits.images.reshape(len(digits), -1).T, strict=True):
        pixels = pixels.append_column(name, pa.array(values))
    for table in (pictures, pixels):
        with pytest.raises(DatasetError, match=rf"column {column} in a.parquet are words: 'Coat' and 'Bag'"):
            imported({"a.parquet": parquet_bytes(table)})


def test_a_bad_picture_in_parquet_costs_only_itself(imported: Import, digits: Digits) -> None:
    pictures = [picture_bytes(image) for image in digits.images]
    pictures[5] = b""
    table = pa.table({"image": pictures, "label": labels_of(digits)})
    dataset, result = imported({"d.parquet": parquet_bytes(table)})
    kept = np.arange(len(digits)) != 5
    assert_same_digits(dataset, Digits(images=digits.images[kept], labels=digits.labels[kept]))
    assert any("row 6 of d.parquet" in note for note in result.notes)


def with_splits(digits: Digits, words: Sequence[str]) -> bytes:
    return csv_bytes(rows_of(digits, [words], [labels_of(digits)]), ["split", *PIXELS, "label"])


def test_a_column_of_a_table_tells_the_splits(imported: Import, digits: Digits) -> None:
    words = ["train", "Test", "training"] * 100
    dataset, made = imported({"a.csv": with_splits(digits, words)})
    is_test = np.arange(300) % 3 == 1
    assert_equal(dataset.test, Digits(images=digits.images[is_test], labels=digits.labels[is_test]))
    assert_equal(dataset.train, Digits(images=digits.images[~is_test], labels=digits.labels[~is_test]))
    assert any("splits were read from split of a.csv" in note for note in made.notes)
    assert not any("left out" in note for note in made.notes)


def test_a_column_that_does_not_tell_all_splits_is_left_out(imported: Import, digits: Digits) -> None:
    """A word after the first lines is of no split."""
    dataset, made = imported({"a.csv": with_splits(digits, [*["train", "test"] * 149, "train", "unknown"])})
    assert (len(dataset.train), len(dataset.test)) == (240, 60)
    assert any("left out (text): split" in note for note in made.notes)
    assert not any("splits were read" in note for note in made.notes)


def test_pixels_as_bytes_in_parquet_are_called_what_they_are(imported: Import, digits: Digits) -> None:
    table = pa.table({"pixels": [image.tobytes() for image in digits.images], "label": labels_of(digits)})
    with pytest.raises(DatasetError, match=r"column pixels of a.parquet holds 784 bytes in each row.*list\(row\)"):
        imported({"a.parquet": parquet_bytes(table)})


def broken(digits: Digits, change: object, row: int = 4) -> bytes:
    rows = rows_of(digits, [labels_of(digits)])
    rows[row] = change(rows[row])  # type: ignore[operator]
    return csv_bytes(rows)


FAULTS = {
    "text": (lambda row: [*row[:100], "ink", *row[101:]], "Line 5 of a.csv .*Expected numbers. Received: 'ink'"),
    "gap": (lambda row: [*row[:100], "", *row[101:]], "Line 5 of a.csv .*Received: ''"),
    "not a number": (lambda row: [*row[:100], "nan", *row[101:]], "Line 5 of a.csv .*Received: 'nan'"),
    "short": (lambda row: row[:-1], "Line 5 of a.csv .*Expected 785 values. Received: 784"),
    "long": (lambda row: [*row, 0], "Line 5 of a.csv .*Expected 785 values. Received: 786"),
}


@pytest.mark.parametrize("name", one_in(2, FAULTS))
def test_a_faulty_row_is_named_by_its_line(name: str, imported: Import, digits: Digits) -> None:
    change, sentence = FAULTS[name]
    with pytest.raises(DatasetError, match=sentence):
        imported({"a.csv": broken(digits, change)})


def labelled(digits: Digits, labels: list[object]) -> bytes:
    return csv_bytes(rows_of(digits, [labels]), ["label", *PIXELS])


REFUSED = {
    "no labels": (lambda d: csv_bytes(rows_of(d), PIXELS), "labels are missing"),
    "an index, no labels": (lambda d: csv_bytes(rows_of(d, [range(len(d))])), "labels are missing"),
    "26 classes": (lambda d: labelled(d, [i % 26 + 1 for i in range(len(d))]), "Received: 10 "),
    "letters": (
        lambda d: labelled(d, ["AB"[i % 2] for i in range(len(d))]),
        r"column label in a.csv are words: 'A' and 'B'. Expected 0 to 9.*cat.codes",
    ),
    "letters beside another number": (
        lambda d: csv_bytes(
            rows_of(d, [["AB"[i % 2] for i in range(len(d))], [i % 5 for i in range(len(d))]]),
            ["label", "fold", *PIXELS],
        ),
        "column label in a.csv are words",
    ),
    "words without a name": (
        lambda d: csv_bytes(rows_of(d, last=[["Bag" if i % 2 else "Coat" for i in range(len(d))]])),
        r"labels are missing.*words in column 785: 'Coat' and 'Bag'; if these are the classes, write 0 to 9",
    ),
    "one other word": (
        lambda d: labelled(d, [WORDS[label] if i != 200 else "Bag" for i, label in enumerate(labels_of(d))]),
        "Line 202 of a.csv is not valid.*'Bag'",
    ),
    "783 pixels": (
        lambda d: csv_bytes([row[:784] for row in rows_of(d, [labels_of(d)])], ["label", *PIXELS[:783]]),
        "783 columns",
    ),
    "a few numbers": (lambda _: b"1,2,3\n4,5,6\n", "Wrong number of columns"),
    "only a header": (lambda _: csv_bytes([], ["label", *PIXELS]), "no rows below its header"),
    "a word among numbers": (lambda d: broken(d, lambda row: [*row[:9], "ink", *row[10:]], 0), "'ink' among numbers"),
}


@pytest.mark.parametrize("name", one_in(2, REFUSED))
def test_a_table_that_cannot_be_used_is_refused_with_the_reason(name: str, imported: Import, digits: Digits) -> None:
    make, sentence = REFUSED[name]
    with pytest.raises(DatasetError, match=sentence):
        imported({"a.csv": make(digits)})
