"""The dependency table of docs/architecture.md, enforced by reading the source."""

from __future__ import annotations

import ast
import importlib.machinery
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.sources import ROOT, sources

MAX_PAGE_LINES = 40

# Each package of the core may import what stands to its left.
CORE_ORDER = (
    "errors", "shares", "words", "fields", "environment", "files", "locks", "processes",
    "data", "models", "training", "designs", "evaluation", "runs", "network", "jobs", "classroom", "pricing",
    "hints", "probing", "tuning", "export",
)  # fmt: skip
# The rooms within a folder, in the same way; with the modules beside them that all rooms use.
ROOMS = {
    "mnist_core/data/imports": (("files", "recognising", "formats"), {"limits", "results", "decisions"}),
    "dashboard/shared": (
        ("settings", "runs", "context", "answers", "digits", "lessons"),
        {
            "confusion_matrix",
            "dataset_labels",
            "empty_state",
            "errors",
            "job_progress",
            "linked_choice",
            "measures",
            "share_columns",
            "side_panel",
        },
    ),
}
CORE_FRONT_DOORS = {"cli", "studio", "__main__", "__init__"}  # commands and Python interface may import everything

# Libraries beside the standard library and numpy; what is not named here may not be imported at all.
CORE_LIBRARIES = {
    "data": {"pandas", "sklearn", "scipy", "mlxtend", "PIL", "pyarrow"},
    "training": {"psutil", "scipy"},
    "evaluation": {"pandas", "sklearn", "scipy", "PIL"},
    "network": {"scipy", "threadpoolctl"},
    "jobs": {"psutil", "distributed", "cryptography"},
    "pricing": {"psutil"},
    "probing": {"scipy", "sklearn"},
    "tuning": {"optuna", "sqlalchemy"},
    "export": {"PIL", "pandas", "h5py", "onnxruntime", "ai_edge_litert", "mlflow", "google"},
}
# Packages in which some modules, loaded only by a process of their own, build or run a network.
KERAS_PACKAGES = {"models", "training", "jobs", "pricing", "probing", "export"}
KERAS = {"keras", "tensorflow", "ml_dtypes"}

# Widgets know no page, no run and no selection: of the rest they see raw values by key, and what a picture is.
WIDGET_VALUES = (
    "dashboard.state.session", "mnist_core.data.dataset", "mnist_core.data.sprites", "mnist_core.shares",
)  # fmt: skip

# The layers of the screen: the libraries each may use, and which parts of `dashboard` each may import beside itself.
FOUNDATIONS = {"settings", "colours"}
SCREEN: dict[str, tuple[set[str], set[str]]] = {
    "charts": ({"plotly", "pandas", "mnist_core"}, {"colours"}),
    "state": ({"streamlit", "mnist_core"}, set()),
    "cached": ({"streamlit", "mnist_core"}, {"settings"}),
    "server": ({"streamlit", "pandas", "plotly", "mnist_core"}, {"settings", "cached"}),
    "widgets": ({"streamlit", "plotly", "mnist_core"}, {"colours", "state"}),
    "shared": (
        {"streamlit", "pandas", "plotly", "mnist_core"},
        {*FOUNDATIONS, "navigation", "charts", "state", "cached", "server", "widgets"},
    ),
    "views": (
        {"streamlit", "pandas", "plotly", "mnist_core"},
        {*FOUNDATIONS, "navigation", "charts", "state", "cached", "server", "widgets", "shared"},
    ),
}


def each(files: list[Path], *, below: str) -> pytest.MarkDecorator:
    """Test these files in groups: a test for each folder, or file, right below `below`."""
    groups: dict[str, list[Path]] = {}
    for path in files:
        groups.setdefault(path.relative_to(ROOT / below).parts[0], []).append(path)
    return pytest.mark.parametrize("paths", groups.values(), ids=groups.keys())


