from dashboard.shared.context.bar import Uses, render_context_bar
from dashboard.shared.notices import show_notices
from dashboard.views.classroom.assignments import render_assignments
from dashboard.views.classroom.choices import ClassView
from dashboard.views.classroom.editing import render_new_assignment
from dashboard.views.classroom.here import class_here, render_person, render_view_of
from dashboard.views.classroom.people import render_people

here = class_here()
render_context_bar("Class", Uses())
show_notices()
render_person(here)
view = render_view_of(here)
if view == ClassView.NEW:
    render_new_assignment(here)
elif view == ClassView.PEOPLE:
    render_people(here)
else:
    render_assignments(here)
