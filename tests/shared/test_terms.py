"""The foot of the pages: the terms of the glossary, and the plain view."""

from __future__ import annotations

import re

import pytest

from dashboard.navigation import PAGES
from dashboard.shared.terms import GLOSSARY, terms
from dashboard.views.evaluate.choices import FURTHER, TITLES, EvaluateView
from mnist_core.runs.store import RunStore
from tests.pages.evaluated_runs import store
from tests.pages.opening import OpenPage

__all__ = ["store"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_has_terms_of_the_glossary(page: object) -> None:
    sections = page.terms  # type: ignore[attr-defined]
    assert sections
    assert all(terms()[section] for section in sections)


def test_the_terms_are_those_of_the_document() -> None:
    lines = GLOSSARY.read_text(encoding="utf-8").splitlines()
    headings = [number for number, line in enumerate(lines) if line.startswith("## ")]
    start, end = headings[3:5]
    rows = [line for line in lines[start:end] if line.startswith("|")][2:]
    found = terms()[lines[start].removeprefix("## ")]
    assert len(found) == len(rows) > 20
    for term, row in zip(found, rows, strict=True):
        assert re.match(rf"\| {re.escape(term.name)} \| {re.escape(term.meaning)} \|", row)


def views_offered(open_page: OpenPage, **address: str) -> list[str]:
    options: list[str] = open_page("evaluate", **address).segmented_control(key="linked.evaluate_view").options
    return options


def test_a_plain_page_leaves_out_further_views_unless_one_is_open(open_page: OpenPage, store: RunStore) -> None:
    every, basic = list(TITLES.values()), [TITLES[view] for view in TITLES if view not in FURTHER]
    assert views_offered(open_page) == every
    assert views_offered(open_page, plain="yes") == basic
    opened = views_offered(open_page, plain="yes", view=EvaluateView.CALIBRATION)
    assert opened == [
        title for view, title in TITLES.items() if view not in FURTHER or view is EvaluateView.CALIBRATION
    ]
