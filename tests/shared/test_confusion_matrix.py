from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from dashboard.shared.confusion_matrix import confusion_cells
from mnist_core.evaluation.confusion import ConfusionMatrix
from tests.pages.finding import numbers

LABELS = np.random.default_rng(3).integers(0, 10, 400)
PREDICTED = np.where(np.random.default_rng(4).random(400) < 0.7, LABELS, np.random.default_rng(5).integers(0, 10, 400))
MATRIX = ConfusionMatrix(counts=confusion_matrix(LABELS, PREDICTED, labels=range(10)))


@pytest.mark.parametrize(
    ("rates", "normalize", "words"),
    [(None, None, "{:.0f}"), ("true", "true", "{:.2f}"), ("predicted", "pred", "{:.2f}")],
)
def test_cells_say_what_scikit_learn_counts(rates: str | None, normalize: str | None, words: str) -> None:
    counts = confusion_matrix(LABELS, PREDICTED, labels=range(10))
    values = confusion_matrix(LABELS, PREDICTED, labels=range(10), normalize=normalize) * (100 if normalize else 1)
    texts = confusion_cells(MATRIX, rates=rates).texts
    expected = tuple(tuple(words.format(values[i, j]) if counts[i, j] else "" for j in range(10)) for i in range(10))
    assert texts == expected


def test_without_correct_ones_the_diagonal_is_empty_and_the_rest_unchanged() -> None:
    every, wrong = confusion_cells(MATRIX, rates="true"), confusion_cells(MATRIX, rates="true", only_wrong=True)
    for i in range(10):
        for j in range(10):
            assert wrong.texts[i][j] == ("" if i == j else every.texts[i][j])
            assert wrong.shades[i][j] == (0 if i == j else every.shades[i][j])


def test_the_largest_correct_and_the_largest_wrong_cell_have_the_full_shade() -> None:
    shades = np.array(confusion_cells(MATRIX).shades)
    on_diagonal = np.eye(10, dtype=bool)
    for part in (on_diagonal, ~on_diagonal):
        assert shades[part].max() == 1
        assert np.argmax(shades[part]) == np.argmax(MATRIX.counts[part])


def test_notes_name_labels_and_counts() -> None:
    counts = np.zeros((10, 10), int)
    counts[4, 9], counts[4, 4] = 1, 1_200
    cells = confusion_cells(ConfusionMatrix(counts=counts), class_names=[f"<{label}>" for label in range(10)])
    assert numbers(cells.notes[4][9]) == [4, 9, 1, 0.08, 4, 100, 9]  # labels, count, shares of row and of column
    assert numbers(cells.notes[0][1]) == [0, 1, 0]
    assert numbers(cells.row_notes[4]) == [4, 1201]
    assert numbers(cells.column_notes[9]) == [9, 1]
    assert all("<4>" in note for note in (*cells.notes[4], cells.row_notes[4], cells.column_notes[4]))
