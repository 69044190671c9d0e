import streamlit as st

from dashboard import resources
from dashboard.components.augmentation_form import render_augmentation_form
from dashboard.components.design_data import render_data_form
from dashboard.components.design_extras import render_design_extras
from dashboard.components.design_link import open_design
from dashboard.components.network_designer import render_network_designer
from dashboard.components.price_tag import render_price_tag
from dashboard.components.recipe_picker import render_recipe_picker, render_recipe_table
from dashboard.components.start_bar import render_start_bar
from dashboard.components.training_form import render_training_form

st.title("Design", anchor=False)
draft = open_design(resources.default_dataset())

render_recipe_picker(draft)
render_recipe_table(draft)
render_network_designer(draft)
render_data_form(draft)
render_training_form(draft)
render_augmentation_form(draft)
render_price_tag(draft)
render_design_extras(draft)
render_start_bar(draft)
