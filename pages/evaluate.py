import streamlit as st

from dashboard.shared.evaluated import render_evaluated_header
from dashboard.shared.view_picker import render_view_picker
from dashboard.views.evaluate.by_epoch import render_by_epoch
from dashboard.views.evaluate.calibration import render_calibration
from dashboard.views.evaluate.choices import (
    ABOUT_SPLIT,
    HAS_OWN_DIGITS,
    TITLES,
    EvaluateChoices,
    EvaluateView,
    evaluate,
)
from dashboard.views.evaluate.confusion import render_confusion
from dashboard.views.evaluate.handwriting import render_handwriting
from dashboard.views.evaluate.other_data import render_other_data
from dashboard.views.evaluate.robustness import render_robustness
from dashboard.views.evaluate.scores import render_scores

found = render_evaluated_header(
    "Evaluate", name="evaluate", resets=ABOUT_SPLIT, has_split=evaluate.view not in HAS_OWN_DIGITS
)
if found is None:
    st.stop()

match render_view_picker(EvaluateChoices.view, TITLES):
    case EvaluateView.SCORES:
        render_scores(found)
    case EvaluateView.CONFUSION:
        render_confusion(found)
    case EvaluateView.CALIBRATION:
        render_calibration(found)
    case EvaluateView.BY_EPOCH:
        render_by_epoch(found)
    case EvaluateView.HANDWRITING:
        render_handwriting(found)
    case EvaluateView.ROBUSTNESS:
        render_robustness(found)
    case EvaluateView.OTHER_DATA:
        render_other_data(found)
