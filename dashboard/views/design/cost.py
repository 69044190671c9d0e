"""The cost of training a design: an estimate, and a benchmark on this machine."""

from __future__ import annotations

import streamlit as st

from dashboard import settings
from dashboard.cached import run_store
from dashboard.shared.errors import explain_errors
from dashboard.views.design.data import is_here, n_test_images, n_train_images
from dashboard.views.design.draft import Draft
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.quantities import shown_bytes, shown_seconds
from mnist_core.pricing.expected import ExpectedTime, expected_time
from mnist_core.pricing.price import Price, price_of
from mnist_core.pricing.requests import PriceState, price_state, request_price
from mnist_core.pricing.rough import rough_time
from mnist_core.shares import shown_share
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.limits import memory_of, shown_limits
from mnist_core.training.measurement import Measurement, prices_folder
from mnist_core.training.settings import Precision
from mnist_core.words import counted

POLL_SECONDS = 1.0
UNKNOWN_TIME = "Times are unknown until this network was trained or benchmarked on this data."


def render_cost(draft: Draft) -> None:
    """Time, memory and the most expensive layer; a button runs the benchmark."""
    st.subheader("Cost", anchor=False)
    config = draft.config
    if config.architecture.problem is not None or not is_here(config.dataset):
        st.caption("Shown when the network can be built and its data set is on this machine.")
        return
    is_pending = _state_of(config).is_pending
    st.fragment(_render_now, run_every=POLL_SECONDS if is_pending else None)(draft, is_pending)


@explain_errors()
def _render_now(draft: Draft, was_pending: bool) -> None:
    state = _state_of(draft.config)
    if was_pending and not state.is_pending:
        st.rerun()  # so that the whole page is drawn with the result, and without the timer
    _render_figures(draft.config, state.measurement)
    with st.container(horizontal=True, vertical_alignment="center", key="design.benchmark"):
        label = "Run benchmark" if state.measurement is None else "Repeat benchmark"
        if st.button(label, icon=":material/timer:", key="design.measure", disabled=state.is_pending):
            request_price(prices_folder(settings.machine_folder()), draft.config)
            st.rerun()
        _render_state(state)
        render_limits()


def total_time(config: ExperimentConfig) -> str | None:
    """The total time in a few words, None if neither a past run nor a benchmark tells it."""
    times = _times(config, _state_of(config).measurement)
    return None if times is None else f"about {shown_seconds(times.total_seconds)}"


def _times(config: ExperimentConfig, measurement: Measurement | None) -> ExpectedTime | None:
    n_train, n_test = n_train_images(config.dataset), n_test_images(config.dataset)
    found = expected_time(run_store(), config, measurement, train_images=n_train, test_images=n_test)
    return found or rough_time(run_store(), config, train_images=n_train)


def _source(times: ExpectedTime | None) -> str:
    """Where the times are from, Markdown."""
    if times is None:
        return UNKNOWN_TIME
    if times.earlier is None:
        return "Times are an estimate from the benchmark."
    if times.is_rough:
        return (
            "Times are a rough estimate by multiply-adds, from a past run of another network: "
            f"{escape_markdown(times.earlier.run.title)}. The benchmark is more precise."
        )
    n = counted(times.earlier.n_epochs, "epoch")
    return f"Times are from a past run of this network on this data: {escape_markdown(times.earlier.run.title)}, {n}."


def _state_of(config: ExperimentConfig) -> PriceState:
    return price_state(prices_folder(settings.machine_folder()), config)


def _cost(config: ExperimentConfig, measurement: Measurement) -> Price:
    name = config.dataset
    return price_of(config, measurement, train_images=n_train_images(name), test_images=n_test_images(name))


def _render_figures(config: ExperimentConfig, measurement: Measurement | None) -> None:
    cost = None if measurement is None else _cost(config, measurement)
    times = _times(config, measurement)
    memory = memory_of(config, n_train_images(config.dataset)).total_bytes if cost is None else cost.peak_bytes
    with st.grid(min_column_width=200, key="design.price_figures"):
        st.metric(
            "Time per epoch", "–" if times is None else shown_seconds(times.epoch_seconds), help="With validation."
        )
        st.metric(
            "Total time",
            "–" if times is None else shown_seconds(times.total_seconds),
            help="The start and all epochs. Early stopping may shorten it.",
        )
        st.metric(
            "Peak memory" if cost else "Peak memory (estimate)",
            shown_bytes(memory),
            help="Largest memory of the training process.",
        )
        _render_layers(config, measurement)
    with st.container(key="design.price_source"):
        st.caption(_source(times))


def _render_layers(config: ExperimentConfig, measurement: Measurement | None) -> None:
    """The layer with most multiply-adds, which needs no benchmark, and the slowest one, which does."""
    row = max(config.architecture.rows, key=lambda row: row.multiply_adds)
    share = row.multiply_adds / max(1, config.architecture.multiply_adds)
    st.metric(
        "Most multiply-adds",
        f"{row.name} · {shown_share(share)}",
        help="The layer with most multiply-adds, and its share of those of the network.",
    )
    if measurement is not None and measurement.costliest_layer is not None:
        name, share = measurement.costliest_layer
        st.metric(
            "Slowest layer",
            f"{name} · {shown_share(share)}",
            help="The layer that takes most time in the benchmark, and its share of the time of a step, with each "
            "layer timed by itself.",
        )


def render_limits() -> None:
    """All resource limits, each with its reason."""
    with st.popover("Resource limits", type="tertiary"):
        st.markdown("Upper bounds that protect this machine. Networks for digits stay far below them.")
        for limit in shown_limits():
            st.markdown(f"**{limit.what}**: {limit.most}")
            st.caption(limit.reason)


def _render_state(state: PriceState) -> None:
    if state.phase is not None:
        st.caption(f":material/hourglass_top: {escape_markdown(state.phase)} …")
    elif state.failure is not None:
        st.caption(f":material/error: {escape_markdown(state.failure)}")
    elif state.measurement is None:
        st.caption("The benchmark trains real batches on this machine. With loading TensorFlow it can take a minute.")
    else:
        st.caption(_basis(state.measurement))


def _basis(measurement: Measurement) -> str:
    seconds = measurement.batch_seconds
    each = ", ".join(f"{1000 * spent:.3g} ms in {name.replace('_', ' ')}" for name, spent in seconds.items())
    mixed = seconds.get(Precision.MIXED_BFLOAT16.value)
    if mixed is None:
        comparison = " This CPU does not support bfloat16."
    else:
        factor = seconds[Precision.FLOAT32.value] / mixed
        comparison = f" bfloat16 is {factor:.1f} times as fast." if factor > 1.1 else " bfloat16 is not faster."
    disturbed = (
        " Other programs were running during the benchmark; without them it is faster."
        if measurement.is_disturbed
        else ""
    )
    return f"A step takes {each}.{comparison}{disturbed}"
