"""The lesson on overfitting: few images, more images, and images that are varied."""

from __future__ import annotations

from dataclasses import replace

from dashboard import cached
from dashboard.shared.lessons.lesson import Answer, Lesson, Missing, Question, Ranges, Way
from dashboard.shared.lessons.seen_runs import N_IMAGES, design, design_way, is_on, missing_run, newest_scored
from mnist_core.data.augmentation import Augmentation
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Dense, Flatten, MaxPool
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_points, shown_share
from mnist_core.training.settings import TrainingSettings

N_FEW = 500
EPOCHS = 30
NETWORK = Architecture(
    layers=(Conv(filters=16), MaxPool(), Conv(filters=32), MaxPool(), Flatten(), Dense(units=64)),
)
TRAINING = TrainingSettings(epochs=EPOCHS, batch_size=32)
VARIED = Augmentation(rotation_degrees=15.0, shift_pixels=2.0, scale_fraction=0.15, shear_degrees=10.0)
RANGES = Ranges((0.8, 0.98))
SAME_POINTS = 0.005
"""Two accuracies that differ by less count as about the same."""


def _is_plain(run: RunRecord) -> bool:
    return run.config.architecture == NETWORK and not run.config.training.augmentation.is_on


def _has_few(run: RunRecord) -> bool:
    return _is_plain(run) and run.config.limit == N_FEW


def _has_more(run: RunRecord) -> bool:
    return _is_plain(run) and (run.config.limit is None or run.config.limit >= N_IMAGES)


def _is_varied(run: RunRecord) -> bool:
    config = run.config
    return config.architecture == NETWORK and config.limit == N_FEW and config.training.augmentation.is_on


def _accuracies(run: RunRecord) -> tuple[float, float]:
    """Accuracy on the training images in the best epoch, and on the test images after it."""
    best = next(metrics for metrics in cached.history(run.run_id) if metrics.epoch == run.best_epoch)
    return best.accuracy, run.summary.test_accuracy or 0.0


def _few() -> RunRecord | Missing:
    return newest_scored(_has_few) or missing_run(_has_few, f"this network and {N_FEW:,} images")


def _look_at_few() -> Answer | Missing:
    run = _few()
    if isinstance(run, Missing):
        return run
    trained, tested = _accuracies(run)
    return Answer(
        option=RANGES.option(tested),
        found=f"It gets **{shown_share(trained)}** of the training images right, and **{shown_share(tested)}** of the "
        "test images.",
        way=Way(page="train", label="See the curves", query={"run": run.run_id}),
    )


def _look_at_more() -> Answer | Missing:
    few = _few()
    if isinstance(few, Missing):
        return few
    more = newest_scored(lambda run: _has_more(run) and is_on(run, few))
    if more is None:
        return missing_run(_has_more, f"this network, no augmentation and at least {N_IMAGES:,} images")
    (trained, tested), (trained_more, tested_more) = _accuracies(few), _accuracies(more)
    gap, gap_more = trained - tested, trained_more - tested_more
    change = gap_more - gap
    option = 1 if abs(change) < SAME_POINTS else 0 if change > 0 else 2
    return Answer(
        option=option,
        found=f"The gap between training and test accuracy was {_points(gap)}; with more images it is "
        f"**{_points(gap_more)}**. The test accuracy went from {shown_share(tested)} to "
        f"**{shown_share(tested_more)}**.",
        way=_curves_way(few, more),
    )


def _look_at_varied() -> Answer | Missing:
    few = _few()
    if isinstance(few, Missing):
        return few
    varied = newest_scored(lambda run: _is_varied(run) and is_on(run, few))
    if varied is None:
        return missing_run(_is_varied, f"this network, {N_FEW:,} images and augmentation")
    before, after = few.summary.test_accuracy or 0.0, varied.summary.test_accuracy or 0.0
    difference = after - before
    option = 1 if abs(difference) < SAME_POINTS else 0 if difference < 0 else 2
    return Answer(
        option=option,
        found=f"Test accuracy: {shown_share(before)} without augmentation, **{shown_share(after)}** with it "
        f"({shown_points(difference)}).",
        way=_curves_way(few, varied),
    )


def _points(gap: float) -> str:
    return shown_points(gap).removeprefix("+")


def _curves_way(first: RunRecord, second: RunRecord) -> Way:
    query = {"view": "compare", "runs": f"{first.run_id}.{second.run_id}"}
    return Way(page="runs", label="See the curves of both", query=query)


LESSON = Lesson(
    name="overfitting",
    title="Overfitting",
    about="Let a network learn a few images by heart, and see what helps: more images, or the same ones varied.",
    needs="Three short trainings",
    page="design",
    questions=(
        Question(
            ask=f"This network has {NETWORK.parameters:,} parameters. It sees the same {N_FEW:,} images {EPOCHS} "
            "times, until it gets nearly all of them right. How many of the test images, which it never sees, will it "
            "get right?",
            options=RANGES.words,
            task=f"Open the design: its image limit is {N_FEW:,}. Start the training, and watch the two curves of "
            "accuracy part.",
            ways=lambda: (design_way(design(NETWORK, TRAINING, limit=N_FEW)),),
            look=_look_at_few,
            why="Some of what it learned holds for these images only, not for handwriting. That is overfitting, and "
            "only images that were not trained on show it.",
        ),
        Question(
            ask=f"Now {N_IMAGES:,} images instead of {N_FEW:,}, and nothing else changed. What will the gap between "
            "training and test accuracy do?",
            options=("Grow", "Stay about the same", "Shrink"),
            task=f"Open the design with an image limit of {N_IMAGES:,}, and train it.",
            ways=lambda: (design_way(design(NETWORK, TRAINING, limit=N_IMAGES)),),
            look=_look_at_more,
            why="The more images, the less holds for these alone. More data is the surest remedy for overfitting.",
        ),
        Question(
            ask=f"Suppose there are only {N_FEW:,} images. They can be rotated, shifted and scaled a little, "
            "differently in every epoch. What will the test accuracy be, compared with the first training?",
            options=("Lower: no image is seen as it is", "About the same", "Higher"),
            task=f"Open the design with {N_FEW:,} images and augmentation, and train it.",
            ways=lambda: (design_way(design(NETWORK, replace(TRAINING, augmentation=VARIED), limit=N_FEW)),),
            look=_look_at_varied,
            why="No image comes twice, so there is little to learn by heart; and a shifted digit keeps its label. "
            "Augmentation costs nothing but time.",
        ),
    ),
    takeaway="The accuracy on training images says how well a network remembers. Judge it by images it was not trained "
    "on; and give it more images, or vary the ones there are.",
)
