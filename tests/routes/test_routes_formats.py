"""Plans written down: every form is well-formed and says the same."""

from __future__ import annotations

import copy
import pickle
import re
from xml.etree import ElementTree

import networkx
import pyoxigraph as ox
import pytest
from route_instances import EX, PREFIXES, store_of, store_of_file

from careerkg.routes import Routes, find_routes
from careerkg.routes.formats.text import day_text, summary_text

AWKWARD = PREFIXES + (
    'ex:goal a ckg:Role ; rdfs:label "A \\"quoted\\" <b>goal</b> | & [x](y) #1"@en ; ckg:requires ex:a .\n'
    'ex:a a ckg:Course ; rdfs:label "Back\\\\slash\\nand line"@en ; ckg:minDuration "P1D"^^xsd:duration .'
)


@pytest.fixture
def routes() -> Routes:
    return find_routes(store_of_file("design.ttl"), EX + "registrar", [EX + "exam"], alternatives=2)


@pytest.fixture
def awkward() -> Routes:
    return find_routes(store_of(AWKWARD), EX + "goal")


def test_text_is_a_timeline(routes: Routes) -> None:
    text = routes.to_text()
    assert "registrar, starting from exam" in text
    assert "Plan 1 (best by time): at least 11 months" in text
    assert "Plan 2 (alternative 2)" in text
    assert re.search(r"day 42 +Technician \(Certification\) +6 months +299 USD", text)
    assert "To check yourself:\n    - http://example.org/registrar: Read the guide." in text


def test_markdown_has_one_row_for_each_step(routes: Routes, awkward: Routes) -> None:
    rows = [line for line in routes.to_markdown().splitlines() if re.match(r"\| [^|]*\| \d+\. ", line)]
    assert len(rows) == sum(map(len, routes))
    for line in awkward.to_markdown().splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 7
    assert "<b>" not in awkward.to_markdown()


def test_mermaid_and_dot_have_the_edges_of_the_plan(routes: Routes, awkward: Routes) -> None:
    assert routes.best is not None
    edges = sum(len(step.after) for step in routes.best.steps)
    assert routes.to_mermaid().count("-->") == edges
    assert routes.to_dot().count("->") == edges
    assert all(line.count('"') in (0, 2) for line in awkward.to_mermaid().splitlines())
    assert '\\"quoted\\"' in awkward.to_dot()


def test_svg_is_xml_with_a_title_and_a_bar_for_each_step(routes: Routes, awkward: Routes) -> None:
    for one in (routes, awkward):
        assert one.best is not None
        root = ElementTree.fromstring(one.to_svg())
        space = "{http://www.w3.org/2000/svg}"
        assert root.find(f"{space}title") is not None
        texts = {element.text for element in root.iter(f"{space}text")}
        assert {step.label for step in one.best.steps} <= texts
        assert one.best._repr_svg_() == one.to_svg()
    assert routes._repr_html_().count("<svg") == 2


def test_a_question_without_a_plan_is_written_down_too() -> None:
    for one in (
        find_routes(store_of_file("edges.ttl"), EX + "farm"),
        find_routes(store_of_file("edges.ttl"), EX + "farm", [EX + "farm"]),
    ):
        ElementTree.fromstring(one.to_svg())
        assert one.to_text()
        assert one.to_markdown()
        assert one.to_turtle().count("prov:Plan") == 0
        assert one._repr_html_().startswith("<svg")
        assert one.to_dot().startswith("digraph")
        assert one.to_mermaid().startswith("flowchart")


def test_triples_lead_from_plan_to_items(routes: Routes) -> None:
    store = ox.Store()
    store.load(routes.to_turtle().encode(), format=ox.RdfFormat.TURTLE)
    found = store.query(
        "PREFIX schema: <https://schema.org/> PREFIX prov: <http://www.w3.org/ns/prov#>\n"
        "SELECT ?item WHERE { ?plan a prov:Plan ; schema:about <http://example.org/registrar> .\n"
        "?plan schema:step ?s . ?s schema:item ?item }"
    )
    assert isinstance(found, ox.QuerySolutions)
    assert {row["item"].value for row in found} == {name for plan in routes for name in plan.items}


def test_a_plan_can_be_pickled_and_copied(routes: Routes) -> None:
    assert routes.best is not None
    for again in (pickle.loads(pickle.dumps(routes.best)), copy.deepcopy(routes.best)):
        assert again == routes.best
        assert again.to_dict() == routes.best.to_dict()


def test_the_graph_of_a_plan(routes: Routes) -> None:
    plan = routes.best
    assert plan is not None
    graph = plan.as_graph()
    assert networkx.is_directed_acyclic_graph(graph)
    assert set(graph) == set(plan.items)
    assert graph.graph["min_days"] == plan.time.min_days
    assert [name for name, goal in graph.nodes(data="goal") if goal] == [EX + "registrar"]
    assert graph.nodes[EX + "rhit"]["cost"] == 299.0
    assert graph.has_edge(EX + "c1", EX + "rhit")


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (0.0, "no time"),
        (0.5, "12 hours"),
        (1.0, "1 day"),
        (10.5, "10.5 days"),
        (365.2425, "1 year"),
        (91.3, "3 months"),
    ],
)
def test_days_in_words(days: float, text: str) -> None:
    assert day_text(days) == text


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ("", "time not recorded, cost not recorded, 1 step"),
        (
            'ex:goal ckg:estimatedDuration "P0D"^^xsd:duration ; ckg:estimatedCost [ ckg:amount 0 ] .',
            "no time, free, 1 step",
        ),
        (
            'ex:goal ckg:requires ex:a . ex:a ckg:minDuration "P1Y"^^xsd:duration ; '
            'ckg:estimatedCost [ ckg:minAmount 10 ; ckg:currency "USD" ] .',
            "at least 1 year (1 step unknown), cost at least 10 USD (1 step unknown), 2 steps",
        ),
        (
            'ex:goal ckg:maxDuration "P1Y"^^xsd:duration ; '
            'ckg:estimatedCost [ ckg:maxAmount 10 ; ckg:currency "USD" ] .',
            "no time to 1 year, cost 0 to 10 USD, 1 step",
        ),
    ],
)
def test_what_is_not_recorded_is_said_so(facts: str, said: str) -> None:
    routes = find_routes(store_of(PREFIXES + "ex:goal a ckg:Course .\n" + facts), EX + "goal")
    assert routes.best is not None
    assert summary_text(routes.best) == said
    assert f"Plan 1 (best by time): {said}\n" in routes.to_text()
    assert f"## Plan 1: {said.rpartition(',')[0]}\n" in routes.to_markdown()


def test_steps_with_only_an_upper_end_say_up_to() -> None:
    routes = find_routes(
        store_of(
            PREFIXES + 'ex:goal a ckg:Course ; ckg:maxDuration "P2Y"^^xsd:duration ; '
            'ckg:estimatedCost [ ckg:maxAmount 1200 ; ckg:currency "USD" ] .'
        ),
        EX + "goal",
    )
    assert "up to 2 years  up to 1,200 USD" in routes.to_text()
