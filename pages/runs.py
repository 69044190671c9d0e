from dashboard.shared.notices import show_notices
from dashboard.shared.view_picker import render_view_picker
from dashboard.views.runs.bin import render_bin
from dashboard.views.runs.choices import FURTHER, TITLES, RunsChoices, RunsView
from dashboard.views.runs.compare import render_compare
from dashboard.views.runs.ensemble import render_ensemble
from dashboard.views.runs.header import render_header
from dashboard.views.runs.ledger import render_ledger
from dashboard.views.runs.table import render_table

context = render_header()
view = render_view_picker(RunsChoices.view, TITLES, further=FURTHER)
show_notices()
match view:
    case RunsView.TABLE:
        render_table()
    case RunsView.COMPARE:
        render_compare(context)
    case RunsView.LEDGER:
        render_ledger(context)
    case RunsView.ENSEMBLE:
        render_ensemble(context)
    case RunsView.BIN:
        render_bin()
