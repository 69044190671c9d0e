from dashboard.shared.view_picker import render_view_picker
from dashboard.views.export.choices import TITLES, ExportChoices, ExportView
from dashboard.views.export.header import render_header
from dashboard.views.export.importing import render_import
from dashboard.views.export.model import render_model
from dashboard.views.export.other_tools import render_other_tools
from dashboard.views.export.report import render_report
from dashboard.views.export.whole_run import render_whole_run

context = render_header()
view = render_view_picker(ExportChoices.view, TITLES)
if view is ExportView.IMPORT:
    render_import()
elif context is not None:
    match view:
        case ExportView.MODEL:
            render_model(context.run)
        case ExportView.RUN:
            render_whole_run(context.run)
        case ExportView.REPORT:
            render_report(context.run, context.compared)
        case ExportView.TOOLS:
            render_other_tools(context.run)
