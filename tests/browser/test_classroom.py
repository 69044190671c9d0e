"""A class: signing in, everybody's own runs, an assignment with its board, and what a teacher sees."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mnist_core.classroom.assignments import Assignments, new_assignment
from mnist_core.classroom.people import Person, Register, Role, create_class, runs_of
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.locks import try_lock
from mnist_core.runs.bin import delete
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from tests.browser.conftest import DASHBOARD, Server, Visitor, serving
from tests.browser.finding import button, choose, field, keyed, option
from tests.finished_runs import finished_run
from tests.inspected_runs import of_recipe
from tests.waiting import wait_until


@dataclass(frozen=True, kw_only=True)
class Class:
    """A class with runs of two students; `codes` by the id of a person."""

    folder: Path
    teacher: Person
    ana: Person
    ben: Person
    codes: dict[str, str]
    runs: dict[str, str]

    def store(self, person: Person) -> RunStore:
        return RunStore(runs_of(self.folder, person.person_id))


@pytest.fixture(scope="module")
def class_(tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path) -> Class:
    folder = tmp_path_factory.mktemp("class") / "7b"
    register, teacher, code = create_class(folder, title="7b <i>physics</i>", teacher="Ms Curie")
    codes = {teacher.person_id: code}
    people = []
    for name in ("Ana", "Ben *"):
        person, codes[person.person_id] = register.add(name)
        people.append(person)
    ana, ben = people
    found = Class(folder=folder, teacher=teacher, ana=ana, ben=ben, codes=codes, runs={})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_STUDIO_DATA", str(sample_data_folder))
        for seed, person in enumerate(people):
            found.runs[person.person_id] = finished_run(found.store(person), name=person.name, seed=seed)
        sha256 = load_dataset("mnist-sample").sha256
    made = new_assignment(title="Few <b>", text="One.\n\nThen *this*.", dataset="mnist-sample", sha256=sha256, goal=0.5)
    Assignments(folder).save(made)
    return found


@pytest.fixture(scope="module")
def server(
    class_: Class, tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path, port: int
) -> Iterator[Server]:
    command = (*DASHBOARD, "--server.address", "127.0.0.1", "--browser.serverAddress", "127.0.0.1")
    variables = {"MNIST_STUDIO_CLASS": str(class_.folder)}
    folder = tmp_path_factory.mktemp("server")
    with serving(folder, sample_data_folder, command=command, port=port, variables=variables) as running:
        yield running


def sign_in(visitor: Visitor, class_: Class, person: Person, path: str = "/") -> Page:
    """Ask for a page, and give name and code instead."""
    page = visitor.page
    page.goto(visitor.server.url + path)
    page.locator("[name=name]").fill(person.name)
    page.locator("[name=code]").fill(class_.codes[person.person_id])
    page.locator("button").click()
    visitor.settle()
    return page


def expect_sign_in(visitor: Visitor, page: Page) -> None:
    """The page says that the session has ended, and leads to the sign-in by itself.

    What it was about to load is refused from then on, which the browser notes: the library for charts, at leisure.
    """
    expect(page.locator("[name=code]")).to_be_visible()
    visitor.problems[:] = [problem for problem in visitor.problems if "/studio/plotly.min.js" not in problem]


def open_assignment(visitor: Visitor) -> None:
    keyed(visitor.page, "link_card.classroom.*").locator("a").first.click()
    expect(button(visitor.page, "classroom.close")).to_be_visible()
    visitor.settle()


def test_everybody_has_runs_of_their_own(visitor: Visitor, class_: Class) -> None:
    run, others = class_.runs[class_.ana.person_id], class_.runs[class_.ben.person_id]
    page = sign_in(visitor, class_, class_.ana, f"/evaluate?run={run}&view=confusion")
    expect(page).to_have_url(re.compile(rf"/evaluate\?.*run={run}"))
    expect(keyed(page, "evaluate.matrix")).to_be_visible()
    visitor.open(f"/evaluate?run={others}&view=confusion")
    expect(keyed(page, "evaluate.matrix")).to_have_count(0)
    visitor.open(f"/evaluate?run={others}&view=confusion&of={class_.ben.person_id}")  # only a teacher may say whose
    expect(keyed(page, "evaluate.matrix")).to_have_count(0)


def test_a_student_sees_an_entry_and_a_board_without_names(visitor: Visitor, class_: Class) -> None:
    page = sign_in(visitor, class_, class_.ana, "/classroom")
    expect(keyed(page, "linked.classroom_view*")).to_have_count(0)
    open_assignment(visitor)
    accuracy = class_.store(class_.ana).get(class_.runs[class_.ana.person_id]).summary.test_accuracy
    assert accuracy is not None
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text(f"{100 * accuracy:.2f}%")
    expect(main).to_contain_text("Then *this*.")
    expect(main).not_to_contain_text(class_.ben.name)
    with page.expect_download() as download:
        button(page, "classroom.board.csv").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 3
    assert sum("Ana" in line for line in lines) == 1
    assert not any("Ben" in line for line in lines)


@pytest.mark.thorough
def test_a_teacher_sees_all_and_looks_at_the_runs_of_one(visitor: Visitor, class_: Class) -> None:
    page = sign_in(visitor, class_, class_.teacher, "/classroom")
    open_assignment(visitor)
    with page.expect_download() as download:
        button(page, "classroom.standings.csv").click()
    rows = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [row.split(",")[:3] for row in rows] == [["Ana", "1", "1"], ["Ben *", "1", "1"]]
    choose(page, "classroom.student", "Ben")
    button(page, "classroom.look").click()
    expect(page).to_have_url(re.compile(rf"/runs\?.*of={class_.ben.person_id}"))
    visitor.settle()
    whose = keyed(page, "class.whose")
    expect(whose).to_contain_text("Ben *")
    run = class_.runs[class_.ben.person_id]
    visitor.open(f"/evaluate?run={run}&view=confusion&of={class_.ben.person_id}")  # as a link that was kept
    expect(keyed(page, "evaluate.matrix")).to_be_visible()
    button(page, "class.back").click()
    expect(whose).to_have_count(0)
    expect(keyed(page, "evaluate.matrix")).to_have_count(0)


@pytest.fixture
def no_place(class_: Class) -> Iterator[None]:
    """A run of Ana has the only place, so that nothing else starts."""
    store = class_.store(class_.ana)
    run_id = store.create(of_recipe("lenet-5"), name="Busy")
    lock = try_lock(store.folder(run_id) / "lock")
    assert lock is not None
    store.set(run_id, status="running")
    yield
    store.set(run_id, status="stopped")
    os.close(lock)
    delete(store, run_id)


@pytest.mark.thorough
def test_what_a_teacher_trains_is_the_teachers(visitor: Visitor, class_: Class, no_place: None) -> None:
    of_ben, own = class_.store(class_.ben), class_.store(class_.teacher)
    before = of_ben.run_ids()
    run = class_.runs[class_.ben.person_id]
    page = sign_in(visitor, class_, class_.teacher, f"/?run={run}&of={class_.ben.person_id}")
    button(page, "home.try").click()
    wait_until(lambda: len(own.run_ids()) == 1)
    expect(keyed(page, "class.whose")).to_have_count(0)
    assert of_ben.run_ids() == before
    assert own.get(own.run_ids()[0]).status is RunStatus.QUEUED
    own.set(own.run_ids()[0], status="stopped")
    visitor.settle()


def test_a_student_finds_the_assignment_on_home(visitor: Visitor, class_: Class) -> None:
    page = sign_in(visitor, class_, class_.ben, "/")
    keyed(page, "home.assignment").locator("a").first.click()
    expect(button(page, "classroom.close")).to_be_visible()


@pytest.mark.thorough
def test_a_teacher_sets_changes_and_deletes_an_assignment(visitor: Visitor, class_: Class) -> None:
    assignments = Assignments(class_.folder)
    before = assignments.list()
    page = sign_in(visitor, class_, class_.teacher, "/classroom?view=new")
    form = "classroom.form.new"
    button(page, f"{form}.save").click()  # without a title
    expect(page.get_by_test_id("stToast")).to_be_visible()
    field(page, f"{form}.title").fill("Anew")
    field(page, f"{form}.max_parameters").fill("1000")
    field(page, f"{form}.goal").fill("98.5")
    button(page, f"{form}.save").click()
    expect(button(page, "classroom.close")).to_be_visible()
    made = next(item for item in assignments.list() if item not in before)
    assert (made.title, made.max_parameters, made.goal, made.due_at) == ("Anew", 1000, 0.985, None)
    visitor.settle()
    page.get_by_test_id("stExpander").locator("summary").last.click()
    form = f"classroom.form.{made.assignment_id}"
    field(page, f"{form}.title").fill("Changed once")
    button(page, f"{form}.save").click()
    wait_until(lambda: assignments.get(made.assignment_id).title == "Changed once")
    visitor.settle()
    if not button(page, f"classroom.asks.{made.assignment_id}").is_visible():
        page.get_by_test_id("stExpander").locator("summary").last.click()
    button(page, f"classroom.asks.{made.assignment_id}").click()
    button(page, f"classroom.delete.{made.assignment_id}").dispatch_event("click")  # below the edge of the window
    wait_until(lambda: assignments.list() == before)


@pytest.mark.thorough
def test_a_teacher_adds_people_whose_codes_are_shown_once(visitor: Visitor, class_: Class) -> None:
    register = Register(class_.folder)
    page = sign_in(visitor, class_, class_.teacher, "/classroom?view=people")
    keyed(page, "classroom.names").locator("textarea").fill("Cem\n\nDora")
    button(page, "classroom.add").click()
    with page.expect_download() as download:
        button(page, "classroom.codes.csv").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()[1:]
    codes = dict(line.split(",") for line in lines)
    assert list(codes) == ["Cem", "Dora"]
    assert all(
        (person := register.signs_in(name, code)) and person.role is Role.STUDENT for name, code in codes.items()
    )
    button(page, "classroom.hide_codes").click()
    expect(button(page, "classroom.codes.csv")).to_have_count(0)
    for name in codes:
        person = register.named(name)
        choose(page, "classroom.who", name)
        visitor.settle()
        button(page, f"classroom.asks_to_remove.{person.person_id}").click()
        button(page, f"classroom.remove.{person.person_id}").click()
        wait_until(lambda person=person: person not in register.people())  # type: ignore[misc]
        visitor.settle()


@pytest.mark.thorough
def test_an_open_tab_of_who_is_no_teacher_any_more_changes_nothing(visitor: Visitor, class_: Class) -> None:
    register = Register(class_.folder)
    leaving, class_.codes[""] = register.add("Mr Newton", Role.TEACHER)
    class_.codes[leaving.person_id] = class_.codes.pop("")
    page = sign_in(visitor, class_, leaving, "/classroom?view=people")
    register.remove(leaving.person_id)
    before = register.people()
    keyed(page, "classroom.names").locator("textarea").fill("Nobody")
    button(page, "classroom.add").click()
    expect_sign_in(visitor, page)
    assert register.people() == before


def test_after_signing_out_nothing_is_shown_in_any_tab(visitor: Visitor, class_: Class) -> None:
    page = sign_in(visitor, class_, class_.ana, "/classroom")
    other = page.context.new_page()
    other.goto(f"{visitor.server.url}/evaluate?run={class_.runs[class_.ana.person_id]}&view=confusion")
    expect(keyed(other, "evaluate.matrix")).to_be_visible()
    button(page, "classroom.sign_out").click()
    expect_sign_in(visitor, page)
    expect(page).to_have_url(re.compile(r"/sign-in\?to=%2Fclassroom$"))  # not what this person has looked at
    option(other, "linked.evaluate_view*", 0).click()
    expect_sign_in(visitor, other)
    other.close()


@pytest.mark.thorough
def test_a_session_that_a_new_code_has_ended_stops_a_tab(visitor: Visitor, class_: Class) -> None:
    page = sign_in(visitor, class_, class_.ben, "/draw")
    class_.codes[class_.ben.person_id] = Register(class_.folder).new_code(class_.ben.person_id)
    visitor.page.get_by_test_id("stTopNav").locator('a[href$="/runs"]').click()
    expect_sign_in(visitor, page)
