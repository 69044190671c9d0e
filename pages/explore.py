import streamlit as st

from dashboard.components.class_overview import render_class_overview
from dashboard.components.dataset_import import render_import
from dashboard.components.dataset_map import render_dataset_map
from dashboard.components.dataset_oddities import render_oddities
from dashboard.components.dataset_picker import render_dataset_line, render_dataset_picker
from dashboard.components.dataset_sources import render_sources
from dashboard.components.digit_browser import render_digit_browser
from dashboard.components.explore_views import render_view_choice
from dashboard.components.input_preview import render_input_preview
from dashboard.components.measure_overview import render_measure_overview

with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Explore", anchor=False, width="content")
    dataset = render_dataset_picker()
    render_dataset_line(dataset)
view = render_view_choice()

if view == "sources":
    render_sources()
    render_import()
elif dataset is None:
    st.stop()
elif view == "digits":
    render_digit_browser(dataset)
elif view == "classes":
    render_class_overview(dataset)
elif view == "measures":
    render_measure_overview(dataset)
elif view == "map":
    render_dataset_map(dataset)
elif view == "oddities":
    render_oddities(dataset)
elif view == "preview":
    render_input_preview(dataset)
