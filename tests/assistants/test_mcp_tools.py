"""What the tools answer: the same as the graph does, bounded, each fact with its evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp_session import Session, connected

from careerkg import CareerGraph
from careerkg.bounded import Source
from careerkg.graph import example_queries
from careerkg.mcp import Served, build_server
from careerkg.mcp.limits import ANSWER_CHARACTERS, TEXT_CHARACTERS
from careerkg.mcp.sparql import notation
from careerkg.vocabulary import PREFIXES, compact

DATA = Path(__file__).parent / "data"
TOOLS = {"search", "describe", "why", "route", "missing", "examples", "sparql"}


@pytest.fixture(scope="module")
def session(kg: CareerGraph) -> Iterator[Session]:
    """A session with a server in this process, over the bundled graph."""
    server = build_server(Served(Source(), workers=1, deadline=2.0, graph=kg))
    with connected(server) as found:
        yield found


def full(name: str) -> str:
    """Return the IRI of a CURIE."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else name


def passages(answer: dict[str, Any], numbers: list[int]) -> set[str]:
    """Return the passages that numbers of sources stand for."""
    return {source["passage"] for source in answer["sources"] if source["number"] in numbers}


# ---- What an assistant is told of the tools ----------------------------------------------------


def test_every_tool_is_described_to_be_used(session: Session) -> None:
    tools = session.tools().tools
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert tool.title
        assert len(tool.description or "") > 120
        assert tool.annotations is not None
        assert (tool.annotations.read_only_hint, tool.annotations.open_world_hint) == (True, False)
        assert tool.input_schema["additionalProperties"] is False
        for name, schema in tool.input_schema["properties"].items():
            assert schema.get("description"), f"{tool.name}.{name}"
        assert tool.output_schema is not None
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)


def test_what_can_be_chosen_is_enumerated(session: Session, kg: CareerGraph) -> None:
    schemas = {tool.name: tool.input_schema["properties"] for tool in session.tools().tools}
    assert schemas["route"]["objective"]["enum"] == ["time", "cost", "steps"]
    assert "most-employers" in schemas["missing"]["strength"]["items"]["enum"]
    assert schemas["search"]["kind"]["anyOf"][0]["enum"] == kg.kinds()
    assert schemas["examples"]["name"]["anyOf"][0]["enum"] == [name for name, _, _ in example_queries()]


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("search", {"text": "cancer data"}),
    ("search", {"text": "zzzzqqqq"}),
    ("describe", {"name": "rhit"}),
    ("describe", {"name": "place:united-states", "limit": 2}),
    ("describe", {"name": "ckg:requires"}),
    ("why", {"subject": "credential:rhit"}),
    ("route", {"goal": "cancer-registrar", "holding": ["high-school-diploma"], "alternatives": 3}),
    ("route", {"goal": "rhit", "holding": ["rhit"]}),
    ("route", {"goal": "rhit", "max_days": 1}),
    ("missing", {"goal": "rhit"}),
    ("examples", {}),
    ("examples", {"name": "08-issuers"}),
    ("sparql", {"query": "SELECT * { ?s a ckg:Certification ; ?p ?o }", "limit": 5}),
    ("sparql", {"query": "ASK {}"}),
    ("sparql", {"query": "DESCRIBE credential:rhit"}),
]


@pytest.mark.parametrize(("tool", "arguments"), CALLS, ids=str)
def test_answers_are_as_the_schemas_say(tool: str, arguments: dict[str, Any], session: Session) -> None:
    (found,) = (one for one in session.tools().tools if one.name == tool)
    answer = session.answer(tool, **arguments)
    assert found.output_schema is not None
    jsonschema.validate(answer, found.output_schema)
    assert answer["complete"] is not ("cut" in answer)
    assert len(json.dumps(answer)) < 2 * ANSWER_CHARACTERS


# ---- search -----------------------------------------------------------------------------------


def test_search_gives_names_that_the_other_tools_take(session: Session, kg: CareerGraph) -> None:
    answer = session.answer("search", text="cancer data", limit=5)
    hits = kg.search("cancer data", limit=5)
    assert [full(found["name"]) for found in answer["found"]] == [hit.id for hit in hits]
    assert not answer["complete"]
    for found in answer["found"]:
        assert session.answer("describe", name=found["name"])["label"] == found["label"]


