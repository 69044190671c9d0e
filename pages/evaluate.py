import streamlit as st

from dashboard.shared.evaluated import render_evaluated_header
from dashboard.shared.view_picker import render_view_picker
from dashboard.views.evaluate.by_epoch import render_through_time
from dashboard.views.evaluate.calibration import render_calibration
from dashboard.views.evaluate.confusion import render_confusion
from dashboard.views.evaluate.handwriting import render_handwriting
from dashboard.views.evaluate.other_data import render_other_data
from dashboard.views.evaluate.robustness import render_robustness
from dashboard.views.evaluate.scores import render_scores

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
