"""`class`: makes a class, and says who is in it and with which code they sign in."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

from mnist_core.classroom.people import Person, Register, Role, create_class
from mnist_core.cli.output import print_json, print_table

SHOWN_ONCE = (
    "Codes are shown only once. Whoever loses theirs gets a new one: python -m mnist_core class code FOLDER NAME"
)


def create(options: argparse.Namespace) -> int:
    """Make a class with its first teacher."""
    register, teacher, code = create_class(options.folder, title=options.title, teacher=options.teacher)
    if options.json:
        print_json({"title": register.title, "people": [{**_described(teacher), "code": code}]})
        return 0
    print(f"{register.title} is in {options.folder}.")
    _print_codes([(teacher, code)])
    return 0


def add(options: argparse.Namespace) -> int:
    """Add people, all or none."""
    role = Role.TEACHER if options.teacher else Role.STUDENT
    return _show_codes(options, Register(options.folder).add_all(options.names, role))


def new_code(options: argparse.Namespace) -> int:
    """Give a person a new code; they are signed out everywhere."""
    register = Register(options.folder)
    person = register.named(options.name)
    return _show_codes(options, [(person, register.new_code(person.person_id))])


def remove(options: argparse.Namespace) -> int:
    """Take a person out of the class; their runs stay."""
    register = Register(options.folder)
    person = register.named(options.name)
    register.remove(person.person_id)
    if options.json:
        print_json(_described(person))
    else:
        print(f"{person.name} is not in the class any more. The folder of runs {person.person_id} stays.")
    return 0


def show(options: argparse.Namespace) -> int:
    """List the people of a class."""
    register = Register(options.folder)
    people = register.people()
    if options.json:
        print_json({"title": register.title, "people": [_described(person) for person in people]})
        return 0
    print(register.title)
    rows = [(person.name, person.role, time.strftime("%Y-%m-%d", time.localtime(person.added_at)), person.person_id)
            for person in people]  # fmt: skip
    print_table(("name", "role", "added", "folder of runs"), rows)
    return 0


def _show_codes(options: argparse.Namespace, people: Sequence[tuple[Person, str]]) -> int:
    if options.json:
        print_json([{**_described(person), "code": code} for person, code in people])
    else:
        _print_codes(people)
    return 0


def _print_codes(people: Sequence[tuple[Person, str]]) -> None:
    print_table(("name", "code"), [(person.name, code) for person, code in people])
    print(SHOWN_ONCE)


def _described(person: Person) -> dict[str, Any]:
    return {
        "id": person.person_id,
        "name": person.name,
        "role": person.role.value,
        "added_at": person.added_at,
    }
