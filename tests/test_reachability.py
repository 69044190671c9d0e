"""No code is used only by tests: every definition is reachable from the entry points of the product.

A check of our own rather than vulture, which compares names only: to it every `from_dict` is used as soon as one is,
and what only dead code calls is alive. This one follows imports and calls from the entry points on. It errs on the side
of "used": an attribute of a value counts for every class that has a member of that name.
"""

from __future__ import annotations

import ast
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("mnist_core", "dashboard", "pages")

ENTRY_POINTS = (
    "mnist_core.__main__",
    "dashboard.__main__",
    "dashboard.asgi.app",
    "dashboard.app",
    # Started with `python -m` in a process of their own.
    "mnist_core.jobs.worker",
    "mnist_core.pricing.benchmark",
    "mnist_core.pricing.worker",
    "mnist_core.probing.run_job",
    "mnist_core.export.models.process",
    "mnist_core.export.tracking.process",
    "mnist_core.export.incoming.process",
    "mnist_core.probing.helper.process",
    "mnist_core.tuning.process",
    "mnist_core.data.finding.tsne",
    "mnist_core.data.imports.read_draft_files",
)

ALLOWED: dict[str, str] = dict.fromkeys(
    ("mnist_core.studio", "mnist_core.studio.one_run"), "the Python interface, for notebooks"
)
"""Modules and definitions that only tests use so far, with what they are for; what they need is allowed with them."""

PASSIVE_BASES = {"StrEnum", "Exception", "NamedTuple", "Generic"}
"""Bases from outside that call none of our methods; those of others (a Keras callback) may be called unseen."""


@dataclass(kw_only=True, eq=False)
class Definition:
    """A function, class, constant, or member of a class, with the code that runs when it is used."""

    module: str
    name: str
    line: int
    code: list[ast.AST]
    bases: set[str] = field(default_factory=set)
    members: dict[str, Definition] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(kw_only=True, eq=False)
class Module:
    """The code that runs on import, the dotted names behind the names it imports, and what it defines."""

    name: str
    code: list[ast.AST]
    imports: dict[str, str]
    definitions: dict[str, Definition]


def read_module(path: Path, root: Path) -> Module:
    name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    statements = ast.parse(path.read_text(encoding="utf-8")).body
    found: dict[str, Definition] = {}
    code: list[ast.AST] = []
    for statement in statements:
        defined = list(definitions_of(statement, name))
        found |= {item.name: item for item in defined}
        code += [] if defined else [statement]
    return Module(name=name, code=code, imports=imports_in(walked(code)), definitions=found)


def walked(code: Iterable[ast.AST]) -> list[ast.AST]:
    return [node for part in code for node in ast.walk(part)]