def test_search_by_class(session: Session) -> None:
    answer = session.answer("search", text="registrar", kind="Credential")
    assert {found["kind"] for found in answer["found"]} == {"Certification"}
    assert answer["complete"]


# ---- describe ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["role:medical-coder", "credential:rhit", "organization:ahima", "soc:29-2071"]
)
def test_description_has_every_fact_with_its_passages(name: str, session: Session, kg: CareerGraph) -> None:
    entity = kg.describe(name)
    answer = session.answer("describe", name=name, limit=200)
    assert answer["complete"]
    for facts, listed in ((entity.facts, answer["facts"]), (entity.incoming, answer["referredToBy"])):
        told = {
            (full(one["property"]), full(value["value"])): passages(answer, value["evidence"])
            for one in listed
            for value in one["values"]
        }
        for fact in facts:
            assert told[(fact.property, fact.value)] == set(fact.evidence), fact
        assert all(one["count"] == len(one["values"]) for one in listed)


def test_description_says_what_was_left_out(session: Session, kg: CareerGraph) -> None:
    answer = session.answer("describe", name="place:united-states", limit=2)
    (about,) = (one for one in answer["referredToBy"] if one["property"] == "ckg:geography")
    (row,) = kg.query("SELECT (COUNT(*) AS ?n) { ?s ckg:geography place:united-states }")
    assert (len(about["values"]), about["count"]) == (2, int(row.n))
    assert not answer["complete"]
    assert "ckg:geography" in answer["cut"]
    only = session.answer("describe", name="place:united-states", property="geography", limit=200)
    assert [one["property"] for one in only["referredToBy"]] == ["ckg:geography"]
    assert only["complete"]


def test_facts_in_no_passage_are_cited_by_the_table_of_their_thing() -> None:
    source = Source.of(files=[DATA / "bulk.ttl"])
    with connected(build_server(Served(source, workers=1))) as session:
        answer = session.answer("describe", name="coder")
        (task,) = (one for one in answer["facts"] if one["property"] == "ckg:hasTask")
        assert passages(answer, task["values"][0]["evidence"]) == {"http://example.org/table"}
        assert answer["sources"][0]["citation"] == "A release, An office, 2025-05, “Jobs”"
        (back,) = session.answer("describe", name="ex:task")["referredToBy"]
        assert back["values"][0]["evidence"] == [1]


