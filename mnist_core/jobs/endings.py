"""How a worker ended: its exit code, and the sentence in `run.json`."""

from __future__ import annotations

import errno

from mnist_core.errors import MnistCoreError, TrainingError

COMPLETED, STOPPED = 0, 10
FAILED, BAD_INPUT, TRAINING_FAILED, NO_SPACE, OUT_OF_MEMORY = 1, 20, 21, 30, 31
LOCKED = 73
"""Another worker holds the lock on the run."""
TAKEN_OVER = 74
"""Another attempt, or another place in a queue, has the run now."""
LEFT_ALONE = 75
"""The process that attended to the worker is gone, or wants its machine back: to be resumed elsewhere."""


def explain(error: BaseException) -> tuple[str, int]:
    """One sentence for the person, and the exit code."""
    name = type(error).__name__
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "The disk is full. Free some space, then resume: the last checkpoint is kept.", NO_SPACE
    if isinstance(error, OSError) and error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"The run directory cannot be written: {error.strerror}.", NO_SPACE
    if isinstance(error, MemoryError) or name == "ResourceExhaustedError":
        return "There was not enough memory. Try a smaller batch size or a smaller network.", OUT_OF_MEMORY
    if isinstance(error, TrainingError):
        return str(error), TRAINING_FAILED
    if isinstance(error, MnistCoreError):
        return str(error), BAD_INPUT
    if isinstance(error, KeyboardInterrupt):
        return "The training was interrupted from the keyboard. It can be resumed from the last checkpoint.", STOPPED
    return f"The training ended with an unexpected error ({name}). See worker.log in the run directory.", FAILED
