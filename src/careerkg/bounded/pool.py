"""Queries in processes that can be ended: a deadline that holds, memory that comes back, a row cap.

>>> from careerkg.bounded import QueryPool, Source
>>> with QueryPool(Source(), workers=1) as pool:
...     answer = pool.query("ASK { credential:rhit a ckg:Certification }", format="csv")
>>> answer.body, answer.complete
(b'true\\n', True)
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from careerkg.bounded.evaluation import Question, raised
from careerkg.bounded.formats import Formats, formats_of
from careerkg.bounded.source import Source
from careerkg.bounded.wire import Frames, frame
from careerkg.errors import CareerGraphError, QueryTimeout, QueryTooBig, StoreError, TooManyQueries

__all__ = ["Answer", "Done", "QueryPool"]

BYTE_CAP = 64 << 20
MEMORY = 1 << 30


class Answer(NamedTuple):
    """What a query gave, written in a format."""

    media_type: str
    body: bytes
    rows: int
    """Rows of SELECT, triples of CONSTRUCT and DESCRIBE, 1 for ASK."""
    complete: bool
    """False if the row cap left something out; the body is then a whole document of the first rows."""
    form: str
    """``SELECT``, ``ASK`` or ``CONSTRUCT`` (DESCRIBE, too)."""


Done: TypeAlias = Callable[[Answer | CareerGraphError], None]
"""What is called with the answer to a question, or the error that came of it."""


class _Worker:
    """Our end of a worker process."""

    __slots__ = ("connection", "epoch", "frames", "job", "loop", "number")

    def __init__(self, number: int, connection: socket.socket, epoch: int) -> None:
        self.number, self.connection, self.epoch = number, connection, epoch
        self.frames = Frames()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.job: _Job | None = None


class _Job:
    """A question that is asked from an event loop."""

    __slots__ = ("deadline", "done", "message", "rest", "timer")

    def __init__(self, message: bytes, deadline: float, done: Done) -> None:
        self.message, self.deadline, self.done = message, deadline, done
        self.rest: bytes | memoryview = b""
        self.timer: asyncio.TimerHandle | None = None


class QueryPool:
    """Worker processes over one source; each answers one query at a time and can be ended inside it.

    ``deadline`` is in seconds, for the time in which a query runs; ``row_cap`` in rows or triples, and
    ``waiting`` how many queries may wait for a free worker, each for as long as the deadline. ``memory`` is
    what a query may take beyond the graph, and ``byte_cap`` how long an answer may be, both in bytes.

    To be used from threads (:meth:`query`) or from one event loop (:meth:`aquery`, :meth:`submit`); once a
    loop uses it, calls from threads go through that loop. Needs a system with ``fork``: raises StoreError
    on Windows. A source that cannot be opened makes every query raise its error.
    """

    def __init__(
        self,
        source: Source,
        *,
        workers: int = 2,
        deadline: float = 30.0,
        row_cap: int = 100_000,
        waiting: int = 64,
        memory: int | None = MEMORY,
        byte_cap: int = BYTE_CAP,
    ) -> None:
        if not hasattr(socket, "send_fds"):
            raise StoreError("bounded queries need a system with fork: Linux, macOS or WSL")
        self.source = source
        self.workers, self.deadline, self.row_cap, self.waiting = workers, deadline, row_cap, waiting
        self.byte_cap = byte_cap
        self._memory = memory
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._waiters: deque[Callable[[_Worker | None], bool]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._numbers = 0
        self._epoch = 0
        self._closed = False
        self._start_keeper()
        for _ in range(workers):
            self._idle.append(self._new_worker())

    # ---- Asking -----------------------------------------------------------------------------

    def query(
        self,
        sparql: str,
        *,
        format: str | Formats | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        deadline: float | None = None,
    ) -> Answer:
        """Return the answer to a SPARQL query; blocks until it is there or its deadline has passed.

        ``format`` is a short name (``json``, ``csv``, ``ttl``, …) or one for each family; with a dataset
        given, what the query says in FROM does not count. Raises QuerySyntaxError with line and column,
        UpdateRefused, QueryTimeout, QueryTooBig, TooManyQueries, QueryError, or FormatError where the format
        does not fit the form of the query.
        """
        loop = self._loop
        if loop is not None and loop.is_running():
            return asyncio.run_coroutine_threadsafe(
                self.aquery(
                    sparql,
                    format=format,
                    default_graphs=default_graphs,
                    named_graphs=named_graphs,
                    deadline=deadline,
                ),
                loop,
            ).result()
        message = self.message(sparql, formats_of(format), default_graphs, named_graphs)
        seconds = self.deadline if deadline is None else min(deadline, self.deadline)
        worker = self._take_blocking(seconds)
        try:
            reply = self._ask_blocking(worker, message, seconds)
        except BaseException:
            self._replace(worker)
            raise
        self._release(worker)
        return _answer(reply)

    async def aquery(
        self,
        sparql: str,
        *,
        format: str | Formats | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        deadline: float | None = None,
    ) -> Answer:
        """Return the answer to a SPARQL query, as :meth:`query` does, without blocking the event loop.

        A task that is cancelled ends its query.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()

        def done(found: Answer | CareerGraphError) -> None:
            if future.done():
                return
            if isinstance(found, Answer):
                future.set_result(found)
            else:
                future.set_exception(found)

        message = self.message(sparql, formats_of(format), default_graphs, named_graphs)
        cancel = self.submit(message, done, deadline=deadline)
        try:
            return await future
        except asyncio.CancelledError:
            cancel()
            raise

    def message(
        self,
        sparql: str,
        formats: Formats,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> bytes:
        """Return a question as :meth:`submit` takes it."""
        return frame(
            tuple(
                Question(
                    sparql.encode("utf-8", "replace").decode(),
                    formats.rows,
                    formats.graph,
                    None if default_graphs is None else tuple(default_graphs),
                    None if named_graphs is None else tuple(named_graphs),
                    self.row_cap,
                    self.byte_cap,
                )
            )
        )

    def submit(self, message: bytes, done: Done, *, deadline: float | None = None) -> Callable[[], None]:
        """Ask a question from the running event loop; ``done`` is called there, once, perhaps at once.

        Returns what cancels the question: ``done`` is then called no more, and the worker ended if need be.
        """
        loop = asyncio.get_running_loop()
        self._loop = loop
        job = _Job(message, self.deadline if deadline is None else min(deadline, self.deadline), done)
        holder: list[_Worker] = []
        grant = self._granting(loop, job, holder)
        worker = None
        with self._lock:
            if self._closed:
                raise StoreError("the pool is closed")
            if self._idle:
                worker = self._idle.pop()
                self._busy.add(worker)
            elif full := len(self._waiters) >= self.waiting:
                pass
            else:
                self._waiters.append(grant)
        if worker is not None:
            self._begin(loop, worker, job)
            return lambda: self._cancel(worker, job)
        if full:
            done(TooManyQueries(self._retry_after()))
            return _nothing
        job.timer = loop.call_later(job.deadline, self._wait_is_over, grant, job)

        def cancel() -> None:
            if holder:
                self._cancel(holder[0], job)
            else:
                job.done = _ignore
                self._forget(grant)

        return cancel

    def _granting(
        self, loop: asyncio.AbstractEventLoop, job: _Job, holder: list[_Worker]
    ) -> Callable[[_Worker | None], bool]:
        """Return what takes a worker for a job that waits, from whatever thread."""

        def begin(worker: _Worker) -> None:
            if job.timer is not None:
                job.timer.cancel()
            if job.done is _ignore:
                self._release(worker)
            else:
                holder.append(worker)
                self._begin(loop, worker, job)

        def grant(worker: _Worker | None) -> bool:
            try:
                if worker is None:
                    loop.call_soon_threadsafe(job.done, StoreError("the pool is closed"))
                elif _running_here(loop):
                    begin(worker)
                else:
                    loop.call_soon_threadsafe(begin, worker)
            except RuntimeError:  # the loop was closed, and nobody waits any more
                return False
            return True

        return grant

    def _wait_is_over(self, grant: Callable[[_Worker | None], bool], job: _Job) -> None:
        """Tell a job that no worker became free in time."""
        if self._forget(grant):
            job.done(TooManyQueries(self._retry_after()))

    def _forget(self, grant: Callable[[_Worker | None], bool]) -> bool:
        """Take a waiter off the queue; tell whether it was there."""
        with self._lock:
            try:
                self._waiters.remove(grant)
            except ValueError:
                return False
            return True

    def _retry_after(self) -> float:
        """Return after how many seconds another try may succeed."""
        return max(1.0, min(self.deadline, 5.0))

    # ---- One question in an event loop --------------------------------------------------------

    def _begin(self, loop: asyncio.AbstractEventLoop, worker: _Worker, job: _Job) -> None:
        """Send a question to a worker and have its answer noticed."""
        worker.job = job
        if worker.loop is not loop:
            worker.connection.setblocking(False)
            worker.loop = loop
            loop.add_reader(worker.connection.fileno(), self._readable, worker)
        job.timer = loop.call_later(job.deadline, self._overdue, worker, job)
        try:
            sent = worker.connection.send(job.message)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._lost(worker)
            return
        if sent < len(job.message):
            job.rest = memoryview(job.message)[sent:]
            loop.add_writer(worker.connection.fileno(), self._writable, worker)

    def _writable(self, worker: _Worker) -> None:
        """Send what is left of a long question."""
        job, loop = worker.job, worker.loop
        assert job is not None
        assert loop is not None
        try:
            job.rest = job.rest[worker.connection.send(job.rest) :]
        except BlockingIOError:
            return
        except OSError:
            self._lost(worker)
            return
        if not job.rest:
            loop.remove_writer(worker.connection.fileno())

    def _readable(self, worker: _Worker) -> None:
        """Read what a worker says."""
        try:
            piece = worker.connection.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._lost(worker)
            return
        reply = worker.frames.add(piece)
        if reply is None:
            return
        job = worker.job
        if job is None:  # an answer that nobody asked for: start again
            self._replace(worker)
            return
        worker.job = None
        assert job.timer is not None
        job.timer.cancel()
        self._release(worker)
        try:
            found: Answer | CareerGraphError = _answer(reply)
        except CareerGraphError as error:
            found = error
        job.done(found)

    def _overdue(self, worker: _Worker, job: _Job) -> None:
        """End a query at its deadline."""
        if worker.job is job:
            self._replace(worker)
            job.done(QueryTimeout(job.deadline))

    def _cancel(self, worker: _Worker, job: _Job) -> None:
        """End a query that nobody wants an answer to."""
        if worker.job is job:
            job.done = _ignore
            self._replace(worker)

    def _lost(self, worker: _Worker) -> None:
        """Replace a worker that ended by itself."""
        job = worker.job
        self._replace(worker)
        if job is not None:
            job.done(_died())

    # ---- One question in a thread -------------------------------------------------------------

    def _take_blocking(self, seconds: float) -> _Worker:
        """Return a worker, waiting for one if none is free. Raises TooManyQueries."""
        got: list[_Worker | None] = []
        event = threading.Event()

        def grant(worker: _Worker | None) -> bool:
            got.append(worker)
            event.set()
            return True

        with self._lock:
            if self._closed:
                raise StoreError("the pool is closed")
            if self._idle:
                worker = self._idle.pop()
                self._busy.add(worker)
                return worker
            if len(self._waiters) >= self.waiting:
                raise TooManyQueries(self._retry_after())
            self._waiters.append(grant)
        if not event.wait(seconds) and self._forget(grant):
            raise TooManyQueries(self._retry_after())
        event.wait()
        if got[0] is None:
            raise StoreError("the pool is closed")
        return got[0]

    def _ask_blocking(self, worker: _Worker, message: bytes, seconds: float) -> Any:
        """Return the reply of a worker. Raises QueryTimeout or QueryTooBig."""
        connection = worker.connection
        worker.loop = None
        end = time.monotonic() + seconds
        connection.settimeout(seconds)
        try:
            connection.sendall(message)
            while True:
                left = end - time.monotonic()
                readable, _, _ = select.select([connection], [], [], max(left, 0.0))
                if not readable:
                    raise QueryTimeout(seconds)
                piece = connection.recv(1 << 18)
                if not piece:
                    raise _died()
                reply = worker.frames.add(piece)
                if reply is not None:
                    return reply
        except TimeoutError:
            raise QueryTimeout(seconds) from None
        except OSError:
            raise _died() from None

    # ---- Workers ------------------------------------------------------------------------------

    def _start_keeper(self) -> None:
        """Start the keeper, on which see its module."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, _PACKETS)
        code = (
            "import sys; sys.path[:] = sys.argv[1].split('\\n'); "
            "from careerkg.bounded.keeper import main; from careerkg.bounded.source import Source; "
            "number, memory, folder, *files = sys.argv[2:]; "
            "main(int(number), Source(folder or None, tuple(files)), int(memory) or None)"
        )
        with theirs:
            self._keeper = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    code,
                    "\n".join(sys.path),
                    str(theirs.fileno()),
                    str(self._memory or 0),
                    self.source.folder or "",
                    *self.source.files,
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._control = ours

    def _order(self, *order: Any, attached: socket.socket | None = None) -> None:
        """Send an order to the keeper; start another keeper if that one has ended."""
        message = frame(order)
        try:
            socket.send_fds(self._control, [message], [] if attached is None else [attached.fileno()])
        except OSError:
            with contextlib.suppress(OSError):
                self._control.close()
            self._keeper.kill()
            self._keeper.wait()
            self._start_keeper()
            socket.send_fds(self._control, [message], [] if attached is None else [attached.fileno()])

    def _new_worker(self) -> _Worker:
        """Return a new worker; it may still be starting, and the first question then waits for it."""
        self._numbers += 1
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            self._order("fork", self._numbers, attached=theirs)
        return _Worker(self._numbers, ours, self._epoch)

    def _retire(self, worker: _Worker) -> None:
        """End a worker."""
        worker.job = None
        if worker.loop is not None and not worker.loop.is_closed():
            worker.loop.remove_reader(worker.connection.fileno())
            worker.loop.remove_writer(worker.connection.fileno())
        worker.loop = None
        worker.connection.close()
        self._order("end", worker.number)

    def _replace(self, worker: _Worker) -> None:
        """End a worker and put a new one in its place."""
        with self._lock:
            self._busy.discard(worker)
            if worker in self._idle:
                self._idle.remove(worker)
            self._retire(worker)
            if self._closed:
                return
            new = self._new_worker()
            self._busy.add(new)
        self._release(new)

    def _release(self, worker: _Worker) -> None:
        """Give a worker that has answered to the next who waits."""
        while True:
            with self._lock:
                if self._closed:
                    return
                if worker.epoch != self._epoch:
                    self._busy.discard(worker)
                    self._retire(worker)
                    worker = self._new_worker()
                    self._busy.add(worker)
                if not self._waiters:
                    self._busy.discard(worker)
                    self._idle.append(worker)
                    return
                grant = self._waiters.popleft()
            if grant(worker):
                return

    def renew(self) -> None:
        """Have the source opened anew: queries from now on see its present state."""
        with self._lock:
            if self._closed:
                return
            self._epoch += 1
            self._order("reload")
            old, self._idle = self._idle, []
            for worker in old:
                self._retire(worker)
                self._idle.append(self._new_worker())

    def close(self) -> None:
        """End all processes of the pool; what still runs or waits gets an error."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            waiters = list(self._waiters)
            self._waiters.clear()
            workers = [*self._idle, *self._busy]
            self._idle.clear()
            self._busy.clear()
        jobs = [worker.job for worker in workers if worker.job is not None]
        for worker in workers:
            loop = worker.loop
            if loop is not None and not loop.is_closed() and _running_here(loop):
                loop.remove_reader(worker.connection.fileno())
                loop.remove_writer(worker.connection.fileno())
            worker.connection.close()
        self._control.close()
        try:
            self._keeper.wait(5)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
        for job in jobs:
            job.done(StoreError("the pool is closed"))
        for grant in waiters:
            grant(None)

    def __enter__(self) -> QueryPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_PACKETS = socket.SOCK_DGRAM if sys.platform == "darwin" else socket.SOCK_SEQPACKET
"""Orders keep their borders; macOS has no SOCK_SEQPACKET."""


def _answer(reply: Any) -> Answer:
    """Return the answer that a reply holds. Raises the error that it holds instead."""
    if len(reply) == 3:
        raise raised(*reply)
    return Answer(*reply)


def _died() -> QueryTooBig:
    """Return the error for a worker that ended by itself."""
    return QueryTooBig("the query was stopped: it needs more memory, or is nested deeper, than is allowed")


def _running_here(loop: asyncio.AbstractEventLoop) -> bool:
    """Tell whether this is called from within a loop."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _nothing() -> None:
    """Cancel nothing."""


def _ignore(found: Answer | CareerGraphError) -> None:
    """Take an answer that nobody waits for."""
    del found
