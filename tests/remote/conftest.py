"""Two real servers, each with what a store here holds; and that store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import oxigraph_server, virtuoso_server

from careerkg import CareerGraph
from careerkg.remote import RemoteStore, connect, push
from careerkg.resources import data_files, ontology_files

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store on disk with the bundled graph, and with data that have blank nodes."""
    path = tmp_path_factory.mktemp("store") / "kg"
    graph = CareerGraph.open(path, create=True)
    graph.load(*ontology_files(), *data_files(), DATA / "unnamed.trig")
    del graph
    return path


def installed(url: str | None, program: str) -> str:
    """Return the URL of a server; skip the test where its program is not installed."""
    if url is None:
        pytest.skip(f"not installed: {program}")
    return url


OXIGRAPH = "the Oxigraph server (PyPI: oxigraph)"
VIRTUOSO = "Virtuoso (Debian: virtuoso-opensource)"


@pytest.fixture(scope="session")
def oxigraph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty Oxigraph server."""
    with oxigraph_server(tmp_path_factory.mktemp("oxigraph")) as url:
        yield installed(url, OXIGRAPH)


@pytest.fixture(scope="session")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty Virtuoso."""
    with virtuoso_server(tmp_path_factory.mktemp("virtuoso")) as url:
        yield installed(url, VIRTUOSO)


def fill(remote: RemoteStore, folder: Path, notes: Path) -> None:
    """Push what the store on disk holds, in pieces."""
    push(CareerGraph.open(folder, read_only=True).store, remote, notes=notes / "push.json", piece=2_000)


@pytest.fixture(scope="session")
def filled_oxigraph(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[str]:
    """An Oxigraph server with what the store on disk holds."""
    with oxigraph_server(tmp_path_factory.mktemp("oxigraph-filled")) as url:
        found = installed(url, OXIGRAPH)
        fill(connect(found), folder, tmp_path_factory.mktemp("notes"))
        yield found


@pytest.fixture(scope="session")
def filled_virtuoso(tmp_path_factory: pytest.TempPathFactory, virtuoso: str, folder: Path) -> str:
    """The Virtuoso with what the store on disk holds."""
    fill(connect(virtuoso, user="dba", password="dba"), folder, tmp_path_factory.mktemp("notes"))
    return virtuoso


@pytest.fixture(params=["oxigraph", "virtuoso"])
def filled(request: pytest.FixtureRequest) -> str:
    """Each of the two servers, filled."""
    return str(request.getfixturevalue(f"filled_{request.param}"))
