"""A site: library calls in threads, one state at a time, an open graph that has lost its files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from careerkg import CareerGraph
from careerkg.bounded import Source
from careerkg.errors import StoreError, UnknownName
from careerkg.web.settings import Settings
from careerkg.web.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site over a file of one triple."""
    data = tmp_path / "one.ttl"
    data.write_text("# One triple.\n<http://e/a> <http://e/p> 1 .\n", encoding="utf-8")
    found = Site(Settings(source=Source.of(files=[data]), workers=1, base_url="http://x.example/kg/"))
    yield found
    found.close()


def test_addresses_have_the_base(site: Site) -> None:
    assert site.url("/sparql") == "http://x.example/kg/sparql"


def test_calls_give_what_the_library_gives(site: Site) -> None:
    assert asyncio.run(site.call(len, site.graph)) == 1
    with pytest.raises(UnknownName):
        asyncio.run(site.call(site.graph.resolve, "nobody"))


def test_store_that_cannot_be_read_any_more_is_opened_anew(site: Site) -> None:
    graph, state = site.graph, site.state

    def lost() -> None:
        raise FileNotFoundError("a file of the store has gone")

    with pytest.raises(StoreError, match="just now"):
        asyncio.run(site.call(lost))
    assert site.graph is not graph
    assert site.state != state
    assert asyncio.run(site.call(len, site.graph)) == 1
    assert site.pool.query("ASK { ?s ?p ?o }", format="csv").body == b"true\n"


def test_nothing_runs_beside_exclusive_work(site: Site) -> None:
    seen: list[str] = []

    async def work() -> None:
        seen.append("work begins")
        await asyncio.sleep(0.1)
        seen.append("work ends")

    async def ask() -> None:
        await site.pool.aquery("ASK { ?s ?p ?o }")
        seen.append("query")

    async def call() -> None:
        await site.call(len, site.graph)
        seen.append("call")

    async def both() -> None:
        exclusive = asyncio.ensure_future(site.exclusively(work))
        while "work begins" not in seen:
            await asyncio.sleep(0.005)
        await asyncio.gather(ask(), call(), exclusive)

    asyncio.run(both())
    assert seen[:2] == ["work begins", "work ends"]
    assert sorted(seen[2:]) == ["call", "query"]


def test_exclusive_work_that_fails_leaves_the_site_open(site: Site) -> None:
    async def work() -> None:
        raise StoreError("no")

    async def fail_and_ask() -> bool:
        with pytest.raises(StoreError, match="no"):
            await site.exclusively(work)
        return (await site.pool.aquery("ASK { ?s ?p ?o }")).complete

    assert asyncio.run(fail_and_ask())


def test_site_of_a_folder_is_that_of_its_generation(tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    graph = CareerGraph.open(folder, create=True)
    graph.update("INSERT DATA { <http://e/a> <http://e/p> 1 }")
    del graph
    site = Site(Settings(source=Source.of(folder), workers=1))
    try:
        assert asyncio.run(site.call(len, site.graph)) == 1
    finally:
        site.close()
    with pytest.raises(StoreError, match="not a store"):
        Site(Settings(source=Source.of(tmp_path / "absent"), workers=1))
