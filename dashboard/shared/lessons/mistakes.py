"""The lesson on where a network errs: which mistakes, how sure it is of them, and when it made them."""

from __future__ import annotations

import numpy as np

from dashboard import cached
from dashboard.cached import answers
from dashboard.shared.lessons.lesson import Answer, Lesson, Missing, Question, Ranges, Way
from dashboard.shared.lessons.seen_runs import looked_at, named
from dashboard.shared.lessons.ways import ways_to
from dashboard.shared.runs.current_dataset import current_dataset
from dashboard.state.current import JudgedSplit, current
from dashboard.state.held_back import HeldBack
from dashboard.state.url_values import chosen_elsewhere
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import SplitName
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.rows import Row
from mnist_core.data.sources.known import class_names_of
from mnist_core.evaluation.confusion import ConfusedPair, ConfusionMatrix
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.training_history import Category
from mnist_core.evaluation.verdict import pair_words
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_probability, shown_share
from mnist_core.words import counted

GUESSES = ((4, 9), (9, 4), (7, 2), (5, 3))
"""Mistakes to guess from, true and predicted label."""
SURE = Ranges((0.5, 0.8))
ONCE_RIGHT = Ranges((0.1, 0.5))
LEAST_EPOCHS = 2
ENOUGH = 10
"""With fewer mistakes there is nothing to see in them."""
CELL, VIEW = "evaluate_cell", "mistakes_view"
"""Choices of the pages that are looked at."""
HISTORY = "training_history"


def _too_few_mistakes(run: RunRecord, predictions: Predictions) -> str | None:
    n_wrong = int((~predictions.correct).sum())
    if n_wrong >= ENOUGH:
        return None
    return f"{named(run)} makes only {counted(n_wrong, 'mistake')} on the test images. The question needs {ENOUGH}."


def _with_mistakes() -> tuple[RunRecord, Predictions] | Missing:
    return looked_at(_too_few_mistakes)


def _look_at_cell() -> Answer | Missing:
    found = _with_mistakes()
    if isinstance(found, Missing):
        return found
    run, predictions = found
    matrix = ConfusionMatrix.from_predictions(predictions)
    # The mistake that was predicted comes first: of those that tie, a few are named.
    tied = sorted(matrix.most_frequent, key=lambda pair: _option(pair) != _predicted())
    names = [f"**{escape_markdown(name)}**" for name in class_names_of(run.config.dataset)]
    n_wrong, most, is_tie = int((~predictions.correct).sum()), tied[0], len(tied) > 1
    start = f"{len(tied):,} mistakes are equally frequent: " if is_tie else "Its most frequent mistake: "
    count = f"{most.count:,} of {counted(n_wrong, 'mistake')}{' each' if is_tie else ''}"
    query = {"run": run.run_id, **_filter(most.true_label, most.predicted_label)}
    return Answer(
        option=_option(most),
        also_right=tuple(_option(pair) for pair in tied),
        found=f"{start}{pair_words(tied, names)}, {count}.",
        runs=(run,),
        way=_matrix_way(run) if is_tie else Way(page="mistakes", label="See these digits", query=query),
    )


def _option(pair: ConfusedPair) -> int:
    """The option that a mistake belongs to; the last one is any other."""
    cell = (pair.true_label, pair.predicted_label)
    return GUESSES.index(cell) if cell in GUESSES else len(GUESSES)


def _predicted() -> int | None:
    """What was predicted for the first question of this lesson."""
    place = current.lesson
    return place.predictions[0] if place is not None and place.predictions else None


def _matrix_way(run: RunRecord) -> Way:
    query = {"run": run.run_id, "view": "confusion", "split": "test"}
    return Way(page="evaluate", label="See the confusion matrix", query=query)


def _cell_tried() -> Missing | None:
    found, cell = _with_mistakes(), chosen_elsewhere(CELL)
    if isinstance(found, Missing):
        return found
    if current.judged_split is not JudgedSplit.TEST:
        return Missing(text="The matrix shows validation images. Choose the test images above it.")
    if cell is None:
        return Missing(text="No cell of the confusion matrix is chosen yet.")
    if cell[0] == cell[1]:
        return Missing(text="The cells on the diagonal are the correct predictions. Choose one off the diagonal.")
    matrix = ConfusionMatrix.from_predictions(found[1])
    if matrix.counts[cell] < matrix.most_frequent[0].count:
        return Missing(text=f"This cell has {counted(int(matrix.counts[cell]), 'image')}. Another one has more.")
    return None


def _filter(true: int, predicted: int) -> dict[str, str]:
    return {"view": "gallery", "true": str(true), "predicted": str(predicted)}


def _look_at_surest() -> Answer | Missing:
    found = _with_mistakes()
    if isinstance(found, Missing):
        return found
    run, predictions = found
    wrong = predictions.confidence[~predictions.correct]
    mean, mean_right = float(wrong.mean()), float(predictions.confidence[predictions.correct].mean())
    return Answer(
        option=SURE.option(mean),
        found=f"Mean confidence: **{shown_probability(mean)}** in its wrong answers, {shown_probability(mean_right)} "
        f"in its right ones. Of its surest mistake it is {shown_probability(float(wrong.max()))} sure.",
        runs=(run,),
        way=Way(page="mistakes", label="Explain the open digit", query={"run": run.run_id, "view": "explain"}),
    )


