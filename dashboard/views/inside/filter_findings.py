"""What the filters of a convolution respond to in the test digits: top digits, dead filters, near-duplicates."""

from __future__ import annotations

import math

import streamlit as st

from dashboard import cached
from dashboard.server.background import Job
from dashboard.shared.job_progress import job_result
from dashboard.views.inside.network import TrainedNetwork
from dashboard.views.inside.top_digits import N_SEARCHED, render_top_digits, searched_words
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset
from mnist_core.errors import DatasetError
from mnist_core.network.filter_findings import AlikeFilters, FilterFindings, find_responses
from mnist_core.network.filters import ALIKE, FilterBank
from mnist_core.words import counted

N_DEAD = 12


def searched_findings(network: TrainedNetwork, bank: FilterBank) -> FilterFindings | None:
    """What the filters respond to; None after saying why not, or while it is searched for."""
    dataset = _dataset(network)
    scaler = network.run.scaler
    if dataset is None or scaler is None:
        return None
    images = dataset.test.images[:N_SEARCHED]

    def search(job: Job) -> FilterFindings:
        return find_responses(
            network.architecture,
            network.weights,
            scaler.apply(images),
            bank,
            progress=lambda done, n: job.tell(done / n),
        )

    key = ("filter findings", *network.key, dataset.sha256, bank.step)
    found: FilterFindings | None = job_result(key, search, title="Searching the test images", name="inside.search")
    return found


def render_findings(bank: FilterBank, findings: FilterFindings) -> None:
    """Dead and near-duplicate filters, with the figures."""
    with st.container(key="inside.findings", gap="xsmall"):
        st.subheader("Dead and near-duplicate filters", anchor=False)
        st.markdown(_dead_words(bank, findings))
        st.markdown(_pair_words(findings))
        for pair in findings.alike:
            st.markdown(f"- Filters {pair.first} and {pair.second}: {_similarity(pair)}")
        st.caption(
            f"Responses are read at {findings.responses.layer} in {counted(findings.n_images, 'test image')}; feature "
            f"maps are correlated over all positions of the first {findings.n_compared:,}."
        )


def render_filter_responses(network: TrainedNetwork, findings: FilterFindings, position: int) -> None:
    """The digits that one filter responds to most."""
    dataset = _dataset(network)
    assert dataset is not None  # it was searched
    found = findings.responses
    st.caption(f"Highest responses in {searched_words(dataset)}, each with the spot that caused it")
    if position in findings.never_positive and findings.is_rectified:
        st.markdown("None: its activation is 0 for all of them. It may be dead.")
        return
    render_top_digits(network, dataset, found, position, key="inside.responses")


def _dataset(network: TrainedNetwork) -> Dataset | None:
    """The data set of the run; None after saying why not."""
    if network.run.scaler is None:
        st.caption("The scaling of this run's images is not stored, so what its filters respond to is not known.")
        return None
    try:
        return cached.dataset(network.run.config.dataset)
    except DatasetError as error:
        st.caption(f"{escape_markdown(str(error))} So what the filters respond to is not known.")
        return None


def _dead_words(bank: FilterBank, findings: FilterFindings) -> str:
    silent, n = findings.never_positive, bank.kernels.shape[-1]
    if not len(silent):
        return f"**No dead filter**: each of the {n} is above 0 somewhere."
    named = ", ".join(str(position) for position in silent[:N_DEAD]) + (", ..." if len(silent) > N_DEAD else "")
    if findings.is_rectified:
        return (
            f"**{counted(len(silent), 'dead filter')} of {n}** ({named}): never above 0, so behind the ReLU they are 0 "
            "everywhere and change nothing. The network would predict the same without them."
        )
    return (
        f"**{counted(len(silent), 'filter')} of {n} never above 0** ({named}). No ReLU follows here, so they still "
        "pass on values below 0."
    )


def _pair_words(findings: FilterFindings) -> str:
    n, named = findings.n_alike, len(findings.alike)
    if n == 0:
        return f"**No near-duplicates**: no two filters reach {ALIKE:g} in cosine similarity or in correlation."
    more = f" The {named} most similar pairs:" if n > named else ""
    return (
        f"**{counted(n, 'near-duplicate pair')}**: cosine similarity of the weights or correlation of the feature maps "
        f"of at least {ALIKE:g}. One of two such filters adds little.{more}"
    )


def _similarity(pair: AlikeFilters) -> str:
    known = "undefined, one is constant" if math.isnan(pair.correlation) else f"{pair.correlation:.3f}"
    return f"cosine similarity {pair.cosine:.3f}, correlation {known}"
