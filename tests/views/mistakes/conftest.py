"""Views of the page Mistakes, on two finished runs."""

from tests.pages.evaluated_runs import store

__all__ = ["store"]
