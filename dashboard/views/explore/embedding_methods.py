"""Ways to make points of digits, from their pixels or from what a run's last hidden layer makes of them."""

from __future__ import annotations

from dashboard import cached
from dashboard.shared.job_progress import job_result
from dashboard.shared.linked_choice import linked_select
from dashboard.views.explore.choices import ExploreChoices, Method
from dashboard.views.explore.run_columns import RunView
from dashboard.views.explore.run_vectors import has_hidden_layer, last_hidden_layer, map_vectors, vectors_key
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.finding.pca import plane
from mnist_core.data.finding.tsne import Map, Watch, has_map, pixel_map, tsne
from mnist_core.runs.record import RunRecord

METHODS = {
    Method.PCA: "Pixels, PCA",
    Method.TSNE: "Pixels, t-SNE",
    Method.NETWORK_PCA: "Last hidden layer, PCA",
    Method.NETWORK_TSNE: "Last hidden layer, t-SNE",
}
EXPLANATIONS = {
    Method.PCA: "The two directions in which the pixels differ most. Distances are true, but classes overlap.",
    Method.TSNE: "t-SNE keeps neighbours together: groups mean something, the distance between groups does not.",
    Method.NETWORK_PCA: "The two directions in which the outputs of {layer} differ most.",
    Method.NETWORK_TSNE: "t-SNE of the outputs of {layer}: what the network takes for alike lies together.",
}
DRAWING = "Drawing the map. This takes a minute or two, once"


def render_method_box(view: RunView | None) -> Method:
    """A box with the ways that are possible; returns the chosen one."""
    with_network = view is not None and has_hidden_layer(view.run)
    return linked_select(
        "Map",
        tuple(METHODS) if with_network else (Method.PCA, Method.TSNE),
        choice=ExploreChoices.method,
        words=METHODS.__getitem__,
        width=220,
        help="How digits become points. With a run there are also maps of what its last hidden layer makes of them.",
    )


def explain_method(method: Method, view: RunView | None) -> str:
    """What the map shows, Markdown."""
    layer = last_hidden_layer(view.run) if view is not None and has_hidden_layer(view.run) else ""
    return EXPLANATIONS[method].format(layer=f"`{layer}`")


def find_map(dataset: Dataset, split: SplitName, method: Method, view: RunView | None) -> Map | None:
    """The points; None while they are computed, after showing how far that is."""
    if method is Method.PCA:
        return cached.pca_map(dataset, split)
    if method is Method.TSNE:
        return job_result(
            ("tsne", dataset.sha256, split),
            lambda job: pixel_map(dataset, split, watch=Watch(progress=job.tell, is_cancelled=job.is_cancelled)),
            title="Reading the map" if has_map(dataset, split) else DRAWING,
            name="explore.tsne",
            can_cancel=True,
        )
    return None if view is None else _network_map(dataset, split, method, view.run)


def _network_map(dataset: Dataset, split: SplitName, method: Method, run: RunRecord) -> Map | None:
    key = vectors_key(run, split)
    found = job_result(
        key,
        lambda job: map_vectors(job, run, dataset, split),
        title="Showing the digits to the network",
        name="explore.vectors",
    )
    if found is None:
        return None
    rows, vectors = found
    if method is Method.NETWORK_PCA:
        return job_result(
            ("network_pca", *key),
            lambda job: Map(rows=rows, points=plane(vectors)),
            title="Drawing the map",
            name="explore.network_pca",
        )
    cache_key = " ".join((*key, dataset.sha256))
    return job_result(
        ("network_tsne", *key),
        lambda job: Map(
            rows=rows,
            points=tsne(vectors, key=cache_key, watch=Watch(progress=job.tell, is_cancelled=job.is_cancelled)),
        ),
        title=DRAWING,
        name="explore.network_tsne",
        can_cancel=True,
    )
