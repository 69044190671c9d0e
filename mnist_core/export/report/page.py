"""The HTML of a report. Every text that a person has written is escaped; nothing in the file can run or be fetched."""

from __future__ import annotations

import base64
import html
import io
import time
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from mnist_core.data.scaling import Scaling
from mnist_core.evaluation.comparison import Comparison, Outcome, compare
from mnist_core.evaluation.confusion import Normalization
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.setting_differences import setting_differences
from mnist_core.evaluation.significance import chance_words
from mnist_core.export.report.charts import Line, curves_svg, reliability_svg
from mnist_core.export.report.facts import Facts, Picture, pictures_of
from mnist_core.export.report.style import STYLE
from mnist_core.runs.record import RunDataset
from mnist_core.shares import shown_level, shown_points, shown_probability, shown_range, shown_share
from mnist_core.words import listed

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLES = ("one", "two")
SCALING_WORDS = {
    Scaling.UNIT: "pixels divided by 255",
    Scaling.L2_ROWS: "columns of pixels divided by their length",
    Scaling.STANDARDISED: "pixels standardised",
}


def report_html(all_facts: Sequence[Facts]) -> str:
    """The report about one run, or about two that are compared."""
    first = all_facts[0]
    names = [html.escape(facts.run.title) for facts in all_facts]
    titles = [f"<bdi>{name}</bdi>" for name in names]  # a Hebrew name leaves the numbers beside it where they are
    sections = [
        _head(all_facts, titles),
        _section("What was trained", _trained(all_facts, titles)),
        _section("Scores", _scores(all_facts, titles)),
        *([_section("Compared", _compared(first, all_facts[1]))] if len(all_facts) > 1 else []),
        _section("Training", _curves(all_facts, titles)),
        *(_section(f"Confusion matrix{_of(titles, i)}", _matrix(facts)) for i, facts in enumerate(all_facts)),
        *(_section(f"Misclassified digits{_of(titles, i)}", _mistakes(facts)) for i, facts in enumerate(all_facts)),
        _section("Calibration", _calibration(all_facts, titles)),
        *(_section(f"Verdict{_of(titles, i)}", _verdict(facts)) for i, facts in enumerate(all_facts)),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{' and '.join(names)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{''.join(sections)}\n</body>\n</html>\n"
    )


def _of(titles: Sequence[str], number: int) -> str:
    return f": {titles[number]}" if len(titles) > 1 else ""


def _section(title: str, parts: Iterator[str]) -> str:
    return f"<section>\n<h2>{title}</h2>\n{''.join(parts)}\n</section>\n"


def _head(all_facts: Sequence[Facts], titles: Sequence[str]) -> str:
    runs = ", ".join(facts.run.run_id for facts in all_facts)
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime())
    return f'<h1>{" and ".join(titles)}</h1>\n<p class="faint">Run {runs} · MNIST Studio · report of {made}</p>\n'


def _trained(all_facts: Sequence[Facts], titles: Sequence[str]) -> Iterator[str]:
    for title, facts in zip(titles, all_facts, strict=True):
        run, training = facts.run, facts.run.config_in_force.training
        data = html.escape(facts.dataset.title if facts.dataset else run.config.dataset)
        sizes = "" if run.dataset is None else _sizes(run.dataset)
        yield (
            f"<p><b>{title}</b>: {run.config.architecture.parameters:,} parameters, on {data}{sizes}. "
            f"{run.summary.epochs_done} epochs, the best one is {run.best_epoch}; {training.optimizer}, learning rate "
            f"{training.learning_rate:g}, batch size {training.batch_size}, seed {training.seed}, "
            f"{SCALING_WORDS[run.config.scaling]}, {html.escape(run.precision or 'float32')}.</p>\n"
        )
        if run.note:
            yield f'<p class="faint">{html.escape(run.note)}</p>\n'
        yield _layers(facts)
    if len(all_facts) > 1:
        differences = setting_differences([facts.run.config_in_force for facts in all_facts])
        rows = [(html.escape(item.label), *map(html.escape, item.values)) for item in differences]
        yield _table(("Setting", *titles), rows) if rows else "<p>The settings are the same.</p>"


