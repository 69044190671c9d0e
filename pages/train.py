import streamlit as st

from dashboard import cached
from dashboard.shared.context.bar import Uses, render_context_bar
from dashboard.shared.empty_state import render_no_runs
from dashboard.state.current import JudgedSplit
from dashboard.views.train.cluster import render_cluster
from dashboard.views.train.monitor import render_training_monitor
from dashboard.views.train.queue import render_recent_runs, render_run_queue
from dashboard.views.train.validation import render_validation_by_epoch

run = render_context_bar("Train", Uses(shown_split=JudgedSplit.VALIDATION, is_by_epoch=True, needs_results=False)).run
if run is None:
    render_no_runs(has_others=any(True for _ in cached.newest_runs()))
else:
    render_training_monitor(run)
    render_validation_by_epoch(run)
    left, right = st.columns([3, 2], gap="large")
    with left:
        render_recent_runs(run)
    with right:
        render_run_queue()
        render_cluster()
