"""The commands for a class, as a teacher calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mnist_core.classroom import codes
from mnist_core.classroom.people import Register
from mnist_core.classroom.sessions import Sessions
from mnist_core.cli import main
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def cheap_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(codes.COST, "n", 2)


@pytest.fixture
def studio(studio: Any) -> Any:
    """Runs a command about a class."""
    return partial(studio, "class")


@pytest.fixture
def folder(studio: Any, tmp_path: Path) -> Path:
    """A class with one teacher, Ada."""
    folder = tmp_path / "7b"
    studio("create", folder, "--title", "Class 7b", "--teacher", "Ada")
    return folder


def columns(printed: str) -> list[list[str]]:
    return [line.split("  ", 1) for line in printed.splitlines()]


def test_a_class_is_made_and_filled(studio: Any, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "7b"
    made = studio("create", folder, "--title", "Class 7b", "--teacher", "Ada", "--json")
    (ada,) = made["people"]
    assert (made["title"], ada["name"], ada["role"]) == ("Class 7b", "Ada", "teacher")
    bob, zoe = studio("add", folder, "Bob", "Zoë", "--json")
    (charles,) = studio("add", folder, "Charles", "--teacher", "--json")
    register = Register(folder)
    for someone in (ada, bob, zoe, charles):
        found = register.signs_in(someone["name"], someone["code"])
        assert found is not None
        assert (found.person_id, found.role.value) == (someone["id"], someone["role"])
    listed = studio("list", folder, "--json")
    assert listed["title"] == "Class 7b"
    assert [(p["name"], p["role"]) for p in listed["people"]] == [
        ("Ada", "teacher"), ("Charles", "teacher"), ("Bob", "student"), ("Zoë", "student"),
    ]  # fmt: skip
    assert {name for person in listed["people"] for name in person} == {"id", "name", "role", "added_at"}


def test_names_and_codes_are_printed_in_columns(studio: Any, folder: Path) -> None:
    lines = studio("add", folder, "Bob", "Ann-Marie von und zu").splitlines()
    rows = [line for line in lines if line.startswith(("Bob", "Ann"))]
    assert len({line.rindex(" ") for line in rows}) == 1
    for row in rows:
        name, _, code = row.rpartition(" ")
        found = Register(folder).signs_in(name, code)
        assert found is not None
        assert found.name == name.strip()


def test_codes_are_printed_once(studio: Any, folder: Path) -> None:
    (bob,) = studio("add", folder, "Bob", "--json")
    assert "only once" in studio("add", folder, "Anna")
    assert "only once" in studio("code", folder, "Anna")
    printed = studio("list", folder) + json.dumps(studio("list", folder, "--json"))
    assert bob["id"] in printed
    assert bob["code"] not in printed


def test_a_new_code_replaces_the_old_one(studio: Any, folder: Path) -> None:
    (old,) = studio("add", folder, "Bob", "--json")
    token = Sessions(folder).begin(old["id"])
    (new,) = studio("code", folder, " bob", "--json")
    register = Register(folder)
    assert (new["id"], new["name"]) == (old["id"], "Bob")
    assert register.signs_in("Bob", old["code"]) is None
    assert register.signs_in("Bob", new["code"]) is not None
    assert Sessions(folder).person_id(token) is None


def test_who_is_removed_is_not_listed(studio: Any, folder: Path) -> None:
    added = studio("add", folder, "Bob", "Anna", "--json")
    assert added[0]["id"] in studio("remove", folder, "Bob")
    assert studio("remove", folder, "anna", "--json")["id"] == added[1]["id"]
    assert [person["name"] for person in studio("list", folder, "--json")["people"]] == ["Ada"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "FOLDER", "--title", "Again", "--teacher", "Eve"),
        ("create", "FOLDER/new", "--title", "x" * 100, "--teacher", "Eve"),
        ("create", "FOLDER/class.json/new", "--title", "New", "--teacher", "Eve"),
        ("add", "FOLDER", "Bob", "bob"),
        ("add", "FOLDER", "Bob", "x" * 61),
        ("add", "FOLDER", "Bob", "\u202e"),
        ("add", "FOLDER/../elsewhere", "Bob"),
        ("code", "FOLDER", "Bob"),
        ("code", "FOLDER", "../x"),
        ("remove", "FOLDER", "Bob"),
        ("remove", "FOLDER", "Ada"),
        ("list", "FOLDER/runs"),
    ],
)
def test_bad_input_is_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    before = sorted(path.name for path in folder.rglob("*")), (folder / "class.json").read_bytes()
    capsys.readouterr()
    assert main(["class", *(text.replace("FOLDER", str(folder)) for text in arguments)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.endswith(".\n")
    assert (sorted(path.name for path in folder.rglob("*")), (folder / "class.json").read_bytes()) == before


@pytest.mark.parametrize("arguments", [(), ("list",), ("add", "x"), ("create", "x"), ("add", "x", ""), ("drop", "x")])
def test_what_is_missing_is_said(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["class", *arguments])
    assert capsys.readouterr().err.count("\n") == 1


def test_a_damaged_class_is_one_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "class.json").write_text("{")
    capsys.readouterr()
    assert main(["class", "list", str(folder)]) == 2
    assert "class.json is damaged" in capsys.readouterr().err


@pytest.mark.slow
def test_processes_that_add_people_at_once_lose_nobody(folder: Path) -> None:
    names = [[f"{process} {number}" for number in range(5)] for process in range(3)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen([sys.executable, "-m", "mnist_core", "class", "add", str(folder), *theirs, "--json"],
                         env=environment, stdout=subprocess.PIPE)
        for theirs in names
    ]  # fmt: skip
    added = [json.loads(process.communicate(timeout=60)[0]) for process in started]
    assert [[person["name"] for person in theirs] for theirs in added] == names
    assert {person.name for person in Register(folder).people()} == {"Ada", *(name for part in names for name in part)}
