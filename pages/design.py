from dashboard import cached
from dashboard.shared.context.bar import Uses, render_context_bar
from dashboard.views.design.augmentation import render_augmentation_form
from dashboard.views.design.cost import render_cost
from dashboard.views.design.data import render_data_form
from dashboard.views.design.extras import render_design_extras
from dashboard.views.design.link import open_design
from dashboard.views.design.network import render_network_designer
from dashboard.views.design.recipes import render_recipe_picker, render_recipe_table
from dashboard.views.design.start_bar import render_start_bar
from dashboard.views.design.training import render_training_form

context = render_context_bar("Design", Uses(leads_to_runs=True))
draft = open_design(cached.default_dataset())

render_recipe_picker(draft, context.run)
render_recipe_table(draft)
render_network_designer(draft)
render_data_form(draft)
render_training_form(draft)
render_augmentation_form(draft)
render_cost(draft)
render_design_extras(draft)
render_start_bar(draft)
