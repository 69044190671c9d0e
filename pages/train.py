import streamlit as st

from dashboard.shared.run_picker import render_run_picker
from dashboard.views.train.monitor import render_training_monitor
from dashboard.views.train.queue import render_recent_runs, render_run_queue
from dashboard.views.train.validation import render_validation_by_epoch

st.title("Train", anchor=False)

run = render_run_picker("train")
if run is None:
    st.stop()

render_training_monitor(run)
render_validation_by_epoch(run)

left, right = st.columns([3, 2], gap="large")
with left:
    render_recent_runs(run)
with right:
    render_run_queue()
