"""Tables with columns of shares: written like everywhere else, sorted by their value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler


def with_shares(table: pd.DataFrame, texts: Mapping[str, Callable[[float], str]]) -> Styler:
    """`table` for `st.dataframe`, with the numbers of some columns written by these functions; missing ones as a dash.

    A format of Streamlit's column settings would round 99.996% to 100%.
    """
    formats: Any = dict(texts)
    return table.style.format(formats, na_rep="–")
