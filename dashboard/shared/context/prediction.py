"""What a run has predicted for one image."""

from __future__ import annotations

from dashboard import cached
from dashboard.cached import answers
from dashboard.shared.context.digit import judged_split_of
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.image_ref import Drawing, ImageRef
from mnist_core.data.rows import Row
from mnist_core.data.sources.known import class_names_of
from mnist_core.errors import MnistCoreError
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_probability


def predicted_label(run: RunRecord, dataset: Dataset, image: ImageRef) -> tuple[int, float] | None:
    """The stored prediction of a run for an image and its confidence; None if the run has none for this image."""
    if run.dataset is None or run.dataset.sha256 != dataset.sha256:
        return None
    try:
        stored = cached.predictions(run.run_id, judged_split_of(image.split))
    except MnistCoreError:
        return None
    position = stored.position_of(Row(image.row))
    if position is None:
        return None
    return int(stored.predicted[position]), float(stored.confidence[position])


def prediction_words(run: RunRecord, label: str, dataset: Dataset, image: ImageRef) -> str:
    """What a run, called `label`, predicts for an image, and whether that is correct, in one line of Markdown."""
    found = short_prediction_words(run, dataset, image)
    return f"{escape_markdown(label)}: {found or f'no prediction. {why_not_predicted(run, dataset, image)}'}"


def why_not_predicted(run: RunRecord, dataset: Dataset, image: ImageRef) -> str:
    """Why a run has no prediction for an image, in a sentence."""
    if run.dataset is None or run.dataset.sha256 != dataset.sha256:
        return "It was trained and scored on other images."
    if image.split == SplitName.TEST:
        return "It has not been scored on the test images."
    if run.is_foreign:
        return "On which images this imported model was trained is not known."
    training, validation = cached.kept_large(
        "rows that train", run.run_id, dataset.sha256, make=lambda: run.config.split(dataset.train.labels)
    )
    if image.row in training:
        return "The image was used for its training, so a prediction would say little."
    if image.row in validation:
        return "It has not been scored on the validation images."
    return f"It used {len(training) + len(validation):,} of the training images, and this is none of them."


def short_prediction_words(run: RunRecord, dataset: Dataset, image: ImageRef) -> str | None:
    """The same without the name of the run; None if it has no prediction for the image."""
    found = predicted_label(run, dataset, image)
    if found is None:
        return None
    predicted, confidence = found
    label = int(dataset.split(image.split).labels[image.row])
    words = escape_markdown(dataset.class_names[predicted])
    return f"**{words}**, {shown_probability(confidence)} · {verdict_mark(is_correct=predicted == label)}"


def drawing_prediction_words(run: RunRecord, label: str, drawing: Drawing) -> str:
    """What a run, called `label`, predicts for a drawing, in one line of Markdown."""
    return f"{escape_markdown(label)}: {short_drawing_words(run, drawing) or 'no prediction. It has no weights.'}"


def short_drawing_words(run: RunRecord, drawing: Drawing) -> str | None:
    """The same without the name of the run; None if its weights cannot be read."""
    try:
        probabilities = answers.answer(run, drawing.image)
    except MnistCoreError:
        return None
    best = int(probabilities.argmax())
    words = escape_markdown(class_names_of(run.config.dataset)[best])
    return f"**{words}**, {shown_probability(float(probabilities[best]))}"


def verdict_mark(*, is_correct: bool) -> str:
    """A coloured mark with its word, as Markdown."""
    return ":green[:material/check: correct]" if is_correct else ":red[:material/close: wrong]"
