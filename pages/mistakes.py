import streamlit as st

from dashboard.components.evaluated import render_evaluated_header
from dashboard.components.mistakes_biography import render_biography
from dashboard.components.mistakes_case import render_case
from dashboard.components.mistakes_export import render_take_away
from dashboard.components.mistakes_gallery import render_mistakes
from dashboard.components.mistakes_operate import render_operate
from dashboard.components.view_picker import render_view_picker

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
