"""A table of Streamlit's with a download of its own: named after what it shows, and safe to open in a spreadsheet.

The one in Streamlit's toolbar is named after the time, and passes on texts that a spreadsheet would run as formulas:
`page_style.css` hides it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.shared.share_columns import with_shares
from dashboard.widgets.file_names import file_name
from mnist_core.evaluation.export import selection_csv


def data_table(
    table: pd.DataFrame,
    *,
    key: str,
    name: str,
    texts: Mapping[str, Callable[[float], str]] | None = None,
    **options: Any,
) -> Any:
    """Show the table; returns what `st.dataframe` returns.

    Args:
        key: "<page>.<field>".
        name: of what and what, such as "two-conv settings"; the file it is downloaded to is named so.
        texts: what writes the numbers of some columns on screen, as of `with_shares`.
        options: more arguments of `st.dataframe`.
    """
    shown = table if texts is None else with_shares(table, texts)
    event = st.dataframe(shown, hide_index=True, key=key, **options)
    st.download_button(
        "CSV",
        data=lambda: selection_csv(table),
        file_name=f"{file_name(name)}.csv",
        mime="text/csv",
        key=f"{key}.csv",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help="Download the table.",
    )
    return event
