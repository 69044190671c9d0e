"""Pure functions from values of `mnist_core` to Plotly figures.

Code here never imports Streamlit, reads no file and keeps nothing: the same values give the same figure. Backgrounds
are transparent and text has no colour of its own, so that a figure takes on the theme of the page, light or dark.
"""

# Plotly looks for pandas among the loaded modules. While another thread is still loading it (the warm-up does), Plotly
# would meet it half loaded and fail; importing it here waits for that.
import pandas  # noqa: F401
