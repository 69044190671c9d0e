from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from dashboard.charts.confusion import confusion_figure
from dashboard.colours import INK, ON_STRONG
from mnist_core.evaluation.confusion import ConfusionMatrix


@pytest.fixture(scope="module")
def counts(predictions):
    return confusion_matrix(predictions.labels, predictions.predicted, labels=range(10))


def numbers(figure):
    """Text of each cell by (true, predicted)."""
    texts = [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "text"]
    return {(y, x): text for trace in texts for x, y, text in zip(trace.x, trace.y, trace.text, strict=True)}


def targets(figure):
    return next(trace for trace in figure.data if trace.type == "scatter" and trace.mode == "markers")


def test_every_count_is_in_its_cell(predictions, counts):
    shown = numbers(confusion_figure(ConfusionMatrix.from_predictions(predictions)))
    assert shown == {(i, j): str(counts[i, j]) for i in range(10) for j in range(10) if counts[i, j]}


def test_rates_are_percentages_of_the_row_or_of_the_column(predictions, counts):
    matrix = ConfusionMatrix.from_predictions(predictions)
    of_row = numbers(confusion_figure(matrix, normalize="true"))
    of_column = numbers(confusion_figure(matrix, normalize="predicted"))
    assert of_row[4, 9] == f"{100 * counts[4, 9] / counts[4].sum():.2f}"
    assert of_column[4, 9] == f"{100 * counts[4, 9] / counts[:, 9].sum():.2f}"


def test_without_the_diagonal_no_correct_prediction_is_shown_or_clickable(predictions, counts):
    figure = confusion_figure(ConfusionMatrix.from_predictions(predictions), normalize="true", diagonal=False)
    assert all(i != j for i, j in numbers(figure))
    assert all(i != j for i, j, _ in targets(figure).customdata)
    assert numbers(figure)[4, 9] == f"{100 * counts[4, 9] / counts[4].sum():.2f}"


def test_every_cell_is_a_target_that_names_itself(predictions, counts):
    trace = targets(confusion_figure(ConfusionMatrix.from_predictions(predictions)))
    assert len(trace.x) == 100
    for x, y, (i, j, count) in zip(trace.x, trace.y, trace.customdata, strict=True):
        assert (y, x) == (i, j)
        assert count == counts[i, j]


def test_stronger_cells_have_more_images_and_their_numbers_are_white(predictions, counts):
    figure = confusion_figure(ConfusionMatrix.from_predictions(predictions))
    right, wrong = (np.array(trace.z, dtype=float) for trace in figure.data if trace.type == "heatmap")
    off = ~np.eye(10, dtype=bool)
    assert np.isnan(right[off]).all()
    assert np.argmax(np.diag(right)) == np.argmax(np.diag(counts))
    np.testing.assert_array_equal(np.argsort(wrong[off], kind="stable"), np.argsort(counts[off], kind="stable"))
    white = next(
        trace
        for trace in figure.data
        if trace.type == "scatter" and trace.mode == "text" and trace.textfont.color == ON_STRONG
    )
    shades = np.where(off, wrong, right)
    assert all(shades[y, x] >= 0.6 for x, y in zip(white.x, white.y, strict=True))


def test_text_that_is_not_on_a_strong_cell_takes_the_colour_of_the_theme(predictions):
    figure = confusion_figure(ConfusionMatrix.from_predictions(predictions))
    colours = {trace.textfont.color for trace in figure.data if trace.type == "scatter" and trace.mode == "text"}
    assert colours == {None, ON_STRONG}
    assert figure.layout.font.color is None


def test_a_figure_that_is_told_its_theme_uses_its_ink(predictions):
    figure = confusion_figure(ConfusionMatrix.from_predictions(predictions), ink=INK["dark"])
    colours = {trace.textfont.color for trace in figure.data if trace.type == "scatter" and trace.mode == "text"}
    assert colours == {INK["dark"], ON_STRONG}


def test_the_ground_is_left_to_the_page(predictions):
    figure = confusion_figure(ConfusionMatrix.from_predictions(predictions))
    assert figure.layout.paper_bgcolor is None
    assert figure.layout.plot_bgcolor is None


def test_no_images_give_an_empty_matrix():
    figure = confusion_figure(ConfusionMatrix(counts=np.zeros((10, 10), dtype=int)), normalize="true")
    assert numbers(figure) == {}
    assert len(targets(figure).x) == 100


def test_the_same_matrix_gives_the_same_figure(predictions):
    matrix = ConfusionMatrix.from_predictions(predictions)
    assert confusion_figure(matrix).to_json() == confusion_figure(matrix).to_json()
