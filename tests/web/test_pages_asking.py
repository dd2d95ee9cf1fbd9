"""Search, suggestions and the SPARQL console, without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")

from starlette.testclient import TestClient

from careerkg.bounded import Source
from careerkg.graph import example_queries
from careerkg.store import EmbeddedStore, Term
from careerkg.vocabulary import CKG
from careerkg.web.app import create_app
from careerkg.web.pages.entity import read_entity, read_list
from careerkg.web.pages.facts import Notes
from careerkg.web.pages.reading import Reader
from careerkg.web.settings import Settings

HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Settings(workers=1)), follow_redirects=False) as client:
        yield client


def test_search_finds_and_narrows(client: TestClient) -> None:
    body = client.get("/search", params={"q": "coder"}, headers=HTML).text
    first = re.search(r'<ul class="hits"><li><a href="([^"]+)">([^<]+)', body)
    assert first is not None
    assert first.groups() == ("/doc/role/medical-coder", "Medical coder")
    credentials = client.get(
        "/search", params={"q": "health information", "kind": "Credential"}, headers=HTML
    ).text
    kinds = set(re.findall(r'<span class="kind-tag">([^<“]+)</span>', credentials))
    assert kinds <= {"certification", "certificate", "associate degree", "bachelor degree", "master degree"}
    assert kinds


def test_search_pages(client: TestClient) -> None:
    one = client.get("/search", params={"q": "health"}, headers=HTML).text
    two = client.get("/search", params={"q": "health", "page": "2"}, headers=HTML).text
    hits = re.compile(r'<li><a href="([^"]+)">[^<]+</a><span class="kind-tag">')
    assert len(hits.findall(one)) == 20
    assert hits.findall(two)
    assert not set(hits.findall(one)) & set(hits.findall(two))


@pytest.mark.parametrize("text", ["", "zzzzqqq", '"', "* OR", "a" * 1000, "' --", "NEAR(", "\x00"])
def test_no_search_is_a_fault(client: TestClient, text: str) -> None:
    assert client.get("/search", params={"q": text}, headers=HTML).status_code == 200
    assert client.get("/suggest", params={"q": text}).status_code == 200


def test_suggestions_begin_with_what_is_typed(client: TestClient) -> None:
    found = client.get("/suggest", params={"q": "canc"}).json()
    assert found[0] == {
        "label": "Cancer registrar",
        "kind": "role",
        "href": "/doc/role/cancer-registrar",
        "name": "role:cancer-registrar",
    }
    # The last word is still being typed, even if it is a word already.
    for begun in ("reg", "registered health inf", "cod"):
        assert len(client.get("/suggest", params={"q": begun}).json()) > 2, begun
    items = client.get("/suggest", params={"q": "ahima", "among": "items"}).json()
    assert not any(hit["name"].startswith("organization:") for hit in items)


def test_console_runs_every_example(client: TestClient) -> None:
    for name, question, _ in example_queries():
        body = client.get("/console", params={"example": name, "run": "1"}, headers=HTML).text
        assert 'role="status"' in body or 'class="badge' in body, name
        assert question[:20].split("'")[0] in body.replace("&#39;", "'")


def test_console_takes_a_form(client: TestClient) -> None:
    query = "SELECT ?name WHERE { credential:rhit rdfs:label ?name }"
    body = client.post("/console", data={"query": query}, headers=HTML).text
    assert "Registered Health Information Technician" in body
    assert query in body


def test_console_shows_truth_and_graphs(client: TestClient) -> None:
    ask = client.post("/console", data={"query": "ASK { credential:rhit a ckg:Certification }"}).text
    assert re.search(r'class="badge proven">yes', ask)
    describe = client.post("/console", data={"query": "CONSTRUCT WHERE { credential:rhit ?p ?o }"}).text
    assert "organization:ahima" in describe


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("SELECT ?x WHERE {\n  ?x", 400, "line"),
        ("INSERT DATA { <a:b> <a:c> <a:d> }", 400, "update"),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", 400, "SERVICE"),
    ],
)
def test_console_tells_what_is_wrong(client: TestClient, query: str, status: int, words: str) -> None:
    response = client.post("/console", data={"query": query}, headers=HTML)
    assert response.status_code == status
    alert = re.search(r'role="alert">([^<]*)', response.text)
    assert alert is not None
    assert words in alert[1]


def test_console_refuses_what_is_too_long(client: TestClient) -> None:
    response = client.post(
        "/console",
        content=b"query=" + b"a" * 1_200_000,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert response.status_code == 413


def test_examples_are_in_the_editor(client: TestClient) -> None:
    body = client.get("/console", params={"example": "08-issuers"}, headers=HTML).text
    assert "ckg:issuedBy/rdfs:label ?issuer" in body
    assert 'aria-current="true"' in body


def test_pages_of_other_data(tmp_path: Path) -> None:
    """Data without the vocabulary, blank nodes and odd texts: each thing has a page."""
    path = tmp_path / "odd.ttl"
    path.write_text(
        "@prefix ckg: <https://w3id.org/careerkg/ontology#> . @prefix ex: <http://example.org/> .\n"
        "ex:a a ckg:Certification ; ckg:requires [ a ckg:AnyOf ; ckg:operand ex:b , "
        '[ a ckg:AllOf ; ckg:operand ex:c , ex:d ] ] ; ex:note "<b>&amp;</b>"@de , 1.5 , true ;\n'
        '  ckg:estimatedCost [ a ckg:Cost ; ckg:amount 10 ; ckg:currency "USD" ] ;\n'
        '  ckg:estimatedDuration "P2M"^^<http://www.w3.org/2001/XMLSchema#duration> .\n',
        encoding="utf-8",
    )
    with TestClient(create_app(Settings(source=Source.of(files=[path]), workers=1))) as client:
        body = client.get("/doc", params={"iri": "http://example.org/a"}, headers=HTML).text
        assert "any of" in body
        assert "USD 10" in body
        assert "2 months" in body
        assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in body
        assert 'lang="de"' in body
        for path_ in ("/", "/dataset", "/search?q=a", "/routes?goal=http%3A%2F%2Fexample.org%2Fa"):
            assert client.get(path_, headers=HTML).status_code == 200
        for iri in ("b", "c", "note"):
            assert (
                client.get("/doc", params={"iri": f"http://example.org/{iri}"}, headers=HTML).status_code
                == 200
            )


def test_names_in_iris_stay_as_they_are(tmp_path: Path) -> None:
    """A space that is encoded in an IRI, and a name that ends like a format."""
    path = tmp_path / "names.ttl"
    path.write_text(
        "@prefix ckg: <https://w3id.org/careerkg/ontology#> .\n"
        "<https://w3id.org/careerkg/id/onet-technology/Epic%20Systems> a ckg:Technology .\n"
        "<https://w3id.org/careerkg/id/technology/tool.ttl> a ckg:Technology .\n"
        "<https://w3id.org/careerkg/id/rating/a/b/1.C.7.b/IM> a ckg:RatingObservation .\n",
        encoding="utf-8",
    )
    settings = Settings(source=Source.of(files=[path]), workers=1)
    with TestClient(create_app(settings), follow_redirects=False) as client:
        for name in ("onet-technology/Epic%20Systems", "technology/tool.ttl", "rating/a/b/1.C.7.b/IM"):
            iri = f"https://w3id.org/careerkg/id/{name}"
            assert client.get(f"/id/{name}", headers=HTML).headers["location"] == f"/doc/{name}"
            page = client.get(f"/doc/{name}", headers=HTML)
            assert page.headers["content-type"].startswith("text/html")
            assert f"<code>{iri}</code>" in page.text
            assert client.get(f"/neighbourhood/{name}", headers=HTML).status_code == 200
            data = client.get(f"/doc/{name}.nt")
            assert iri in data.text
            assert data.headers["content-location"] == f"/doc/{name}.nt"


def test_sources_are_numbered_alike_in_every_process() -> None:
    """The order of a set differs from process to process; that of a page, and its ETag, must not."""
    notes = Notes(Reader(EmbeddedStore(ox.Store())))
    names = [f"http://example.org/{letter}" for letter in "abcdefghijklmnop"]
    assert notes.marks(set(names)) == tuple(range(1, 17))
    assert [notes.marks([name]) for name in names] == [(number,) for number in range(1, 17)]


class Counting(EmbeddedStore):
    """Counts how often it is asked, and how many quads are taken from it."""

    asked = taken = 0

    def quads(
        self,
        subject: ox.NamedNode | ox.BlankNode | None = None,
        predicate: ox.NamedNode | None = None,
        object: Term | None = None,
        graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph | None = None,
    ) -> Iterator[ox.Quad]:
        self.asked += 1
        for quad in super().quads(subject, predicate, object, graph):
            self.taken += 1
            yield quad


def test_work_for_a_page_does_not_grow_with_what_refers_to_a_thing() -> None:
    unit, thing = ox.NamedNode(f"{CKG}unit"), ox.NamedNode("http://example.org/unit")
    work = []
    for number in (2_000, 12_000):
        inner = ox.Store()
        inner.extend(
            ox.Quad(ox.NamedNode(f"http://example.org/figure{place}"), unit, thing) for place in range(number)
        )
        store = Counting(inner)
        view = read_entity(Reader(store), thing.value)
        assert view is not None
        group = view.backlinks[0]
        assert (group.total, group.exact) == ((2_000, True) if number == 2_000 else (10_000, False))
        assert group.more is not None
        work.append((store.asked, store.taken))
    # One question more: are there properties that the count did not come to?
    assert [asked - work[0][0] for asked, _ in work] == [0, 1]
    assert work[0][1] == work[1][1]
    assert work[0][0] < 400
    last = read_list(Reader(store), thing.value, unit.value, "to", 200)
    assert last is not None
    assert len(last.values) == 50
    assert last.next is None
    assert read_list(Reader(store), thing.value, unit.value, "to", 201) is None
