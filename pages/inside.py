import streamlit as st

from dashboard.views.inside.network import render_network_header
from dashboard.views.inside.tabs import render_inside_view

network = render_network_header("Look inside")
if network is None:
    st.stop()

render_inside_view(network)
