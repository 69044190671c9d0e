"""The digits of the page Evaluate, page by page, with a link from the open one to its explanation."""

from __future__ import annotations

import numpy as np

from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.context.mistakes_links import render_explain_link
from dashboard.shared.digits.gallery import Gallery, render_digit_gallery
from dashboard.shared.digits.matrix_digits import MatrixDigits
from dashboard.views.evaluate.choices import EvaluateChoices
from mnist_core.data.rows import Row


def render_digits(found: Evaluated, positions: np.ndarray) -> None:
    """The digits at these positions of the predictions, in that order."""
    render_digit_gallery(found, positions, gallery=GALLERY)


def _render_links(found: Evaluated, row: Row) -> None:
    render_explain_link(found.run.run_id, found.dataset_name, found.image_ref(row))


GALLERY = Gallery(
    name="evaluate",
    page=EvaluateChoices.page,
    render_ways_on=_render_links,
    has_export=True,
)

MATRIX = MatrixDigits(cell=EvaluateChoices.cell, line=EvaluateChoices.line, gallery=GALLERY)
"""The digits that a click in a matrix opens, or in what stands for a part of it."""
