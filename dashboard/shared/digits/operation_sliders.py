"""A slider for each edit of a digit: rotate, shift, scale, thicken."""

from __future__ import annotations

import streamlit as st

from dashboard.state.session import set_widget_value, widget_value
from mnist_core.probing.flips import OPERATIONS, Operation

HELP = {
    "rotate": "Above 0 counter-clockwise, below 0 clockwise.",
    "right": "Below 0 to the left.",
    "down": "Below 0 upwards.",
    "scale": "Above 1 enlarges, below 1 shrinks.",
    "thickness": "Above 0 is a broader pen, below 0 a finer one.",
}


def render_operation_sliders(*, name: str, token: str, is_seen: bool = True) -> dict[str, float]:
    """The sliders, with a button that sets them back; returns the amount of each edit by its name.

    Args:
        name: "<page>.<field>", for the keys.
        token: identifies the digit: another one starts with no change.
        is_seen: if not, sliders that change nothing are left out, which spares the browser their drawing.
    """
    amounts = {operation_name: operation.neutral for operation_name, operation in OPERATIONS.items()}
    if not is_seen and all(
        widget_value(f"{name}.{operation_name}.{token}") in (None, neutral)
        for operation_name, neutral in amounts.items()
    ):
        return amounts
    for operation_name, operation in OPERATIONS.items():
        amount = st.slider(
            operation_title(operation),
            float(operation.low),
            float(operation.high),
            float(operation.neutral),
            step=float(operation.step),  # the amounts that are tried for flips
            format=f"%.{_decimals(operation.step)}f",
            help=HELP.get(operation_name),
            key=f"{name}.{operation_name}.{token}",
        )
        amounts[operation_name] = round(amount, 6)
    st.button(
        "Reset",
        key=f"{name}.back",
        icon=":material/undo:",
        disabled=not is_edited(amounts),
        on_click=_reset,
        args=(name, token),
    )
    return amounts


def is_edited(amounts: dict[str, float]) -> bool:
    """Whether any of these amounts changes a digit."""
    return any(amounts[name] != operation.neutral for name, operation in OPERATIONS.items())


def operation_title(operation: Operation) -> str:
    """Name and unit of an edit: "Rotate (°)"."""
    return f"{operation.title} ({operation.unit.strip()})"


def _reset(name: str, token: str) -> None:
    for operation_name, operation in OPERATIONS.items():
        set_widget_value(f"{name}.{operation_name}.{token}", float(operation.neutral))


def _decimals(step: float) -> int:
    """How many digits after the point an amount in these steps has."""
    return len(f"{step:g}".partition(".")[2])
