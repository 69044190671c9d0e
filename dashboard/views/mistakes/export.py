"""Export of the digits in the gallery."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.digits.export import predicted_digits, render_export, selected_frame
from dashboard.shared.measures import evaluated_measures
from dashboard.views.mistakes.filters import filter_words, filtered_positions, render_filters

N_SHOWN = 10


def render_export_view(found: Evaluated) -> None:
    """The same filters as in the gallery, the formats, and the first lines of the table."""
    render_filters(found)
    evaluated_measures(found, name="mistakes.export_measuring")
    positions = filtered_positions(found)
    st.subheader(filter_words(found, len(positions)), anchor=False)
    render_export(predicted_digits(found, positions), name="mistakes.export")
    st.caption(
        "`index` is the row in the split of the data set, counted from 0; `probability_0` to `probability_9` are the "
        f"probabilities of the classes. The table is about {found.words}."
    )
    if len(positions):
        shown = min(N_SHOWN, len(positions))
        st.markdown(f"**The first {shown} rows of the table**" if shown > 1 else "**The table**")
        st.dataframe(selected_frame(found, positions[:N_SHOWN]), hide_index=True)
