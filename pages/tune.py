from dashboard.shared.context.bar import Uses, render_context_bar
from dashboard.shared.notices import show_notices
from dashboard.shared.view_picker import render_view_picker
from dashboard.views.tune.choices import TITLES, TuneChoices, TuneView
from dashboard.views.tune.findings import render_findings
from dashboard.views.tune.new_search import render_new_search
from dashboard.views.tune.progress import render_progress
from dashboard.views.tune.verdict import render_verdict

context = render_context_bar("Tune", Uses(needs_results=False, leads_to_runs=True))
view = render_view_picker(TuneChoices.view, TITLES)
show_notices()
match view:
    case TuneView.NEW:
        render_new_search(context)
    case TuneView.PROGRESS:
        render_progress()
    case TuneView.FOUND:
        render_findings()
    case TuneView.VERDICT:
        render_verdict()
