"""Tests mirror the tree: `tests/data` tests `mnist_core/data`. `tests/pages` and `tests/browser` test what is seen."""
