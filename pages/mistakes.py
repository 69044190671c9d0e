import streamlit as st

from dashboard.shared.evaluated import render_evaluated_header
from dashboard.shared.view_picker import render_view_picker
from dashboard.views.mistakes.edit import render_operate
from dashboard.views.mistakes.explain import render_case
from dashboard.views.mistakes.export import render_take_away
from dashboard.views.mistakes.gallery import render_mistakes
from dashboard.views.mistakes.training_history import render_biography

found = render_evaluated_header("mistakes", "Mistakes")
if found is None:
    st.stop()

match render_view_picker("mistakes"):
    case "gallery":
        render_mistakes(found)
    case "case":
        render_case(found)
    case "biography":
        render_biography(found)
    case "operate":
        render_operate(found)
    case "export":
        render_take_away(found)