def test_a_thing_that_everything_refers_to_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "hub.ttl"
    lines = ["@prefix ckg: <https://w3id.org/careerkg/ontology#> . @prefix ex: <http://example.org/> ."]
    long = "word " * 2000
    lines += [
        f'ex:t{n} a ckg:Task ; ckg:about ex:hub . ex:hub ckg:note{n % 150} "{long}{n}" .' for n in range(6000)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    with connected(build_server(Served(Source.of(files=[path]), workers=1))) as session:
        answer = session.answer("describe", name="ex:hub", limit=200)
    assert len(json.dumps(answer)) < 2 * ANSWER_CHARACTERS
    assert not answer["complete"]
    (about,) = (one for one in answer["referredToBy"] if one["property"] == "ckg:about")
    assert about["count"] == 6000
    texts = [value["value"] for one in answer["facts"] for value in one["values"]]
    assert max(map(len, texts)) == TEXT_CHARACTERS
    assert sum(one["count"] for one in answer["facts"]) == 6000


# ---- why --------------------------------------------------------------------------------------


def test_why_gives_ranks_and_reasons(session: Session, kg: CareerGraph) -> None:
    answer = session.answer("why", subject="credential:rhit", property="ckg:issuedBy")
    evidence = kg.why("credential:rhit", "ckg:issuedBy")
    told = [
        (
            full(claim["value"]["value"]),
            claim["rank"],
            claim.get("reason"),
            passages(answer, [claim["source"]]),
        )
        for claim in answer["claims"]
    ]
    assert told == [(one.value, one.rank, one.reason, {one.graph}) for one in evidence]
    assert {"preferred", "deprecated"} <= {claim["rank"] for claim in answer["claims"]}
    assert answer["count"] == len(evidence)


def test_why_says_how_many_there_are(session: Session) -> None:
    answer = session.answer("why", subject="role:medical-coder", limit=2)
    assert len(answer["claims"]) == 2 < answer["count"]
    assert not answer["complete"]


# ---- route and missing ------------------------------------------------------------------------


def test_route_is_that_of_the_planner(session: Session, kg: CareerGraph) -> None:
    answer = session.answer(
        "route", goal="cancer registrar", holding=["high-school-diploma"], objective="cost", alternatives=2
    )
    routes = kg.routes("cancer-registrar", ["high-school-diploma"], objective="cost", alternatives=2)
    assert (answer["status"], answer["objective"]) == (routes.status, "cost")
    assert len(answer["plans"]) == 2
    for told, plan in zip(answer["plans"], routes, strict=True):
        assert [full(step["name"]) for step in told["steps"]] == [step.id for step in plan.steps]
        assert told["time"]["minDays"] == pytest.approx(plan.time.min_days, abs=0.01)
        assert told["cost"]["unknownSteps"] == plan.cost.unknown_steps
        for one, step in zip(told["steps"], plan.steps, strict=True):
            assert passages(answer, one["evidence"]) == set(step.evidence)
            assert one.get("cost") == step.cost
        assert [one["text"] for one in told["unverified"]] == [one.text for one in plan.unverified]
    assert [one["text"] for one in answer["advice"]] == [one.text for one in routes.advice]


def test_route_as_of_a_day_speaks_of_what_was_then(session: Session) -> None:
    then = session.answer("route", goal="cancer-registrar", as_of="2012-01-01")
    now = session.answer("route", goal="cancer-registrar")
    labels = [{step["label"] for step in one["plans"][0]["steps"]} for one in (then, now)]
    assert "Certified Tumor Registrar" in labels[0] - labels[1]
    assert then["asOf"] == "2012-01-01"


def test_route_out_of_reach_says_what_would_open_it(session: Session, kg: CareerGraph) -> None:
    answer = session.answer("route", goal="rhit", exclude=["rhit-exam"])
    assert answer["status"] == "unreachable"
    assert answer["plans"] == []
    expected = kg.routes("rhit", exclude=["rhit-exam"]).missing
    assert [tuple(full(one["name"]) for one in items) for items in answer["missing"]] == list(expected)


def test_missing_is_that_of_the_planner(session: Session, kg: CareerGraph) -> None:
    answer = session.answer("missing", goal="cancer-registrar", holding=["high-school-diploma"], limit=3)
    found = kg.missing("cancer-registrar", ["high-school-diploma"], limit=3)
    assert [tuple(full(one["name"]) for one in items) for items in answer["sets"]] == list(found.sets)
    assert answer["complete"] == found.complete


# ---- examples and sparql ----------------------------------------------------------------------


def test_examples_run(session: Session) -> None:
    listed = session.answer("examples")["examples"]
    assert [one["name"] for one in listed] == [name for name, _, _ in example_queries()]
    for one in listed[:8]:
        (example,) = session.answer("examples", name=one["name"])["examples"]
        assert session.answer("sparql", query=example["query"])["count"] > 0


def test_rows_are_complete_or_said_not_to_be(session: Session, kg: CareerGraph) -> None:
    query = "SELECT DISTINCT ?c { ?c a ckg:Certification } ORDER BY ?c"
    names = [compact(str(row.c)) for row in kg.query(query)]
    answer = session.answer("sparql", query=query, limit=len(names))
    assert answer["complete"]
    assert [row["c"] for row in answer["rows"]] == names
    answer = session.answer("sparql", query=query, limit=len(names) - 1)
    assert not answer["complete"]
    assert answer["count"] == len(names) - 1
    assert [row["c"] for row in answer["rows"]] == names[:-1]


def test_rows_beyond_the_cap_of_the_pool_are_said_to_be_there(session: Session) -> None:
    answer = session.answer("sparql", query="SELECT (1 AS ?n) { ?s ?p ?o }", limit=1000)
    assert (answer["complete"], answer["count"]) == (False, 1000)


def test_long_rows_are_cut_at_the_length_of_an_answer(session: Session) -> None:
    text = "x" * 900
    query = f'SELECT ("{text}" AS ?text) ?s {{ ?s ?p ?o }}'
    answer = session.answer("sparql", query=query, limit=1000)
    assert 0 < answer["count"] < 100
    assert not answer["complete"]


def test_a_graph_comes_as_turtle(session: Session, kg: CareerGraph) -> None:
    query = "CONSTRUCT WHERE { credential:rhit ?p ?o }"
    answer = session.answer("sparql", query=query)
    store = ox.Store()
    store.load(answer["turtle"].encode(), format=ox.RdfFormat.TURTLE)
    expected = {
        str(quad.triple)
        for quad in kg.store.quads(ox.NamedNode(full("credential:rhit")), None, None, ox.DefaultGraph())
    }
    assert {str(quad.triple) for quad in store} == expected
    assert (answer["count"], answer["complete"]) == (len(expected), True)
    short = session.answer("sparql", query=query, limit=2)
    assert (short["count"], short["complete"]) == (2, False)
    assert sum(1 for _ in ox.parse(short["turtle"].encode(), format=ox.RdfFormat.TURTLE)) == 2


def test_passages_are_reached_by_graph(session: Session) -> None:
    answer = session.answer(
        "sparql", query="SELECT DISTINCT ?g { GRAPH ?g { credential:rhit ckg:issuedBy ?o } }"
    )
    assert answer["count"] > 0


LITERALS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(ox.Literal),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10).map(
        lambda text: ox.Literal(text, language="en")
    ),
    st.integers().map(lambda n: ox.Literal(str(n), datatype=ox.NamedNode(PREFIXES["xsd"] + "integer"))),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9).map(
        lambda n: ox.Literal(str(n), datatype=ox.NamedNode(PREFIXES["xsd"] + "decimal"))
    ),
    st.sampled_from(["1", "true", "PT0S", "2024-01-01", "-5.", "+.5", "1e3", ""]).flatmap(
        lambda text: st.sampled_from(["integer", "decimal", "boolean", "date", "double"]).map(
            lambda kind: ox.Literal(text, datatype=ox.NamedNode(PREFIXES["xsd"] + kind))
        )
    ),
)
NAMES = st.sampled_from(
    [
        PREFIXES["credential"] + "rhit",
        PREFIXES["ckg"] + "a.b",
        "http://example.org/x(y)",
        "urn:x:y",
        PREFIXES["ckg"],
    ]
).map(ox.NamedNode)