def _sizes(dataset: RunDataset) -> str:
    counts = (dataset.train_images, dataset.validation_images, dataset.test_images)
    parts = [f"{n:,} {name}" for n, name in zip(counts, ("training", "validation", "test"), strict=True) if n]
    return f" ({', '.join(parts)} images)"


def _layers(facts: Facts) -> str:
    rows = [
        (row.name, " x ".join(map(str, row.output_shape)), f"{row.parameters:,}", f"{row.multiply_adds:,}")
        for row in facts.run.config.architecture.rows
    ]
    table = _table(("Layer", "Output", "Parameters", "Multiply-adds"), rows)
    return f"<details open><summary class='faint'>Layers</summary>{table}</details>\n"


def _scores(all_facts: Sequence[Facts], titles: Sequence[str]) -> Iterator[str]:
    rows = [
        (
            title,
            f"{facts.scores.n:,} {facts.split}",
            shown_share(facts.scores.accuracy),
            shown_range(*facts.scores.accuracy_interval),
            f"{facts.scores.n_mistakes:,}",
            f"{facts.scores.loss:.4f}",
            f"{facts.scores.macro_f1:.4f}",
        )
        for title, facts in zip(titles, all_facts, strict=True)
    ]
    head = ("Run", "Images", "Accuracy", f"{shown_level(LEVEL)} interval", "Wrong", "Loss", "Macro F1")
    yield _table(head, rows)
    yield '<div class="columns">'
    for i, facts in enumerate(all_facts):
        per_class = [
            (
                html.escape(facts.class_names[score.label]),
                f"{score.support:,}",
                shown_share(score.recall),
                shown_range(*score.recall_interval),
                shown_share(score.precision),
            )
            for score in facts.scores.per_class
        ]
        caption = titles[i] if len(titles) > 1 else ""
        yield _table(("Class", "Images", "Recall", "Interval", "Precision"), per_class, caption=caption)
    yield "</div>"


def _compared(first: Facts, second: Facts) -> Iterator[str]:
    found = _comparison(first, second)
    if found is None:
        yield "<p>The runs were scored on different images, so they cannot be compared digit by digit.</p>"
        return
    low, high = found.difference_interval
    yield (
        f"<p>The second run is <b>{shown_points(found.difference)}</b> against the first, {shown_level(LEVEL)} "
        f"interval {shown_points(low)} to {shown_points(high)}; p = {found.p_value:.3g} (McNemar's exact test): "
        f"the difference {chance_words(found.p_value)}.</p>"
    )
    counts = found.counts
    yield _table(("Outcome", "Digits"), [(html.escape(item.value), f"{counts[item]:,}") for item in Outcome])
    words_of = {Outcome.BROKEN: "Correct in the first only", Outcome.FIXED: "Correct in the second only"}
    for outcome, words in words_of.items():
        positions = np.flatnonzero(np.isin(second.predictions.index, found.rows(outcome)))
        pictures = pictures_of(second.predictions, second.dataset, second.split, positions)
        if pictures:
            yield f"<p>{words}; below each, what the second predicts:</p>{_digits(pictures)}"


def _comparison(first: Facts, second: Facts) -> Comparison | None:
    is_same = first.split == second.split and np.array_equal(first.predictions.index, second.predictions.index)
    is_same = is_same and np.array_equal(first.predictions.labels, second.predictions.labels)
    of_same_data = (first.run.dataset and first.run.dataset.sha256) == (
        second.run.dataset and second.run.dataset.sha256
    )
    return compare(first.predictions, second.predictions) if is_same and of_same_data else None


