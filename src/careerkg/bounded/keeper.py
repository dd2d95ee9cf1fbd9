"""The keeper: a process that has the graph open and forks the workers, which answer one query at a time.

A fork of a process with one thread and a loaded graph takes a millisecond or two and shares its memory, so
that a worker that had to be ended is replaced by a warm one at once. The process that asks the queries has
threads and cannot be forked safely, hence this one. It takes orders on its control socket:

``("fork", number)`` with a socket attached: a new worker that answers on that socket;
``("end", number)``: that worker is killed, whatever it does;
``("reload",)``: the source is opened anew, for the workers to come.

When the control socket ends, the workers are killed, and the keeper ends.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from careerkg.bounded.confine import confine, die_with_parent, no_connections
from careerkg.bounded.evaluation import Question, evaluate, told
from careerkg.bounded.source import Source
from careerkg.bounded.wire import Frames, frame
from careerkg.errors import StoreError

if TYPE_CHECKING:
    from careerkg.graph import CareerGraph

__all__ = ["main"]


class _Opened:
    """A source that was opened, or the error that came of it."""

    def __init__(self, source: Source) -> None:
        self.graph: CareerGraph | None = None
        self.error: tuple[str, str, dict[str, Any]] | None = None
        try:
            self.graph = source.open()
        except Exception as error:
            self.error = told(error)


def main(descriptor: int, source: Source, memory: int | None) -> None:
    """Take orders on a socket until it ends; ``memory`` is what a worker may take, in bytes."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Ctrl-C goes to all processes of a terminal; the one in front decides when it is over.
        signal.signal(name, signal.SIG_IGN)
    # An engine that was open in a folder leaves threads behind, which hold nothing that a worker needs.
    warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork")
    control = socket.socket(fileno=descriptor)
    no_connections()
    opened = _Opened(source) if source.in_memory else None
    gc.freeze()  # so that the collector of a worker does not touch, and so copy, what is shared
    workers: dict[int, int] = {}
    try:
        while True:
            order, passed = _order(control)
            match order:
                case ("fork", number):
                    pid = os.fork()
                    if pid == 0:
                        _become_worker(passed, control, source, opened, memory)
                    workers[number] = pid
                    passed.close()
                case ("end", number):
                    _end(workers.pop(number, None))
                case ("reload",):
                    opened = _Opened(source) if source.in_memory else None
    except EOFError:
        pass
    finally:
        for pid in workers.values():
            _end(pid)
        os._exit(0)


def _order(control: socket.socket) -> tuple[Any, socket.socket]:
    """Return the next order and the socket that came with it. Raises EOFError if no more will come.

    Each order is sent whole and a datagram of its own, so that nothing is left of one for the next.
    """
    content, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 1)
    if not content:
        raise EOFError
    [order] = Frames().add(content)
    attached = socket.socket(fileno=descriptors[0]) if descriptors else control
    return order, attached


def _end(pid: int | None) -> None:
    """Kill a child and wait until it has gone: its memory is then free."""
    if pid is not None:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _become_worker(
    connection: socket.socket,
    control: socket.socket,
    source: Source,
    opened: _Opened | None,
    memory: int | None,
) -> None:
    """Answer questions until the other side closes; the process then ends."""
    try:
        die_with_parent()
        control.close()
        connection.setblocking(True)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        # What the engine says when it runs out of memory is of no use to anybody.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        if opened is None:
            opened = _Opened(source)
        if opened.graph is not None:
            with suppress(Exception):
                opened.graph.store.query("ASK { <x:a> <x:b> ?x }")  # a first query takes longer
        confine(memory)
        _answer(connection, source, opened)
    except (EOFError, OSError):
        pass
    finally:
        os._exit(0)


def _answer(connection: socket.socket, source: Source, opened: _Opened) -> None:
    """Answer question after question, in order. Raises EOFError when no more will come."""
    frames = Frames()
    while True:
        piece = connection.recv(1 << 18)
        if not piece:
            raise EOFError
        for values in frames.add(piece):
            try:
                reply: Any = (
                    opened.error if opened.graph is None else evaluate(opened.graph, Question(*values))
                )
            except StoreError as error:
                # The store was replaced under this worker: it is opened again for the next question.
                reply = told(error)
                opened = _Opened(source)
            except Exception as error:
                reply = told(error)
            message = frame(reply)
            # At once: the next question may take long, and the deadline of this one would pass.
            connection.sendall(message)
            if len(message) > 1 << 20:
                del message, reply
                gc.collect()
