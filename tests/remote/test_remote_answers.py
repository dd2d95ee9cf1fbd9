"""Every verb prints the same on a store elsewhere as on the store that it was filled from."""

from __future__ import annotations

import shlex
from pathlib import Path

import pyoxigraph as ox
import pytest
from servers import careerkg_server

from careerkg import CareerGraph
from careerkg.cli import main
from careerkg.errors import StoreError
from careerkg.graph import example_queries
from careerkg.remote import connect, push

COMMANDS = [
    "show rhit",
    "show medical-coder --format json",
    "show http://example.org/diver",
    "show http://example.org/values",
    "show http://example.org/nothing",
    "show nurse-of-the-moon",
    "search cancer data",
    "search diver --format json",
    "search registrar --kind Credential",
    "why rhit",
    "why rhit ckg:issuedBy --format json",
    "why http://example.org/diver",
    "stats",
    "stats --format json",
    "route cancer-registrar --from high-school-diploma --format json",
    "route http://example.org/diver --alternatives 4 --format json",
    "route rhit --from high-school-diploma --pareto",
    "route http://example.org/nothing",
    "missing http://example.org/diver --format json",
    "missing cancer-registrar --from high-school-diploma --format json",
    "reach --from high-school-diploma --format json",
    "unlocks high-school-diploma --format json",
    "lint --format json",
    "export - --format nq",
    "export - --format ttl",
    "export - --format jsonld --frame Credential",
    "validate --format json --focus rhit",
    "query 'SELECT ?p ?o { ?s ?p ?o FILTER(isBlank(?s) && isIRI(?o)) } ORDER BY ?p ?o'",
    "query 'SELECT ?v { <http://example.org/values> ?p ?v FILTER(!isBlank(?v)) } ORDER BY STR(?v)'",
    "query 'SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } FILTER(isIRI(?g)) } GROUP BY ?g ORDER BY ?g'",
    "query 'ASK { credential:rhit a ckg:Certification }' --format json",
    "query 'ASK { credential:rhit a ckg:Role }' --format json",
    "query 'SELECT (COUNT(*) AS ?n) { ?s ?p ?o }'",
    "query 'SELECT ?s { ?s a ckg:Passage } ORDER BY ?s LIMIT 3 OFFSET 2'",
    "query 'CONSTRUCT { ?s rdfs:label ?l } WHERE { ?s a ckg:Certification ; rdfs:label ?l }'",
    "query 'DESCRIBE credential:rhit'",
    "query 'DESCRIBE ?c WHERE { ?c a ckg:Experience }' --format nt",
    "query 'SELECT DISTINCT ?c { VALUES ?c { credential:rhit ckg:Role } ?c ?p ?o MINUS { ?c a owl:Class } }'",
    "query 'SELECT * { ?s ?p }'",
    "query 'INSERT DATA { <u:a> <u:b> <u:c> }'",
    "query 'SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }'",
]


def printed(capsys: pytest.CaptureFixture[str], command: str, store: str) -> tuple[object, str, str]:
    """Return the exit code of a command, what it printed, and its errors."""
    try:
        code: object = main([*shlex.split(command), "--store", store])
    except SystemExit as stop:
        code = stop.code
    done = capsys.readouterr()
    return code, done.out, done.err


