"""What one browser tab has chosen. The only package that touches `st.session_state` and the URL."""
