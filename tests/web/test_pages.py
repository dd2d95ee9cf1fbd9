"""Linked data and pages, asked without a browser: who gets what, with which headers, and what it says."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pyoxigraph as ox
import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")

from starlette.testclient import TestClient

from careerkg.web.app import create_app
from careerkg.web.settings import Settings

HTML = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
RHIT = "https://w3id.org/careerkg/id/credential/rhit"
TECHNICIAN = "/doc/occupation/medical-records-technician"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Settings(workers=1)), follow_redirects=False) as client:
        yield client


class Page(HTMLParser):
    """Reads a page: links, ids, headings, text, and whether its elements are balanced."""

    VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "option"})
    OPTIONAL = frozenset({"p", "li"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.words: list[str] = []
        self.stack: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if "id" in values:
            self.ids.append(values["id"] or "")
        if tag == "a":
            self.links.append(values.get("href") or "")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        assert not any(name.startswith("on") or name == "style" for name in values), tag
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.stack, f"</{tag}> closes nothing"
        assert self.stack.pop() == tag, f"</{tag}>"

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page(client: TestClient, path: str, status: int = 200) -> Page:
    response = client.get(path, headers=HTML)
    assert response.status_code == status, response.text[:300]
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return Page(response.text)


PAGES = (
    "/",
    "/search?q=coder",
    "/routes",
    "/routes?goal=cancer-registrar&from=high-school-diploma",
    "/console",
    "/console?run=1&example=08-issuers",
    "/ontology",
    "/ontology/requires",
    "/dataset",
    TECHNICIAN,
    "/doc/credential/rhit",
    "/doc/assessment/rhia-exam",
    "/doc/organization/ahima",
    "/doc/observation/guide-average-wage",
    "/source/medical-records-technician-guide",
    "/source/medical-records-technician-guide/3160-3267",
    "/neighbourhood/role/cancer-registrar",
    f"{TECHNICIAN}?property=ckg%3AhasTask&direction=from",
)


@pytest.mark.parametrize("path", PAGES)
def test_page_is_whole(client: TestClient, path: str) -> None:
    found = page(client, path)
    assert not found.stack
    assert found.headings.count("h1") == 1
    assert len(set(found.ids)) == len(found.ids), "an id stands twice"
    anchors = {link[1:] for link in found.links if link.startswith("#")}
    assert anchors <= set(found.ids)


@pytest.mark.parametrize("path", PAGES)
def test_links_of_a_page_lead_somewhere(client: TestClient, path: str) -> None:
    for link in sorted(set(page(client, path).links)):
        if link.startswith(("#", "http:", "https:", "/sparql", "/.well-known")):
            continue
        response = client.head(link, headers=HTML)
        assert response.status_code in (200, 302, 303), f"{link}: {response.status_code}"


@pytest.mark.parametrize("path", PAGES)
def test_policy_allows_nothing_from_elsewhere(client: TestClient, path: str) -> None:
    response = client.get(path, headers=HTML)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|stylesheet\" href)=\"https?:", response.text)
    for block in re.findall(r"<script(?![^>]* src=)[^>]*>(.*?)</script>", response.text, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


@pytest.mark.parametrize("path", PAGES)
def test_page_weighs_less_than_150_kib(client: TestClient, path: str) -> None:
    body = client.get(path, headers=HTML)
    assets = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', body.text))
    assert assets
    weight = len(body.content) + sum(len(client.get(asset).content) for asset in assets)
    assert weight < 150 * 1024


# ---- Linked data ----------------------------------------------------------------------------


def test_identifier_leads_to_its_document(client: TestClient) -> None:
    response = client.get("/id/credential/rhit", headers=HTML)
    assert (response.status_code, response.headers["location"]) == (303, "/doc/credential/rhit")
    assert "accept" in response.headers["vary"].lower()


@pytest.mark.parametrize(
    ("accept", "media_type", "place"),
    [
        ("text/html", "text/html", "/doc/credential/rhit.html"),
        ("text/turtle", "text/turtle", "/doc/credential/rhit.ttl"),
        ("application/ld+json", "application/ld+json", "/doc/credential/rhit.jsonld"),
        ("application/n-triples", "application/n-triples", "/doc/credential/rhit.nt"),
        ("application/rdf+xml", "application/rdf+xml", "/doc/credential/rhit.rdf"),
        ("text/html;q=0.1, text/turtle;q=0.9", "text/turtle", "/doc/credential/rhit.ttl"),
        ("application/*", "application/ld+json", "/doc/credential/rhit.jsonld"),
        ("*/*", "text/html", "/doc/credential/rhit.html"),
    ],
)
def test_document_is_what_the_client_likes(
    client: TestClient, accept: str, media_type: str, place: str
) -> None:
    response = client.get("/doc/credential/rhit", headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].split(";")[0] == media_type
    assert response.headers["content-location"] == place
    assert "accept" in response.headers["vary"].lower()
    links = response.headers["link"]
    assert f'<{RHIT}>; rel="canonical"' in links
    assert 'rel="alternate"; type="text/turtle"' in links
    assert 'rel="describedby"' in links


def test_nothing_fitting_is_406(client: TestClient) -> None:
    assert client.get("/doc/credential/rhit", headers={"accept": "image/png"}).status_code == 406
    assert client.get("/ontology", headers={"accept": "image/png"}).status_code == 406


FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "jsonld": ox.RdfFormat.JSON_LD,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "trig": ox.RdfFormat.TRIG,
}


@pytest.mark.parametrize("ending", FORMATS)
def test_endings_give_the_same_description(client: TestClient, ending: str) -> None:
    body = client.get(f"/doc/credential/rhit.{ending}", headers=HTML).content
    quads = list(ox.parse(body, format=FORMATS[ending]))
    triples = {q.triple for q in quads if q.graph_name == ox.DefaultGraph()}
    wanted = client.get("/doc/credential/rhit.nt").content
    expected = {q.triple for q in ox.parse(wanted, format=ox.RdfFormat.N_TRIPLES)}
    assert expected <= triples
    ahima = ox.NamedNode("https://w3id.org/careerkg/id/organization/ahima")
    issued = ox.NamedNode("https://w3id.org/careerkg/ontology#issuedBy")
    assert ox.Triple(ox.NamedNode(RHIT), issued, ahima) in triples
    if ending == "trig":
        graphs = {q.graph_name.value for q in quads if isinstance(q.graph_name, ox.NamedNode)}
        assert any(one.startswith("https://w3id.org/careerkg/source/ahima/") for one in graphs)
        assert len(graphs) > 5
    else:
        assert triples == expected


def test_unchanged_documents_are_304(client: TestClient) -> None:
    for accept in ("text/html", "text/turtle"):
        first = client.get("/doc/credential/rhit", headers={"accept": accept})
        again = client.get(
            "/doc/credential/rhit", headers={"accept": accept, "if-none-match": first.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    other = client.get(
        "/doc/credential/rhit", headers={"accept": "text/html", "if-none-match": first.headers["etag"]}
    )
    assert other.status_code == 200
    weak = {"accept": "text/turtle", "if-none-match": f'"x", W/{first.headers["etag"]}'}
    assert client.get("/doc/credential/rhit", headers=weak).status_code == 304


def test_head_has_the_headers_of_get(client: TestClient) -> None:
    got = client.get("/doc/credential/rhit.ttl")
    head = client.head("/doc/credential/rhit.ttl")
    assert head.content == b""
    assert head.headers["content-length"] == str(len(got.content))
    assert head.headers["etag"] == got.headers["etag"]


def test_things_of_others_keep_their_iri(client: TestClient) -> None:
    iri = "http://www.w3.org/2004/02/skos/core#Concept"
    response = client.get("/id", params={"iri": iri})
    assert response.status_code == 303
    found = client.get(response.headers["location"], headers=HTML)
    assert found.status_code == 200
    assert iri in found.text
    data = client.get("/doc", params={"iri": iri, "format": "ttl"})
    assert data.headers["content-type"].startswith("text/turtle")
    assert client.get("/doc", params={"iri": "http://example.org/unknown"}).status_code == 404
    assert client.get("/doc", params={"iri": "no iri <>"}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/doc/rhit", "/doc/RHIT", "/doc/Registered%20Health%20Information%20Technician"]
)
def test_names_that_people_type_lead_on(client: TestClient, path: str) -> None:
    response = client.get(path, headers=HTML)
    assert (response.status_code, response.headers["location"]) == (302, "/doc/credential/rhit")


def test_unknown_is_404_with_suggestions(client: TestClient) -> None:
    found = page(client, "/doc/credential/health-information", 404)
    assert "Did you mean" in found.text
    assert any(link.startswith("/doc/") for link in found.links)
    plain = client.get(
        "/doc/credential/health-information", headers={"accept": "application/json, */*;q=0.1"}
    )
    assert plain.status_code == 404
    assert plain.headers["content-type"].startswith("text/plain")
    assert client.get("/id/credential/nothing-of-the-kind", headers=HTML).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/doc/%00",
        "/doc/a%20b%3Cscript%3E",
        "/doc/../../etc/passwd",
        "/doc/%F0%9F%92%A9",
        "/doc?iri=",
        "/doc?iri=javascript%3Aalert(1)",
        "/neighbourhood/%3C%3E",
        "/neighbourhood",
        "/neighbourhood/role/cancer-registrar.ttl",
        "/source/",
        "/static/..%2f..%2fsite.py",
        "/doc/credential/rhit?property=%3C%3E&page=x",
        "/doc/credential/rhit?property=ckg%3ArequiresX",
        "/doc/credential/rhit?property=ckg%3Arequires&page=999",
    ],
)
def test_nonsense_is_not_found(client: TestClient, path: str) -> None:
    response = client.get(path, headers=HTML)
    assert response.status_code == 404
    assert "<script>" not in response.text


def test_text_of_a_request_is_escaped(client: TestClient) -> None:
    attack = '"><script>alert(1)</script>'
    for path in ("/search", "/routes", "/console"):
        for name in ("q", "goal", "query", "add", "asof"):
            response = client.get(path, params={name: attack}, headers=HTML)
            assert "<script>alert" not in response.text


# ---- What pages say ---------------------------------------------------------------------------


def test_every_fact_of_a_page_has_its_source(client: TestClient) -> None:
    body = client.get(TECHNICIAN, headers=HTML).text
    start = body.index('aria-labelledby="the-work"')
    section = body[start : body.index("</section>", start)]
    values = re.findall(r"<li>(.*?)</li>", section, re.DOTALL)
    assert len(values) > 15
    assert all('class="marks"' in value for value in values)
    found = page(client, TECHNICIAN)
    assert "Medical Records Technician, a career guide page with salary guide" in found.text
    assert re.search(r"characters [\d,]+ to [\d,]+", found.text)


def test_pay_is_a_chart_with_period_and_place(client: TestClient) -> None:
    body = client.get(TECHNICIAN, headers=HTML).text
    assert 'class="strip"' in body
    assert "USD a year, United States, May 2011" in body
    chart = re.search(r'class="strip"[^>]*aria-label="([^"]*)"', body)
    assert chart is not None
    assert "10th percentile USD 21,680; 25th USD 26,280; median USD 33,310" in chart[1]


def test_deprecated_figures_are_in_no_chart_but_told_with_the_reason(client: TestClient) -> None:
    body = client.get(TECHNICIAN, headers=HTML).text
    table = body[body.index("table-of-figures") : body.index("</details>")]
    assert "the figure is the median annual wage of May 2010" in table
    assert 'class="deprecated"' in table


def test_shares_are_bars(client: TestClient) -> None:
    body = client.get(TECHNICIAN, headers=HTML).text
    assert re.search(r'<rect class="bar-fill" width="39(\.0)?%"', body)
    assert "the remaining 38 % are not given" in body


def test_conditions_are_trees_with_who_demands(client: TestClient) -> None:
    found = page(client, TECHNICIAN)
    assert "Most employers · Employers · confirmed" in found.text
    exam = client.get("/doc/assessment/rhia-exam", headers=HTML).text
    assert 'class="tree tree-any"' in exam


def test_claims_stand_beside_each_other_with_rank_and_reason(client: TestClient) -> None:
    found = page(client, "/doc/credential/rhit")
    assert "Where sources disagree" in found.text
    assert "CAHIIM accredits programmes and issues no certification to persons." in found.text
    body = client.get("/doc/credential/rhit", headers=HTML).text
    assert body.index("claim-preferred") < body.index("claim-deprecated")


def test_a_passage_tells_what_it_says(client: TestClient) -> None:
    found = page(client, "/source/medical-records-technician-guide/3160-3267")
    assert "What this passage says" in found.text
    assert "Certification of cancer registrars" in found.text


def test_backlinks_lead_back(client: TestClient) -> None:
    found = page(client, "/doc/organization/ahima")
    assert "Issues" in found.text
    assert "/doc/credential/rhit" in found.links


def test_successor_is_told(client: TestClient) -> None:
    assert "Replaced by Oncology Data Specialist" in page(client, "/doc/credential/ctr").text


def test_as_sparql_gives_what_the_page_shows(client: TestClient) -> None:
    found = page(client, "/doc/credential/rhit")
    link = next(link for link in found.links if link.startswith("/console?query="))
    answer = page(client, link + "&run=1")
    assert "organization:ahima" in answer.text
    assert "Answer" in answer.text


def test_schema_org_is_embedded(client: TestClient) -> None:
    body = client.get("/doc/credential/rhit", headers=HTML).text
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', body, re.DOTALL)
    assert block is not None
    data = json.loads(block[1])
    assert data["@type"] == "EducationalOccupationalCredential"
    assert data["mainEntityOfPage"].endswith("/doc/credential/rhit")
    assert 'ld+json">{' not in client.get("/doc/task/keep-data-secure", headers=HTML).text


def test_long_lists_are_paged(client: TestClient) -> None:
    path = "/doc/source-kind/secondary?property=ckg%3AsourceKind&direction=to"
    first = page(client, path)
    assert "in all" in first.text
    terms = (
        "/doc?iri=http%3A%2F%2Fwww.w3.org%2F2002%2F07%2Fowl%23ObjectProperty&property=rdf%3Atype&direction=to"
    )
    one = page(client, terms)
    assert re.search(r"Page 1 of [23]", one.text)
    following = next(link for link in one.links if "page=2" in link)
    two = page(client, following)
    rows, further = ({one for one in found.links if one.startswith("/ontology/")} for found in (one, two))
    assert rows
    assert further
    assert not rows & further


# ---- The vocabulary -------------------------------------------------------------------------


def test_hash_iris_have_anchors_and_terms_have_pages(client: TestClient) -> None:
    found = page(client, "/ontology")
    assert {"requires", "Occupation", "issuedBy"} <= set(found.ids)
    term = page(client, "/ontology/requires")
    assert "several values must all be met" in term.text
    assert "In use" in term.text


@pytest.mark.parametrize(("accept", "format_"), [("text/turtle", "ttl"), ("application/ld+json", "jsonld")])
def test_ontology_is_data_too(client: TestClient, accept: str, format_: str) -> None:
    body = client.get("/ontology", headers={"accept": accept}).content
    assert body == client.get(f"/ontology.{format_}").content
    subjects = {q.subject for q in ox.parse(body, format=FORMATS[format_])}
    assert ox.NamedNode("https://w3id.org/careerkg/ontology#requires") in subjects


def test_static_files_are_kept_by_their_version(client: TestClient) -> None:
    body = client.get("/", headers=HTML).text
    for asset in re.findall(r'"(/static/[^"]+)"', body):
        assert "immutable" in client.get(asset).headers["cache-control"]
        assert client.get(asset.partition("?")[0]).headers["cache-control"] == "no-cache"
    assert client.get("/static/nothing.css").status_code == 404
