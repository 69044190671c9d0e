"""The views of the page Tune."""
