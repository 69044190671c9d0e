"""Pieces that several pages show."""

from tests.pages.opening import look_for_components_once, open_page, open_page_at_rest

__all__ = ["look_for_components_once", "open_page", "open_page_at_rest"]
