import streamlit as st

from dashboard import cached
from dashboard.shared.context.bar import Uses, render_context_bar
from dashboard.shared.notices import show_notices
from dashboard.shared.settings.dataset_notice import render_dataset_notice
from dashboard.state.current import JudgedSplit
from dashboard.views.home.class_note import render_class_note
from dashboard.views.home.drawing import render_drawing
from dashboard.views.home.next_steps import render_next_steps
from dashboard.views.home.recent_runs import render_recent_runs
from dashboard.views.home.start_panel import choose_run, render_start_panel

dataset = cached.dataset(cached.default_dataset())

choose_run()
context = render_context_bar("MNIST Studio", Uses(shown_split=JudgedSplit.TEST, leads_to_runs=True))
show_notices()
if context.run is None:
    st.header("MNIST Studio", anchor=False)
st.markdown(
    "Train a network on handwritten digits, see which ones it gets wrong, and why. All data stays on this machine."
)

render_class_note()
start, draw = st.columns(2, gap="large")
with start:
    render_start_panel(dataset, context.run)
with draw:
    render_drawing(context.run)

render_next_steps()

runs, data = st.columns(2, gap="large")
with runs:
    render_recent_runs()
with data:
    render_dataset_notice(dataset)
