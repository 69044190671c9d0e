"""The people of a class, and who may sign in.

    <class>/class.json     {"schema": 1, "title": ..., "people": [{"id", "name", "role", "code": {"salt", "hash"},
                            "added_at"}]}

The name is what a person signs in with; the id, which is made here, is what their folder of runs is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mnist_core.classroom.codes import NOBODYS, fits, hashed, new_code
from mnist_core.classroom.files import DAMAGED, KeptFile, changing, write_object
from mnist_core.classroom.person import Member, Person, Role, is_person_id, name_key, new_member, new_person_id
from mnist_core.classroom.sessions import Sessions
from mnist_core.environment import CLASS_RUNS
from mnist_core.errors import ClassError, ConfigError, PersonNotFoundError
from mnist_core.jobs import queue
from mnist_core.jobs.sharing import share_places
from mnist_core.runs.record import readable
from mnist_core.runs.store import RunStore

__all__ = ["Person", "Register", "Role", "create_class", "is_class", "name_key", "runs_of"]

FILE, LOCK = "class.json", ".class-lock"
MAX_PEOPLE = 200
MAX_TITLE = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class _Content:
    title: str
    members: tuple[Member, ...]

    def of(self, person_id: str) -> Member:
        found = next((member for member in self.members if member.person.person_id == person_id), None)
        if found is None:
            raise _not_found(person_id)
        return found

    def named(self, name: str) -> Member | None:
        try:
            key = name_key(name)
        except ConfigError:  # nobody can have it
            return None
        return next((member for member in self.members if name_key(member.person.name) == key), None)


class Register:
    """The people of the class in one folder; may be used by several threads and processes.

    Every method raises a ClassError if there is no class in the folder, or if its file is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = KeptFile(folder / FILE, _parse)

    @property
    def title(self) -> str:
        """The title of the class."""
        return self._read().title

    def people(self) -> tuple[Person, ...]:
        """Everyone: teachers first, then by name."""
        people = (member.person for member in self._read().members)
        return tuple(sorted(people, key=lambda person: (not person.is_teacher, person.name.casefold())))

    def get(self, person_id: str) -> Person:
        """The person with this id.

        Raises:
            PersonNotFoundError: there is none.
        """
        return self._read().of(person_id).person

    def named(self, name: str) -> Person:
        """The person of this name; case and space around it do not matter.

        Raises:
            PersonNotFoundError: there is none.
        """
        member = self._read().named(name)
        if member is None:
            raise PersonNotFoundError(f"There is nobody called `{readable(name)!s:.60}` in the class.")
        return member.person

    def add(self, name: str, role: Role = Role.STUDENT) -> tuple[Person, str]:
        """Add a person; returns them and their code, of which only a hash is stored.

        Raises:
            ConfigError: the name is not valid.
            ClassError: somebody has that name, the class is full, or the folder cannot be written.
        """
        return self.add_all((name,), role)[0]

    def add_all(self, names: Iterable[str], role: Role = Role.STUDENT) -> tuple[tuple[Person, str], ...]:
        """Add several people, all or none; returns each with their code.

        Raises:
            ConfigError: a name is not valid.
            ClassError: two would have one name, the class is full, or the folder cannot be written.
        """
        made = []
        new = [new_member(name, role) for name in names]  # before the lock: each hash takes a while
        with self._changing() as content:
            for member, code in new:
                fitting = self._fitting(member, content)
                content = replace(content, members=(*content.members, fitting))
                made.append((fitting.person, code))
            self._file.write(_to_dict(content))
        return tuple(made)

    def new_code(self, person_id: str) -> str:
        """Give a person another code, which is returned, and end their sessions.

        Raises:
            PersonNotFoundError: there is nobody with this id.
            ClassError: the folder cannot be written.
        """
        code = new_code()
        stored = hashed(code)
        with self._changing() as content:
            old = content.of(person_id)
            members = tuple(replace(old, code=stored) if member is old else member for member in content.members)
            self._file.write(_to_dict(replace(content, members=members)))
        Sessions(self.folder).end_all(person_id)
        return code

    def remove(self, person_id: str) -> None:
        """Take a person out of the class, end their sessions, and empty their queue. Their folder of runs stays.

        Raises:
            PersonNotFoundError: there is nobody with this id.
            ClassError: it is the last teacher, or the folder cannot be written.
        """
        with self._changing() as content:
            gone = content.of(person_id)
            members = tuple(member for member in content.members if member is not gone)
            if not any(member.person.is_teacher for member in members):
                raise ClassError("The last teacher of a class cannot be removed. Add another one first.")
            self._file.write(_to_dict(replace(content, members=members)))
        Sessions(self.folder).end_all(person_id)
        store = RunStore(runs_of(self.folder, person_id))
        if store.root.is_dir():
            for run in queue.queued(store):
                queue.stop(store, run.run_id)

    def signs_in(self, name: str, code: str) -> Person | None:
        """The person with this name and code; None if there is none, which takes as long to find out."""
        member = self._read().named(name)
        is_theirs = fits(code, member.code if member is not None else NOBODYS)
        return member.person if member is not None and is_theirs else None

    @contextmanager
    def _changing(self) -> Iterator[_Content]:
        """The content of the file, while nobody else changes it."""
        self._read()  # so that no lock is left in a folder that has no class
        with changing(self.folder / LOCK, "The people of the class"):
            yield self._read()

    def _fitting(self, member: Member, content: _Content) -> Member:
        """The new member, with an id that nobody has or had."""
        if len(content.members) >= MAX_PEOPLE:
            raise _full()
        if (known := content.named(member.person.name)) is not None:
            raise ClassError(f"Somebody in the class is called `{known.person.name}` already. Use another name.")
        taken = {other.person.person_id for other in content.members}
        while (person := member.person).person_id in taken or runs_of(self.folder, person.person_id).exists():
            member = replace(member, person=replace(person, person_id=new_person_id()))
        return member

    def _read(self) -> _Content:
        try:
            return self._file.read()
        except (FileNotFoundError, NotADirectoryError):
            raise ClassError(f"There is no class in {self.folder}.") from None
        except OSError as error:
            raise ClassError(f"The class in {self.folder} cannot be read: {error.strerror or error}.") from error
        except DAMAGED:
            raise ClassError(f"The class in {self.folder} cannot be read: {FILE} is damaged.") from None


