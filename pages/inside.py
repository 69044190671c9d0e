import streamlit as st

from dashboard.components.inside_run import render_network_header
from dashboard.components.inside_views import render_inside_view

network = render_network_header("Look inside")
if network is None:
    st.stop()

render_inside_view(network)
