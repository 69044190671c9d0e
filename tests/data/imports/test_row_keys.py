"""Images and labels in tables of their own, joined by the column that numbers or names their rows."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from mnist_core.errors import DatasetError
from tests.data.imports.comparing import assert_read, read
from tests.data.imports.making import Digits, npy_bytes, npz_bytes

ORDER = np.random.default_rng(0).permutation(300)
COUNT = np.arange(300)


def csv(table: pd.DataFrame, **options: object) -> bytes:
    return table.to_csv(**{"index": False, **options}).encode()


def parquet(table: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def images(digits: Digits, **keys: object) -> pd.DataFrame:
    pixels = pd.DataFrame(digits.images.reshape(len(digits), -1), columns=[f"pixel{i}" for i in range(784)])
    return pd.concat([pd.DataFrame(keys), pixels], axis=1) if keys else pixels


def labels(digits: Digits, order: np.ndarray = ORDER, **keys: object) -> pd.DataFrame:
    return pd.DataFrame({**keys, "label": digits.labels[order]})


def swapped() -> np.ndarray:
    """Neighbours that change places: as numbers of four bytes, they would be equal."""
    return COUNT.reshape(-1, 2)[:, ::-1].reshape(-1)


AS_TEXT = np.array(sorted(range(300), key=str))
JOINED = {
    "shuffled": lambda d: {"x.csv": csv(images(d, id=COUNT + 1000)), "y.csv": csv(labels(d, id=ORDER + 1000))},
    "sorted as text": lambda d: {"x.csv": csv(images(d, id=COUNT)), "y.csv": csv(labels(d, AS_TEXT, id=AS_TEXT))},
    "names": lambda d: {
        "x.csv": csv(images(d, name=[f"img_{k}" for k in COUNT])),
        "y.csv": csv(labels(d, name=[f"img_{k}" for k in ORDER])),
    },
    "large numbers": lambda d: {
        "x.csv": csv(images(d, id=COUNT + 10**9)), "y.csv": csv(labels(d, swapped(), id=swapped() + 10**9)),
    },
    "another name": lambda d: {"x.csv": csv(images(d, id=COUNT)), "y.csv": csv(labels(d, image_id=ORDER))},
    "beside row numbers": lambda d: {
        "x.csv": csv(images(d, id=COUNT + 1000), index=True), "y.csv": csv(labels(d, id=ORDER + 1000), index=True),
    },
    "beside other numbers": lambda d: {
        "x.csv": csv(images(d, id=COUNT)), "y.csv": csv(labels(d, writer=COUNT % 7, id=ORDER)),
    },
    "without a header": lambda d: {
        "x.csv": csv(images(d, id=COUNT + 5), header=False), "y.csv": csv(labels(d, id=ORDER + 5), header=False),
    },
    "Parquet": lambda d: {"x.parquet": parquet(images(d, id=COUNT)), "y.csv": csv(labels(d, id=ORDER))},
    "names in Parquet": lambda d: {
        "x.parquet": parquet(images(d, key=[f"i{k}" for k in COUNT])),
        "y.parquet": parquet(labels(d, key=[f"i{k}" for k in ORDER])),
    },
    "npz": lambda d: {
        "x.npz": npz_bytes(x=d.images, id=COUNT), "y.npz": npz_bytes(y=d.labels[ORDER], id=ORDER),
    },
    "images in parts": lambda d: {
        "x1.csv": csv(images(d, id=COUNT)[:100]), "x2.csv": csv(images(d, id=COUNT)[100:]),
        "y.csv": csv(labels(d, id=ORDER)),
    },
    "only the labels have it": lambda d: {"x.csv": csv(images(d)), "y.csv": csv(labels(d, id=ORDER))},
    "only the images have it": lambda d: {"x.csv": csv(images(d, id=COUNT).iloc[ORDER]), "y.npy": npy_bytes(d.labels)},
}  # fmt: skip


@pytest.mark.parametrize("name", JOINED)
def test_rows_in_another_order_are_joined_by_their_column(name: str, digits: Digits) -> None:
    reading = assert_read(JOINED[name](digits), digits)
    assert any("joined" in note and "by the column" in note for note in reading.notes)


IN_ORDER = {
    "the same": lambda d: {"x.csv": csv(images(d, id=COUNT + 9)), "y.csv": csv(labels(d, COUNT, id=COUNT + 9))},
    "counted from 0 and from 1": lambda d: {
        "x.csv": csv(images(d, id=COUNT)), "y.csv": csv(labels(d, COUNT, id=COUNT + 1)),
    },
    "both shuffled alike": lambda d: {
        "x.csv": csv(images(d).iloc[ORDER], index=True), "y.csv": csv(labels(d, COUNT).iloc[ORDER], index=True),
    },
    "an index that the images lost": lambda d: {
        "x.csv": csv(images(d).iloc[ORDER]), "y.csv": csv(labels(d, COUNT).iloc[ORDER], index=True),
    },
    "a writer before the label": lambda d: {
        "x.csv": csv(images(d)), "y.csv": csv(labels(d, COUNT, writer_id=(COUNT * 7) % 10)),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", IN_ORDER)
def test_rows_in_the_same_order_stay_as_they_are(name: str, digits: Digits) -> None:
    reading = assert_read(IN_ORDER[name](digits), digits)
    assert not any("were joined" in note for note in reading.notes)


def noise() -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(1).integers(0, 256, (300, 784)))


DOUBTFUL = {
    "other values": (
        lambda d: {"x.csv": csv(images(d, id=COUNT)), "y.csv": csv(labels(d, id=ORDER + 4))},
        "x.csv and y.csv cannot be joined by the column id: 4 values of the first are not in the second, such as 0",
    ),
    "values twice": (
        lambda d: {
            "x.csv": csv(images(d, name=[f"i{k // 2}" for k in COUNT]).rename(columns={"name": "id"})),
            "y.csv": csv(labels(d, name=[f"i{k // 2}" for k in ORDER]).rename(columns={"name": "id"})),
        },
        "cannot be joined by the column id: a value occurs more than once",
    ),
    "only one side, and no digits": (
        lambda d: {"x.csv": csv(noise()), "y.csv": csv(labels(d, id=ORDER))},
        "rows of y.csv are numbered by the column id, but not in this order, and those of x.csv have no numbers",
    ),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_rows_that_cannot_be_joined_are_refused(name: str, digits: Digits) -> None:
    make, sentence = DOUBTFUL[name]
    with pytest.raises(DatasetError, match=sentence):
        read(make(digits))


def test_a_hundred_numbered_rows_of_pixels_are_not_called_labels(digits: Digits) -> None:
    few = digits[:100]
    assert_read({"x.csv": csv(images(few, id=COUNT[:100] + 1000)), "y.npy": npy_bytes(few.labels)}, few)