@given(st.one_of(LITERALS, NAMES))
@settings(max_examples=200, deadline=None)
def test_terms_are_read_back_from_their_notation(term: ox.Literal | ox.NamedNode) -> None:
    head = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
    text = f"{head}<x:s> <x:p> {notation(term, PREFIXES)} ."
    (quad,) = ox.parse(text.encode(), format=ox.RdfFormat.TURTLE, lenient=True)
    assert quad.object == term


# ---- Errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("search", {"text": "coder", "kind": "Nope"}, "kind 'Nope' is not one of: AllOf"),
        ("search", {"text": ""}, "text: String should have at least 1 character"),
        ("search", {"text": "coder", "limit": 51}, "limit: Input should be less than or equal to 50"),
        ("search", {"txt": "coder"}, "search has no argument 'txt'; it has: text, kind, limit"),
        ("search", {}, "text: Field required"),
        ("describe", {"name": "rhitt"}, "unknown name 'rhitt'; did you mean credential:rhit"),
        (
            "describe",
            {"name": "rhit", "property": "issuedby"},
            "unknown name 'issuedby'; did you mean ckg:issuedBy",
        ),
        ("describe", {"name": "<no iri"}, "unknown name"),
        ("why", {"subject": "nobody-knows"}, "unknown name 'nobody-knows'"),
        ("route", {"goal": "organization:ahima"}, "nothing that a person attains"),
        (
            "route",
            {"goal": "rhit", "objective": "fun"},
            "objective: Input should be 'time', 'cost' or 'steps'",
        ),
        ("route", {"goal": "rhit", "as_of": "yesterday"}, "as_of: Input should be a valid date"),
        ("route", {"goal": "rhit", "holding": ["a diplomma"]}, "unknown name 'a diplomma'"),
        ("route", {"goal": "rhit", "max_cost": -1}, "max_cost: Input should be greater than or equal to 0"),
        ("missing", {"goal": "rhit", "strength": ["strong"]}, "strength.0: Input should be 'law', 'issuer'"),
        ("examples", {"name": "issuer"}, "unknown name 'issuer'; did you mean 08-issuers"),
        ("sparql", {"query": "SELECT * {\n ?s ?p }"}, "malformed SPARQL at line 2, column"),
        ("sparql", {"query": "SELECT * { ?s nope:x ?o }"}, "unknown prefix nope:"),
        ("sparql", {"query": "DELETE WHERE { ?s ?p ?o }"}, "this is an update"),
        ("sparql", {"query": "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"}, "SERVICE is refused"),
        (
            "sparql",
            {"query": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"},
            "did not end within 2 s",
        ),
    ],
    ids=str,
)
def test_errors_say_what_would_be_right(
    tool: str, arguments: dict[str, Any], expected: str, session: Session
) -> None:
    assert expected in session.error(tool, **arguments)


