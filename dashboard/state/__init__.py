"""The choices of one browser tab. The only package that uses `st.session_state` and the URL."""
