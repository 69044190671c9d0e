"""How long a training will still take, from the times of its reports.

An epoch is batches and its end: the validation, and storing the result. Both are timed by the clock of the journal, so
that whatever takes time is counted. The first batch of a worker builds the computation and is left out.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from mnist_core.runs.events import Event
from mnist_core.runs.record import RunRecord

HALF_LIFE_SECONDS = 30.0
"""The time per batch is a mean in which a batch this long ago counts half."""
KNOWN_AFTER_SECONDS = 2.0
"""No estimate from less than this."""
STALL = 10.0
"""What takes this many times as long as expected, such as a laptop that was asleep, counts only so much."""
RECENT_ENDS = 5
FORWARD_SHARE = 1 / 3
"""What an image costs in validation, relative to training: the forward pass without the two of the gradients."""


@dataclass(slots=True)
class Pace:
    """Time per batch and per end of an epoch, updated with each event of a journal."""

    batches: int = 0  # in an epoch
    _seconds: float = 0.0
    _counted: float = 0.0
    _seen: float = 0.0
    _ends: list[float] = field(default_factory=list)
    _place: tuple[float, int] | None = None  # time and batch of the last report of this epoch and worker
    _start: float | None = None  # of this epoch; None in the first of a worker

    def after_batch(self, event: Event) -> None:
        """A report within an epoch."""
        time, batch, self.batches = float(event["time"]), int(event["batch"]), int(event["batches"])
        self._count(time, batch)
        self._place = time, batch

    def after_epoch(self, event: Event) -> None:
        """The end of an epoch, after its validation."""
        time = float(event["time"])
        if self._start is not None:
            trained = min(time, self._start + float(event["seconds"]))
            self._count(trained, self.batches)
            self._end(time - trained)
        elif self._place is not None and self._counted:
            before, batch = self._place
            self._end(time - before - (self.batches - batch) * self.seconds_per_batch)
        self._start, self._place = time, (time, 0)

    def after_break(self) -> None:
        """The training was paused, or another worker goes on with it."""
        self._start = self._place = None

    @property
    def seconds_per_batch(self) -> float:
        """The mean time of a batch, of which recent ones count most; 0 if unknown."""
        return self._seconds / self._counted if self._counted else 0.0

    def seconds_left(self, record: RunRecord, *, epochs_done: int, batch: int) -> float | None:
        """Until the run is completed, its test images included; None if too little is known.

        Args:
            epochs_done: finished epochs.
            batch: finished batches of the present epoch.
        """
        if self._seen < KNOWN_AFTER_SECONDS and not (self._ends and self._counted):
            return None
        epochs_left = max(0, record.epochs - epochs_done)
        batches_left = max(0, epochs_left * self.batches - batch)
        data, end = record.dataset, self._seconds_per_end(record)
        test = end * data.test_images / data.validation_images if data and data.validation_images else 0.0
        return batches_left * self.seconds_per_batch + epochs_left * end + test

    def _seconds_per_end(self, record: RunRecord) -> float:
        if self._ends:
            return statistics.median_low(
                self._ends
            )  # low: the first validation of a worker also builds the computation
        batches = record.dataset.validation_images / record.config.training.batch_size if record.dataset else 0.0
        return FORWARD_SHARE * batches * self.seconds_per_batch

    def _count(self, time: float, batch: int) -> None:
        """Add the batches since the last report of this epoch to the mean."""
        if self._place is None:
            return
        passed, n = time - self._place[0], batch - self._place[1]
        if n <= 0 or passed <= 0:
            return
        if self._counted:
            passed = min(passed, STALL * n * self.seconds_per_batch)
        kept = 0.5 ** (passed / HALF_LIFE_SECONDS)
        self._seconds, self._counted = kept * self._seconds + passed, kept * self._counted + n
        self._seen += passed

    def _end(self, seconds: float) -> None:
        self._ends = [*self._ends, max(0.0, seconds)][-RECENT_ENDS:]
