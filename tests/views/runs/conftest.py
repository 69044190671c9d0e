"""Views of the page Runs, on two finished runs."""

from tests.pages.evaluated_runs import store

__all__ = ["store"]
