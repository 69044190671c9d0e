"""Pure functions from values of `mnist_core` to Plotly figures.

Code here does not import Streamlit, read files or keep state: the same values give the same figure. Backgrounds are
transparent and text has no colour of its own, so that a figure takes on the theme of the page, light or dark.
"""

# Plotly uses pandas if it is among the loaded modules. While another thread is still importing pandas (the warm-up
# does), Plotly would find it half loaded and fail; importing it here waits for that.
import pandas  # noqa: F401
