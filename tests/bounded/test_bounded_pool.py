"""Queries in processes that can be ended: bounds that hold, answers that are those of the library."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from careerkg import CareerGraph
from careerkg.bounded import Answer, Formats, QueryPool, Source
from careerkg.errors import (
    CareerGraphError,
    FormatError,
    QueryError,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooBig,
    RdfSyntaxError,
    StoreError,
    TooManyQueries,
    UpdateRefused,
)

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, or uses means of Linux alone")
# Four times everything: 10^15 rows on the bundled graph, counted without any being kept.
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
# On twenty triples, as many rows.
NEVER = "SELECT (COUNT(*) AS ?n) {" + " . ".join(f"?s{k} ?p{k} ?o{k}" for k in range(12)) + "}"
# Sorting keeps all rows: this one takes memory as fast as it can.
GREEDY = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i"


@pytest.fixture(scope="module")
def pool() -> Iterator[QueryPool]:
    """A pool over the bundled graph with tight bounds."""
    with QueryPool(Source(), workers=2, deadline=5, row_cap=10, waiting=4, memory=200 << 20) as found:
        yield found


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of twenty numbers."""
    path = tmp_path_factory.mktemp("small") / "small.ttl"
    lines = "".join(f"<http://e/s{n}> <http://e/p> {n} .\n" for n in range(20))
    path.write_text(f"# Twenty numbers.\n{lines}", encoding="utf-8")
    return path


def descendants(pid: int) -> list[int]:
    """Return the processes below a process."""
    parents = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.append((int(entry.name), int(fields[1])))
    found, level = [], {pid}
    while level:
        level = {child for child, parent in parents if parent in level}
        found += sorted(level)
    return found


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s ?l { ?s a ckg:Certification ; rdfs:label ?l } ORDER BY ?s LIMIT 5",
        "ASK { credential:rhit a ckg:Certification }",
        "CONSTRUCT { ?s ckg:issuedBy ?o } WHERE { ?s ckg:issuedBy ?o } ORDER BY ?s LIMIT 5",
        "DESCRIBE strength:law",
    ],
)
@pytest.mark.parametrize("formats", [Formats("json", "ttl"), Formats("xml", "jsonld"), Formats("csv", "nt")])
def test_answers_are_those_of_the_library(pool: QueryPool, query: str, formats: Formats) -> None:
    answer = pool.query(query, format=formats)
    result = CareerGraph().query(query)
    chosen = formats.graph if result.type == "CONSTRUCT" else formats.rows
    assert chosen is not None
    assert answer.body == result.serialize(chosen)
    assert answer.form == result.type
    assert answer.complete


@pytest.mark.parametrize("format_", ["json", "xml", "csv", "tsv"])
@pytest.mark.parametrize(
    ("ending", "rows", "complete"),
    [
        ("", 10, False),
        ("LIMIT 3", 3, True),
        ("LIMIT 10", 10, True),
        ("LIMIT 11", 10, False),
        ("limit 99999999999999999999999999", 10, False),
        ("OFFSET 2", 10, False),
        ("OFFSET 15", 5, True),
        ("LIMIT 12 OFFSET 10", 10, True),
        ("OFFSET 3 LIMIT 12", 10, False),
        ("ORDER BY ?o # LIMIT 3", 10, False),
        ("VALUES ?o { 1 2 3 }", 3, True),
        ("LIMIT 20 VALUES ?o { 1 2 3 4 5 6 7 8 9 10 11 12 }", 10, False),
        ("GROUP BY ?s ?o HAVING(?o > 4)\n# ends with a comment", 10, False),
    ],
)
def test_row_cap_leaves_a_whole_document_and_says_so(
    small: Path, format_: str, ending: str, rows: int, complete: bool
) -> None:
    pool = _small_pool(small)
    answer = pool.query(f"SELECT ?s ?o {{ ?s ?p ?o }} {ending}", format=format_)
    assert (answer.rows, answer.complete) == (rows, complete)
    from careerkg.bounded.rows import count_rows

    assert count_rows(answer.body, format_) == rows


_pools: dict[Path, QueryPool] = {}


def _small_pool(path: Path) -> QueryPool:
    """Return a pool over a file, the same for all tests of this module."""
    if path not in _pools:
        _pools[path] = QueryPool(Source.of(files=[path]), workers=1, row_cap=10)
    return _pools[path]


@pytest.fixture(scope="module", autouse=True)
def _closing() -> Iterator[None]:
    yield
    while _pools:
        _pools.popitem()[1].close()


def test_row_cap_of_a_graph_counts_triples(small: Path) -> None:
    answer = _small_pool(small).query("CONSTRUCT { ?s ?p ?o . <http://e/x> ?p 1 } WHERE { ?s ?p ?o }")
    assert (answer.rows, answer.complete) == (10, False)
    again = _small_pool(small).query("CONSTRUCT { <http://e/x> ?p 1 } WHERE { ?s ?p ?o }", format="nt")
    assert (again.rows, again.complete, again.body.count(b"\n")) == (1, True, 1)


