"""Opens what Optuna knows of a study: a file in its folder, or a PostgreSQL database for several machines."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import optuna
from optuna.study import StudyDirection
from sqlalchemy.exc import SQLAlchemyError

from mnist_core.errors import ConfigError, StudyError, StudyNotFoundError, StudyStorageError
from mnist_core.tuning.study import Cost, Study, study_from_dict

FILE = "trials.sqlite"
CONNECT_SECONDS = 3
BUSY_SECONDS = 30
"""How long one tuner waits for another one that writes the file."""
DOCUMENT = "mnist_studio"
"""The attribute of an Optuna study that holds ours, so that other machines can take part."""


def address_of(url: str | None) -> str:
    """Host and database of a PostgreSQL address, without user and password; empty for None.

    Raises:
        ConfigError: it is not such an address.
    """
    if url is None:
        return ""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in ("postgresql", "postgres") or not host or not parts.path.strip("/"):
        shape = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        scheme = url.partition(":")[0]
        raise ConfigError(f"The address of the storage is not valid. Expected {shape}. Received: `{scheme:.20}:…`.")
    return f"{host}{f':{port}' if port else ''}/{parts.path.strip('/')}"


def check_address(study: Study, url: str | None) -> None:
    """Raise `StudyError` if a study is coordinated elsewhere than this address says."""
    given = address_of(url)
    if study.storage and study.storage != given:
        raise StudyError(
            f"The study `{study.name}` is coordinated by the database {study.storage}. Expected its address in "
            f"MNIST_STUDIO_STUDIES or --storage. Received: {given or 'none'}."
        )


def open_study(study: Study, folder: Path, url: str | None) -> optuna.Study:
    """Optuna's side of a study, which is made at first.

    Raises:
        StudyError: the storage cannot be reached, or is of another version of Optuna.
    """
    with _explained(study.storage):
        directions = [StudyDirection.MAXIMIZE]
        directions += [] if study.settings.cost is Cost.NONE else [StudyDirection.MINIMIZE]
        storage = _storage(folder, url if study.storage else None)
        found = optuna.create_study(study_name=study.name, storage=storage, directions=directions, load_if_exists=True)
        if len(found.directions) != len(directions):
            raise StudyError(f"The study `{study.name}` was begun with other aims. Choose another name.")
        if study.storage:
            found.set_user_attr(DOCUMENT, study.to_dict())
        return found


def study_in_database(name: str, url: str) -> Study:
    """A study that another machine has made in the database.

    Raises:
        StudyNotFoundError: there is none of that name.
        StudyError: the database cannot be reached, or the study is of another version.
    """
    address = address_of(url)
    with _explained(address):
        try:
            found = optuna.load_study(study_name=name, storage=_storage(Path(), url))
        except KeyError:
            raise StudyNotFoundError(f"There is no study `{name}` in the database {address}.") from None
        return study_from_dict(found.user_attrs.get(DOCUMENT), name)


@contextmanager
def reachable(study: Study) -> Iterator[None]:
    """Turn an error of the storage into a sentence."""
    with _explained(study.storage):
        yield


def _storage(folder: Path, url: str | None) -> optuna.storages.RDBStorage:
    optuna.logging.set_verbosity(logging.WARNING)
    warnings.filterwarnings("ignore", module="optuna")
    if url is None:
        waiting: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS}}
        return optuna.storages.RDBStorage(f"sqlite:///{folder / FILE}", engine_kwargs=waiting)
    driver = f"postgresql+psycopg:{url.partition(':')[2]}"
    patience: dict[str, Any] = {"connect_args": {"connect_timeout": CONNECT_SECONDS}, "pool_pre_ping": True}
    return optuna.storages.RDBStorage(driver, engine_kwargs=patience)


@contextmanager
def _explained(address: str) -> Iterator[None]:
    what = f"The database {address}" if address else "The file with the trials of the study"
    try:
        yield
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        raise StudyStorageError(f"{what} cannot be used: {_first_line(error)}.") from None
    except ImportError:
        raise StudyError(
            "A study in a PostgreSQL database needs the package psycopg. Install requirements-cluster.txt."
        ) from None
    except RuntimeError as error:
        if "version" not in str(error):
            raise
        raise StudyError(f"{what} was written by another version of Optuna, which this one cannot read.") from None


def _first_line(error: BaseException) -> str:
    """What the driver says, without the address that it repeats, which may hold a password."""
    text = str(getattr(error, "orig", None) or error.__cause__ or error).strip()
    line = (text.splitlines() or [""])[0]
    return line.rpartition("failed: ")[2].strip().rstrip(".")[:160] or type(error).__name__
