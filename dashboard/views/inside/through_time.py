"""Through time: filters, activations and the prediction for a digit after each stored epoch, as a film."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.cached import answers, probed
from dashboard.navigation import page_named
from dashboard.shared.linked_choice import linked_segments, linked_select
from dashboard.views.inside.choices import InsideChoices, inside
from dashboard.views.inside.digits import ChosenDigit, digits_to_choose, render_digit, render_digit_choice
from dashboard.views.inside.network import TrainedNetwork
from dashboard.widgets.film import FilmBars, FilmRow, film
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import DatasetError, RunError
from mnist_core.models.layers import Conv, Dropout, Flatten, Residual, SeparableConv
from mnist_core.network.film import Film, Reel
from mnist_core.runs.epoch_weights import BEFORE_TRAINING, MAX_EPOCH_BYTES
from mnist_core.shares import shown_probability, shown_share

MAX_FRAMES = 40
FEW_LAYERS = 5
WIDTHS = (12, 4)
FILTER, WEIGHT_IMAGE, MAP, UNIT = 27, 56, 56, 16
LARGEST_MB = MAX_EPOCH_BYTES // 10**6
_UNCHANGED = {Flatten.kind, Dropout.kind}
_WITH_FILTERS = {Conv.kind, SeparableConv.kind, Residual.kind}
_WITH_STORED_FILTERS = _WITH_FILTERS - {SeparableConv.kind}


def render_through_time(network: TrainedNetwork) -> None:
    """The film, and at its right the test digits to choose from: on a phone the film comes first."""
    store = cached.run_store()
    epochs = _shown_epochs(network, store.weight_epochs(network.run.run_id))
    if len(epochs) < 2:
        _render_filters_alone(network, _shown_epochs(network, store.filter_epochs(network.run.run_id)))
        return
    try:
        dataset = cached.dataset(network.run.config.dataset)
    except DatasetError as error:
        st.info(f"{escape_markdown(str(error))} The film shows the filters only.", icon=":material/info:")
        _render_film(network, epochs, None)
        return
    left, right = st.columns(WIDTHS, gap="medium")
    with right:
        digits = digits_to_choose(network, dataset)
        top = st.container()
        opened = render_digit_choice(digits)
        probabilities = answers.answer(network.run, opened.image)
        with top:
            render_digit(digits, opened, probabilities, network.compared)
    with left:
        _render_film(network, epochs, opened)


def _shown_epochs(network: TrainedNetwork, stored: Sequence[int]) -> tuple[int, ...]:
    """The finished ones of the stored epochs, at most as many as the film has frames."""
    done = network.run.summary.epochs_done
    epochs = [epoch for epoch in stored if epoch <= done]
    if len(epochs) <= MAX_FRAMES:
        return tuple(epochs)
    places = np.unique(np.linspace(0, len(epochs) - 1, MAX_FRAMES).round().astype(int))
    return tuple(epochs[place] for place in places)


def _render_filters_alone(network: TrainedNetwork, epochs: tuple[int, ...]) -> None:
    """What is left of a run that has not kept its weights: its filters, if it has some, and what to do."""
    if network.run.status.is_active:
        st.info("The film begins when the first epoch is finished: reload the page then.", icon=":material/movie:")
        return
    st.info(
        "The weights of the epochs of this run are not stored: it was trained with an earlier version, or its weights "
        f"take more than {LARGEST_MB} MB an epoch in half precision. Train it again with this version, or train a "
        "smaller network, to see its activations and predictions after each epoch.",
        icon=":material/movie:",
    )
    if (target := page_named("design")) is not None:
        st.page_link(target, label="Design a network", icon=":material/arrow_forward:")
    if len(epochs) > 1:
        st.markdown("**Filters after each epoch**")
        _render_film(network, epochs, None, is_whole=False)


def _render_film(
    network: TrainedNetwork, epochs: tuple[int, ...], opened: ChosenDigit | None, *, is_whole: bool = True
) -> None:
    """The film of one layer; not `is_whole`: only its filters are stored."""
    names = _layers(network, has_digit=opened is not None, is_whole=is_whole)
    if not names:
        st.caption("Without digits, only filters can be shown, and this network has none.")
        return
    layer = _render_layer_choice(names)
    inputs = None
    if opened is not None and network.run.scaler is not None:
        inputs = network.run.scaler.apply(opened.image[np.newaxis])
    try:
        if is_whole:
            found = probed.film(network.run, epochs, inputs, layer)
        else:
            found = probed.filters_film(network.run, epochs, layer)
    except RunError:
        st.info("A stored epoch of this run is gone or damaged. Reload the page.", icon=":material/refresh:")
        return
    stopped = film(
        _rows(found),
        _bars(found, opened),
        key="inside.film",
        label=f"{layer} after each stored epoch",
        identity=f"{network.run.run_id} {layer} {opened.identity if opened else ''} {epochs}",
        titles=[_title(epoch) for epoch in found.epochs],
        details=_details(network, found.epochs),
        start=_start(found.epochs),
    )
    if stopped is not None:
        inside.frame = found.epochs[stopped]
    _render_note(network, found.epochs)


def _layers(network: TrainedNetwork, *, has_digit: bool, is_whole: bool) -> tuple[str, ...]:
    """The layers that have something to show."""
    rows = [row for row in network.architecture.rows if row.kind not in _UNCHANGED]
    if not is_whole:
        return tuple(row.name for row in rows if row.kind in _WITH_STORED_FILTERS)
    if not has_digit:
        return tuple(row.name for row in rows if row.kind in _WITH_FILTERS)
    return tuple(row.name for row in rows[:-1]) or (rows[-1].name,)  # the output is shown anyway, by its bars


def _render_layer_choice(names: tuple[str, ...]) -> str:
    choose = linked_segments if len(names) <= FEW_LAYERS else partial(linked_select, width=260)
    return choose("Layer", names, choice=InsideChoices.film_layer, default=names[0])


def _start(epochs: Sequence[int]) -> int:
    """The frame of the link; without one the last, which is the network as it is."""
    wanted = inside.frame
    return len(epochs) - 1 if wanted is None else int(np.abs(np.array(epochs) - wanted).argmin())


def _title(epoch: int) -> str:
    return "Before training" if epoch == BEFORE_TRAINING else f"After epoch {epoch}"


def _details(network: TrainedNetwork, epochs: Sequence[int]) -> list[str]:
    known = {metrics.epoch: metrics.val_accuracy for metrics in cached.history(network.run.run_id)}
    best = network.run.best_epoch
    return [
        f"Validation accuracy {shown_share(known[epoch])}{' (best)' if epoch == best else ''}"
        if epoch in known
        else "Weights drawn at random"
        if epoch == BEFORE_TRAINING
        else ""
        for epoch in epochs
    ]


def _rows(found: Film) -> list[FilmRow]:
    rows = []
    if found.filters is not None:
        side = found.filters.frames.shape[-1]
        word = "Weight images" if side == 28 else "Filters"
        cell = WEIGHT_IMAGE if side == 28 else FILTER
        rows.append(_row(f"{word} of {found.layer}", found.filters, cell, word[:-1].lower()))
    if found.activations is not None:
        is_image = found.activations.frames.shape[-1] > 1
        word = "Feature maps" if is_image else "Units"
        rows.append(
            _row(f"{word} of {found.layer} for this digit", found.activations, MAP if is_image else UNIT, word[:-1])
        )
    return rows


def _row(title: str, reel: Reel, cell: int, word: str) -> FilmRow:
    count = reel.frames.shape[1]
    more = f" · the first {count} of {reel.n:,}" if count < reel.n else ""
    return FilmRow(
        title=f"{title}{more}",
        frames=reel.frames,
        limit=reel.limit,
        cell=cell,
        names=[f"{word} {i}" for i in range(count)],
    )


def _bars(found: Film, opened: ChosenDigit | None) -> FilmBars | None:
    if found.probabilities is None or opened is None:
        return None
    return FilmBars(
        shares=found.probabilities,
        texts=[[shown_probability(float(value)) for value in frame] for frame in found.probabilities],
        names=opened.class_names,
        verdicts=[_verdict(frame, opened) for frame in found.probabilities],
        true_label=opened.label,
    )


def _verdict(probabilities: np.ndarray, opened: ChosenDigit) -> str:
    if not np.isfinite(probabilities).all():
        return f"{opened.words}: the weights are not numbers, so there is no prediction."
    predicted = int(probabilities.argmax())
    answer = f"{opened.words}: predicted {opened.class_names[predicted]}"
    if opened.label is None:
        return answer
    return (
        f"{answer}, correct"
        if predicted == opened.label
        else f"{answer}, wrong, true label {opened.class_names[opened.label]}"
    )


def _render_note(network: TrainedNetwork, shown: Sequence[int]) -> None:
    done = network.run.summary.epochs_done
    n = sum(epoch != BEFORE_TRAINING for epoch in shown)
    cut = f" {n} of the {done} epochs are shown, evenly spaced." if n < done else ""
    st.caption(
        f"Green is above 0, purple below; all epochs have one scale. Each filter is shown on the input channel on "
        f"which it ends up strongest. Left and right arrow keys step through the epochs.{cut}"
    )
