from dashboard.shared.context.bar import Uses, render_context_bar
from dashboard.views.learn.lessons import render_lessons

render_context_bar("Learn", Uses())
render_lessons()
