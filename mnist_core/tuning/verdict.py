"""What the repeats of the finalists say: which design wins, which are a tie, and how much of the gain was luck.

Validation chooses, test reports. The scores by which the finalists were chosen count for nothing here: the best of many
scores is partly lucky, so only those of the other seeds are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb

from mnist_core.evaluation.repeats import MedianInterval, median_interval
from mnist_core.evaluation.significance import UNLIKELY, holm_p_values, p_words, permutation_p_value
from mnist_core.runs.record import RunDataset, RunStatus
from mnist_core.shares import shown_level, shown_points, shown_range, shown_share
from mnist_core.tuning.finals import Contender, Finals, Repeats
from mnist_core.words import counted, listed

TEST_NAME = "exact permutation test"
MIN_SCORES = 2
"""With fewer repeats of a contender nothing is said about it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A contender with the scores of its repeats, those of the validation and of the test images in one order.

    Attributes:
        p_value: that it is as good as the winner and differs by chance, adjusted for all comparisons; None for the
            winner itself.
    """

    contender: Contender
    validation: tuple[float, ...]
    test: tuple[float, ...]
    parameters: int
    run_ids: tuple[str, ...]
    p_value: float | None = None

    @property
    def on_validation(self) -> MedianInterval:
        """The median validation accuracy of its repeats."""
        return median_interval(self.validation)

    @property
    def on_test(self) -> MedianInterval | None:
        """The median test accuracy of its repeats; None if none is scored."""
        return median_interval(self.test) if self.test else None

    @property
    def is_tied(self) -> bool:
        """Whether it cannot be told from the winner."""
        return self.p_value is not None and self.p_value >= UNLIKELY

    @property
    def name(self) -> str:
        """The contender in a sentence."""
        return f"trial {self.contender.trial}{' (base design)' if self.contender.is_base else ''}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The standings, the winner first; then by the median validation accuracy.

    Attributes:
        n_missing: repeats that are not trained (yet).
        n_compared: trials among which the finalists were chosen.
        data: the data set of the repeats; None where no run names it.
    """

    standings: tuple[Standing, ...]
    n_missing: int
    n_compared: int
    data: RunDataset | None = None

    @property
    def winner(self) -> Standing:
        """The contender with the highest median validation accuracy."""
        return self.standings[0]

    @property
    def tied(self) -> tuple[Standing, ...]:
        """The contenders that cannot be told from the winner."""
        return tuple(standing for standing in self.standings if standing.is_tied)

    @property
    def can_tell(self) -> bool:
        """Whether so many repeats could show any difference at all."""
        smallest = min(
            2 / comb(len(standing.validation) + len(self.winner.validation), len(self.winner.validation))
            for standing in self.standings[1:]
        )
        return smallest * (len(self.standings) - 1) < UNLIKELY

    @property
    def luck(self) -> float:
        """How much higher the winner scored in the search than the median of its repeats."""
        return self.winner.contender.first - self.winner.on_validation.median


def verdict_of(finals: Finals, repeats: Repeats) -> Verdict | None:
    """The verdict on what is trained so far; None until two contenders have two repeats each."""
    found = [_standing(contender, finals, repeats) for contender in finals.contenders]
    known = [standing for standing in found if len(standing.validation) >= MIN_SCORES]
    if len(known) < 2:
        return None
    ranked = sorted(known, key=lambda standing: (-standing.on_validation.median, standing.contender.trial))
    winner, *others = ranked
    p_values = holm_p_values([permutation_p_value(winner.validation, other.validation) for other in others])
    standings = (winner, *(replace(other, p_value=p) for other, p in zip(others, p_values, strict=True)))
    n_done = sum(len(standing.validation) for standing in found)
    data = next((run.dataset for run in repeats.values() if run.run_id in winner.run_ids), None)
    return Verdict(standings=standings, n_missing=len(finals.wanted) - n_done, n_compared=finals.chosen_from, data=data)


