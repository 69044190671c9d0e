"""What a lesson is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dashboard.state.held_back import HeldBack
from mnist_core.evaluation.predictions import Predictions
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_level

WhyNot = Callable[[RunRecord, Predictions], str | None]
"""Why a question cannot be answered by a run and its test predictions, in a sentence of Markdown; None if it can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A link to a page: where something is tried out, or an answer is seen.

    Attributes:
        page: its name in `dashboard.navigation`.
        query: what the link has in its query.
    """

    page: str
    label: str
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """What the lesson does not see yet, in a sentence of Markdown.

    Attributes:
        is_reply: it is about what was just chosen on the page.
        unfinished: the run that it is about, if that trains now.
        instead: a run that would do, where the one that is looked at does not.
    """

    text: str
    instead: RunRecord | None = None
    is_reply: bool = False
    unfinished: RunRecord | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The answer to a question, from the runs of this machine.

    Attributes:
        option: the option that turned out to be right, from 0.
        also_right: other options that are as right, after a tie.
        found: the numbers it follows from, as a sentence of Markdown.
        runs: whose numbers they are.
        way: where they are on a page.
    """

    option: int
    found: str
    runs: tuple[RunRecord, ...]
    way: Way | None = None
    also_right: tuple[int, ...] = ()

    @property
    def right(self) -> tuple[int, ...]:
        """All options that turned out to be right, in their order."""
        return tuple(sorted({self.option, *self.also_right}))

    def is_right(self, option: int) -> bool:
        """Whether a prediction turned out to be right."""
        return option in self.right


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question of a lesson.

    Attributes:
        ask: the question.
        options: the answers to choose from.
        task: what to do to find out, in a sentence or two of Markdown.
        ways: links for that.
        look: the answer, from the runs of this machine.
        tried: what the person has not looked at yet, from the choices of the tab; None if it is done.
        why: the reason for the usual answer, in a sentence or two.
        usual: the options that `why` is about; None for all.
        why_not: in a lesson about the run that is looked at, which runs cannot answer it; None if any can that was
            tested on digits.
        hides: parts of pages that would give the answer away, until it is seen.
    """

    ask: str
    options: tuple[str, ...]
    task: str
    ways: Callable[[], tuple[Way, ...]]
    look: Callable[[], Answer | Missing]
    why: str
    tried: Callable[[], Missing | None] = lambda: None
    usual: tuple[int, ...] | None = None
    why_not: WhyNot | None = None
    hides: tuple[HeldBack, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """A lesson.

    Attributes:
        name: in the URL.
        about: what a person finds out, in a sentence.
        needs: what it takes, such as trainings.
        is_about_run: whether it is about the run that is looked at, rather than about runs that it asks for.
        page: where it begins.
        takeaway: what to remember, in a sentence or two.
    """

    name: str
    title: str
    about: str
    needs: str
    page: str
    questions: tuple[Question, ...]
    takeaway: str
    is_about_run: bool = False


@dataclass(frozen=True, slots=True)
class Ranges:
    """Options that are ranges of a share: below the first edge, between two edges, and above the last one.

    Attributes:
        in_points: the share is a difference of two, and is told in percentage points.
    """

    edges: tuple[float, ...]
    in_points: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        shown = [f"{100 * edge:g}" if self.in_points else shown_level(edge) for edge in self.edges]
        between = [f"{low} to {high}" for low, high in zip(shown, shown[1:], strict=False)]
        words = (f"Less than {shown[0]}", *between, f"More than {shown[-1]}")
        return tuple(f"{word} points" for word in words) if self.in_points else words

    def option(self, share: float) -> int:
        """The option that holds for a share; an edge belongs to the range between two edges."""
        below = sum(share >= edge for edge in self.edges)
        return below - 1 if share == self.edges[-1] else below


def trend(change: float, *, same: float) -> int:
    """Of three options, the one for a change: 0 down, 1 about the same (less than `same`), 2 up."""
    return 1 if abs(change) < same else 0 if change < 0 else 2
