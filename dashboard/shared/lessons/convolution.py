"""The lesson on what a convolution is worth: a network with one against softmax regression."""

from __future__ import annotations

from dashboard.shared.lessons.designs import SMALL_NETWORK, design
from dashboard.shared.lessons.lesson import Answer, Lesson, Missing, Question, Ranges, Way, trend
from dashboard.shared.lessons.seen_runs import compared, newest_pair, newest_trained, side_by_side, trained_runs
from dashboard.shared.lessons.ways import design_way, ledger_way, ledger_ways
from mnist_core.evaluation.comparison import Outcome
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Flatten
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_points, shown_share

LINEAR = Architecture(layers=(Flatten(),))
RANGES = Ranges((0.8, 0.95))
SAME_POINTS = 0.01
"""Two accuracies that differ by less count as about the same."""
HALF = 0.5


def _both() -> tuple[RunRecord, RunRecord] | Missing:
    return newest_pair(design(LINEAR), design())


def _ways_to_both() -> tuple[Way, ...]:
    """The design of the network with convolutions, and that of the other one as long as it is not trained."""
    linear = next(trained_runs(design(LINEAR)), None)
    small = design_way(design(), "Two convolutions", like=linear)
    return (small,) if linear is not None else (_way_to_linear(), small)


def _way_to_linear() -> Way:
    return design_way(design(LINEAR), "Softmax regression", "Open softmax regression")


def _look_at_linear() -> Answer | Missing:
    run = newest_trained(design(LINEAR))
    if isinstance(run, Missing):
        return run
    accuracy = run.summary.test_accuracy or 0.0
    return Answer(
        option=RANGES.option(accuracy),
        found=f"Its test accuracy is **{shown_share(accuracy)}**.",
        runs=(run,),
        way=Way(
            page="evaluate",
            label="See its mistakes",
            query={"run": run.run_id, "view": "confusion", "split": "test"},
        ),
    )


def _look_at_both() -> Answer | Missing:
    found = _both()
    if isinstance(found, Missing):
        return found
    linear, small = found
    before, after = linear.summary.test_accuracy or 0.0, small.summary.test_accuracy or 0.0
    return Answer(
        option=trend(after - before, same=SAME_POINTS),
        found=f"Test accuracy: **{shown_share(before)}** without convolutions, **{shown_share(after)}** with them "
        f"({shown_points(after - before)}), from {SMALL_NETWORK.parameters:,} parameters.",
        runs=found,
        way=Way(page="inside", label="See its filters", query={"run": small.run_id}),
    )


def _look_at_ledger() -> Answer | Missing:
    found = _both()
    if isinstance(found, Missing):
        return found
    linear, small = found
    counts = compared(*found).counts
    fixed, broken = counts[Outcome.FIXED], counts[Outcome.BROKEN]
    option = 0 if broken == 0 else 1 if broken <= HALF * fixed else 2
    return Answer(
        option=option,
        found=f"Only the network with convolutions gets **{fixed:,}** right; only the other one **{broken:,}**.",
        runs=found,
        way=ledger_way(small, linear, "See these digits"),
    )


LESSON = Lesson(
    name="convolution",
    title="What a convolution is worth",
    about="Train one network without convolutions and one with them, and see which needs fewer parameters.",
    needs="Two short trainings",
    page="design",
    questions=(
        Question(
            ask="Softmax regression has no hidden layer: a weight for each pixel and class and a bias for each class, "
            f"{LINEAR.parameters:,} parameters in all. What share of the test images will it get right?",
            options=RANGES.words,
            task="Open the design: its only layer is Flatten. Start the training, and wait until it is finished.",
            ways=lambda: (design_way(design(LINEAR), "Softmax regression"),),
            look=_look_at_linear,
            usual=(1,),
            why="It has one weight for each pixel and class, so it expects ink at certain places. Most digits have it "
            "there; a digit that is shifted, slanted or written in another way does not.",
        ),
        Question(
            ask=f"The next network has two convolutions and only {SMALL_NETWORK.parameters:,} parameters. Will it get "
            "more or fewer test images right than softmax regression?",
            options=("Fewer: it has fewer parameters", "About as many, within one point", "More"),
            task="Open the design, start the training, and wait until it is finished.",
            ways=_ways_to_both,
            look=_look_at_both,
            usual=(2,),
            why="A convolution looks for the same small shape everywhere, with the same few weights. It need not learn "
            "each stroke again at each place.",
        ),
        Question(
            ask="Is there a digit that softmax regression gets right and the network with convolutions gets wrong?",
            options=(
                "No, none",
                "Yes, but at most half as many as the other way round",
                "Yes, more than half as many",
            ),
            task="Compare the two runs, digit by digit. Look at those that only one of them gets right.",
            ways=lambda: ledger_ways(_both(), _ways_to_both),
            look=_look_at_ledger,
            tried=lambda: side_by_side(_both()),
            usual=(1, 2),
            why="A better network is better on the whole, not on every image. So an accuracy alone does not say which "
            "digits are at risk when a network is replaced.",
        ),
    ),
    takeaway="The kind of layer can matter more than the number of parameters. Convolutions fit images, because a "
    "shape means the same wherever it is.",
)
