import streamlit as st

from dashboard.views.explore.augmentation import render_input_preview
from dashboard.views.explore.classes import render_class_overview
from dashboard.views.explore.data_import import render_import
from dashboard.views.explore.data_quality import render_oddities
from dashboard.views.explore.data_sets import render_sources
from dashboard.views.explore.dataset_picker import render_dataset_line, render_dataset_picker
from dashboard.views.explore.digits import render_digit_browser
from dashboard.views.explore.embedding import render_dataset_map
from dashboard.views.explore.measures import render_measure_overview
from dashboard.views.explore.tabs import render_view_choice

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
