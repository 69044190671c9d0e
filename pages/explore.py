import streamlit as st

from dashboard.shared.view_picker import render_view_picker
from dashboard.views.explore.augmentation import render_augmentation
from dashboard.views.explore.choices import TITLES, ExploreChoices, ExploreView
from dashboard.views.explore.classes import render_classes
from dashboard.views.explore.data_import import render_import
from dashboard.views.explore.data_quality import render_data_quality
from dashboard.views.explore.data_sets import render_data_sets
from dashboard.views.explore.dataset_picker import render_dataset_line, render_dataset_picker
from dashboard.views.explore.digits import render_digits
from dashboard.views.explore.embedding import render_embedding
from dashboard.views.explore.measures import render_measures

with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Explore", anchor=False, width="content")
    dataset = render_dataset_picker()
    render_dataset_line(dataset)
view = render_view_picker(ExploreChoices.view, TITLES)

if view is ExploreView.DATA_SETS:
    render_data_sets()
    render_import()
elif dataset is None:
    st.stop()
elif view is ExploreView.DIGITS:
    render_digits(dataset)
elif view is ExploreView.CLASSES:
    render_classes(dataset)
elif view is ExploreView.MEASURES:
    render_measures(dataset)
elif view is ExploreView.EMBEDDING:
    render_embedding(dataset)
elif view is ExploreView.DATA_QUALITY:
    render_data_quality(dataset)
elif view is ExploreView.AUGMENTATION:
    render_augmentation(dataset)