def _curves(all_facts: Sequence[Facts], titles: Sequence[str]) -> Iterator[str]:
    if not any(facts.history for facts in all_facts):
        yield "<p>There is no history of a training: the network was imported.</p>"
        return
    yield '<div class="columns">'
    for name, is_share in (("accuracy", True), ("loss", False)):
        lines = [
            Line(values=[getattr(metrics, f"{prefix}{name}") for metrics in facts.history], style=f"{STYLES[i]}{style}")
            for i, facts in enumerate(all_facts)
            for prefix, style in (("", " training"), ("val_", ""))
        ]
        title = f"{name.capitalize()} of training and validation by epoch"
        yield f"<figure>{curves_svg(lines, title=title, is_share=is_share)}<figcaption>{title}</figcaption></figure>"
    yield "</div><p class='faint'>"
    for i, title in enumerate(titles):
        yield f'<span class="key {STYLES[i]} training"></span>{title}, training &nbsp; '
        yield f'<span class="key {STYLES[i]}"></span>{title}, validation &nbsp; '
    yield "</p>"
    for facts in all_facts:
        if added := facts.run.config.training.added_to_loss:
            yield f"<p class='faint'>The training loss is with {listed(added)}, the others are without.</p>"


def _matrix(facts: Facts) -> Iterator[str]:
    names = [html.escape(name) for name in facts.class_names]
    shares = facts.matrix.normalized(Normalization.TRUE)
    yield '<div class="wide"><table class="matrix"><caption>Rows: true labels, columns: predicted labels</caption>'
    yield "<tr><th></th>"
    yield "".join(f"<th>{name}</th>" for name in names) + "</tr>"
    for true, counts in enumerate(facts.matrix.counts):
        cells = []
        for predicted, count in enumerate(counts):
            kind = "right" if true == predicted else "wrong"
            # The square root, since most confusions are far below a tenth of a row.
            share = 0 if not count else round(8 + 62 * float(shares[true, predicted]) ** 0.5)
            cells.append(f'<td class="{kind}" style="--share:{share}">{count:,}</td>')
        yield f"<tr><th>{names[true]}</th>{''.join(cells)}</tr>"
    yield "</table></div>"


def _mistakes(facts: Facts) -> Iterator[str]:
    if not facts.scores.n_mistakes:
        yield "<p>There are none.</p>"
    elif facts.mistakes:
        of = f"{len(facts.mistakes):,} of {facts.scores.n_mistakes:,}"
        yield f'<p class="faint">{of}, those with the highest loss first.</p>{_digits(facts.mistakes)}'
    else:
        yield "<p>The images are not on the machine where this report was made.</p>"


def _digits(pictures: Sequence[Picture]) -> str:
    items = [
        f'<li><img src="{_png(item.image)}" alt="{html.escape(item.true)}" width="74" height="74">'
        f"true {html.escape(item.true)}, predicted {html.escape(item.predicted)} "
        f"({shown_probability(item.probability)})<br><span class='faint'>row {item.row}</span></li>"
        for item in pictures
    ]
    return f'<ul class="digits">{"".join(items)}</ul>'


def _png(image: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _calibration(all_facts: Sequence[Facts], titles: Sequence[str]) -> Iterator[str]:
    yield '<div class="columns">'
    for title, facts in zip(titles, all_facts, strict=True):
        found = facts.calibration
        picture = reliability_svg(found, title="Accuracy by confidence")
        yield (
            f"<figure>{picture}<figcaption>{title}: expected calibration error {shown_share(found.expected_error)} "
            f"({found.n_bins} bins), mean confidence {shown_share(facts.mean_confidence)}, accuracy "
            f"{shown_share(facts.scores.accuracy)}. Bars on the dashed line would be perfect.</figcaption></figure>"
        )
    yield "</div>"


def _verdict(facts: Facts) -> Iterator[str]:
    yield "<ul>" + "".join(f"<li>{html.escape(sentence)}</li>" for sentence in facts.sentences()) + "</ul>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, caption: str = "") -> str:
    """A table of cells that are HTML already."""
    title = f"<caption>{caption}</caption>" if caption else ""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table>{title}<tr>{top}</tr>{body}</table></div>\n'
