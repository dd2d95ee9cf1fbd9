"""Queries in processes that can be ended: a deadline that holds, memory that comes back, a row cap.

>>> from careerkg.bounded import QueryPool, Source
>>> with QueryPool(Source(), workers=1) as pool:
...     answer = pool.query("ASK { credential:rhit a ckg:Certification }", format="csv")
>>> answer.body, answer.complete
(b'true\\n', True)
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from careerkg.bounded.answers import Answer, answer_of, died
from careerkg.bounded.crew import Crew, Done, Job, Worker
from careerkg.bounded.evaluation import Question
from careerkg.bounded.formats import Formats, formats_of
from careerkg.bounded.source import Source
from careerkg.bounded.wire import frame
from careerkg.errors import CareerGraphError, QueryTimeout, StoreError, TooManyQueries

__all__ = ["QueryPool"]

BYTE_CAP = 64 << 20
MEMORY = 1 << 30

GRACE = 0.5
"""Seconds that a query may go on although nobody waits for it any more: most end sooner by themselves."""
DEPTH = 8
"""Questions that a worker may have before it: cheap ones then come and go several at a time."""
FRESH = 0.002
"""Seconds after which a query is not cheap, so that nothing more is put behind it."""
SLOW = 0.02
"""Seconds after which what stands behind a query goes to other workers."""
SWEEP = 0.01
"""Seconds between two looks at the clock."""


class QueryPool:
    """Worker processes over one source; each answers one query at a time and can be ended inside it.

    ``deadline`` is in seconds, for the time in which a query runs; ``row_cap`` in rows or triples, and
    ``waiting`` how many queries may wait for a free worker, each for twice the deadline. ``memory`` is what a
    query may take beyond the graph, and ``byte_cap`` how long an answer may be, both in bytes.

    :meth:`query` blocks and may be called from any thread, :meth:`aquery` from any event loop. A source that
    cannot be opened makes every query raise its error. Needs a system with ``fork``: raises StoreError on
    Windows.

    All that happens in a pool happens in one event loop, its home: the first that asks, or a thread's own.
    """

    def __init__(
        self,
        source: Source,
        *,
        workers: int = 4,
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
        self._crew = Crew(source, memory)
        self._epoch = 0
        self._first = os.cpu_count() or 2
        self._workers = [self._crew.hire(self._epoch) for _ in range(workers)]
        self._queue: deque[Job] = deque()
        self._paused = False
        self._closed = False
        self._home: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._home_lock = threading.Lock()
        self._sweeping: asyncio.TimerHandle | None = None

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
        does not fit the form of the query. In the pool's own event loop, RuntimeError: use :meth:`aquery`.
        """
        if self._closed:
            raise StoreError("the pool is closed")
        home = self._some_home()
        if _running() is home:
            raise RuntimeError("query() would block its own event loop: use aquery()")
        question = self.aquery(
            sparql,
            format=format,
            default_graphs=default_graphs,
            named_graphs=named_graphs,
            deadline=deadline,
        )
        return asyncio.run_coroutine_threadsafe(question, home).result()

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
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

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
                    sparql.encode("utf-8", "replace").decode(),  # half a surrogate pair would not be text
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
        """Ask a question from an event loop; ``done`` is called there, once, perhaps at once.

        Returns what cancels the question: ``done`` is then called no more, and the query ended. Raises
        StoreError if the pool is closed.
        """
        if self._closed:
            raise StoreError("the pool is closed")
        loop = asyncio.get_running_loop()
        home = self._home
        if home is None or not home.is_running():
            home = self._adopt(loop)
        seconds = self.deadline if deadline is None else min(deadline, self.deadline)
        if home is loop:
            job = Job(message, seconds, done, loop.time())
            self._take(job)
            return partial(self._cancel, job)

        def pass_on(found: Answer | CareerGraphError) -> None:
            if loop.is_running():
                loop.call_soon_threadsafe(done, found)

        job = Job(message, seconds, pass_on, home.time())
        home.call_soon_threadsafe(self._take, job)

        def cancel() -> None:
            if home.is_running():
                home.call_soon_threadsafe(self._cancel, job)

        return cancel

    # ---- The home: an event loop ---------------------------------------------------------------

    def _some_home(self) -> asyncio.AbstractEventLoop:
        """Return the home, a loop in a thread of its own if there is none."""
        with self._home_lock:
            home = self._home
            if home is not None and home.is_running():
                return home
            home = asyncio.new_event_loop()
            self._thread = threading.Thread(target=home.run_forever, name="careerkg-queries", daemon=True)
            self._thread.start()
            self._move_to(home)
            return home

    def _adopt(self, loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop:
        """Make a running loop the home if there is none; return the home."""
        with self._home_lock:
            home = self._home
            if home is None or not home.is_running():
                self._move_to(loop)
                home = loop
            return home

    async def settle(self) -> None:
        """Make the running event loop the home, if there is none yet: it then asks by the shortest way."""
        self._adopt(asyncio.get_running_loop())

    def _move_to(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make a loop the home. What an earlier one has left behind is dropped: nobody waits there."""
        self._home = loop
        self._sweeping = None
        for job in self._queue:
            job.finished = True
        self._queue.clear()
        for place, worker in enumerate(self._workers):
            worker.loop = None
            if worker.jobs:
                self._crew.dismiss(worker)
                self._workers[place] = self._crew.hire(self._epoch)

    # ---- Questions and workers, in the home -----------------------------------------------------

    def _take(self, job: Job) -> None:
        """Give a question to a worker, or put it into the queue, or refuse it."""
        if self._closed:
            self._finish(job, StoreError("the pool is closed"))
            return
        worker = self._free(job.since)
        if worker is not None:
            self._give(worker, job)
        elif len(self._queue) < self.waiting:
            self._queue.append(job)
        else:
            self._finish(job, TooManyQueries(max(1.0, min(self.deadline, 5.0))))
            return
        if self._sweeping is None:
            assert self._home is not None
            self._sweeping = self._home.call_later(SWEEP, self._sweep)

    def _free(self, now: float) -> Worker | None:
        """Return a worker that can take a question: an idle one, else the one with the shortest quick line.

        As many workers as there are processors come first; the others are for when slow queries hold those.
        """
        if self._paused:
            return None
        for part in (self._workers[: self._first], self._workers[self._first :]):
            best, length = None, DEPTH
            for worker in part:
                jobs = len(worker.jobs)
                if jobs < length and (jobs == 0 or now - worker.since < FRESH):
                    best, length = worker, jobs
            if best is not None:
                return best
        return None

    def _give(self, worker: Worker, job: Job) -> None:
        """Send a question to a worker, together with others that come in the same turn of the loop."""
        home = self._home
        assert home is not None
        if worker.loop is not home:
            worker.connection.setblocking(False)
            worker.loop = home
            home.add_reader(worker.connection.fileno(), self._readable, worker)
        job.worker = worker
        if not worker.jobs:
            worker.since = home.time()
        worker.jobs.append(job)
        worker.unsent += job.message
        if not worker.flushing:
            worker.flushing = True
            home.call_soon(self._flush, worker)

    def _flush(self, worker: Worker) -> None:
        """Send what is unsent, as far as it goes."""
        worker.flushing = False
        home = worker.loop
        if home is None or not worker.unsent:
            return
        try:
            sent = worker.connection.send(worker.unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._lost(worker)
            return
        del worker.unsent[:sent]
        if worker.unsent:
            worker.flushing = True
            home.add_writer(worker.connection.fileno(), self._writable, worker)

    def _writable(self, worker: Worker) -> None:
        """Go on sending."""
        assert worker.loop is not None
        worker.loop.remove_writer(worker.connection.fileno())
        self._flush(worker)

    def _readable(self, worker: Worker) -> None:
        """Take answers from a worker, and give it more to do before they are passed on."""
        try:
            piece = worker.connection.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._lost(worker)
            return
        replies = worker.frames.add(piece)
        if not replies:
            return
        assert worker.loop is not None
        worker.since = worker.loop.time()
        answered = [(worker.jobs.popleft(), reply) for reply in replies]
        if worker.epoch != self._epoch and not worker.jobs:
            self._put_in_place_of(worker)
        self._fill()
        for job, reply in answered:
            if not job.finished:
                try:
                    found: Answer | CareerGraphError = answer_of(reply)
                except CareerGraphError as error:
                    found = error
                self._finish(job, found)

    def _fill(self) -> None:
        """Give what waits to workers that are free."""
        assert self._home is not None
        now = self._home.time()
        while self._queue:
            if self._queue[0].finished:
                self._queue.popleft()
                continue
            worker = self._free(now)
            if worker is None:
                return
            self._give(worker, self._queue.popleft())

    def _finish(self, job: Job, found: Answer | CareerGraphError) -> None:
        """Tell who waits."""
        if not job.finished:
            job.finished = True
            try:
                job.done(found)
            except Exception as error:
                if self._home is not None:
                    context = {"message": "an answer could not be passed on", "exception": error}
                    self._home.call_exception_handler(context)

    def _cancel(self, job: Job) -> None:
        """Forget a question; if it is being worked on, the sweep ends that unless it ends by itself soon."""
        job.finished = True
        if job.worker is None and job in self._queue:
            self._queue.remove(job)

    def _sweep(self) -> None:
        """Look at the clock: end what is overdue, and let nothing stand behind what is slow."""
        assert self._home is not None
        now = self._home.time()
        for worker in list(self._workers):
            if not worker.jobs:
                continue
            head, age = worker.jobs[0], now - worker.since
            if age > (GRACE if head.finished else head.deadline):
                self._put_in_place_of(worker)
                self._finish(head, QueryTimeout(head.deadline))
            elif age > SLOW and len(worker.jobs) > 1:
                self._queue_again(worker)
        for job in [job for job in self._queue if now - job.since > 2 * job.deadline]:
            self._queue.remove(job)
            self._finish(job, TooManyQueries(1.0))
        self._fill()
        busy = self._queue or any(worker.jobs for worker in self._workers)
        self._sweeping = self._home.call_later(SWEEP, self._sweep) if busy else None

    def _queue_again(self, worker: Worker) -> None:
        """Put what a worker has not begun back to the head of the queue; the first answer to it counts."""
        for job in reversed([job for job in worker.jobs if not job.finished and job.worker is worker]):
            if job is not worker.jobs[0]:
                job.worker = None
                self._queue.appendleft(job)

    def _put_in_place_of(self, worker: Worker) -> None:
        """End a worker and hire another; what it has not begun is queued again."""
        self._queue_again(worker)
        self._crew.dismiss(worker)
        self._workers[self._workers.index(worker)] = self._crew.hire(self._epoch)

    def _lost(self, worker: Worker) -> None:
        """Replace a worker that ended by itself; the query that it worked on was too much for it."""
        if worker not in self._workers:
            return
        self._put_in_place_of(worker)
        if worker.jobs:
            self._finish(worker.jobs[0], died())
        self._fill()

    # ---- Life ---------------------------------------------------------------------------------

    def load(self) -> dict[str, int]:
        """Return how many queries run, how many wait, and how many workers are free."""
        running = sum(1 for worker in self._workers if worker.jobs)
        behind = sum(max(len(worker.jobs) - 1, 0) for worker in self._workers)
        return {
            "running": running,
            "waiting": len(self._queue) + behind,
            "free": len(self._workers) - running,
        }

    async def pause(self) -> None:
        """Return when no query runs any more; those that come wait until :meth:`resume`."""
        self._paused = True
        while any(worker.jobs for worker in self._workers):
            await asyncio.sleep(0.005)

    def resume(self) -> None:
        """Let queries run again."""
        self._paused = False
        self._in_home(lambda: self._fill() if self._home is not None else None)

    def renew(self) -> None:
        """Have the source opened anew: queries from now on see its present state."""
        self._in_home(self._renew)

    def _renew(self) -> None:
        """Hire new workers; those that work end when they are done."""
        if self._closed:
            return
        self._epoch += 1
        self._crew.reload()
        for worker in list(self._workers):
            if not worker.jobs:
                self._put_in_place_of(worker)

    def close(self) -> None:
        """End all processes of the pool; what still runs or waits gets an error."""
        if self._closed:
            return
        self._closed = True
        self._in_home(self._shut)
        self._crew.close()
        if self._thread is not None and self._home is not None and self._thread.is_alive():
            self._home.call_soon_threadsafe(self._home.stop)
            self._thread.join(5)
            self._home.close()

    def _shut(self) -> None:
        """Let all workers go and tell who waits."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        jobs = [*(job for worker in self._workers for job in worker.jobs), *self._queue]
        for worker in self._workers:
            worker.let_go()
        for job in jobs:
            self._finish(job, StoreError("the pool is closed"))

    def _in_home(self, work: Callable[[], None]) -> None:
        """Do something where the pool lives, and wait for it."""
        home = self._home
        if home is None or not home.is_running() or _running() is home:
            work()
            return
        finished = threading.Event()

        def call() -> None:
            try:
                work()
            finally:
                finished.set()

        home.call_soon_threadsafe(call)
        finished.wait(5)

    def __enter__(self) -> QueryPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _running() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs in this thread, if one does."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
