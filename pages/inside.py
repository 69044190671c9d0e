import streamlit as st

from dashboard.shared.view_picker import render_view_picker
from dashboard.views.inside.activations import render_activations
from dashboard.views.inside.choices import TITLES, InsideChoices, InsideView
from dashboard.views.inside.filters import render_filters
from dashboard.views.inside.network import render_network_header

network = render_network_header("Look inside")
if network is None:
    st.stop()

match render_view_picker(InsideChoices.view, TITLES):
    case InsideView.ACTIVATIONS:
        render_activations(network)
    case InsideView.FILTERS:
        render_filters(network)