def _full() -> ClassError:
    return ClassError(f"The class is full. Expected at most {MAX_PEOPLE} people. Remove some first.")


def create_class(folder: Path, *, title: str, teacher: str) -> tuple[Register, Person, str]:
    """Make a class with its first teacher; returns its register, the teacher and their code.

    Raises:
        ConfigError: the title or the name is not valid.
        ClassError: the folder is a class already, or cannot be written.
    """
    shown = readable(title)
    if not 0 < len(shown) <= MAX_TITLE:
        raise ConfigError.invalid("title", expected=f"a title of 1 to {MAX_TITLE} characters", received=title)
    member, code = new_member(teacher, Role.TEACHER)
    with changing(folder / LOCK, "The class", makes_folder=True):
        if is_class(folder):
            raise ClassError(f"There is a class in {folder} already. Choose another folder.")
        (folder / CLASS_RUNS).mkdir(exist_ok=True)
        share_places(folder / CLASS_RUNS)
        write_object(folder / FILE, _to_dict(_Content(title=shown, members=(member,))))
    return Register(folder), member.person, code


def is_class(folder: Path) -> bool:
    """Whether there is a class in the folder, readable or not."""
    return (folder / FILE).is_file()


def runs_of(folder: Path, person_id: str) -> Path:
    """A person's folder of runs, whether it is there yet or not.

    Raises:
        PersonNotFoundError: this is not an id; it never becomes a path.
    """
    if not is_person_id(person_id):
        raise _not_found(person_id)
    return folder / CLASS_RUNS / person_id


def _not_found(person_id: object) -> PersonNotFoundError:
    return PersonNotFoundError(f"There is nobody with the id `{readable(str(person_id))!s:.60}` in the class.")


def _to_dict(content: _Content) -> dict[str, Any]:
    return {"title": content.title, "people": [member.to_dict() for member in content.members]}


def _parse(values: Mapping[str, Any]) -> _Content:
    members = tuple(Member.from_dict(item) for item in values["people"])
    if len({member.person.person_id for member in members}) != len(members):
        raise ValueError("two people have one id")
    return _Content(title=readable(values["title"]), members=members)
