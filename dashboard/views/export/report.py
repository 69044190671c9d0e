"""The report of a run, or of two compared, as one HTML file."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.widgets.markdown import escape_markdown
from mnist_core.export.report.writing import report_name, run_report
from mnist_core.runs.record import RunRecord


def render_report(run: RunRecord, compared: RunRecord | None) -> None:
    """What is in it, and the file."""
    store = cached.run_store()
    if compared is not None and (compared.status.is_active or compared.best_epoch is None):
        st.caption(f"{escape_markdown(compared.title)} is left out: it has not been trained to its end.")
        compared = None
    about = f"**{escape_markdown(run.title)}**"
    if compared is not None:
        about += f" and **{escape_markdown(compared.title)}**, compared digit by digit"
    st.markdown(f"One HTML file about {about}, to read offline, print and send.")
    st.markdown(
        "- what was trained, layer by layer\n- scores with their intervals, for all digits and for each class\n"
        "- curves of accuracy and loss\n- the confusion matrix\n- the misclassified digits with the highest loss\n"
        "- calibration\n- a verdict in sentences, and hints from the curves"
    )
    st.download_button(
        "Download the report",
        data=lambda: run_report(store, run.run_id, compared.run_id if compared else None).encode(),
        file_name=report_name(run, compared),
        mime="text/html",
        key="export.report",
        on_click="ignore",
        type="primary",
        icon=":material/download:",
    )
    if compared is None:
        st.caption("Choose a run to compare with above for a report about both.")