@cache
def imported(path: Path) -> set[str]:
    """Dotted names of everything a file imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide which package is meant"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def third_party(names: set[str]) -> set[str]:
    tops = {name.partition(".")[0] for name in names}
    return tops - set(sys.stdlib_module_names) - {"numpy", "mnist_core", "dashboard", "pages", "tests"}


def core_package(path: Path) -> str:
    return path.relative_to(ROOT / "mnist_core").parts[0].removesuffix(".py")


def mentions(path: Path, names: set[str]) -> Iterator[str]:
    """Where a file uses an attribute, a name or an import called like one of `names`."""
    text = path.read_text(encoding="utf-8")
    if not any(name in text for name in names):
        return
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.alias(name=name) if name in names:
                yield f"{path.relative_to(ROOT)}:{node.lineno} uses {name}"


def test_every_core_package_has_a_place_in_the_order() -> None:
    found = {core_package(path) for path in sources("mnist_core")}
    assert found <= {*CORE_ORDER, *CORE_FRONT_DOORS}


@each(sources("mnist_core"), below="mnist_core")
def test_core_imports_run_one_way(paths: list[Path]) -> None:
    for path in paths:
        package = core_package(path)
        names = imported(path)
        if package in CORE_FRONT_DOORS:
            assert not third_party(names) & (KERAS | {"streamlit", "plotly"}), path
            continue
        allowed = set(CORE_ORDER[: CORE_ORDER.index(package) + 1])
        used = {name.split(".")[1] for name in names if name.startswith("mnist_core.")}
        assert used <= allowed, f"{path} may only import what stands left of {package}"
        libraries = CORE_LIBRARIES.get(package, set()) | (KERAS if package in KERAS_PACKAGES else set())
        assert third_party(names) <= libraries, path


@pytest.mark.parametrize("folder", ROOMS)
def test_the_rooms_of_a_folder_import_one_way(folder: str) -> None:
    rooms, beside = ROOMS[folder]
    start = folder.replace("/", ".") + "."
    for path in sources(folder):
        room = path.relative_to(ROOT / folder).parts[0]
        if room not in rooms:
            assert room.endswith(".py"), f"{room} has no place in the order"
            continue
        used = {name.removeprefix(start).split(".")[0] for name in imported(path) if name.startswith(start)}
        assert used <= {*rooms[: rooms.index(room) + 1], *beside}, path


def screen_layer(path: Path) -> str:
    """The part of `dashboard` that a file belongs to: the name of its folder, or of itself."""
    return path.relative_to(ROOT / "dashboard").parts[0].removesuffix(".py")


def dashboard_parts(names: set[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("dashboard.")}


def test_the_screen_never_imports_keras() -> None:
    found = [path for path in sources("dashboard") + sources("pages") if third_party(imported(path)) & KERAS]
    assert found == []


@each(sources("dashboard"), below="dashboard")
def test_the_screen_imports_what_its_layer_may(paths: list[Path]) -> None:
    for path in paths:
        layer = screen_layer(path)
        if layer not in SCREEN:
            continue
        libraries, parts = SCREEN[layer]
        names = imported(path)
        tops = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"numpy", "dashboard"}
        assert tops <= libraries, path
        assert dashboard_parts(names) <= parts | {layer}, path


@each(sources("dashboard/widgets"), below="dashboard/widgets")
def test_a_widget_is_given_plain_values(paths: list[Path]) -> None:
    for path in paths:
        names = imported(path)
        of_others = {name for name in names if name.startswith(("dashboard.state.", "mnist_core."))}
        assert {name for name in of_others if not name.startswith(WIDGET_VALUES)} == set(), path
        assert "plotly" not in third_party(names) or path.parent.name == "chart", path


def test_every_folder_of_the_screen_has_its_layer() -> None:
    folders = {path.name for path in (ROOT / "dashboard").iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert folders == set(SCREEN)


@each(sources("dashboard/views"), below="dashboard/views")
def test_a_view_never_imports_the_views_of_another_page(paths: list[Path]) -> None:
    for path in paths:
        page = path.relative_to(ROOT / "dashboard" / "views").parts[0]
        others = {name.split(".")[2] for name in imported(path) if name.startswith("dashboard.views.")} - {page}
        assert others == set(), path


@pytest.mark.parametrize("path", sources("pages"), ids=lambda path: path.name)
def test_a_page_shows_its_own_views(path: Path) -> None:
    names = imported(path)
    assert third_party(names) <= {"streamlit"}
    assert not {name for name in names if name.startswith("mnist_core")}
    shown = {name.split(".")[2] for name in names if name.startswith("dashboard.views.")}
    assert shown <= {path.stem}


def asked_words(path: Path) -> Iterator[str]:
    """Every text that a file compares something with, or picks by."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Compare(left=left, comparators=others):
                asked = [left, *others]
            case ast.Subscript(value=ast.Dict(keys=keys)):
                asked = [key for key in keys if key is not None]
            case ast.MatchValue(value=value):
                asked = [value]
            case _:
                continue
        for part in asked:
            yield from (
                word.value for word in ast.walk(part) if isinstance(word, ast.Constant) and isinstance(word.value, str)
            )


@pytest.mark.parametrize("folder", ["dashboard/shared", "dashboard/widgets"])
def test_a_shared_piece_never_asks_which_page_it_is_on(folder: str) -> None:
    from dashboard.navigation import PAGES

    pages = {spec.name for spec in PAGES}
    found = [f"{path.relative_to(ROOT)} asks for {word}" for path in sources(folder) for word in asked_words(path)
             if word in pages]  # fmt: skip
    assert found == []


def test_the_core_does_not_know_the_screen() -> None:
    for path in sources("mnist_core"):
        assert not {name.partition(".")[0] for name in imported(path)} & {"dashboard", "pages", "streamlit", "plotly"}


def test_only_state_touches_the_session_and_the_url() -> None:
    found = [use for path in sources("dashboard") + sources("pages") if "state" not in path.parts
             for use in mentions(path, {"session_state", "query_params"})]  # fmt: skip
    assert found == []


