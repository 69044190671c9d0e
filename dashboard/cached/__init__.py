"""What all browser tabs share: data sets, runs, and what follows from them. The only user of `st.cache_*`.

To add something: a public function that settles the key (with the file's time of change, if it comes from a file), and
a private cached one that does the work. How keys are made is told in `keeping`.
"""

from dashboard.cached.data import (
    class_statistics,
    dataset,
    datasets,
    default_dataset,
    forget_datasets,
    pca_map,
    pixel_index,
)
from dashboard.cached.keeping import changed, kept, kept_large
from dashboard.cached.runs import (
    hints,
    history,
    predictions,
    recipe_results,
    run_store,
    runs_on,
    saved_designs,
    weights,
)

__all__ = [
    "changed",
    "class_statistics",
    "dataset",
    "datasets",
    "default_dataset",
    "forget_datasets",
    "hints",
    "history",
    "kept",
    "kept_large",
    "pca_map",
    "pixel_index",
    "predictions",
    "recipe_results",
    "run_store",
    "runs_on",
    "saved_designs",
    "weights",
]
