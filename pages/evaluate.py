import streamlit as st

from dashboard.components.evaluate_calibration import render_calibration
from dashboard.components.evaluate_confusion import render_confusion
from dashboard.components.evaluate_handwriting import render_handwriting
from dashboard.components.evaluate_other import render_other_data
from dashboard.components.evaluate_robustness import render_robustness
from dashboard.components.evaluate_scores import render_scores
from dashboard.components.evaluate_time import render_through_time
from dashboard.components.evaluated import render_evaluated_header
from dashboard.components.view_picker import render_view_picker

found = render_evaluated_header("evaluate", "Evaluate")
if found is None:
    st.stop()

match render_view_picker("evaluate"):
    case "scores":
        render_scores(found)
    case "confusion":
        render_confusion(found)
    case "calibration":
        render_calibration(found)
    case "time":
        render_through_time(found)
    case "handwriting":
        render_handwriting(found)
    case "robustness":
        render_robustness(found)
    case "other":
        render_other_data(found)
