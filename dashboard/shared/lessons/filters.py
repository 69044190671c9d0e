"""The lesson on filters: what each filter of the first convolution is for, by muting it."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard import cached
from dashboard.cached import probed
from dashboard.shared.lessons.lesson import Answer, Lesson, Missing, Question, Ranges, Way
from dashboard.shared.lessons.seen_runs import looked_at, named
from dashboard.shared.lessons.ways import training_ways
from dashboard.state.url_values import chosen_elsewhere
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.sources.known import class_names_of
from mnist_core.evaluation.comparison import Outcome
from mnist_core.evaluation.predictions import Predictions
from mnist_core.network.muting import Muteable, muteable_layers
from mnist_core.probing.knock_out_result import KnockOut, MutedTo
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_points, shown_share
from mnist_core.words import counted

COST = Ranges((0.02, 0.1), in_points=True)
FREE = 0.005
"""A filter whose muting costs less accuracy than this is hardly missed."""
SPARED, ONE_CLASS = Ranges((0.25, 0.75)), Ranges((0.25, 0.6))
MUTED, LAYER, MUTED_TO = "inside_muted", "inside_muted_layer", "inside_muted_to"
"""The choices of the page that are looked at."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Muting:
    """What the test digits are predicted as with each filter of the first convolution muted in turn."""

    run: RunRecord
    layer: Muteable
    found: KnockOut

    @property
    def top(self) -> int:
        """The filter whose muting costs most."""
        return int(self.found.order[0])


def _layer() -> tuple[RunRecord, Muteable] | Missing:
    """The first convolution of the run that is looked at."""
    found = looked_at(_no_convolution)
    return found if isinstance(found, Missing) else (found[0], _convolutions(found[0])[0])


def _convolutions(run: RunRecord) -> list[Muteable]:
    return [layer for layer in muteable_layers(run.config.architecture) if layer.is_convolution and not layer.is_skip]


def _no_convolution(run: RunRecord, predictions: Predictions) -> str | None:
    return None if _convolutions(run) else f"{named(run)} has no convolution."


def _muting() -> _Muting | Missing:
    chosen = _layer()
    if isinstance(chosen, Missing):
        return chosen
    run, layer = chosen
    found = probed.knock_out(run, cached.dataset(run.config.dataset), layer.name, MutedTo.ZERO)
    if found is None or not found.is_complete:
        return Missing(text=f"The filters of `{layer.name}` have not been muted in turn yet.")
    return _Muting(run=run, layer=layer, found=found)


def _look_at_top() -> Answer | Missing:
    muting = _muting()
    if isinstance(muting, Missing):
        return muting
    found, top = muting.found, muting.top
    lost = max(0.0, -float(found.changes[top]))
    return Answer(
        option=COST.option(lost),
        found=f"Without filter {top} of {counted(muting.layer.n, 'filter')}, the accuracy on {len(found.rows):,} test "
        f"images goes from {shown_share(found.clean_accuracy)} to "
        f"**{shown_share(found.clean_accuracy + float(found.changes[top]))}** ({shown_points(found.changes[top])}).",
        runs=(muting.run,),
        way=_way_to(muting.run, muting.layer, "See it muted", muted=top),
    )


def _look_at_spared() -> Answer | Missing:
    muting = _muting()
    if isinstance(muting, Missing):
        return muting
    free = muting.found.changes > -FREE
    return Answer(
        option=SPARED.option(float(free.mean())),
        found=f"**{int(free.sum()):,} of {counted(muting.layer.n, 'filter')}** ({shown_share(float(free.mean()))}) can "
        "be muted so, each alone.",
        runs=(muting.run,),
        way=_way_to(muting.run, muting.layer, "See all filters"),
    )


def _spared_tried() -> Missing | None:
    muting = _muting()
    if isinstance(muting, Missing):
        return muting
    muted, changes = _clicked(muting), muting.found.changes
    if not (changes > -FREE).any():
        return None  # there is none to click
    if muted is None or muted >= len(changes):
        return Missing(text="No filter of the list is chosen yet.")
    if changes[muted] > -FREE:
        return None
    return Missing(text=f"Muting filter {muted} costs more: {shown_points(changes[muted])}.")


