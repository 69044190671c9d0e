import streamlit as st

from dashboard.components.learning_view import render_learning_view
from dashboard.components.run_hints import render_run_hints
from dashboard.components.run_picker import render_run_picker
from dashboard.components.run_queue import render_recent_table, render_run_queue
from dashboard.components.training_monitor import render_training_monitor

st.title("Train", anchor=False)

run = render_run_picker("train")
if run is None:
    st.stop()

render_training_monitor(run)
render_run_hints(run)
render_learning_view(run)

left, right = st.columns(2, gap="large")
with left:
    render_recent_table()
with right:
    render_run_queue()
