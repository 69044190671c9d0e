"""The screen: a Streamlit dashboard over `mnist_core`.

`app.py` is the frame of every page, `navigation.py` the table of pages, `settings.py` the only reader of the
environment, `state.py` the only toucher of `st.session_state` and the URL, `resources.py` the only user of the caches.
`charts/` turns values into Plotly figures and never imports Streamlit; `components/` are pieces of screen that own
their widgets. Code here never imports TensorFlow or Keras: they would slow down every click of everybody.

Streamlit puts this folder itself on `sys.path`: no module directly in it may be named like a library.
"""
