"""The report: its figures are those of scikit-learn, it needs nothing from outside, and what a person wrote is text."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import confusion_matrix, f1_score, log_loss

from mnist_core.cli import main
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ExportError
from mnist_core.export.report.writing import run_report, write_report
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.finished_runs import finished_run

LARGEST = 300_000
VOID = {"meta", "img", "br", "line", "circle", "polyline"}


class Page(HTMLParser):
    """The tags of a page with their attributes, its tables as rows of texts, and its text."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(content)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] in ("td", "th"):
            self.tables[-1][-1][-1] += data

    def images(self) -> list[np.ndarray]:
        sources = [attributes["src"] or "" for tag, attributes in self.tags if tag == "img"]
        assert all(source.startswith("data:image/png;base64,") for source in sources)
        return [np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))) for source in sources]


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


def test_its_figures_are_those_of_the_stored_predictions(store: RunStore) -> None:
    run_id = finished_run(store)
    stored, page = store.predictions(run_id), Page(run_report(store, run_id))
    predicted = stored.probabilities.argmax(axis=1)
    totals = next(table for table in page.tables if len(table) == 2 and "1,000 test" in table[1])
    row = dict(zip(totals[0], totals[1], strict=True))
    numbers = [float(cell.rstrip("%")) for cell in totals[1] if re.fullmatch(r"[\d.]+%?", cell)]
    assert numbers[0] == pytest.approx(100 * (predicted == stored.labels).mean(), abs=0.005)
    assert numbers[1] == (predicted != stored.labels).sum()
    assert numbers[2] == pytest.approx(log_loss(stored.labels, stored.probabilities.astype(float)), abs=1e-3)
    assert numbers[3] == pytest.approx(f1_score(stored.labels, predicted, average="macro"), abs=1e-4)
    assert len(row) == 7
    matrix = next(table for table in page.tables if len(table) == 11 and len(table[0]) == 11)
    counts = [[int(cell.replace(",", "")) for cell in line[1:]] for line in matrix[1:]]
    np.testing.assert_array_equal(counts, confusion_matrix(stored.labels, predicted))


def test_the_worst_mistakes_are_shown_as_they_are(store: RunStore) -> None:
    run_id = finished_run(store)
    stored, page = store.predictions(run_id), Page(run_report(store, run_id))
    losses = -np.log(stored.probabilities[np.arange(1000), stored.labels])
    wrong = stored.probabilities.argmax(axis=1) != stored.labels
    expected = np.argsort(-np.where(wrong, losses, -1), kind="stable")[:24]
    images = load_dataset("mnist-sample").test.images
    for shown, row in zip(page.images(), expected, strict=True):
        np.testing.assert_array_equal(shown, images[row])
    assert [int(row) for row in re.findall(r"row (\d+)", page.text)] == expected.tolist()


def test_it_needs_nothing_from_outside_and_runs_nothing(store: RunStore) -> None:
    run_id = finished_run(store, name='<script>alert("1")</script>')
    store.set(run_id, note="<img src=x onerror=alert(1)> & more")
    content = run_report(store, run_id)
    page = Page(content)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "form", "base"}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        assert not [value for name, value in attributes.items() if name in ("href", "src") and value and ":" in value
                    and not value.startswith("data:image/png")]  # fmt: skip
    assert "url(" not in content
    assert "http://" not in content
    assert "https://" not in content
    policy = next(value for tag, value in page.tags if tag == "meta" and "http-equiv" in value)["content"]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert '<script>alert("1")</script>' in page.text
    assert len(content) < LARGEST
    assert "prefers-color-scheme: dark" in content
    assert "@media print" in content


def test_names_are_isolated_from_the_numbers_beside_them(store: RunStore) -> None:
    first, second = finished_run(store, name="שלום"), finished_run(store, name="B", seed=1)
    head, _, body = run_report(store, first, second).partition("<body>")
    assert body.count("שלום") == body.count("<bdi>שלום</bdi>") > 5
    assert "<title>שלום and B</title>" in head  # which may have no tags within


def test_two_runs_are_compared_digit_by_digit(store: RunStore, tmp_path: Path) -> None:
    first, second = finished_run(store, name="A"), finished_run(store, name="B", seed=1)
    folder = tmp_path / "out"
    folder.mkdir()
    assert main(["export", first, "--format", "report", "--compare", second, "--output", str(folder)]) == 0
    (path,) = folder.iterdir()
    assert first in path.name
    assert second in path.name
    page = Page(path.read_text(encoding="utf-8"))
    right = [store.predictions(run).probabilities.argmax(axis=1) == store.predictions(run).labels
             for run in (first, second)]  # fmt: skip
    outcomes = next(table for table in page.tables if len(table) == 5 and len(table[0]) == 2)
    expected = sorted(
        [(right[0] & right[1]).sum(), (~right[0] & right[1]).sum(), (right[0] & ~right[1]).sum(),
         (~right[0] & ~right[1]).sum()]
    )  # fmt: skip
    assert sorted(int(row[1].replace(",", "")) for row in outcomes[1:]) == expected


def test_without_the_data_set_it_has_no_pictures(store: RunStore) -> None:
    run_id = finished_run(store)
    store.update(run_id, lambda document: document["dataset"].update(sha256="0" * 64))
    page = Page(run_report(store, run_id))
    assert page.images() == []
    assert len([table for table in page.tables if len(table) == 11 and len(table[0]) == 11]) == 1


def test_an_imported_model_without_a_history_has_a_report(store: RunStore) -> None:
    run_id = finished_run(store)
    (store.folder(run_id) / "events.jsonl").unlink()
    assert Page(run_report(store, run_id)).tables


def test_a_run_that_still_trains_has_none(store: RunStore) -> None:
    with pytest.raises(ExportError, match="queued"):
        run_report(store, store.create(config_from_recipe("two-conv", dataset="mnist-sample")))


def test_a_place_that_takes_no_files_is_not_called_full(store: RunStore) -> None:
    """The system says that there is no room in /proc, and why nothing can be written there."""
    with pytest.raises(ExportError) as caught:
        write_report(store, finished_run(store, epochs=1), Path("/proc/report.html"))
    assert "full" not in str(caught.value)