def _look_at_classes() -> Answer | Missing:
    muting = _muting()
    if isinstance(muting, Missing):
        return muting
    found, top = muting.found, muting.top
    counts = found.comparison(top).by_label(Outcome.BROKEN)
    if not counts.any():
        return Missing(text="No digit depends on a single filter of this network. Choose another run.")
    label = int(counts.argmax())
    share = float(counts[label] / counts.sum())
    name = escape_markdown(class_names_of(muting.run.config.dataset)[label])
    return Answer(
        option=ONE_CLASS.option(share),
        found=f"Without filter {top}, {counted(int(counts.sum()), 'digit becomes', 'digits become')} wrong; "
        f"**{int(counts[label]):,}** of them ({shown_share(share)}) have the true label **{name}**.",
        runs=(muting.run,),
        way=_way_to(muting.run, muting.layer, "See these digits", muted=top),
    )


def _classes_tried() -> Missing | None:
    muting = _muting()
    if isinstance(muting, Missing):
        return muting
    if _clicked(muting) == muting.top:
        return None
    return Missing(text="The filter at the top of the list is not chosen yet.")


def _clicked(muting: _Muting) -> int | None:
    """The filter that was clicked in the list of this layer, muted to 0."""
    is_this = chosen_elsewhere(LAYER) == muting.layer.name and chosen_elsewhere(MUTED_TO) in (None, MutedTo.ZERO)
    return chosen_elsewhere(MUTED) if is_this else None


def _way_to(run: RunRecord, layer: Muteable, label: str, muted: int | None = None) -> Way:
    query = {"run": run.run_id, "view": "knock_out", "mute": layer.name}
    return Way(page="inside", label=label, query=query if muted is None else {**query, "muted": str(muted)})


def _ways() -> tuple[Way, ...]:
    chosen = _layer()
    return training_ways(chosen) if isinstance(chosen, Missing) else (_way_to(*chosen, "Open the knock-out"),)


LESSON = Lesson(
    name="filters",
    title="What a filter is for",
    about="Mute the filters of a convolution one at a time, and see which digits depend on them.",
    needs="A finished run with a convolution",
    page="inside",
    is_about_run=True,
    questions=(
        Question(
            ask="A filter of the first convolution is muted: it returns 0 everywhere, and the rest of the network "
            "works as before. By how much does the accuracy fall without the most important filter?",
            options=COST.words,
            task="Open the knock-out, and mute each filter in turn. This takes a few seconds, and nothing is trained.",
            ways=_ways,
            look=_look_at_top,
            why_not=_no_convolution,
            why="Later layers combine what all filters find. A filter that none of the others can stand in for is "
            "missed most; in a small network that is more likely.",
        ),
        Question(
            ask="How many of the filters of this layer can be muted, one at a time, so that the accuracy falls by less "
            f"than {100 * FREE:g} points?",
            options=SPARED.words,
            task="Click a filter in the list whose muting costs less than that, and look at the digits that change.",
            ways=_ways,
            look=_look_at_spared,
            tried=_spared_tried,
            why_not=_no_convolution,
            why="Filters overlap: several respond to similar strokes. That such a filter is hardly missed alone does "
            "not mean that all of them could go at once.",
        ),
        Question(
            ask="Back to the most important filter. Take the digits that become wrong without it. What share of them "
            "is of one class?",
            options=ONE_CLASS.words,
            task="Click the filter at the top of the list, and look at the digits that become wrong.",
            ways=_ways,
            look=_look_at_classes,
            tried=_classes_tried,
            why_not=_no_convolution,
            why="With equal shares, each of the ten classes would have a tenth. A filter that finds a certain stroke "
            "is missed most by the digits that this stroke tells apart.",
        ),
    ),
    takeaway="No filter recognises a digit by itself: each finds one kind of stroke, and the digits need them "
    "together. Muting shows what a network uses, which a look at the weights does not.",
)
