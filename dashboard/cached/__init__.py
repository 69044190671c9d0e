"""What all browser tabs share: data sets, runs, and results derived from them. The only user of `st.cache_*`.

To add something, write a public function that computes the key (with the file's modification time, if the value comes
from a file), and a private cached one that does the work. `keeping` says how keys are made.
"""

from dashboard.cached.data import (
    class_statistics,
    collection,
    dataset,
    dataset_info,
    dataset_titles,
    datasets,
    default_dataset,
    forget_datasets,
    has_dataset,
    pca_embedding,
    pixel_index,
)
from dashboard.cached.keeping import changed, kept, kept_large
from dashboard.cached.runs import (
    MAX_LISTED,
    deleted_runs,
    epoch_weights,
    filter_banks,
    hints,
    history,
    newest_runs,
    predictions,
    recipe_results,
    recipe_times,
    run_store,
    run_store_in,
    runs_on,
    saved_designs,
    weights,
)

__all__ = [
    "MAX_LISTED",
    "changed",
    "class_statistics",
    "collection",
    "dataset",
    "dataset_info",
    "dataset_titles",
    "datasets",
    "default_dataset",
    "epoch_weights",
    "filter_banks",
    "forget_datasets",
    "has_dataset",
    "hints",
    "history",
    "kept",
    "kept_large",
    "deleted_runs",
    "newest_runs",
    "pca_embedding",
    "pixel_index",
    "predictions",
    "recipe_results",
    "recipe_times",
    "run_store",
    "run_store_in",
    "runs_on",
    "saved_designs",
    "weights",
]
