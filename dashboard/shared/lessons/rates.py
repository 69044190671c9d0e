"""The lesson on the learning rate: far too high, far too low, and usual."""

from __future__ import annotations

from dashboard import cached
from dashboard.shared.lessons.lesson import Answer, Lesson, Missing, Question, Ranges, Way
from dashboard.shared.lessons.seen_runs import SMALL_NETWORK, design, design_way, missing_run
from mnist_core.data.dataset import N_CLASSES
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_share
from mnist_core.training.settings import Optimizer, TrainingSettings

HIGH, USUAL, LOW = 1.0, 0.001, 0.00001
LEARNED = Ranges((0.15, 0.8))
CHANCE = 1 / N_CLASSES


def _with_rate(rate: float) -> TrainingSettings:
    return TrainingSettings(learning_rate=rate, batch_size=32)


def _is_small(run: RunRecord) -> bool:
    return run.config.architecture == SMALL_NETWORK and run.config.training.optimizer is Optimizer.ADAM


def _has_high(run: RunRecord) -> bool:
    return _is_small(run) and run.config.training.learning_rate >= HIGH / 2


def _has_low(run: RunRecord) -> bool:
    return _is_small(run) and run.config.training.learning_rate <= LOW * 2


def _has_usual(run: RunRecord) -> bool:
    return _is_small(run) and USUAL / 2 <= run.config.training.learning_rate <= USUAL * 2


def _newest_ended(rate_of: str) -> RunRecord | Missing:
    """The newest run with such a learning rate that has ended, however it did."""
    fits, expected = FITTING[rate_of]
    ended = (run for run in cached.newest_runs() if run.status.is_finished and fits(run) and _last_accuracy(run))
    return next(ended, None) or missing_run(fits, f"this network, Adam and a learning rate of about {expected:g}")


FITTING = {"high": (_has_high, HIGH), "low": (_has_low, LOW), "usual": (_has_usual, USUAL)}


def _last_accuracy(run: RunRecord) -> float | None:
    history = cached.history(run.run_id)
    return history[-1].val_accuracy if history else None


def _look_at(rate_of: str) -> Answer | Missing:
    run = _newest_ended(rate_of)
    if isinstance(run, Missing):
        return run
    steps = [shown_share(metrics.val_accuracy) for metrics in cached.history(run.run_id)]
    return Answer(
        option=LEARNED.option(_last_accuracy(run) or 0.0),
        found=f"Validation accuracy after each epoch: {' → '.join(steps[:-1])} → **{steps[-1]}**."
        if len(steps) > 1
        else f"Validation accuracy after one epoch: **{steps[0]}**.",
        way=Way(page="train", label="See the curves", query={"run": run.run_id}),
    )


def _ways(rate: float) -> tuple[Way, ...]:
    return (design_way(design(training=_with_rate(rate))),)


LESSON = Lesson(
    name="rates",
    title="The learning rate",
    about="Train the same network with a learning rate that is far too high, one that is far too low, and a usual one.",
    needs="Three short trainings",
    page="design",
    questions=(
        Question(
            ask=f"A usual learning rate for Adam is {USUAL:g}. If every step is a thousand times as large, what "
            "validation accuracy will the network have at the end?",
            options=LEARNED.words,
            task=f"Open the design: its learning rate is {HIGH:g}. Train it, and watch the loss.",
            ways=lambda: _ways(HIGH),
            look=lambda: _look_at("high"),
            why=f"Each step jumps over the place it was meant for, and the weights end where nothing is left to learn "
            f"from. With one answer for all images, {shown_share(CHANCE)} are right by chance.",
        ),
        Question(
            ask=f"And with a hundredth of the usual rate, {LOW:.5f}?",
            options=LEARNED.words,
            task=f"Open the design with a learning rate of {LOW:.5f}, and train it.",
            ways=lambda: _ways(LOW),
            look=lambda: _look_at("low"),
            why="Every step goes in a good direction, but is tiny. The curve still rises at the end: the same training "
            "would need many more epochs.",
        ),
        Question(
            ask=f"And with the usual rate, {USUAL:g}, for as many epochs?",
            options=LEARNED.words,
            task=f"Open the design with a learning rate of {USUAL:g}, and train it.",
            ways=lambda: _ways(USUAL),
            look=lambda: _look_at("usual"),
            why="The steps are large enough to get there, and small enough to stay. When a network does not learn, the "
            "learning rate is the first setting to look at.",
        ),
    ),
    takeaway="Too high: the loss jumps, or stays where it is. Too low: it falls, but barely. Change the learning rate "
    "by factors of three or ten, not by small steps.",
)
