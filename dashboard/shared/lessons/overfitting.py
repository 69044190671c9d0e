"""The lesson on overfitting: few images, more images, and images that are varied."""

from __future__ import annotations

from dataclasses import replace

from dashboard import cached
from dashboard.shared.lessons.designs import N_IMAGES, design
from dashboard.shared.lessons.lesson import Answer, Lesson, Missing, Question, Ranges, Way, trend
from dashboard.shared.lessons.seen_runs import newest_pair, newest_trained, trained_runs
from dashboard.shared.lessons.ways import design_way
from mnist_core.data.augmentation import Augmentation
from mnist_core.data.splitting import n_validating
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Dense, Flatten, MaxPool
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_points, shown_share
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import TrainingSettings

N_FEW = 500
FEW = f"{N_FEW:,} images"
EPOCHS = 30
NETWORK = Architecture(
    layers=(Conv(filters=16), MaxPool(), Conv(filters=32), MaxPool(), Flatten(), Dense(units=64)),
)
TRAINING = TrainingSettings(epochs=EPOCHS, batch_size=32)
N_VALIDATING = n_validating(N_FEW, TRAINING.validation_fraction)
VARIED = Augmentation(rotation_degrees=15.0, shift_pixels=2.0, scale_fraction=0.15, shear_degrees=10.0)
RANGES = Ranges((0.8, 0.98))
SAME_POINTS = 0.005
"""Two accuracies that differ by less count as about the same."""


def _few() -> ExperimentConfig:
    return design(NETWORK, TRAINING, limit=N_FEW)


def _more() -> ExperimentConfig:
    return design(NETWORK, TRAINING, limit=N_IMAGES)


def _varied() -> ExperimentConfig:
    return design(NETWORK, replace(TRAINING, augmentation=VARIED), limit=N_FEW)


def _accuracies(run: RunRecord) -> tuple[float, float]:
    """Accuracy on the training images in the last epoch, and on the test images with the best checkpoint."""
    return cached.history(run.run_id)[-1].accuracy, run.summary.test_accuracy or 0.0


def _look_at_few() -> Answer | Missing:
    run = newest_trained(_few())
    if isinstance(run, Missing):
        return run
    trained, tested = _accuracies(run)
    return Answer(
        option=RANGES.option(tested),
        found=f"In its last epoch it gets **{shown_share(trained)}** of the training images right. Of the test images "
        f"it gets **{shown_share(tested)}**.",
        runs=(run,),
        way=Way(page="train", label="See the curves", query={"run": run.run_id}),
    )


def _look_at_more() -> Answer | Missing:
    found = newest_pair(_few(), _more())
    if isinstance(found, Missing):
        return found
    (trained, tested), (trained_more, tested_more) = map(_accuracies, found)
    gap, gap_more = trained - tested, trained_more - tested_more
    return Answer(
        option=trend(gap_more - gap, same=SAME_POINTS),
        found=f"The gap between training and test accuracy was {_points(gap)}; with more images it is "
        f"**{_points(gap_more)}**. The test accuracy went from {shown_share(tested)} to "
        f"**{shown_share(tested_more)}**.",
        runs=found,
        way=_way_to_both(found),
    )


def _look_at_varied() -> Answer | Missing:
    found = newest_pair(_few(), _varied())
    if isinstance(found, Missing):
        return found
    before, after = (run.summary.test_accuracy or 0.0 for run in found)
    return Answer(
        option=trend(after - before, same=SAME_POINTS),
        found=f"Test accuracy: {shown_share(before)} without augmentation, **{shown_share(after)}** with it "
        f"({shown_points(after - before)}).",
        runs=found,
        way=_way_to_both(found),
    )


def _points(gap: float) -> str:
    return shown_points(gap).removeprefix("+")


def _way_to_both(runs: tuple[RunRecord, RunRecord]) -> Way:
    query = {"view": "compare", "runs": ".".join(run.run_id for run in runs)}
    return Way(page="runs", label="Compare both runs", query=query)


def _ways(config: ExperimentConfig, name: str) -> tuple[Way, ...]:
    """A design to compare with the first one; with that one itself, should its run have been deleted."""
    few = next(trained_runs(_few()), None)
    way = design_way(config, name, like=few)
    return (way,) if few is not None else (design_way(_few(), FEW, f"Open {FEW}"), way)


LESSON = Lesson(
    name="overfitting",
    title="Overfitting",
    about="Let a network learn a few images by heart, and see what helps: more images, or the same ones varied.",
    needs="Three short trainings",
    page="design",
    questions=(
        Question(
            ask=f"This network has {NETWORK.parameters:,} parameters. It is given {N_FEW:,} images: {N_VALIDATING} "
            f"validate, and it trains on the other {N_FEW - N_VALIDATING} in each of {EPOCHS} epochs, until it gets "
            "nearly all of these right. What share of the test images will it get right?",
            options=RANGES.words,
            task=f"Open the design: its image limit is {N_FEW:,}. Start the training, and watch the two curves of "
            "accuracy part.",
            ways=lambda: (design_way(_few(), FEW),),
            look=_look_at_few,
            usual=(1,),
            why="Some of what it learned holds for these images only, not for handwriting. That is overfitting, and "
            "only images that were not trained on show it.",
        ),
        Question(
            ask=f"Now {N_IMAGES:,} images instead of {N_FEW:,}, and nothing else changed. What will the gap between "
            "training and test accuracy do?",
            options=("Shrink", "Stay about the same", "Grow"),
            task=f"Open the design with an image limit of {N_IMAGES:,}, and train it.",
            ways=lambda: _ways(_more(), f"{N_IMAGES:,} images"),
            look=_look_at_more,
            usual=(0,),
            why="The more images, the less holds for these alone. More data is the surest remedy for overfitting.",
        ),
        Question(
            ask=f"Suppose there are only {N_FEW:,} images. They can be rotated, shifted and scaled a little, "
            "differently in every epoch. What will the test accuracy be, compared with the first training?",
            options=("Lower: no image is seen as it is", "About the same", "Higher"),
            task=f"Open the design with {N_FEW:,} images and augmentation, and train it.",
            ways=lambda: _ways(_varied(), f"{N_FEW:,} images, augmented"),
            look=_look_at_varied,
            usual=(2,),
            why="No image comes twice, so it cannot learn single images by heart; and a digit that is shifted a little "
            "keeps its label. Augmentation costs nothing but time.",
        ),
    ),
    takeaway="A high accuracy on the training images says little: a network may have learned these by heart. Judge it "
    "by images it was not trained on; and give it more images, or vary the ones there are.",
)
