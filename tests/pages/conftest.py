"""Pages as a whole: whatever state their run or data set is in. What a view shows is tested in `tests/views`."""

from tests.pages.opening import look_for_components_once, open_page, open_page_at_rest

__all__ = ["look_for_components_once", "open_page", "open_page_at_rest"]