def test_errors_come_back_as_they_are(pool: QueryPool) -> None:
    with pytest.raises(QuerySyntaxError, match="line 2, column") as syntax:
        pool.query("SELECT *\n{ ?s ?p }")
    assert (syntax.value.line, syntax.value.column) == (2, 10)
    for query in ("DROP ALL", "LOAD <file:///etc/passwd>", "INSERT DATA { <http://a> <http://b> 1 }"):
        with pytest.raises(UpdateRefused):
            pool.query(query)
    with pytest.raises(QueryError, match="SERVICE is refused"):
        pool.query("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }")
    with pytest.raises(FormatError) as format_error:
        pool.query("ASK {}", format="ttl")
    assert "json" in format_error.value.known
    with pytest.raises(FormatError):
        pool.query("ASK {}", format="nonsense")
    with pytest.raises(QueryError, match="not an absolute IRI"):
        pool.query("ASK {}", default_graphs=["no iri"])


@LINUX
def test_deadline_stops_a_query_inside_evaluation_and_gives_its_memory_back(pool: QueryPool) -> None:
    assert pool.query("ASK {}").body
    keeper = pool._crew._keeper.pid
    before = set(descendants(keeper))
    begun = time.monotonic()
    with pytest.raises(QueryTimeout) as error:
        pool.query(ENDLESS, deadline=0.4)
    assert error.value.seconds == 0.4
    assert 0.35 < time.monotonic() - begun < 4  # the machine may be busy
    assert pool.query("ASK {}").body
    for _ in range(100):
        after = set(descendants(keeper))
        if len(after) == 2 and not before <= after:
            break
        time.sleep(0.05)
    assert len(after) == 2
    assert not before <= after  # the worker that was ended has gone, and another is there


def test_greedy_query_is_stopped_at_its_memory(pool: QueryPool) -> None:
    with pytest.raises((QueryTooBig, QueryTimeout)) as error:
        pool.query(GREEDY)
    if sys.platform == "linux":
        assert isinstance(error.value, QueryTooBig)
    assert pool.query("ASK {}").body


def test_nesting_without_end_is_an_error_and_not_the_end(pool: QueryPool) -> None:
    for query in (
        "ASK " + "{" * 50_000 + "}" * 50_000,
        "ASK { FILTER(" + "(" * 50_000 + "1" + ")" * 50_000 + ") }",
        "SELECT * { ?s " + "^" * 50_000 + "<http://p> ?o }",
    ):
        with pytest.raises(QueryError):
            pool.query(query)
    assert pool.query("ASK {}").body


def test_answer_that_is_too_long_is_an_error(small: Path) -> None:
    with QueryPool(Source.of(files=[small]), workers=1, byte_cap=500) as pool:
        with pytest.raises(QueryTooBig, match="500 bytes"):
            pool.query("SELECT * { ?s ?p ?o }")
        with pytest.raises(QueryTooBig, match="500 bytes"):
            pool.query("CONSTRUCT WHERE { ?s ?p ?o }", format="nt")
        assert pool.query("SELECT * { ?s ?p ?o } LIMIT 1").complete


def test_more_than_may_wait_are_refused_and_the_others_answered(pool: QueryPool) -> None:
    async def ask() -> list[Answer | BaseException]:
        slow = [pool.aquery(ENDLESS, deadline=0.7) for _ in range(2)]
        quick = [pool.aquery("ASK {}") for _ in range(8)]
        tasks = [asyncio.ensure_future(each) for each in slow]
        await asyncio.sleep(0.2)
        return await asyncio.gather(*tasks, *quick, return_exceptions=True)

    found = asyncio.run(ask())
    assert all(isinstance(each, QueryTimeout) for each in found[:2])
    refused = [each for each in found[2:] if isinstance(each, TooManyQueries)]
    assert len(refused) == 4  # four may wait
    assert all(isinstance(each, Answer) for each in found[2:] if each not in refused)
    assert refused[0].retry_after >= 1


def test_cheap_query_does_not_stand_behind_a_slow_one(pool: QueryPool) -> None:
    async def ask() -> float:
        slow = asyncio.ensure_future(pool.aquery(ENDLESS, deadline=3))
        begun = time.monotonic()
        for _ in range(20):
            await pool.aquery("ASK {}")
        taken = time.monotonic() - begun
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        return taken

    assert asyncio.run(ask()) < 2.5


def test_query_that_is_cancelled_ends(pool: QueryPool) -> None:
    async def ask() -> None:
        task = asyncio.ensure_future(pool.aquery(ENDLESS))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(100):
            if pool.load()["running"] == 0:
                return
            await asyncio.sleep(0.05)

    asyncio.run(ask())
    assert pool.load() == {"running": 0, "waiting": 0, "free": 2}


