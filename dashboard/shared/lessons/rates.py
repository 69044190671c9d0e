"""The lesson on the learning rate: far too high, far too low, and usual."""

from __future__ import annotations

from dashboard import cached
from dashboard.shared.lessons.designs import design
from dashboard.shared.lessons.lesson import Answer, Lesson, Missing, Question, Ranges, Way
from dashboard.shared.lessons.seen_runs import is_trained_as, missing_run, runs_of_size
from dashboard.shared.lessons.ways import design_way
from mnist_core.data.dataset import N_CLASSES
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.shares import shown_share
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import NOT_A_NUMBER
from mnist_core.training.settings import TrainingSettings

HIGH, USUAL, LOW = 1.0, 0.001, 0.00001
LEARNED = Ranges((0.15, 0.8))
CHANCE = 1 / N_CLASSES


def _design(rate: float) -> ExperimentConfig:
    return design(training=TrainingSettings(learning_rate=rate, batch_size=32))


def _newest_ended(rate: float) -> RunRecord | Missing:
    """The newest run of the design that trained to its end, or failed because its loss is not a number any more."""
    config = _design(rate)
    for run in runs_of_size(config):
        is_lost = run.status is RunStatus.FAILED and NOT_A_NUMBER in (run.error or "")
        if (is_lost or run.status is RunStatus.COMPLETED) and is_trained_as(run, config):
            return run
    return missing_run(config)


def _look_at(rate: float) -> Answer | Missing:
    run = _newest_ended(rate)
    if isinstance(run, Missing):
        return run
    accuracies = [metrics.val_accuracy for metrics in cached.history(run.run_id)]
    if run.status is RunStatus.FAILED:
        option, found = 0, f"The training failed in epoch {len(accuracies) + 1}: its loss was not a number any more."
    else:
        *before, last = [shown_share(accuracy) for accuracy in accuracies]
        option = LEARNED.option(accuracies[-1])
        found = f"Validation accuracy after each epoch: {' → '.join((*before, f'**{last}**'))}."
    way = Way(page="train", label="See the curves", query={"run": run.run_id})
    return Answer(option=option, found=found, runs=(run,), way=way)


def _ways(rate: float) -> tuple[Way, ...]:
    return (design_way(_design(rate), f"Learning rate {_words(rate)}"),)


def _words(rate: float) -> str:
    """The rate as it is typed, without an exponent."""
    return f"{rate:.5f}".rstrip("0").rstrip(".")


LESSON = Lesson(
    name="rates",
    title="The learning rate",
    about="Train the same network with a learning rate that is far too high, one that is far too low, and a usual one.",
    needs="Three short trainings",
    page="design",
    questions=(
        Question(
            ask=f"A usual learning rate for Adam is {_words(USUAL)}. If every step is a thousand times as large, what "
            "validation accuracy will the network have at the end?",
            options=LEARNED.words,
            task=f"Open the design: its learning rate is {_words(HIGH)}. Train it, and watch the loss.",
            ways=lambda: _ways(HIGH),
            look=lambda: _look_at(HIGH),
            usual=(0,),
            why="Each step goes far beyond the place it aims at. The weights become so large that the network gives "
            f"one answer for all images: {shown_share(CHANCE)} of them are right by chance.",
        ),
        Question(
            ask=f"With a hundredth of the usual learning rate, {_words(LOW)}: what validation accuracy will the "
            "network have at the end?",
            options=LEARNED.words,
            task=f"Open the design with a learning rate of {_words(LOW)}, and train it.",
            ways=lambda: _ways(LOW),
            look=lambda: _look_at(LOW),
            usual=(1,),
            why="Most steps go in a good direction, but they are tiny. The curve still rises at the end: the same "
            "training would need many more epochs.",
        ),
        Question(
            ask=f"And with the usual learning rate, {_words(USUAL)}, for as many epochs?",
            options=LEARNED.words,
            task=f"Open the design with a learning rate of {_words(USUAL)}, and train it.",
            ways=lambda: _ways(USUAL),
            look=lambda: _look_at(USUAL),
            usual=(2,),
            why="The steps are large enough to get there, and small enough to stay. When a network does not learn, the "
            "learning rate is the first setting to look at.",
        ),
    ),
    takeaway="Too high: the loss jumps, or stays where it is. Too low: it falls, but barely. Change the learning rate "
    "by factors of three or ten, not by small steps.",
)