def test_after_a_query_was_stopped_the_next_is_answered(session: Session) -> None:
    session.error("sparql", query="SELECT (MAX(?a) AS ?m) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    assert session.answer("sparql", query="ASK { credential:rhit ?p ?o }")["answer"] is True


def test_a_failure_of_ours_tells_nothing_of_the_inside(
    session: Session, kg: CareerGraph, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(kg, "search", broken)
    assert session.error("search", text="coder") == "Error executing tool search"
    assert "a secret of the inside" in caplog.text


def test_lists_and_nodes_without_a_name_are_put_in_words() -> None:
    path = DATA.parents[1] / "data" / "lists.ttl"
    with connected(build_server(Served(Source.of(files=[path]), workers=1))) as session:
        answer = session.answer("describe", name="coder")
        details = {one["property"]: one["values"][0].get("detail") for one in answer["facts"]}
        assert details["ex:order"] == "(A; b; 3; (http://example.org/c; (6 months)))"
        assert details["ckg:estimatedDuration"] == "1 year 6 months"
        (back,) = session.answer("describe", name="ex:c")["referredToBy"]
        assert (back["property"], back["values"][0]["value"]) == ("ex:order", "ex:coder")


def test_an_import_is_seen_by_all_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("careerkg.mcp.served._LOOK_AGAIN", 0.0)
    path = tmp_path / "mine.ttl"
    text = (DATA / "bulk.ttl").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    count = "SELECT (COUNT(*) AS ?n) { ?s a ckg:Task }"
    with connected(build_server(Served(Source.of(files=[path]), workers=1))) as session:
        assert session.answer("sparql", query=count)["rows"] == [{"n": "1"}]
        path.write_text(text + 'ex:more a ckg:Task ; rdfs:label "More work"@en .', encoding="utf-8")
        assert session.answer("search", text="more work")["found"][0]["name"] == "ex:more"
        assert session.answer("sparql", query=count)["rows"] == [{"n": "2"}]
        path.write_text("this is no Turtle", encoding="utf-8")
        assert session.answer("describe", name="ex:more")["label"] == "More work"


def test_calls_side_by_side_answer_as_one_by_one(session: Session) -> None:
    calls = [call for call in CALLS if call[0] != "examples"] * 4
    alone = [session.answer(tool, **arguments) for tool, arguments in calls[: len(calls) // 4]] * 4

    async def all_at_once() -> list[Any]:
        found: list[Any] = [None] * len(calls)

        async def ask(number: int, tool: str, arguments: dict[str, Any]) -> None:
            found[number] = (await session.client.call_tool(tool, arguments)).structured_content

        async with anyio.create_task_group() as group:
            for number, (tool, arguments) in enumerate(calls):
                group.start_soon(ask, number, tool, arguments)
        return found

    assert session.portal.call(all_at_once) == alone


def test_a_call_that_nobody_waits_for_any_more_ends(kg: CareerGraph) -> None:
    """With one worker and a long deadline, the next query is answered only if the first was ended."""

    async def give_up(session: Session) -> None:
        with anyio.move_on_after(0.3):
            await session.client.call_tool(
                "sparql", {"query": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"}
            )

    with connected(build_server(Served(Source(), workers=1, deadline=600.0, graph=kg))) as session:
        session.portal.call(give_up, session)
        assert session.answer("sparql", query="ASK {}")["answer"] is True