def test_threads_and_loops_may_ask_at_the_same_time(pool: QueryPool) -> None:
    found: list[Answer] = []

    def ask() -> None:
        found.extend(pool.query("ASK {}") for _ in range(5))

    async def ask_too() -> list[Answer]:
        return [await pool.aquery("ASK {}") for _ in range(20)]

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert len(asyncio.run(ask_too())) == 20
    for thread in threads:
        thread.join()
    assert len(found) == 15


def test_loop_is_not_blocked_by_its_own_pool(small: Path) -> None:
    async def ask(pool: QueryPool) -> None:
        await pool.aquery("ASK {}")
        with pytest.raises(RuntimeError, match="aquery"):
            pool.query("ASK {}")

    with QueryPool(Source.of(files=[small]), workers=1) as pool:
        asyncio.run(ask(pool))
        assert pool.query("ASK {}").complete  # that loop is gone, and the pool lives on


def test_long_questions_and_answers_pass(small: Path) -> None:
    with QueryPool(Source.of(files=[small]), workers=1) as pool:
        text = "x" * 3_000_000
        answer = pool.query(f'SELECT ("{text}" AS ?x) {{}}', format="tsv")
        assert len(answer.body) > 3_000_000


@LINUX
def test_worker_or_keeper_that_is_killed_is_replaced(small: Path) -> None:
    with QueryPool(Source.of(files=[small]), workers=1) as pool:
        pool.query("ASK {}")
        before = set(descendants(os.getpid()))
        keeper = pool._crew._keeper.pid
        [worker] = descendants(keeper)
        os.kill(worker, signal.SIGKILL)
        _ask_until(pool, lambda: worker not in descendants(os.getpid()))
        os.kill(keeper, signal.SIGKILL)
        _ask_until(pool, lambda: pool._crew._keeper.pid != keeper)
        assert keeper not in descendants(os.getpid())
    assert worker in before


def _ask_until(pool: QueryPool, recovered: Callable[[], bool]) -> None:
    """Ask until there is an answer after the pool has recovered: first ones may meet the end of a process."""
    for _ in range(100):
        again = recovered()
        try:
            assert pool.query("ASK {}").complete
        except CareerGraphError:
            continue
        if again:
            return
        time.sleep(0.05)
    raise AssertionError("the pool does not recover")


def test_source_that_cannot_be_opened_tells_why(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttl"
    broken.write_text("# Not Turtle.\n<a> <b>\n", encoding="utf-8")
    with QueryPool(Source.of(files=[broken]), workers=1) as pool, pytest.raises(RdfSyntaxError) as error:
        pool.query("ASK {}")
    assert error.value.line
    with QueryPool(Source.of(tmp_path / "absent"), workers=1) as pool, pytest.raises(StoreError):
        pool.query("ASK {}")


def test_folder_is_served_and_renewed(tmp_path: Path, small: Path) -> None:
    folder = tmp_path / "kg"
    graph = CareerGraph.open(folder, create=True)
    graph.load(small)
    del graph
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    with QueryPool(Source.of(folder), workers=2) as pool:
        assert pool.query(count, format="csv").body == b"n\r\n20\r\n"
        graph = CareerGraph.open(folder)
        graph.update("INSERT DATA { <http://e/more> <http://e/p> 1 }")
        del graph
        pool.renew()
        assert [pool.query(count, format="csv").body for _ in range(3)] == [b"n\r\n21\r\n"] * 3


@LINUX
def test_nothing_is_left_when_a_pool_is_closed(small: Path) -> None:
    before = set(descendants(os.getpid()))
    pool = QueryPool(Source.of(files=[small]), workers=2)
    found: list[object] = []

    def ask() -> None:
        try:
            pool.query(NEVER)
        except CareerGraphError as error:
            found.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.3)
    pool.close()
    pool.close()
    thread.join(5)
    assert [type(each) for each in found] == [StoreError]
    with pytest.raises(StoreError, match="closed"):
        pool.query("ASK {}")
    for _ in range(100):
        if set(descendants(os.getpid())) <= before:
            break
        time.sleep(0.05)
    assert set(descendants(os.getpid())) <= before


@LINUX
def test_worker_can_neither_connect_nor_write() -> None:
    code = """
import os, socket, tempfile
from careerkg.bounded.confine import confine, no_connections
path = tempfile.mktemp()
assert no_connections()
confine(1 << 30)
try:
    socket.create_connection(("127.0.0.1", 9))
except PermissionError:
    print("no connection")
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    with open(path, "w") as stream:
        stream.write("x")
except OSError:
    print("no file")
finally:
    os.unlink(path)
try:
    bytearray(2 << 30)
except MemoryError:
    print("no memory")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["no connection", "no file", "no memory"], done.stderr
