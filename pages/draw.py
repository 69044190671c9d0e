import streamlit as st

from dashboard.shared.context.bar import Uses, render_context_bar
from dashboard.shared.view_picker import render_view_picker
from dashboard.views.draw.choices import TITLES, DrawChoices, DrawView
from dashboard.views.draw.handwriting import render_handwriting
from dashboard.views.draw.networks import render_networks
from dashboard.views.draw.pad import render_pad
from dashboard.views.draw.photograph import render_photograph

context = render_context_bar("Draw", Uses(compared=True, leads_to_runs=True))

picker, others = st.columns(2, gap="medium")
with picker:
    view = render_view_picker(DrawChoices.view, TITLES)
with others:
    networks = render_networks(context)
match view:
    case DrawView.PAD:
        render_pad(networks)
    case DrawView.PHOTOGRAPH:
        render_photograph(networks)
    case DrawView.HANDWRITING:
        render_handwriting(networks)
