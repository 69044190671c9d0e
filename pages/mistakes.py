from dashboard.shared.context.evaluated import render_origin
from dashboard.shared.view_picker import render_view_picker
from dashboard.views.mistakes.choices import TITLES, MistakesChoices, MistakesView
from dashboard.views.mistakes.edit import render_edit
from dashboard.views.mistakes.explain import render_explanation
from dashboard.views.mistakes.export import render_export_view
from dashboard.views.mistakes.filters import show_outcome
from dashboard.views.mistakes.gallery import render_gallery
from dashboard.views.mistakes.header import render_header
from dashboard.views.mistakes.labels import render_labels
from dashboard.views.mistakes.training_history import render_training_history

found = render_header()
if found is not None:
    view = render_view_picker(MistakesChoices.view, TITLES)
    render_origin(found, show=show_outcome)
    match view:
        case MistakesView.GALLERY:
            render_gallery(found)
        case MistakesView.EXPLAIN:
            render_explanation(found)
        case MistakesView.TRAINING_HISTORY:
            render_training_history(found)
        case MistakesView.EDIT:
            render_edit(found)
        case MistakesView.LABELS:
            render_labels(found)
        case MistakesView.EXPORT:
            render_export_view(found)
