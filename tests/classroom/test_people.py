from __future__ import annotations

import hashlib
import json
import secrets
import threading
from pathlib import Path
from typing import Any

import pytest

from mnist_core.classroom import people
from mnist_core.classroom.people import Register, Role, create_class, is_class, runs_of
from mnist_core.classroom.sessions import Sessions
from mnist_core.errors import ClassError, ConfigError, MnistCoreError, PersonNotFoundError
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run
from tests.inspected_runs import of_recipe


def stored(folder: Path) -> Any:
    return json.loads((folder / "class.json").read_bytes())


def names(register: Register) -> list[str]:
    return [person.name for person in register.people()]


# Making a class -------------------------------------------------------------------------------------------------------


def test_a_class_begins_with_its_teacher(class_folder: Path) -> None:
    assert not is_class(class_folder)
    register, teacher, code = create_class(class_folder, title=" Class\n7b ", teacher="Ada Lovelace")
    assert is_class(class_folder)
    assert (register.title, register.people()) == ("Class 7b", (teacher,))
    assert teacher.is_teacher
    assert register.signs_in("Ada Lovelace", code) == teacher


def test_the_folders_of_runs_of_a_class_share_places(register: Register, class_folder: Path) -> None:
    assert (class_folder / "runs" / "shared-queue.json").is_file()


def test_a_class_is_not_made_over_another_one(register: Register, class_folder: Path) -> None:
    before = (class_folder / "class.json").read_bytes()
    with pytest.raises(ClassError, match="already"):
        create_class(class_folder, title="Other", teacher="Eve")
    assert (class_folder / "class.json").read_bytes() == before


@pytest.mark.parametrize("wrong", [{"title": ""}, {"title": "x" * 81}, {"title": "\u202e"}, {"teacher": " "}])
def test_a_class_needs_a_title_and_a_teacher(class_folder: Path, cheap_codes: None, wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        create_class(class_folder, **{"title": "Class 7b", "teacher": "Ada", **wrong})
    assert not class_folder.exists()


def test_a_class_in_a_place_that_cannot_be_written_is_an_error(tmp_path: Path, cheap_codes: None) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ClassError, match="The class cannot be saved in"):
        create_class(tmp_path / "file" / "class", title="Class 7b", teacher="Ada")


# Adding and finding ---------------------------------------------------------------------------------------------------


def test_people_are_teachers_first_then_by_name(register: Register) -> None:
    for name in ("zoe", "Bob", "anna"):
        register.add(name)
    register.add("Charles", Role.TEACHER)
    assert names(register) == ["Ada Lovelace", "Charles", "anna", "Bob", "zoe"]
    assert [someone.is_teacher for someone in register.people()] == [True, True, False, False, False]


def test_a_person_is_found_by_id_and_by_name(register: Register) -> None:
    zoe, _ = register.add("Zoe\u0308")  # as two code points
    assert zoe.name == "Zo\u00eb"
    assert register.get(zoe.person_id) == zoe
    for name in ("Zo\u00eb", "  zo\u00eb ", "ZOE\u0308", "zo\u00eb\n"):
        assert register.named(name) == zoe
    for name in ("zoe", "", "x" * 1000, "\u202e"):
        with pytest.raises(PersonNotFoundError, match="nobody called"):
            register.named(name)


def test_who_was_added_is_there_for_another_process(register: Register, class_folder: Path) -> None:
    bob, code = register.add("Bob")
    assert Register(class_folder).get(bob.person_id) == bob
    assert Register(class_folder).signs_in("bob", code) == bob


@pytest.mark.parametrize("name", ["Bob", " bob ", "BOB", "\u200bBob\n"])
def test_a_name_is_given_once(register: Register, name: str) -> None:
    register.add("Bob")
    with pytest.raises(ClassError, match="already"):
        register.add(name)
    assert names(register) == ["Ada Lovelace", "Bob"]


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "\u202e\u200b", "x" * 61])
def test_an_invalid_name_is_refused(register: Register, name: str) -> None:
    with pytest.raises(ConfigError, match="`name`"):
        register.add(name)
    assert names(register) == ["Ada Lovelace"]


@pytest.mark.parametrize("name", ["../../etc", "a/b", "..", "<b>x</b>", "%00", "数字", "p-00000001", "x" * 60])
def test_a_name_never_becomes_a_path(register: Register, class_folder: Path, tmp_path: Path, name: str) -> None:
    someone, code = register.add(name)
    Sessions(class_folder).begin(someone.person_id)
    assert register.signs_in(name, code) == someone
    assert {path.parent for path in tmp_path.rglob("*.json")} == {class_folder, class_folder / "runs"}
    assert runs_of(class_folder, someone.person_id).parent == class_folder / "runs"


def test_a_name_is_on_one_line_without_invisible_characters(register: Register) -> None:
    assert register.add("Eve\u202e\nExtra\x00")[0].name == "Eve Extra"