@pytest.mark.parametrize("command", COMMANDS)
def test_verbs_print_the_same(
    filled: str, folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    here = printed(capsys, command, str(folder))
    there = printed(capsys, command, filled)
    assert there == here
    assert here[1] or here[2]


def test_examples_have_the_same_answers(filled: str, folder: Path) -> None:
    here, there = CareerGraph.open(folder, read_only=True), CareerGraph.connect(filled)
    for name, _, sparql in example_queries():
        first, second = here.query(sparql), there.query(sparql)
        assert first.type == second.type
        format_ = "json" if first.type != "CONSTRUCT" else "ttl"
        assert second.serialize(format_) == first.serialize(format_), name


def test_validation_of_everything(filled: str, folder: Path) -> None:
    here, there = CareerGraph.open(folder, read_only=True), CareerGraph.connect(filled)
    assert there.validate().to_dict() == here.validate().to_dict()


def test_plans_are_checked(filled: str, folder: Path) -> None:
    here, there = CareerGraph.open(folder, read_only=True), CareerGraph.connect(filled)
    for goal in ("cancer-registrar", "http://example.org/diver"):
        plan = here.routes(goal, ["high-school-diploma"], alternatives=3).to_dict()
        assert there.check_plan(plan) == []
        plan["plans"][0]["steps"].pop(0)
        assert there.check_plan(plan) == here.check_plan(plan) != []


def test_variables_are_fixed(filled: str, folder: Path) -> None:
    here, there = CareerGraph.open(folder, read_only=True), CareerGraph.connect(filled)
    queries = [
        "SELECT ?c ?l { ?c rdfs:label ?l } ORDER BY ?l",
        "SELECT ?c ?l { { SELECT ?c { ?c a ?kind } } OPTIONAL { ?c rdfs:label ?l FILTER(?c != <u:x>) } }",
        "SELECT ?c (COUNT(?l) AS ?n) { ?c ?p ?l FILTER EXISTS { ?c a ?kind } } GROUP BY ?c",
    ]
    for query in queries:
        for value in (
            "https://w3id.org/careerkg/id/credential/rhit",
            "http://example.org/diver",
            "u:nothing",
        ):
            first = here.query(query, c=ox.NamedNode(value)).serialize("csv")
            assert there.query(query, c=ox.NamedNode(value)).serialize("csv") == first


def test_answers_that_the_server_cuts_are_read_page_by_page(filled_virtuoso: str, folder: Path) -> None:
    here, there = CareerGraph.open(folder, read_only=True), CareerGraph.connect(filled_virtuoso)
    query = "SELECT ?s ?p WHERE { ?s ?p ?o FILTER(isIRI(?s)) }"
    rows = sorted(map(str, here.query(query)))
    assert sorted(map(str, there.query(query))) == rows
    assert len(there) == len(here)


def test_a_merge_beside_other_graphs(oxigraph: str, folder: Path, tmp_path: Path) -> None:
    """With the merge in a named graph, queries see it as the default graph, and GRAPH does not."""
    merge = "http://example.org/merge"
    here = CareerGraph.open(folder, read_only=True)
    push(here.store, connect(oxigraph, default_graph=merge), notes=tmp_path / "notes.json")
    there = CareerGraph.connect(oxigraph, default_graph=merge)
    for query in (
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?g ?l { credential:rhit rdfs:label ?l GRAPH ?g { ?s rdfs:label ?l } } ORDER BY ?g",
        "SELECT ?g { ?g a ckg:Passage FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } } ORDER BY ?g",
    ):
        assert there.query(query).serialize("csv") == here.query(query).serialize("csv")
    assert there.describe("rhit") == here.describe("rhit")
    assert there.stats() == here.stats()
    remote = connect(oxigraph, default_graph=merge)
    for name in [merge, *remote.graph_sizes()]:
        remote.writer().remove(name)


def test_what_careerkg_serves_is_a_store_too(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its answers are cut at a number of rows, and read page by page."""
    pytest.importorskip("uvicorn")
    with careerkg_server(tmp_path, folder, row_cap=2_000) as url:
        for command in (
            "show rhit",
            "why http://example.org/values",
            "stats --format json",
            "route cancer-registrar --from high-school-diploma --format json",
            "export - --format ttl",
            "query 'SELECT ?s ?p { ?s ?p ?o FILTER(isIRI(?s)) } ORDER BY ?s ?p'",
        ):
            assert printed(capsys, command, url) == printed(capsys, command, str(folder))
        with pytest.raises(StoreError, match="cuts its answers"):
            CareerGraph.connect(url).query("CONSTRUCT WHERE { ?s ?p ?o }")
