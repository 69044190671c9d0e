import streamlit as st

from dashboard import cached
from dashboard.shared.dataset_notice import render_dataset_notice
from dashboard.views.home.digit_strip import render_digit_strip
from dashboard.views.home.next_steps import render_next_steps
from dashboard.views.home.recent_runs import render_recent_runs

dataset = cached.dataset(cached.default_dataset())

st.title("MNIST Studio", anchor=False)
st.markdown(
    "Explore handwritten digits, design a network, train it, and see which digits it misclassifies, and why. "
    "All data stays on this machine."
)
render_digit_strip("home", dataset)
render_next_steps()

data, runs = st.columns(2, gap="large")
with data:
    render_dataset_notice(dataset)
with runs:
    render_recent_runs()