def test_only_cached_keeps_caches() -> None:
    found = [use for path in sources("dashboard") + sources("pages") if "cached" not in path.parts
             for use in mentions(path, {"cache_data", "cache_resource"})]  # fmt: skip
    assert found == []


def test_every_cache_is_bounded() -> None:
    decorators = [
        decorator
        for path in sources("dashboard/cached")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
    ]
    caches = [decorator for decorator in decorators if "cache_" in ast.unparse(decorator)]
    assert caches
    for decorator in caches:
        assert isinstance(decorator, ast.Call)
        assert "max_entries" in {keyword.arg for keyword in decorator.keywords}, ast.unparse(decorator)


@pytest.mark.parametrize(("folder", "reader"), [("mnist_core", "environment.py"), ("dashboard", "settings.py")])
def test_one_module_reads_the_environment(folder: str, reader: str) -> None:
    found = [use for path in sources(folder) if path != ROOT / folder / reader
             for use in mentions(path, {"environ", "getenv", "putenv"})]  # fmt: skip
    assert found == []


def test_one_module_starts_processes() -> None:
    found = [str(path) for path in sources("mnist_core") + sources("dashboard") + sources("pages")
             if {name.partition(".")[0] for name in imported(path)} & {"subprocess", "multiprocessing"}]  # fmt: skip
    assert found == [str(ROOT / "mnist_core" / "processes.py")]


def test_one_module_draws_charts() -> None:
    """It names their downloads, and decides on their buttons."""
    found = [use for path in sources("dashboard") + sources("pages") if path.parent.name != "chart"
             for use in mentions(path, {"plotly_chart"})]  # fmt: skip
    assert found == []


def test_every_table_can_be_downloaded() -> None:
    """Those of Streamlit through the module that names the file; those of our own by the script that they share."""
    exports = ("dashboard/shared/digits/gallery.py", "dashboard/views/mistakes/export.py")  # of what is selected
    have_their_own = {ROOT / name for name in ("dashboard/shared/data_table.py", *exports)}
    found = [use for path in sources("dashboard") + sources("pages") if path not in have_their_own
             for use in mentions(path, {"dataframe", "data_editor"})]  # fmt: skip
    assert found == []
    without = {"layer_editor", "computation"}  # a form, which the design is exported from; a picture of a computation
    components = [path for path in (ROOT / "dashboard/widgets").glob("*/*.js") if path.parent.name not in without]
    drawing = {path.parent for path in components
               if "createTHead" in path.read_text() or "table.tHead" in path.read_text()}  # fmt: skip
    assert len(drawing) >= 5
    assert {folder for folder in drawing if "offerCsv(" not in (folder / f"{folder.name}.js").read_text()} == set()


@pytest.mark.parametrize("path", sources("pages"), ids=lambda path: path.name)
def test_a_page_is_a_short_script(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    assert len(text.splitlines()) <= MAX_PAGE_LINES
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, definitions)]


def test_no_module_of_the_dashboard_is_named_like_a_library() -> None:
    """Streamlit puts dashboard/ first on sys.path: dashboard/types.py would replace the standard library's."""
    own = {path.stem for path in (ROOT / "dashboard").iterdir() if path.suffix in {"", ".py"}} - {
        "__init__",
        "__main__",
    }
    outside = [entry for entry in sys.path if Path(entry).resolve() not in {ROOT, ROOT / "dashboard", Path.cwd()}]
    shadowed = {name for name in own if importlib.machinery.PathFinder.find_spec(name, outside)}
    assert shadowed | (own & set(sys.stdlib_module_names)) == set()


def test_the_table_of_pages_matches_the_folder() -> None:
    from dashboard.navigation import PAGES

    assert {path.stem for path in sources("pages")} <= {spec.name for spec in PAGES}
    assert len({spec.name for spec in PAGES}) == len(PAGES)


def test_importing_the_screen_does_not_load_tensorflow() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sources("dashboard")
        if path.name not in ("app.py", "__main__.py", "asgi.py")
    ]
    script = f"import sys, {', '.join(name.removesuffix('.__init__') for name in modules)}, dashboard.asgi\n"
    script += "print(sorted({'keras', 'tensorflow', 'jax', 'torch', 'optuna'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_server_imports_the_views_of_the_first_page_ahead() -> None:
    views = {
        name.rpartition(".")[0] for name in imported(ROOT / "pages/home.py") if name.startswith("dashboard.views.")
    }
    assert views
    assert views <= imported(ROOT / "dashboard/asgi.py")


def test_what_every_page_imports_does_not_load_the_libraries_of_a_few() -> None:
    """The first page after a start waits for it."""
    slow = {"pandas", "pyarrow", "scipy", "sklearn"}
    script = "import sys, dashboard.shared.context.bar; from dashboard.choices import WITH_CHOICES, choices_of; "
    script += f"[choices_of(page) for page in WITH_CHOICES]; print(sorted({slow} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
