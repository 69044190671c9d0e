"""The data set that is looked at, which the chosen run decides unless another one is chosen."""

from __future__ import annotations

from dashboard import cached
from dashboard.state.current import current
from mnist_core.errors import RunError


def current_dataset() -> str:
    """Name of the data set that is looked at: the chosen one, else that of the run, else the default."""
    if current.data is not None:
        return current.data
    if current.run is not None:
        try:
            return cached.run_store().get(current.run).config.dataset
        except RunError:
            pass
    return cached.default_dataset()