def test_several_are_added_all_or_none(register: Register) -> None:
    with pytest.raises(ClassError, match="Bob"):
        register.add_all(["Anna", "Bob", "bob"])
    assert names(register) == ["Ada Lovelace"]
    added = register.add_all(["Bob", "Anna"])
    assert [someone.name for someone, _ in added] == ["Bob", "Anna"]
    assert all(register.signs_in(someone.name, code) == someone for someone, code in added)


def test_a_class_has_room_for_so_many(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    assert people.MAX_PEOPLE == 200
    monkeypatch.setattr(people, "MAX_PEOPLE", 3)
    register.add_all(["Bob", "Anna"])
    with pytest.raises(ClassError, match="full"):
        register.add("Eve")
    assert len(register.people()) == 3


def test_an_id_that_somebody_has_or_had_is_not_given_again(
    register: Register, class_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = register.add("Bob")
    left, _ = register.add("Anna")
    runs_of(class_folder, left.person_id).mkdir()
    register.remove(left.person_id)
    drawn = iter([first.person_id[2:], left.person_id[2:], "0000000a"])
    monkeypatch.setattr(secrets, "token_hex", lambda n: next(drawn))
    assert register.add("Eve")[0].person_id == "p-0000000a"


@pytest.mark.parametrize(
    "person_id", ["../x", "p-../../../", "", ".", "p-1234567g", "P-00000001", "p-00000001\n", None]
)
def test_only_an_id_becomes_a_path(register: Register, class_folder: Path, person_id: Any) -> None:
    with pytest.raises(PersonNotFoundError, match="nobody with the id"):
        runs_of(class_folder, person_id)
    for ask in (register.get, register.remove, register.new_code):
        with pytest.raises(PersonNotFoundError, match="nobody with the id"):
            ask(person_id)


def test_a_folder_of_runs_is_made_by_its_first_run(register: Register, class_folder: Path) -> None:
    bob, _ = register.add("Bob")
    folder = runs_of(class_folder, bob.person_id)
    assert RunStore(folder).list() == ()
    assert not folder.exists()
    run_id = finished_run(RunStore(folder))
    assert [run.run_id for run in RunStore(folder).list()] == [run_id]


# Codes ----------------------------------------------------------------------------------------------------------------


def test_nobody_signs_in_with_the_code_of_another(register: Register) -> None:
    (bob, bobs), (anna, annas) = register.add_all(["Bob", "Anna"])
    assert register.signs_in("BOB ", bobs.upper().replace("-", "")) == bob
    assert register.signs_in("Anna", annas) == anna
    for name, code in (("Bob", annas), ("Anna", bobs), ("Bob", ""), ("Eve", bobs), ("", bobs), ("x" * 61, bobs)):
        assert register.signs_in(name, code) is None


def test_an_unknown_name_costs_what_a_known_one_does(class_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register, _, _ = create_class(class_folder, title="Class 7b", teacher="Ada")
    scrypt, costs = hashlib.scrypt, []

    def counted(password: bytes, *, salt: bytes, **cost: int) -> bytes:
        costs.append((len(salt), tuple(cost.items())))
        return scrypt(password, salt=salt, **cost)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    for name in ("Ada", "Eve", "", "x" * 1000):
        assert register.signs_in(name, "k7mq-4x2p-9hwd") is None
    assert len(costs) == 4
    assert set(costs) == {(16, (("dklen", 32), ("n", 16384), ("r", 8), ("p", 1)))}


def test_codes_are_never_stored_in_the_clear(class_folder: Path, cheap_codes: None) -> None:
    register, teacher, first = create_class(class_folder, title="Class 7b", teacher="Ada")
    bob, second = register.add("Bob")
    codes = [first, second, register.new_code(bob.person_id), register.new_code(teacher.person_id)]
    content = b"".join(path.read_bytes() for path in class_folder.rglob("*") if path.is_file())
    assert b"Bob" in content
    for code in codes:
        plain = code.replace("-", "")
        digest = hashlib.sha256(plain.encode())
        for text in (code, plain, plain.upper(), plain[:6], plain.encode().hex(), digest.hexdigest()):
            assert text.encode() not in content


def test_a_new_code_replaces_the_old_one_and_ends_sessions(register: Register, class_folder: Path) -> None:
    (bob, old), (anna, _) = register.add_all(["Bob", "Anna"])
    sessions = Sessions(class_folder)
    bobs, annas = sessions.begin(bob.person_id), sessions.begin(anna.person_id)
    new = register.new_code(bob.person_id)
    assert (register.signs_in("Bob", old), register.signs_in("Bob", new)) == (None, bob)
    assert (sessions.person_id(bobs), sessions.person_id(annas)) == (None, anna.person_id)


def test_the_queue_of_who_is_removed_is_empty(register: Register, class_folder: Path) -> None:
    person, _ = register.add("Grace")
    store = RunStore(runs_of(class_folder, person.person_id))
    run_id = store.create(of_recipe("lenet-5"))
    register.remove(person.person_id)
    assert store.get(run_id).status is RunStatus.STOPPED


def test_too_many_people_are_refused_before_their_codes_are_made(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(people, "hashed", made.append)
    with pytest.raises(ClassError, match="full"):
        register.add_all([f"Student {number}" for number in range(people.MAX_PEOPLE)])
    assert made == []


def test_who_is_removed_is_out_but_their_runs_stay(register: Register, class_folder: Path) -> None:
    bob, code = register.add("Bob")
    token = Sessions(class_folder).begin(bob.person_id)
    run_id = finished_run(RunStore(runs_of(class_folder, bob.person_id)))
    register.remove(bob.person_id)
    assert names(register) == ["Ada Lovelace"]
    assert register.signs_in("Bob", code) is None
    assert Sessions(class_folder).person_id(token) is None
    assert RunStore(runs_of(class_folder, bob.person_id)).get(run_id).run_id == run_id
    with pytest.raises(PersonNotFoundError):
        register.get(bob.person_id)


def test_the_last_teacher_stays(register: Register) -> None:
    ada = register.named("Ada Lovelace")
    register.add("Bob")
    with pytest.raises(ClassError, match="last teacher"):
        register.remove(ada.person_id)
    register.add("Charles", Role.TEACHER)
    register.remove(ada.person_id)
    assert names(register) == ["Charles", "Bob"]


# Several at once, and damage ------------------------------------------------------------------------------------------


def test_nobody_is_lost_when_several_add_people_at_once(register: Register, class_folder: Path) -> None:
    def add(number: int) -> None:
        own = register if number % 2 else Register(class_folder)
        for part in range(4):
            own.add(f"{number}-{part}")

    threads = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {"Ada Lovelace"} | {f"{number}-{part}" for number in range(6) for part in range(4)}
    assert set(names(register)) == expected
    assert len(stored(class_folder)["people"]) == len(expected)


def asks(register: Register) -> list[Any]:
    return [
        lambda: register.title,
        register.people,
        lambda: register.get("p-00000001"),
        lambda: register.named("Ada"),
        lambda: register.add("Bob"),
        lambda: register.new_code("p-00000001"),
        lambda: register.remove("p-00000001"),
        lambda: register.signs_in("Ada", "x"),
    ]


def test_a_folder_without_a_class_is_one_sentence(tmp_path: Path, cheap_codes: None) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "nothing", tmp_path / "file", tmp_path):
        for ask in asks(Register(folder)):
            with pytest.raises(ClassError, match=r"^There is no class in \S+\.$"):
                ask()
        assert not is_class(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def damaged_by(change: Any) -> Any:
    def damaged(document: Any) -> bytes:
        change(document)
        return json.dumps(document).encode()

    return damaged


DAMAGE = {
    "empty": lambda document: b"",
    "torn": lambda document: json.dumps(document).encode()[:-9],
    "a list": lambda document: b"[]",
    "not UTF-8": lambda document: b"\xff\xfe\xff",
    "nested": lambda document: b"[" * 100_000,
    "too large": lambda document: json.dumps(document).encode() + b" " * (5 << 20),
    "of a newer version": damaged_by(lambda document: document.update(schema=2)),
    "without people": damaged_by(lambda document: document.pop("people")),
    "a title that is no text": damaged_by(lambda document: document.update(title=3)),
    "an id that is a path": damaged_by(lambda document: document["people"][0].update(id="../../x")),
    "a name that is no text": damaged_by(lambda document: document["people"][0].update(name=7)),
    "an unknown role": damaged_by(lambda document: document["people"][0].update(role="root")),
    "a code in the clear": damaged_by(lambda document: document["people"][0].update(code="k7mq-4x2p-9hwd")),
    "a time without end": damaged_by(lambda document: document["people"][0].update(added_at=10**400)),
    "a time that is none": damaged_by(lambda document: document["people"][0].update(added_at=float("nan"))),
    "one person twice": damaged_by(lambda document: document["people"].append(document["people"][0])),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_class_is_one_sentence_and_stays_as_it_is(register: Register, class_folder: Path, kind: str) -> None:
    assert names(register) == ["Ada Lovelace"]
    path = class_folder / "class.json"
    content = DAMAGE[kind](stored(class_folder))
    path.write_bytes(content)
    for ask in asks(register):
        with pytest.raises(ClassError, match=r"^The class in \S+ cannot be read: class.json is damaged\.$"):
            ask()
    assert path.read_bytes() == content


def test_errors_of_a_class_are_errors_of_the_core() -> None:
    assert issubclass(ClassError, MnistCoreError)
    assert issubclass(PersonNotFoundError, (ClassError, LookupError))
