"""The attribution of one digit, stored or drawn: asked of the helper, and drawn with the score that it explains."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass

import streamlit as st

from dashboard.server.background import jobs
from dashboard.shared.digits.attribution_maps import Shown, render_methods
from dashboard.shared.job_progress import job_result
from dashboard.shared.runs.jobs import asking
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import UInt8Array
from mnist_core.probing.attribution import QUESTION, Attribution, Method, asked_attribution, read_attribution
from mnist_core.runs.record import RunRecord

PATIENCE_SECONDS = 0.8
"""A warm helper answers within this time, and no progress has to be shown."""

SEED = 0
"""Of the random weights."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AttributionQuestion:
    """Which score of which digit is explained.

    Attributes:
        image: uint8 (28, 28).
        towards: the class whose score is explained.
        against: another class, whose score is subtracted; None for none.
        class_names: the names of the classes on screen.
    """

    image: UInt8Array
    towards: int
    against: int | None
    class_names: tuple[str, ...]

    def job_key(self, run: RunRecord, seed: int | None) -> Hashable:
        """Identifies the computation with the weights that a run has now, or with random ones by a seed."""
        pixels = hashlib.sha256(self.image.tobytes()).hexdigest()
        return "attribution", run.run_id, run.best_epoch, pixels, self.towards, self.against, seed


def is_asked(run: RunRecord, asked: AttributionQuestion) -> bool:
    """Whether the maps are computed or being computed."""
    return jobs().get(asked.job_key(run, None)) is not None


def render_maps(
    run: RunRecord, asked: AttributionQuestion, *, name: str, in_row: int = len(Method), is_unsigned: bool = False
) -> None:
    """The score and the maps of the four methods, or the progress of computing them.

    Args:
        name: prefix of the keys, such as "inside".
        in_row: how many maps stand side by side.
        is_unsigned: whether saliency is drawn without its sign.
    """
    trained = _attribution(run, asked, seed=None, name=name)
    if trained is None:
        return
    st.markdown(_score_words(trained, asked.class_names))
    place = st.container()
    random = _attribution(run, asked, seed=SEED, name=name)
    shown = Shown(trained=trained, random=random, image=asked.image, is_unsigned=is_unsigned)
    with place:
        render_methods(run.config.architecture, shown, name=name, in_row=in_row)


def _attribution(run: RunRecord, asked: AttributionQuestion, *, seed: int | None, name: str) -> Attribution | None:
    """The maps, or None while they are computed or if they cannot be, after saying so."""
    question = asked_attribution(asked.image, asked.towards, asked.against, seed=seed)
    key = asked.job_key(run, seed)
    is_random = seed is not None
    found: Attribution | None = job_result(
        key,
        asking(run, QUESTION, question, read_attribution),
        title="Computing the maps with random weights" if is_random else "Computing the maps",
        name=f"{name}.random_maps" if is_random else f"{name}.maps_of_digit",
        can_cancel=True,
        patience_seconds=PATIENCE_SECONDS,
    )
    job = jobs().get(key)
    if job is not None and job.is_running:
        st.caption("Right after the start of the dashboard, TensorFlow is loaded first.")
    return found


def _score_words(found: Attribution, names: tuple[str, ...]) -> str:
    first = escape_markdown(names[found.towards])
    if found.against is None:
        what = f"Logit of **{first}**"
    else:
        what = f"Logit of **{first}** minus logit of **{escape_markdown(names[found.against])}**"
    return f"{what}: **{found.score:+.2f}** for this digit, {found.empty_score:+.2f} for an image without ink."
