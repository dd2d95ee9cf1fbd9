"""Queries in processes that can be ended: a deadline that holds, memory that comes back, a row cap.

>>> from careerkg.bounded import QueryPool, Source
>>> with QueryPool(Source(), workers=1) as pool:
...     answer = pool.query("ASK { credential:rhit a ckg:Certification }", format="csv")
>>> answer.body, answer.complete
(b'true\\n', True)
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeAlias

from careerkg.bounded.answers import Answer, answer_of, ask_blocking, died
from careerkg.bounded.crew import Crew, Worker
from careerkg.bounded.evaluation import Question
from careerkg.bounded.formats import Formats, formats_of
from careerkg.bounded.source import Source
from careerkg.bounded.wire import frame
from careerkg.errors import CareerGraphError, QueryTimeout, StoreError, TooManyQueries

__all__ = ["Answer", "Done", "QueryPool"]

BYTE_CAP = 64 << 20
MEMORY = 1 << 30


Done: TypeAlias = Callable[[Answer | CareerGraphError], None]
"""What is called with the answer to a question, or the error that came of it."""


GRACE = 0.5
"""Seconds that a query may go on although nobody waits for it any more."""


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
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._waiters: deque[Callable[[Worker | None], bool]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._epoch = 0
        self._closed = False
        self._paused = False
        self._crew = Crew(source, memory)
        for _ in range(workers):
            self._idle.append(self._crew.hire(self._epoch))

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
            reply = ask_blocking(worker, message, seconds)
        except BaseException:
            self._replace(worker)
            raise
        self._release(worker)
        return answer_of(reply)

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
        holder: list[Worker] = []
        grant = self._granting(loop, job, holder)
        worker = None
        with self._lock:
            if self._closed:
                raise StoreError("the pool is closed")
            if self._idle and not self._paused:
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
        self, loop: asyncio.AbstractEventLoop, job: _Job, holder: list[Worker]
    ) -> Callable[[Worker | None], bool]:
        """Return what takes a worker for a job that waits, from whatever thread."""

        def begin(worker: Worker) -> None:
            if job.timer is not None:
                job.timer.cancel()
            if job.done is _ignore:
                self._release(worker)
            else:
                holder.append(worker)
                self._begin(loop, worker, job)

        def grant(worker: Worker | None) -> bool:
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

    def _wait_is_over(self, grant: Callable[[Worker | None], bool], job: _Job) -> None:
        """Tell a job that no worker became free in time."""
        if self._forget(grant):
            job.done(TooManyQueries(self._retry_after()))

    def _forget(self, grant: Callable[[Worker | None], bool]) -> bool:
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

    def _begin(self, loop: asyncio.AbstractEventLoop, worker: Worker, job: _Job) -> None:
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

    def _writable(self, worker: Worker) -> None:
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

    def _readable(self, worker: Worker) -> None:
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
            found: Answer | CareerGraphError = answer_of(reply)
        except CareerGraphError as error:
            found = error
        job.done(found)

    def _overdue(self, worker: Worker, job: _Job) -> None:
        """End a query at its deadline."""
        if worker.job is job:
            self._replace(worker)
            job.done(QueryTimeout(job.deadline))

    def _cancel(self, worker: Worker, job: _Job) -> None:
        """End a query that nobody wants an answer to, unless it ends by itself in a moment.

        To replace a worker takes longer than most queries.
        """
        job.done = _ignore
        if worker.job is job and worker.loop is not None:
            assert job.timer is not None
            left = job.timer.when() - worker.loop.time()
            if left > GRACE:
                job.timer.cancel()
                job.timer = worker.loop.call_later(GRACE, self._overdue, worker, job)

    def _lost(self, worker: Worker) -> None:
        """Replace a worker that ended by itself."""
        job = worker.job
        self._replace(worker)
        if job is not None:
            job.done(died())

    # ---- One question in a thread -------------------------------------------------------------

    def _take_blocking(self, seconds: float) -> Worker:
        """Return a worker, waiting for one if none is free. Raises TooManyQueries."""
        got: list[Worker | None] = []
        event = threading.Event()

        def grant(worker: Worker | None) -> bool:
            got.append(worker)
            event.set()
            return True

        with self._lock:
            if self._closed:
                raise StoreError("the pool is closed")
            if self._idle and not self._paused:
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

    # ---- Workers ------------------------------------------------------------------------------

    def _replace(self, worker: Worker) -> None:
        """End a worker and put a new one in its place."""
        with self._lock:
            self._busy.discard(worker)
            if worker in self._idle:
                self._idle.remove(worker)
            self._crew.dismiss(worker)
            if self._closed:
                return
            new = self._crew.hire(self._epoch)
            self._busy.add(new)
        self._release(new)

    def _release(self, worker: Worker) -> None:
        """Give a worker that has answered to the next who waits."""
        while True:
            with self._lock:
                if self._closed:
                    return
                if worker.epoch != self._epoch:
                    self._busy.discard(worker)
                    self._crew.dismiss(worker)
                    worker = self._crew.hire(self._epoch)
                    self._busy.add(worker)
                if not self._waiters or self._paused:
                    self._busy.discard(worker)
                    self._idle.append(worker)
                    return
                grant = self._waiters.popleft()
            if grant(worker):
                return

    async def pause(self) -> None:
        """Return when no query runs any more; those that come wait until :meth:`resume`."""
        self._paused = True
        while self._busy:
            await asyncio.sleep(0.005)

    def resume(self) -> None:
        """Let queries run again."""
        self._paused = False
        with self._lock:
            idle, self._idle = self._idle, []
            self._busy.update(idle)
        for worker in idle:
            self._release(worker)

    def load(self) -> dict[str, int]:
        """Return how many queries run and wait, and how many workers are free."""
        with self._lock:
            return {"running": len(self._busy), "waiting": len(self._waiters), "free": len(self._idle)}

    def renew(self) -> None:
        """Have the source opened anew: queries from now on see its present state."""
        with self._lock:
            if self._closed:
                return
            self._epoch += 1
            self._crew.reload()
            old, self._idle = self._idle, []
            for worker in old:
                self._crew.dismiss(worker)
                self._idle.append(self._crew.hire(self._epoch))

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
            worker.let_go()
        self._crew.close()
        for job in jobs:
            job.done(StoreError("the pool is closed"))
        for grant in waiters:
            grant(None)

    def __enter__(self) -> QueryPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