def definitions_of(statement: ast.stmt, module: str) -> Iterator[Definition]:
    match statement:
        case ast.FunctionDef(name=name):
            yield Definition(module=module, name=name, line=statement.lineno, code=[statement])
        case ast.ClassDef():
            yield class_of(statement, module)
        case ast.Assign(targets=targets):
            names = [node for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
            for node in names:
                yield Definition(module=module, name=node.id, line=node.lineno, code=[statement.value])
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield Definition(module=module, name=name, line=statement.lineno, code=[statement])


def class_of(node: ast.ClassDef, module: str) -> Definition:
    members: dict[str, Definition] = {}
    methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
    for method in methods:
        name = f"{node.name}.{method.name}"
        new = Definition(module=module, name=name, line=method.lineno, code=[])
        members.setdefault(method.name, new).code.append(method)  # a property and its setter are one
    rest: list[ast.AST] = [part for part in ast.iter_child_nodes(node) if part not in methods]
    bases = {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}
    return Definition(module=module, name=node.name, line=node.lineno, code=rest, bases=bases, members=members)


def imports_in(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Local names, and the dotted names that they stand for."""
    found = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
    return found


def local_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Parameters and variables: what has the same name outside is not meant by them."""
    parameters = {node.arg for node in nodes if isinstance(node, ast.arg)}
    return parameters | {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def dotted_name(node: ast.expr, names: dict[str, str]) -> str:
    """`module.name.attribute` of an expression that consists of names only, else empty."""
    match node:
        case ast.Name(id=name):
            return names.get(name, "")
        case ast.Attribute(value=value, attr=attribute):
            before = dotted_name(value, names)
            return f"{before}.{attribute}" if before else ""
    return ""


class Search:
    """Follows what is used, from the entry points on."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self.modules = {module.name: module for module in modules}
        self.reached: set[Module | Definition] = set()
        self.pending: list[Module | Definition] = []
        self.used_attributes: set[str] = set()
        self.members: dict[str, list[Definition]] = defaultdict(list)
        self.bases = {base for module in self.modules.values() for item in module.definitions.values()
                      for base in item.bases}  # fmt: skip

    def find(self, dotted: str) -> Module | Definition | None:
        """What a dotted name stands for; a name that a module has from another one is found there."""
        if dotted in self.modules:
            return self.modules[dotted]
        home, _, name = dotted.rpartition(".")
        owner = self.find(home) if home else None
        if isinstance(owner, Module):
            further = owner.imports.get(name)
            return owner.definitions.get(name) or (self.find(further) if further else None)
        return owner.members.get(name) if owner is not None else None

    def use(self, found: Module | Definition | None) -> None:
        if found is not None and found not in self.reached:
            self.reached.add(found)
            self.pending.append(found)

    def follow_all(self) -> None:
        while self.pending:
            found = self.pending.pop()
            if isinstance(found, Module):
                self.use(self.find(found.name.rpartition(".")[0]))  # importing a module imports its package
                self.follow(found.code, found)
            else:
                self.follow_definition(found)

    def follow_definition(self, found: Definition) -> None:
        self.use(self.modules[found.module])
        self.follow(found.code, self.modules[found.module], str(found).rpartition(".")[0])
        may_be_called_unseen = any(self.is_foreign(base) for base in found.bases)
        for name, member in found.members.items():
            self.members[name].append(member)
            if may_be_called_unseen or is_dunder(name) or name in self.used_attributes:
                self.use(member)

    def is_foreign(self, base: str) -> bool:
        is_ours = any(base in module.definitions for module in self.modules.values())
        return not is_ours and base not in PASSIVE_BASES

    def use_attribute(self, name: str) -> None:
        self.used_attributes.add(name)
        for member in list(self.members[name]):
            self.use(member)

    def follow(self, code: Iterable[ast.AST], module: Module, owner: str = "") -> None:
        """Use what some code of a module names; `owner` is the class that it belongs to."""
        nodes = walked(code)
        inner = imports_in(nodes)
        for dotted in inner.values():
            self.use(self.find(dotted.rpartition(".")[0]))
            self.use(self.modules.get(dotted))
        names = {name: f"{module.name}.{name}" for name in module.definitions} | module.imports
        names = {name: names[name] for name in names.keys() - local_names(nodes)} | inner
        names |= {"self": owner, "cls": owner}
        for node in nodes:
            match node:
                case ast.Name(id=name) if name in names:
                    self.use(self.find(names[name]))
                case ast.Attribute():
                    self.follow_attribute(node, names)
                case ast.MatchClass(kwd_attrs=attributes):
                    for name in attributes:
                        self.use_attribute(name)
                case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
                    self.use_attribute(name)

    def unused(self) -> Iterator[tuple[str, int]]:
        """Dotted names of what was not reached, with their lines."""
        for module in self.modules.values():
            if module not in self.reached and module.definitions:
                yield module.name, 1
                continue
            for item in module.definitions.values():
                for part in (item, *item.members.values()) if item in self.reached else (item,):
                    if part not in self.reached and not is_dunder(part.name):
                        yield str(part), part.line

    def follow_attribute(self, node: ast.Attribute, names: dict[str, str]) -> None:
        found = self.find(dotted_name(node, names))
        self.use(found)
        is_settled = isinstance(found, Definition) and found.name.partition(".")[0] not in self.bases
        if not is_settled:  # the attribute of a value, or of a class whose heirs may have a member of their own
            self.use_attribute(node.attr)


def is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def unused_in(modules: Iterable[Module], used: Iterable[str]) -> dict[str, int]:
    """What is not reached from the modules and definitions in `used`, with the line where it stands."""
    search = Search(modules)
    for name in used:
        found = search.find(name)
        assert found is not None, f"there is no {name} any more"
        search.use(found)
        if isinstance(found, Module) and name in ALLOWED:  # all of it, not only what runs when it is imported
            for item in [part for top in found.definitions.values() for part in (top, *top.members.values())]:
                search.use(item)
    search.follow_all()
    return dict(search.unused())


@pytest.fixture(scope="module")
def product() -> list[Module]:
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return [read_module(path, ROOT) for path in paths]


PAGES = tuple(f"pages.{path.stem}" for path in sorted((ROOT / "pages").glob("*.py")))


def test_everything_is_used_by_something_that_is_not_a_test(product: list[Module]) -> None:
    found = unused_in(product, [*ENTRY_POINTS, *PAGES, *ALLOWED])
    listed = "\n".join(f"{name} (line {line})" for name, line in found.items())
    assert not found, f"These are used by tests alone, or by nothing. Remove them:\n{listed}"


def test_what_is_allowed_still_needs_to_be(product: list[Module]) -> None:
    needless = ALLOWED.keys() - unused_in(product, [*ENTRY_POINTS, *PAGES]).keys()
    assert not needless, f"Something uses these now. Take them out of ALLOWED: {', '.join(needless)}"


MADE_UP = {
    "start": """
        import shapes
        from tools import needed, shadowed
        LIMIT, SPARE = 3, 4
        def main(shape: shapes.Shape):
            shadowed = shapes.Circle.from_text("1")
            print(shape.area, LIMIT, needed(), shadowed)
        """,
    "shapes": """
        from enum import StrEnum
        class Shape:
            @property
            def area(self): ...
            @property
            def rim(self): ...
        class Circle(Shape):
            @classmethod
            def from_text(cls, text): return Kind(cls._part(text))
            @classmethod
            def _part(cls, text): ...
            @property
            def area(self): ...
        class Square(Shape):
            @classmethod
            def from_text(cls, text): ...
        class Kind(StrEnum):
            @property
            def is_round(self): ...
        """,
    "tools": """
        def needed(): return needed_too()
        def needed_too(): ...
        def shadowed(): return Square
        def alone(): return not_even_that()
        def not_even_that(): ...
        """,
    "spare": """
        def unheard_of(): ...
        """,
}


def test_the_check_finds_what_is_dead(tmp_path: Path) -> None:
    for name, text in MADE_UP.items():
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
    found = unused_in([read_module(path, tmp_path) for path in tmp_path.glob("*.py")], ["start.main"])
    assert set(found) == {
        "start.SPARE",
        "shapes.Shape.rim",
        "shapes.Square",
        "shapes.Kind.is_round",
        "tools.shadowed",
        "tools.alone",
        "tools.not_even_that",
        "spare",
    }
    assert found["tools.alone"] == 5
