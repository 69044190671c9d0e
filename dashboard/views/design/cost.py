"""What the training of a design will cost, measured on this machine before it is started."""

from __future__ import annotations

import streamlit as st

from dashboard import settings
from dashboard.shared.errors import explain_errors
from dashboard.views.design.data import is_here, n_test_images, n_train_images
from dashboard.views.design.draft import Draft
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.quantities import shown_bytes, shown_seconds
from mnist_core.pricing.price import Price, price_of
from mnist_core.pricing.requests import PriceState, price_state, request_price
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.limits import memory_of, shown_limits
from mnist_core.training.measurement import Measurement, prices_folder
from mnist_core.training.settings import Precision

POLL_SECONDS = 1.0


def render_price_tag(draft: Draft) -> None:
    """Seconds, memory and the costliest layer; a button measures them."""
    st.subheader("Price", anchor=False)
    config = draft.config
    if config.architecture.problem is not None or not is_here(config.dataset):
        st.caption("The price stands here when the network can be built and its data set is on this machine.")
        return
    is_pending = _state_of(config).is_pending
    st.fragment(_render_tag, run_every=POLL_SECONDS if is_pending else None)(draft, is_pending)


@explain_errors()
def _render_tag(draft: Draft, was_pending: bool) -> None:
    state = _state_of(draft.config)
    if was_pending and not state.is_pending:
        st.rerun()  # so that the page is drawn without a timer, and with the price everywhere
    _render_figures(draft.config, state.measurement)
    with st.container(horizontal=True, vertical_alignment="center", key="design.benchmark"):
        label = "Measure" if state.measurement is None else "Measure again"
        if st.button(label, icon=":material/timer:", key="design.measure", disabled=state.is_pending):
            request_price(prices_folder(settings.runs_folder()), draft.config)
            st.rerun()
        _render_state(state)
        render_limits()


def price_line(config: ExperimentConfig) -> str | None:
    """The price in a few words, None if it was not measured yet."""
    measurement = _state_of(config).measurement
    if measurement is None:
        return None
    price = _price(config, measurement)
    return f"about {shown_seconds(price.total_seconds)}"


def _state_of(config: ExperimentConfig) -> PriceState:
    return price_state(prices_folder(settings.runs_folder()), config)


def _price(config: ExperimentConfig, measurement: Measurement) -> Price:
    name = config.dataset
    return price_of(config, measurement, train_images=n_train_images(name), test_images=n_test_images(name))


def _render_figures(config: ExperimentConfig, measurement: Measurement | None) -> None:
    price = None if measurement is None else _price(config, measurement)
    layer, share = _costliest(config, measurement)
    epoch = None if price is None else price.epoch_seconds + price.validation_seconds
    memory = memory_of(config, n_train_images(config.dataset)).total_bytes if price is None else price.peak_bytes
    with st.grid(min_column_width=200, key="design.price_figures"):
        st.metric("An epoch", "–" if epoch is None else shown_seconds(epoch), help="Training and validation.")
        st.metric(
            "In all",
            "–" if price is None else shown_seconds(price.total_seconds),
            help="Start, all epochs, and scoring the test images at the end. Early stopping may make it less.",
        )
        st.metric(
            "Memory" if price else "Memory, estimated",
            shown_bytes(memory),
            help="The most that the training process holds.",
        )
        st.metric(
            "Costs most",
            f"{layer} · {share:.0%}",
            help="Share of the layer in the time of a training step, measured one layer at a time."
            if measurement
            else "Share of the layer in the multiply-adds; measuring shows its share in the time.",
        )


def render_limits() -> None:
    """Every limit with its reason."""
    with st.popover("Limits", type="tertiary"):
        st.markdown("Limits against accidents, all well above what digits need.")
        for limit in shown_limits():
            st.markdown(f"**{limit.what}**: {limit.most}")
            st.caption(limit.reason)


def _costliest(config: ExperimentConfig, measurement: Measurement | None) -> tuple[str, float]:
    if measurement is not None and measurement.costliest_layer is not None:
        return measurement.costliest_layer
    row = max(config.architecture.rows, key=lambda row: row.multiply_adds)
    return row.name, row.multiply_adds / max(1, config.architecture.multiply_adds)


def _render_state(state: PriceState) -> None:
    if state.phase is not None:
        st.caption(f":material/hourglass_top: {escape_markdown(state.phase)} …")
    elif state.failure is not None:
        st.caption(f":material/error: {escape_markdown(state.failure)}")
    elif state.measurement is None:
        st.caption("A trial of a few seconds with real batches, on this machine.")
    else:
        st.caption(_basis(state.measurement))


def _basis(measurement: Measurement) -> str:
    seconds = measurement.batch_seconds
    each = ", ".join(f"{1000 * spent:.3g} ms in {name.replace('_', ' ')}" for name, spent in seconds.items())
    mixed = seconds.get(Precision.MIXED_BFLOAT16.value)
    if mixed is None:
        hint = " This processor has nothing to gain from bfloat16."
    else:
        factor = seconds[Precision.FLOAT32.value] / mixed
        hint = f" bfloat16 is {factor:.1f} times as fast here." if factor > 1.1 else " bfloat16 is not faster here."
    disturbed = (
        " The machine was busy with other work meanwhile: alone it is faster." if measurement.is_disturbed else ""
    )
    return f"A batch takes {each}.{hint}{disturbed}"
