"""Every exception MNIST Studio raises on purpose.

    MnistCoreError
    ├── ConfigError               (also ValueError)         a setting that is not valid
    │   ├── FieldError                                      a value that a field does not accept
    │   └── ArchitectureError                               a stack of layers that cannot be built
    ├── DatasetError                                        a data set that cannot be read
    │   ├── DatasetNotFoundError  (also LookupError)        no data set of that name on this machine
    │   └── DownloadError                                   a data set that could not be fetched
    ├── RunError                                            a run that cannot do what was asked
    │   ├── RunNotFoundError      (also LookupError)        no run with that id
    │   ├── RunCorruptedError                               files of a run that cannot be read
    │   ├── RunLockedError                                  another process is writing this run
    │   └── RunTakenOverError                               a later attempt to train this run has begun
    ├── ClusterError                                        a cluster that cannot be used
    ├── ClassError                                          a class that cannot do what was asked
    │   ├── PersonNotFoundError   (also LookupError)        nobody of that name or with that id
    │   └── SignedOutError                                  the person at the screen has no session
    ├── StudyError                                          a search that cannot do what was asked
    │   ├── StudyNotFoundError    (also LookupError)        no study of that name
    │   └── StudyStorageError                               a database of trials that cannot be used now
    ├── PredictionsError                                    stored predictions that are missing or damaged
    ├── TrainingError                                       a training that had to end
    ├── ExportError                                         a file that cannot be made
    └── IncomingError                                       a file from elsewhere that is not accepted

A message says in one sentence or in three what is wrong, what was expected and what was received.
"""

from __future__ import annotations

from typing import Any


class MnistCoreError(Exception):
    """Base of all errors whose message is meant for a person."""


class ConfigError(MnistCoreError, ValueError):
    """A setting that is not valid.

    The message names settings as they stand in a file or on the command line. `words` says the same to a person who
    sees a form; it is empty where the message does that already.
    """

    def __init__(self, message: str, *, words: str = "") -> None:
        super().__init__(message)
        self.words = words

    @classmethod
    def invalid(cls, name: str, *, expected: str, received: object, words: str = "") -> ConfigError:
        """The error for one field, with what was expected and received."""
        return cls(invalid_message(name, expected, received), words=words)


class FieldError(ConfigError):
    """A value that a field does not accept.

    Attributes:
        path: where the field stands in a configuration, such as `training.epochs`.
        spec: the `FieldSpec` of the field, which `mnist_core.fields` declares.
        received: the value.
    """

    def __init__(self, path: str, spec: Any, received: object) -> None:
        super().__init__(invalid_message(path, spec.expected, received))
        self.path, self.spec, self.received = path, spec, received


class ArchitectureError(ConfigError):
    """A stack of layers that cannot be built; `layer` is the position of the faulty layer, from 0."""

    def __init__(self, message: str, layer: int | None = None) -> None:
        super().__init__(message)
        self.layer = layer


class DatasetError(MnistCoreError):
    """A data set, or a file of one, that cannot be read."""


class DatasetNotFoundError(DatasetError, LookupError):
    """No data set of that name on this machine."""


class DownloadError(DatasetError):
    """A data set that could not be fetched or did not verify."""


class RunError(MnistCoreError):
    """A run that cannot do what was asked of it."""


class RunNotFoundError(RunError, LookupError):
    """No run with that id."""


class RunCorruptedError(RunError):
    """Files of a run that cannot be read."""


class RunLockedError(RunError):
    """Another process is writing this run."""


class RunTakenOverError(RunError):
    """A later attempt to train this run has begun; this process must not write any more."""


class ClusterError(MnistCoreError):
    """A cluster, or a machine of one, that cannot be used."""


class ClassError(MnistCoreError):
    """A class, or an assignment of one, that cannot do what was asked of it."""


class PersonNotFoundError(ClassError, LookupError):
    """Nobody in the class has that name or id."""


class SignedOutError(ClassError):
    """The person at the screen has not signed in, or their session has ended."""


class StudyError(MnistCoreError):
    """A search that cannot do what was asked of it."""


class StudyNotFoundError(StudyError, LookupError):
    """No study of that name."""


class StudyStorageError(StudyError):
    """What coordinates a study, a file or a database, cannot be used now."""


class PredictionsError(MnistCoreError):
    """Stored predictions that are missing, damaged or do not fit the data set."""


class TrainingError(MnistCoreError):
    """A training that had to end; the message says why and what to try."""


class ExportError(MnistCoreError):
    """A file that cannot be made, or that does not do what it should when it is loaded again."""


class IncomingError(MnistCoreError):
    """A capsule or a model file from elsewhere that is not accepted."""


def invalid_message(name: str, expected: str, received: object) -> str:
    """The message for one field, with what was expected and received."""
    return f"Invalid value for `{name}`. Expected {expected}. Received: {shown(received)}."


def shown(value: object, limit: int = 80) -> str:
    """`value` for a message: its repr, on one line of at most `limit` characters."""
    text = " ".join(repr(value).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
