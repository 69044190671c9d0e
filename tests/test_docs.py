"""The documentation is true: every command, option, variable, page, path and test that it names exists."""

from __future__ import annotations

import argparse
import ast
import importlib.util
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.navigation import PAGES
from mnist_core import __version__
from mnist_core.cli.parser import make_parser
from mnist_core.models.recipes import RECIPES
from tests.conftest import ROOT
from tests.documents import Document, Table, document, documents, spans_of
from tests.test_architecture import CORE_ORDER, imported

DOCUMENTS = documents()
ARCHITECTURE = document("docs/architecture.md")
VIEW_COLUMN, CHART_COLUMN, TEST_COLUMN = 1, 2, 4
PLACEHOLDERS = {"RUN_ID", "RUN_DIR"}
PATH = re.compile(r"[\w.<>*~/-]*(/[\w.<>*~/-]*|\.(py|md|txt|toml|lock|json|jsonl|npz|sqlite|ya?ml))")
# What is made when the product runs, or what people have: it need not be in the project.
MADE = {
    "runs/", ".bin/", "data/", "data/mnist/", "mnist.npz", "metadata.jsonl", "index.sqlite", "~/.cache",
    "benchmarks/last.json", "<runs>/<run_id>/", "<run>/lock", "run.json", "events.jsonl", "adjust.json",
    "knock-out/", "probes/", "exports/", "robustness/", "scored/", "hidden/", "answers/",
    "<runs>/studies/<name>/study.json", "<runs>/studies/<name>/trials.sqlite", "<runs>/studies/<name>/trials.json",
    "<runs>/studies/<name>/finals.json", "trials.json",
    "checkpoints/", "predictions/", "filters/", "weights/", "validation-NNN.npz", "test.npz", "epoch-NNN.npz", ".npz",
}  # fmt: skip

each_document = pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)


@each_document
def test_every_make_target_and_variable_exists(page: Document) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MFLAGS", "TESTS"}}
    words = [word for command in page.commands() if command[0] == "make" for word in command[1:]]
    for target in {word for word in words if "=" not in word}:
        command = ["make", "--dry-run", "--directory", str(ROOT), target]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, f"make {target}: {done.stderr}"
    for variable in {word.partition("=")[0] for word in words if "=" in word}:
        assert re.search(rf"^{variable}\s*\?=", makefile, flags=re.MULTILINE), f"the Makefile reads no {variable}"


@each_document
def test_every_command_line_is_accepted(page: Document) -> None:
    for module, arguments in modules_run(page):
        assert importlib.util.find_spec(module), f"there is no module {module}"
        if module == "mnist_core" and arguments:
            assert is_accepted(arguments), f"python -m mnist_core {' '.join(arguments)}"


def is_accepted(arguments: list[str]) -> bool:
    try:
        make_parser().parse_args(arguments)
    except SystemExit as end:  # `--help` and `--version` end as well, with 0
        return end.code == 0
    return True


def modules_run(page: Document) -> Iterator[tuple[str, list[str]]]:
    """Module and arguments of every `python -m ...`."""
    for words in page.commands():
        if "python" in words[0] and "-m" in words:
            module, *arguments = words[words.index("-m") + 1 :]
            yield module, arguments


@each_document
def test_every_option_exists(page: Document) -> None:
    """Options that stand alone are ours; those of a script are looked up in it, those of `make run` in Streamlit."""
    from streamlit import config

    for span in page.spans():
        if span.startswith("--"):
            assert span.split()[0] in set(options_of(make_parser()))
    for words in page.commands():
        if words[0].endswith(".py"):
            script = (ROOT / words[0]).read_text(encoding="utf-8")
            assert all(f'"{word}"' in script for word in words if word.startswith("--")), " ".join(words)
        for given in [word.partition("=")[2] for word in words if word.startswith("OPTIONS=")]:
            names = [word.removeprefix("--") for word in given.split() if word.startswith("--")]
            assert set(names) <= set(config.get_config_options())


