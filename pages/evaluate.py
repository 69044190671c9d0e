from dashboard.shared.context.evaluated import render_origin
from dashboard.shared.view_picker import render_view_picker
from dashboard.views.evaluate.by_epoch import render_by_epoch
from dashboard.views.evaluate.calibration import render_calibration
from dashboard.views.evaluate.choices import FURTHER, TITLES, EvaluateChoices, EvaluateView
from dashboard.views.evaluate.confusion import render_confusion
from dashboard.views.evaluate.handwriting import render_handwriting
from dashboard.views.evaluate.header import HAS_OWN_DIGITS, render_header
from dashboard.views.evaluate.other_data import render_other_data
from dashboard.views.evaluate.robustness import render_robustness
from dashboard.views.evaluate.scores import render_scores

found = render_header()
if found is not None:
    view = render_view_picker(EvaluateChoices.view, TITLES, further=FURTHER)
    if view not in HAS_OWN_DIGITS:
        render_origin(found)
    match view:
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
