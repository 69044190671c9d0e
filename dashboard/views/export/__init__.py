"""The views of the page Export."""
