"""The helper process: `python -m mnist_core.probing.helper.process`.

It reads requests from standard input, a JSON object a line, answers one after the other on standard output, and ends
when its input does. Quick questions are answered between the steps of a long one.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

from mnist_core.errors import MnistCoreError
from mnist_core.pricing.requests import is_something_training
from mnist_core.probing.helper.answers import store_answer
from mnist_core.probing.helper.messages import Event, Request, What, packed, read_request, report
from mnist_core.probing.helper.networks import Networks
from mnist_core.probing.helper.questions import answer_question
from mnist_core.probing.run_job import do_job
from mnist_core.processes import LAST_NICENESS, lower_priority, yield_to_other_sessions
from mnist_core.runs.record import is_run_id

LOOK_SECONDS = 2.0
"""How often long work looks whether a training runs."""

RESTS = 9.0
"""While one does, long work rests this many times as long as it worked: it takes a tenth of a core. A low priority
alone took 8% of two cores from the training, and three times as long a rest still 7%."""


class Cancelled(BaseException):
    """The question is given up. Not an Exception, so that no job takes it for a failure of its own."""


class Inbox:
    """Requests as they come, read by a thread of its own."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._quick, self._long = deque[Request](), deque[Request]()
        self._cancelled: set[int] = set()
        self._arrived = threading.Condition()

    def listen(self) -> None:
        """Take requests until there are no more; then the process ends, whatever it is doing."""
        for line in self._stream:
            try:
                self._take(read_request(line))
            except (ValueError, TypeError, RecursionError) as error:
                print(f"The helper was sent something else than a request: {error}", file=sys.stderr)
        os._exit(0)

    def next(self) -> Request:
        """The next request to answer; waits for one. Quick ones come first, the newest before the others."""
        with self._arrived:
            while not self._quick and not self._long:
                self._arrived.wait()
            return self._quick.pop() if self._quick else self._long.popleft()

    def next_quick(self) -> Request | None:
        """The newest quick request, if one waits: somebody who goes from digit to digit looks at the last."""
        with self._arrived:
            return self._quick.pop() if self._quick else None

    def wait_for_quick(self, seconds: float) -> None:
        """Wait until a quick request is there or one is given up, at most this long."""
        with self._arrived:
            if not self._quick:
                self._arrived.wait(seconds)

    def is_cancelled(self, number: int) -> bool:
        return number in self._cancelled

    def forget(self, number: int) -> None:
        """The request has been answered."""
        with self._arrived:
            self._cancelled.discard(number)

    def _take(self, request: Request) -> None:
        with self._arrived:
            if request.what is not What.CANCEL:
                (self._quick if request.is_quick else self._long).append(request)
                self._arrived.notify()
                return
            for waiting in (self._quick, self._long):
                for other in [other for other in waiting if other.number == request.number]:
                    waiting.remove(other)
                    return
            self._cancelled.add(request.number)
            self._arrived.notify()


class Helper:
    """Answers requests, one at a time."""

    def __init__(self, inbox: Inbox, say: Callable[[bytes], None]) -> None:
        self._inbox, self._say = inbox, say
        self._networks = Networks()
        self._is_yielding, self._is_training = False, False
        self._looked, self._resumed = -LOOK_SECONDS, time.monotonic()

    def serve(self) -> None:
        """Answer for ever."""
        while True:
            self._answer(self._inbox.next())

    def _answer(self, request: Request) -> None:
        self._say(report(request.number, Event.BEGUN))
        self._resumed = time.monotonic()
        end = self._attempt(request)
        # Before the end is told: whoever asked may ask again at once, and is not to find it yielding.
        self._give_way(False)
        self._looked, self._is_training = -LOOK_SECONDS, False
        self._inbox.forget(request.number)
        self._say(end)

    def _attempt(self, request: Request) -> bytes:
        """Do what is asked; the line that tells how it ended."""
        try:
            answer = self._work(request)
        except Cancelled:
            return report(request.number, Event.CANCELLED)
        except MnistCoreError as error:
            problem = str(error)
        except MemoryError:
            problem = "There is not enough memory for this. Close other programs and try again."
        except OSError as error:
            problem = f"The result could not be stored: {error.strerror or error}."
        except Exception:
            traceback.print_exc()
            problem = "An unexpected error occurred. Details are in the server's log."
        else:
            return report(request.number, Event.DONE, answer=answer)
        return report(request.number, Event.FAILED, problem=problem)

    def _work(self, request: Request) -> str | None:
        def tell(share: float, note: str) -> None:
            self._say(report(request.number, Event.PROGRESS, share=round(float(share), 4), note=note))
            self._pause(request)

        folder = Path(request.folder)
        match request.what:
            case What.JOB:
                self._pause(request)
                do_job(request.name, folder, request.asked or [], tell=tell, pause=lambda: self._pause(request))
                return None
            case What.WARM:
                self._networks.warm()
                return None
            case _:
                weights, answer = answer_question(self._networks, request.name, folder, request.asked, tell)
                store_answer(folder, request.name, request.asked, weights, answer)
                return packed(answer)

    def _pause(self, request: Request) -> None:
        """Between two steps: give up if it was cancelled, else let others come first."""
        self._let_others_come(request)
        if request.is_quick:
            return
        if time.monotonic() > self._looked + LOOK_SECONDS:
            self._is_training = is_beside_a_training(Path(request.folder))
            self._give_way(self._is_training)
            self._looked = time.monotonic()
        if self._is_training:
            self._rest(request, RESTS * (time.monotonic() - self._resumed))
        self._resumed = time.monotonic()

    def _let_others_come(self, request: Request) -> None:
        if self._inbox.is_cancelled(request.number):
            raise Cancelled
        while not request.is_quick and (other := self._inbox.next_quick()) is not None:
            self._give_way(False)
            self._answer(other)

    def _rest(self, request: Request, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._inbox.wait_for_quick(left)
            self._let_others_come(request)

    def _give_way(self, is_yielding: bool) -> None:
        """Whether long work gives way to all that other sessions do: while a training runs. Quick answers do not."""
        if is_yielding != self._is_yielding and yield_to_other_sessions(is_yielding=is_yielding):
            self._is_yielding = is_yielding


def is_beside_a_training(folder: Path) -> bool:
    """Whether a run trains in the same folder of runs; not if `folder` is no directory of a run."""
    return is_run_id(folder.name) and is_something_training(folder)


def main() -> None:
    """Answer until the input ends."""
    lower_priority(LAST_NICENESS)
    # What a library prints must not come between the lines of the conversation.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    lock = threading.Lock()

    def say(line: bytes) -> None:
        with lock:
            try:
                output.write(line)
                output.flush()
            except OSError:
                os._exit(0)  # nobody listens any more

    inbox = Inbox(sys.stdin.buffer)
    threading.Thread(target=inbox.listen, name="reads requests", daemon=True).start()
    Helper(inbox, say).serve()


if __name__ == "__main__":
    main()
