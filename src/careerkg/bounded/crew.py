"""The worker processes of a pool from the side of the process that asks: hired, dismissed, all ended.

They are children of the keeper (:mod:`careerkg.bounded.keeper`), which is started here and takes orders.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

from careerkg.bounded.answers import Answer
from careerkg.bounded.source import Source
from careerkg.bounded.wire import Frames, frame
from careerkg.errors import CareerGraphError, StoreError

__all__ = ["Crew", "Done", "Job", "Worker", "python"]

Done: TypeAlias = Callable[[Answer | CareerGraphError], None]
"""What is called with the answer to a question, or the error that came of it."""

_PACKETS = socket.SOCK_DGRAM if sys.platform == "darwin" else socket.SOCK_SEQPACKET
"""Orders keep their borders; macOS has no SOCK_SEQPACKET."""

_CODE = (
    "from careerkg.bounded.keeper import main; from careerkg.bounded.source import Source; "
    "number, memory, folder, *files = sys.argv[2:]; "
    "main(int(number), Source(folder or None, tuple(files)), int(memory) or None)"
)


def python(code: str, *arguments: str) -> list[str]:
    """Return the command of a process that finds modules as this one does.

    It runs ``code``, which has the arguments in ``sys.argv[2:]``.
    """
    begin = "import sys; sys.path[:] = sys.argv[1].split('\\n'); "
    return [sys.executable, "-c", begin + code, "\n".join(sys.path), *arguments]


class Job:
    """A question with who waits for its answer; ``deadline`` in seconds."""

    __slots__ = ("deadline", "done", "finished", "message", "since", "worker")

    def __init__(self, message: bytes, deadline: float, done: Done, since: float) -> None:
        self.message, self.deadline, self.done, self.since = message, deadline, done, since
        self.finished = False
        """Whether it was answered, or nobody waits any more."""
        self.worker: Worker | None = None


class Worker:
    """Our end of a worker process; ``epoch`` counts how often the source was opened before it was hired."""

    __slots__ = ("connection", "epoch", "flushing", "frames", "jobs", "loop", "number", "since", "unsent")

    def __init__(self, number: int, connection: socket.socket, epoch: int) -> None:
        self.number, self.connection, self.epoch = number, connection, epoch
        self.frames = Frames()
        self.loop: asyncio.AbstractEventLoop | None = None
        """The event loop that looks at the connection, if one does."""
        self.jobs: deque[Job] = deque()
        """What was sent to it and not answered yet; it works on the first."""
        self.since = 0.0
        """When it began with the first, by the loop's clock."""
        self.unsent = bytearray()
        self.flushing = False

    def let_go(self) -> None:
        """Close our end; from the thread of its event loop, if that runs."""
        if self.loop is not None and not self.loop.is_closed():
            self.loop.remove_reader(self.connection.fileno())
            self.loop.remove_writer(self.connection.fileno())
        self.loop = None
        self.connection.close()


class Crew:
    """The keeper and its workers over one source; each may take ``memory`` bytes beyond the graph."""

    def __init__(self, source: Source, memory: int | None) -> None:
        self._source, self._memory = source, memory
        self._numbers = 0
        self._closed = False
        self._start()

    def _start(self) -> None:
        """Start the keeper."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, _PACKETS)
        with theirs:
            self._keeper = subprocess.Popen(
                python(
                    _CODE,
                    *(str(theirs.fileno()), str(self._memory or 0), self._source.folder or ""),
                    *self._source.files,
                ),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def _order(self, *order: Any, attached: socket.socket | None = None) -> None:
        """Send an order to the keeper; start another keeper if that one has ended.

        Raises StoreError once the crew is closed.
        """
        if self._closed:
            raise StoreError("the pool is closed")
        message = frame(order)
        descriptors = [] if attached is None else [attached.fileno()]
        try:
            socket.send_fds(self._control, [message], descriptors)
        except OSError:
            self._control.close()
            self._keeper.kill()
            self._keeper.wait()
            self._start()
            socket.send_fds(self._control, [message], descriptors)

    def hire(self, epoch: int) -> Worker:
        """Return a new worker; it may still be starting, and the first question then waits for it."""
        self._numbers += 1
        ours, theirs = socket.socketpair()
        with theirs:
            self._order("fork", self._numbers, attached=theirs)
        return Worker(self._numbers, ours, epoch)

    def dismiss(self, worker: Worker) -> None:
        """End a worker, whatever it does."""
        worker.let_go()
        self._order("end", worker.number)

    def reload(self) -> None:
        """Have the source opened anew, for workers to come."""
        self._order("reload")

    def close(self) -> None:
        """End all processes."""
        self._closed = True
        self._control.close()
        try:
            self._keeper.wait(5)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
