"""The methods of an embedding: PCA and t-SNE, of pixels or of the hidden vectors of a run."""

from __future__ import annotations

from dashboard import cached
from dashboard.shared.job_progress import job_result
from dashboard.shared.linked_choice import linked_select
from dashboard.views.explore.choices import ExploreChoices, Method
from dashboard.views.explore.run_columns import RunView
from dashboard.views.explore.run_vectors import find_vectors, has_hidden_layer, last_hidden_layer, vectors_key
from mnist_core.data.dataset import Dataset, Float32Array, Indices, SplitName
from mnist_core.data.finding.pca import plane
from mnist_core.data.finding.tsne import Map, Watch, has_map, pixel_map, tsne
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_share

METHODS = {
    Method.PCA: "Pixels, PCA",
    Method.TSNE: "Pixels, t-SNE",
    Method.NETWORK_PCA: "Last hidden layer, PCA",
    Method.NETWORK_TSNE: "Last hidden layer, t-SNE",
}
EXPLANATIONS = {
    Method.PCA: "Linear projection of the pixels onto their first two principal components.",
    Method.TSNE: "t-SNE of the pixels: it keeps neighbours together; distances between clusters carry no meaning.",
    Method.NETWORK_PCA: "Linear projection of the activations of {layer} onto their first two principal components.",
    Method.NETWORK_TSNE: "t-SNE of the activations of {layer}: it keeps neighbours together; distances between "
    "clusters carry no meaning.",
}
COMPUTING = "Computing t-SNE. The result is kept"


def render_method_box(view: RunView | None) -> Method:
    """A box with the methods that are available; returns the chosen one."""
    with_network = view is not None and has_hidden_layer(view.run)
    return linked_select(
        "Embedding",
        tuple(METHODS) if with_network else (Method.PCA, Method.TSNE),
        choice=ExploreChoices.method,
        words=METHODS.__getitem__,
        width=220,
        help="How images become points. With a run, also by the activations of its last hidden layer.",
    )


def explain_method(method: Method, view: RunView | None, *, share: float | None) -> str:
    """What the embedding shows, Markdown; `share` is the part of the variance that it shows, if known."""
    layer = last_hidden_layer(view.run) if view is not None and has_hidden_layer(view.run) else ""
    explanation = EXPLANATIONS[method].format(layer=f"`{layer}`")
    return explanation if share is None else f"{explanation} It shows {shown_share(share)} of the variance."


def find_embedding(
    dataset: Dataset, split: SplitName, method: Method, view: RunView | None
) -> tuple[Map, float | None] | None:
    """The points, and the share of the variance that they show, if known; None while they are computed."""
    if method is Method.PCA:
        return cached.pca_embedding(dataset, split)
    if method is Method.TSNE:
        points = _pixel_tsne(dataset, split)
        return None if points is None else (points, None)
    return None if view is None else _network_embedding(dataset, split, method, view.run)


def _pixel_tsne(dataset: Dataset, split: SplitName) -> Map | None:
    return job_result(
        ("tsne", dataset.sha256, split),
        lambda job: pixel_map(dataset, split, watch=Watch(progress=job.tell, is_cancelled=job.is_cancelled)),
        title="Loading the embedding" if has_map(dataset, split) else COMPUTING,
        name="explore.tsne",
        can_cancel=True,
    )


def _network_embedding(
    dataset: Dataset, split: SplitName, method: Method, run: RunRecord
) -> tuple[Map, float | None] | None:
    key = vectors_key(run, split)
    found = job_result(
        key,
        lambda job: find_vectors(job, run, dataset, split),
        title="Computing activations",
        name="explore.vectors",
    )
    if found is None:
        return None
    rows, vectors = found
    if method is Method.NETWORK_PCA:
        return job_result(
            ("network_pca", *key),
            lambda job: _pca_map(rows, vectors),
            title="Computing principal components",
            name="explore.network_pca",
        )
    cache_key = " ".join((*key, dataset.sha256))
    points = job_result(
        ("network_tsne", *key),
        lambda job: Map(
            rows=rows,
            points=tsne(vectors, key=cache_key, watch=Watch(progress=job.tell, is_cancelled=job.is_cancelled)),
        ),
        title=COMPUTING,
        name="explore.network_tsne",
        can_cancel=True,
    )
    return None if points is None else (points, None)


def _pca_map(rows: Indices, vectors: Float32Array) -> tuple[Map, float]:
    points, share = plane(vectors)
    return Map(rows=rows, points=points), share
