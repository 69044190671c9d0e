"""What the scores show, in sentences, each with a link to where its numbers are seen."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import cached
from dashboard.cached import answers
from dashboard.navigation import page_named
from dashboard.server.background import jobs
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.context.mistakes_links import render_gallery_link
from dashboard.shared.errors import explain_errors
from dashboard.shared.job_progress import QUICK_SECONDS
from dashboard.shared.measures import evaluated_measures_if_known, is_measuring
from dashboard.state.current import CurrentChoices, current
from dashboard.state.held_back import HeldBack, is_held_back
from dashboard.state.session import BY_WHOLE_LINK
from dashboard.state.url_line import Line, LineKind
from dashboard.state.url_values import UrlValue
from dashboard.views.evaluate.choices import EvaluateChoices, EvaluateView
from dashboard.widgets.keyed_style import keyed_style
from dashboard.widgets.markdown import escape_markdown
from mnist_core.evaluation.verdict import (
    AccuracyFinding,
    ClassFinding,
    ConfidenceFinding,
    ConfusionFinding,
    Finding,
    SliceFinding,
    slice_finding,
    verdict,
)

TICK_SECONDS = 1.0
VERDICT = "evaluate.verdict"
FURTHER = (ConfidenceFinding,)
"""Findings that a plain page leaves out, as it does the view that their link leads to; weak slices as well."""


def render_verdict(found: Evaluated) -> None:
    """Three to five sentences, the accuracy first; the one on handwriting follows when its search has ended.

    Nothing of it while it would answer a question that is open.
    """
    if is_held_back(HeldBack.VERDICT):
        st.subheader("Verdict", anchor=False)
        st.caption("The verdict appears when you have seen the answer to the question above.")
        return
    # Streamlit marks every link to the open page as the current one; here each leads to another part of it.
    keyed_style(VERDICT, "a", "background-color: transparent")
    keyed_style(VERDICT, "a *", "font-weight: normal")
    is_plain = current.is_plain
    is_pending = not is_plain and _weak_slice(found) is None
    with st.container(key=VERDICT, gap="small"):
        st.subheader("Verdict", anchor=False)
        for finding in verdict(found.predictions):
            if not (is_plain and isinstance(finding, FURTHER)):
                _render(found, finding)
        if not is_plain:
            st.fragment(_render_slice, run_every=TICK_SECONDS if is_pending else None)(found, is_pending)


@explain_errors()
def _render_slice(found: Evaluated, was_pending: bool) -> None:
    slices = _weak_slice(found)
    if was_pending and slices is not None:
        st.rerun()  # the whole page, once: without the timer
    for finding in slices or ():
        _render(found, finding)
    if slices is None:
        st.caption("Looking for weak slices by handwriting.")


def _weak_slice(found: Evaluated) -> tuple[SliceFinding, ...] | None:
    """The worst confirmed weak slice, if there is one; None while it is looked for, in the background."""
    if found.dataset is None:
        return ()
    measures = evaluated_measures_if_known(found)
    if measures is None:
        return None if is_measuring(found.dataset) else ()
    path = cached.run_store().predictions_path(found.run.run_id, found.split, found.other_epoch)
    key = ("weak slices", str(path), cached.changed(path))

    def search(_: object) -> tuple[SliceFinding, ...]:
        slices = answers.weak_slices(
            found.run.run_id, found.split, found.other_epoch, predictions=found.predictions, measures=measures
        )
        worst = slice_finding(slices)
        return () if worst is None else (worst,)

    job = jobs().get(key)
    if job is None:
        job = jobs().start(key, search)
        job.wait(QUICK_SECONDS)
    if job.is_running:
        return None
    slices: tuple[SliceFinding, ...] = job.result if job.is_done else ()
    return slices


def _render(found: Evaluated, finding: Finding | SliceFinding) -> None:
    sentence = finding.sentence(found.class_names)
    with st.container(gap="xxsmall"):
        st.markdown(escape_markdown(sentence))
        match finding:
            case AccuracyFinding(n_wrong=n_wrong) if n_wrong:
                label = "Review the misclassified digit" if n_wrong == 1 else f"Review {n_wrong:,} misclassified digits"
                render_gallery_link(found.run.run_id, found.split, label=label, epoch=found.other_epoch)
            case ConfusionFinding(tied=tied) if len(tied) > 1:
                _link(found, "See the confusion matrix", EvaluateView.CONFUSION)
            case ConfusionFinding(pair=pair):
                cell = (pair.true_label, pair.predicted_label)
                _link(found, f"See {_digits(pair.count)}", EvaluateView.CONFUSION, EvaluateChoices.cell, cell)
            case ClassFinding(lowest=lowest):
                line, n_missed = Line(LineKind.MISSED, lowest.label), lowest.support - lowest.correct
                _link(found, f"See {_digits(n_missed, 'missed ')}", EvaluateView.SCORES, EvaluateChoices.line, line)
            case ConfidenceFinding():
                _link(found, "See the calibration", EvaluateView.CALIBRATION)
            case SliceFinding():
                _link(found, "See this slice", EvaluateView.HANDWRITING, EvaluateChoices.group, 0)


def _link(
    found: Evaluated, label: str, view: EvaluateView, choice: UrlValue[Any] | None = None, value: object = None
) -> None:
    """A link to a view of this page, on the same predictions, with what it opens there."""
    page = page_named("evaluate")
    if page is None:
        return
    address = {CurrentChoices.run.param: found.run.run_id, CurrentChoices.judged_split.param: found.split.value}
    if found.other_epoch is not None:
        address[CurrentChoices.epoch.param] = str(found.other_epoch)
    if view is not EvaluateView.SCORES:
        address[EvaluateChoices.view.param] = view.value
    if choice is not None:
        address[choice.param] = choice.write(value)
    st.page_link(page, label=label, icon=":material/arrow_forward:", query_params={**address, **BY_WHOLE_LINK})


def _digits(n: int, kind: str = "") -> str:
    return f"the {kind}digit" if n == 1 else f"the {n:,} {kind}digits"
