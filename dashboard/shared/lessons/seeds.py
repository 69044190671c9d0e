"""The lesson on chance: the same design trained twice, with two seeds."""

from __future__ import annotations

from dataclasses import replace

from dashboard.shared.lessons.designs import SHORT, design
from dashboard.shared.lessons.lesson import Answer, Lesson, Missing, Question, Ranges, Way
from dashboard.shared.lessons.seen_runs import compared, differ_in_seed, missing_run, named, side_by_side, trained_runs
from dashboard.shared.lessons.ways import design_way, ledger_way, ledger_ways
from mnist_core.evaluation.comparison import Outcome
from mnist_core.evaluation.significance import chance_words
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_points, shown_share

SEEDS = (1, 2)
ONE_POINT = 0.01
SHARED = Ranges((0.3, 0.8))


def _pair() -> tuple[RunRecord, RunRecord] | Missing:
    """The two newest runs of the design of this lesson that differ in their seed alone; the older one first."""
    runs = list(trained_runs(design()))
    for place, run in enumerate(runs):
        for other in runs[place + 1 :]:
            if differ_in_seed(run, other):
                return other, run
    missing = missing_run(design())
    if not runs or missing.unfinished is not None:
        return missing
    return Missing(
        text=f"{named(runs[0])} has the seed {runs[0].config.training.seed}. Train one more, with another seed."
    )


def _look_at_difference() -> Answer | Missing:
    found = _pair()
    if isinstance(found, Missing):
        return found
    older, newer = found
    comparison = compared(older, newer)
    (first, second), difference = comparison.accuracies, comparison.difference
    return Answer(
        option=0 if difference == 0 else 1 if abs(difference) < ONE_POINT else 2,
        found=f"Test accuracy: **{shown_share(first)}** and **{shown_share(second)}**, a difference of "
        f"{shown_points(difference)}.",
        runs=found,
        way=ledger_way(newer, older, "Compare the two runs"),
    )


def _look_at_mistakes() -> Answer | Missing:
    found = _pair()
    if isinstance(found, Missing):
        return found
    older, newer = found
    comparison = compared(older, newer)
    counts = comparison.counts
    both, one = counts[Outcome.BOTH_WRONG], counts[Outcome.FIXED] + counts[Outcome.BROKEN]
    if not both + one:
        return Missing(text="Neither of the two runs makes a mistake on the test images.")
    share = both / (both + one)
    return Answer(
        option=SHARED.option(share),
        found=f"Of {both + one:,} digits that at least one of them gets wrong, both get **{both:,}** wrong "
        f"({shown_share(share)}). The difference in accuracy {chance_words(comparison.p_value)}.",
        runs=found,
        way=ledger_way(newer, older, "See these digits"),
    )


def _design_ways() -> tuple[Way, ...]:
    return tuple(
        design_way(design(training=replace(SHORT, seed=seed)), f"Seed {seed}", f"Open the design with seed {seed}")
        for seed in SEEDS
    )


LESSON = Lesson(
    name="seeds",
    title="How much is luck?",
    about="Train the same design twice, and see how much of a difference between two networks is chance.",
    needs="Two short trainings",
    page="design",
    questions=(
        Question(
            ask="The seed decides the initial weights, the order of the images, and which of them train and which "
            "validate. If only the seed changes, by how much will the test accuracy change?",
            options=("Not at all", "By less than one point", "By one point or more"),
            task="Open the design with one seed and train it. Then come back to the lesson and train it with the other "
            "seed.",
            ways=_design_ways,
            look=_look_at_difference,
            usual=(1, 2),
            why="Nothing about the second network is better or worse by design. So a change of this size between two "
            "other trainings need not mean anything either.",
        ),
        Question(
            ask="Of the digits that at least one of them gets wrong, what share do both get wrong?",
            options=SHARED.words,
            task="Compare the two runs digit by digit, and look at the digits that only one of them gets right.",
            ways=lambda: ledger_ways(_pair(), _design_ways),
            look=_look_at_mistakes,
            tried=lambda: side_by_side(_pair()),
            usual=(0, 1),
            why="Some digits are hard for any network; many others are lost by bad luck. That is why several networks "
            "together are usually better than one of them.",
        ),
    ),
    takeaway="Before calling one design better, train both with several seeds. The page Runs tests whether a "
    "difference could be chance, and calls a tie a tie.",
)