def options_of(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from options_of(command)


@each_document
def test_every_tool_is_installed(page: Document) -> None:
    tools = {words[0].removeprefix(".venv/bin/") for words in page.commands() if words[0].startswith(".venv/bin/")}
    assert [tool for tool in tools if not (Path(sys.executable).parent / tool).exists()] == []


@each_document
def test_every_recipe_exists(page: Document) -> None:
    pairs = [pair for words in page.commands() for pair in itertools.pairwise(words)]
    named = {name for option, name in pairs if option == "--recipe"}
    assert named <= set(RECIPES)


def test_the_table_of_the_environment_is_complete() -> None:
    """Every variable that the two modules allowed to read the environment name is documented, and no other one."""
    documented = {span for page in DOCUMENTS for span in page.spans() if re.fullmatch(r"[A-Z][A-Z0-9_]{3,}", span)}
    read = {
        node.value
        for file in (ROOT / "mnist_core" / "environment.py", ROOT / "dashboard" / "settings.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(r"[A-Z][A-Z0-9_]{3,}", node.value)
    }
    assert read
    assert read <= documented
    assert {name for name in documented if "_" in name} - PLACEHOLDERS <= read


def test_the_lists_of_pages_are_complete() -> None:
    titles = [spec.title for spec in PAGES]
    readme = next(table for table in document("README.md").tables() if table.header[0] == "page")
    glossary = next(table for table in document("docs/glossary.md").tables() if table.header[0] == "page")
    headings = re.findall(r"^### (.+)$", ARCHITECTURE.text, flags=re.MULTILINE)
    assert [row[0] for row in readme.rows] == titles[1:]  # Home needs no explanation
    assert [row[0] for row in glossary.rows] == titles
    assert headings == titles


@each_document
def test_every_path_exists(page: Document) -> None:
    commands = [word.partition("=")[2] or word for words in page.commands() for word in words]
    texts = [word for text in [*page.spans(), *commands] for word in text.split()]
    words = {text.partition("::")[0] for text in texts if PATH.fullmatch(text.partition("::")[0])} - MADE
    in_tables = {path for table in page.tables() for path in table_paths(table)}
    assert sorted(word for word in words if not is_there(word) and word not in in_tables) == []


@each_document
def test_every_link_leads_somewhere(page: Document) -> None:
    assert [target for target in page.links() if not (page.path.parent / target).exists()] == []


def table_paths(table: Table) -> Iterator[str]:
    """Paths in a table, as written, that exist in the folder that the header of their column or of the first names."""
    for row in table.rows:
        for header, cell in zip(table.header, row, strict=True):
            for folder in spans_of(header):
                yield from (span for span in spans_of(cell) if is_there(folder + span))
        for above in spans_of(table.header[0]):
            for room in spans_of(row[0]):
                yield from (span for span in spans_of(" ".join(row[1:])) if is_there(above + room + span))


def is_there(path: str) -> bool:
    """Whether a path of the project exists; `<page>` stands for any name."""
    return any(ROOT.glob(re.sub(r"<\w+>", "*", path.rstrip("/")))) if path.strip("/~.") else False


@each_document
def test_every_named_test_exists(page: Document) -> None:
    for file, _, name in [span.partition("::") for span in page.spans() if "::" in span]:
        assert re.search(rf"^def {name}\(", (ROOT / file).read_text(encoding="utf-8"), flags=re.MULTILINE), name


def view_tables() -> dict[str, Table]:
    """The table of each page's views, by the name of the page."""
    found = {}
    for table in ARCHITECTURE.tables():
        for folder in [span for header in table.header[1:2] for span in spans_of(header)]:
            if folder.startswith("dashboard/views/"):
                found[folder.split("/")[2]] = table
    return found


@pytest.mark.parametrize("page", [spec.name for spec in PAGES])
def test_every_view_of_a_page_is_in_its_table(page: str) -> None:
    names = imported(ROOT / "pages" / f"{page}.py")
    shown = {name.split(".")[3] for name in names if name.startswith(f"dashboard.views.{page}.")} - {"choices"}
    listed = {span.removesuffix(".py") for row in view_tables()[page].rows for span in spans_of(row[VIEW_COLUMN])}
    assert shown - listed == set()


@pytest.mark.parametrize("page", [spec.name for spec in PAGES])
def test_the_views_of_a_row_show_its_charts_and_every_row_is_tested(page: str) -> None:
    for row in view_tables()[page].rows:
        views = [ROOT / "dashboard" / "views" / page / span for span in spans_of(row[VIEW_COLUMN])]
        names = {".".join(name.split(".")[:3]) for view in views for name in imported(view)}
        charts = {f"dashboard.charts.{span.removesuffix('.py')}" for span in spans_of(row[CHART_COLUMN])}
        assert charts <= names, row[0]
        assert spans_of(row[TEST_COLUMN]), row[0]


def test_every_path_of_the_tables_of_views_exists() -> None:
    for table in view_tables().values():
        for row in table.rows:
            for header, cell in zip(table.header, row, strict=True):
                for folder in spans_of(header):
                    assert [span for span in spans_of(cell) if not (ROOT / folder / span).is_file()] == [], row[0]


def test_the_order_of_imports_is_the_enforced_one() -> None:
    paragraph = next(text for text in ARCHITECTURE.text.split("\n\n") if text.startswith("Imports run one way"))
    written = spans_of(paragraph.partition(";")[0])
    core = ROOT / "mnist_core"
    assert written == [
        name for name in (*CORE_ORDER, "cli") if (core / name).exists() or (core / f"{name}.py").exists()
    ]


def test_the_glossary_has_each_term_once() -> None:
    terms = [
        row[0] for table in document("docs/glossary.md").tables() if table.header[0] == "term" for row in table.rows
    ]
    assert len(terms) > 100
    assert sorted({term for term in terms if terms.count(term) > 1}) == []


def test_the_version_is_the_newest_release_of_the_changelog(capsys: pytest.CaptureFixture[str]) -> None:
    releases = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", document("CHANGELOG.md").text, re.MULTILINE)
    assert releases[0] == __version__
    with pytest.raises(SystemExit):
        make_parser().parse_args(["--version"])
    assert capsys.readouterr().out.split()[-1] == __version__