def _surest_tried() -> Missing | None:
    found = _with_mistakes()
    if isinstance(found, Missing):
        return found
    run, predictions = found
    is_own = current_dataset() == run.config.dataset
    if not is_own or not isinstance(current.image, ImageRef) or current.image.split is not SplitName.TEST:
        return Missing(text="No misclassified test digit is open yet.")
    position = predictions.position_of(Row(current.image.row))
    if position is None or predictions.correct[position]:
        return Missing(text="The digit that is open is not one of the mistakes of this run.")
    confidence = float(predictions.confidence[position])
    if confidence < float(predictions.confidence[~predictions.correct].max()):
        return Missing(
            text=f"The network is {shown_probability(confidence)} sure of this one. There is a surer mistake."
        )
    return None


def _no_histories(run: RunRecord, predictions: Predictions) -> str | None:
    n_epochs = len(cached.run_store().validation_epochs(run.run_id))
    if n_epochs < LEAST_EPOCHS:
        return f"{named(run)} has the predictions of {counted(n_epochs, 'epoch')}. The question needs {LEAST_EPOCHS}."
    if answers.training_histories(run.run_id).correct[-1].all():
        return f"{named(run)} makes no mistake on the validation images."
    return None


def _look_at_histories() -> Answer | Missing:
    found = looked_at(_no_histories)
    if isinstance(found, Missing):
        return found
    run, _ = found
    histories = answers.training_histories(run.run_id)
    n_forgotten, n_wrong = histories.counts[Category.FORGOTTEN], int(np.count_nonzero(~histories.correct[-1]))
    return Answer(
        option=ONCE_RIGHT.option(n_forgotten / n_wrong),
        found=f"Of {n_wrong:,} validation digits that are wrong after the last epoch, **{n_forgotten:,}** "
        f"({shown_share(n_forgotten / n_wrong)}) were right after an earlier one.",
        runs=(run,),
        way=Way(
            page="mistakes",
            label="See their histories",
            query={"run": run.run_id, "view": HISTORY, "split": "validation"},
        ),
    )


def _histories_tried() -> Missing | None:
    return None if chosen_elsewhere(VIEW) == HISTORY else Missing(text="The view Training history is not open yet.")


LESSON = Lesson(
    name="mistakes",
    title="Where a network errs",
    about="Find the most frequent mistake of a network, the one it is surest of, and digits that it once knew.",
    needs="A finished run of at least two epochs",
    page="evaluate",
    is_about_run=True,
    questions=(
        Question(
            ask="Which mistake does the network make most often on the test images?",
            options=(*(f"{true} predicted as {predicted}" for true, predicted in GUESSES), "Another mistake"),
            task="Open the confusion matrix: rows are true labels, columns predicted ones. Click the cell off the "
            "diagonal that has the most images.",
            ways=lambda: ways_to(
                "evaluate",
                "Open the confusion matrix",
                why_not=_too_few_mistakes,
                view="confusion",
                split="test",
            ),
            look=_look_at_cell,
            tried=_cell_tried,
            why_not=_too_few_mistakes,
            hides=(HeldBack.VERDICT,),
            why="Mistakes are not spread evenly: digits whose strokes differ in one detail are confused. Often not "
            "both ways: compare the cell with the one mirrored at the diagonal.",
        ),
        Question(
            ask="How sure is the network of its wrong answers? Its confidence in them is, on average ...",
            options=SURE.words,
            task="Sort the mistakes by confidence, and open the digit that the network is surest of.",
            ways=lambda: ways_to(
                "mistakes", "Open the mistakes", why_not=_too_few_mistakes, view="gallery", split="test"
            ),
            look=_look_at_surest,
            tried=_surest_tried,
            why_not=_too_few_mistakes,
            why="Many mistakes are close decisions, but a few are made with great confidence. Look at those: some are "
            "written in a way that is rare in the training images, some carry a doubtful label.",
        ),
        Question(
            ask="Take the validation digits that are wrong at the end. What share of them did the network get right "
            "after some earlier epoch?",
            options=ONCE_RIGHT.words,
            task="Open the training histories: each digit has one predicted label after every epoch.",
            ways=lambda: ways_to(
                "mistakes", "Open the training histories", why_not=_no_histories, view=HISTORY, split="validation"
            ),
            look=_look_at_histories,
            tried=_histories_tried,
            why_not=_no_histories,
            why="Training does not only add: a step that helps many digits may cost a few. Digits that come and go lie "
            "near the boundary between two classes.",
        ),
    ),
    takeaway="One number hides what a network does wrong. The matrix says what it confuses, the confidence which "
    "mistakes it would not notice, the history which digits are on the edge.",
)