def _standing(contender: Contender, finals: Finals, repeats: Repeats) -> Standing:
    found = [repeats.get((contender.trial, seed)) for seed in finals.seeds]
    runs = [run for run in found if run is not None and run.status is RunStatus.COMPLETED]
    summaries = [run.summary for run in runs]
    return Standing(
        contender=contender,
        validation=tuple(one.validation_accuracy for one in summaries if one.validation_accuracy is not None),
        test=tuple(one.test_accuracy for one in summaries if one.test_accuracy is not None),
        parameters=runs[0].config.architecture.parameters if runs else 0,
        run_ids=tuple(run.run_id for run in runs),
    )


def sentences(verdict: Verdict, *, title: str = "") -> tuple[str, ...]:
    """The verdict in words: who wins, on the test images, and how much was luck.

    Args:
        title: of the data set; its name where there is none.
    """
    found = [_who_wins(verdict, title), _on_test(verdict, title), _luck(verdict)]
    if verdict.n_missing:
        are = counted(verdict.n_missing, "repeat is", "repeats are")
        found.insert(0, f"{are} not trained, so this may change.")
    return tuple(sentence for sentence in found if sentence)


def _who_wins(verdict: Verdict, title: str) -> str:
    winner, n_images = verdict.winner, verdict.data.validation_images if verdict.data else 0
    median = _median_words(winner.on_validation, _images(verdict, n_images, "validation", title))
    if not verdict.tied:
        runner_up = verdict.standings[1]
        against = f"{shown_share(runner_up.on_validation.median)} by {runner_up.name}"
        return (
            f"{_first_upper(winner.name)} wins, with a median accuracy of {median} against {against} "
            f"({p_words(max(standing.p_value or 0.0 for standing in verdict.standings[1:]))}, {TEST_NAME})."
        )
    tied = (winner, *verdict.tied)
    smallest = min(tied, key=lambda standing: (standing.parameters, standing.contender.trial))
    lowest_p = p_words(min(standing.p_value or 0.0 for standing in verdict.tied))
    is_single = sum(one.parameters == smallest.parameters for one in tied) == 1
    lean = f" Of these, {smallest.name} is the smallest, with {smallest.parameters:,} parameters." if is_single else ""
    why = "" if verdict.can_tell else " With so few repeats, no difference can be significant: use more seeds."
    return (
        f"A tie: {listed([standing.name for standing in tied])} cannot be told apart ({lowest_p}, {TEST_NAME}). The "
        f"highest median accuracy is {median}, by {winner.name}.{why}{lean}"
    )


def _on_test(verdict: Verdict, title: str) -> str:
    found, n_images = verdict.winner.on_test, verdict.data.test_images if verdict.data else 0
    if found is None:
        return ""
    median = _median_words(found, _images(verdict, n_images, "test", title))
    return f"On images that decided nothing, {verdict.winner.name} has a median accuracy of {median}."


def _luck(verdict: Verdict) -> str:
    winner, again = verdict.winner, verdict.winner.on_validation.median
    scored = (
        f"In the search, {winner.name} scored {shown_share(winner.contender.first)} on the validation images, among "
        f"{verdict.n_compared:,} completed trials; with other seeds its median is {shown_share(again)}"
    )
    base = next((standing for standing in verdict.standings if standing.contender.is_base), None)
    if base is None or base is winner:
        return f"{scored}: {_lucky(verdict.luck, 'that score')}."
    gain, kept = winner.contender.first - base.contender.first, again - base.on_validation.median
    return (
        f"{scored}. Its gain over the base design was {shown_points(gain)} in the search and {shown_points(kept)} with "
        f"other seeds: {_lucky(gain - kept, 'the gain')}."
    )


def _lucky(difference: float, what: str) -> str:
    luck = shown_points(difference)
    return f"{luck.lstrip('+')} of {what} were luck" if luck.startswith("+") else f"none of {what} was luck"


def _median_words(found: MedianInterval, images: str) -> str:
    level, range_words = shown_level(int(10_000 * found.level) / 10_000), shown_range(found.low, found.high)
    return f"{shown_share(found.median)} of {images} ({range_words}, {level} interval, {found.count} seeds)"


def _images(verdict: Verdict, n_images: int, split: str, title: str) -> str:
    """What a score is of: "500 validation images of MNIST sample"; a run from elsewhere may not say how many."""
    if verdict.data is None or not n_images:
        return f"the {split} images"
    return f"{n_images:,} {split} images of {title or verdict.data.name}"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
