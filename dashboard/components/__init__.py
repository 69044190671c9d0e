"""Pieces of screen: functions called `render_*` (or named for what they are) that own their widgets.

Code here may import Streamlit, `dashboard.charts` and `mnist_core`. It touches neither `st.session_state` nor the URL
(`dashboard.state` does), keeps no cache (`dashboard.resources` does), and computes nothing about digits or runs itself.
A widget's key is "<page>.<field>". Text that a person or a file brought in goes through `escape_markdown`.
"""
