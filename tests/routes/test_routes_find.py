"""Route questions from names to answers: states, sources, caching, deadlines."""

from __future__ import annotations

import gc
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from route_instances import EX, PREFIXES, store_of, store_of_file
from test_routes_search import larger_instance

from careerkg import CareerGraph
from careerkg.errors import MalformedValue, RouteError, UnknownName
from careerkg.routes import RouteOptions, find_routes, missing, reachable
from careerkg.routes.find import _CACHES
from careerkg.store import EmbeddedStore, RawResult
from careerkg.vocabulary import expand

ROLE = "https://w3id.org/careerkg/id/role/cancer-registrar"


def test_json_has_the_keys_of_the_design() -> None:
    found = find_routes(store_of_file("design.ttl"), EX + "registrar", [EX + "exam"]).to_dict()
    assert list(found) == ["goal", "holding", "objective", "asOf", "status", "plans", "missing", "advice"]
    plan = found["plans"][0]
    assert list(plan) == ["time", "cost", "bound", "steps", "unverified"]
    assert list(plan["time"]) == ["minDays", "maxDays", "unknownSteps"]
    assert list(plan["cost"]) == ["min", "max", "currency", "unknownSteps"]
    assert set(plan["steps"][0]) - {"conditions", "maxCost"} == {
        *("id", "label", "kind", "after", "startDay", "endDay", "duration", "cost", "satisfies", "evidence"),
        "unknown",
    }
    assert plan["bound"] == plan["time"]["minDays"]
    assert found["asOf"] == date.today().isoformat()
    assert found["missing"][0] == [EX + "him-program", EX + "trainee"]


def test_what_is_held_needs_nothing() -> None:
    routes = find_routes(store_of_file("design.ttl"), EX + "rhit", [EX + "rhit"])
    assert (routes.status, routes.plans, routes.best) == ("held", (), None)
    assert routes.missing == ((),)
    assert routes


def test_what_cannot_be_attained_says_what_is_missing() -> None:
    routes = find_routes(store_of_file("edges.ttl"), EX + "farm")
    assert (routes.status, routes.plans) == ("unreachable", ())
    assert routes.missing == ((EX + "chicken",), (EX + "egg",))
    assert not routes


def test_limits_that_nothing_keeps_are_told() -> None:
    store = store_of_file("design.ttl")
    routes = find_routes(store, EX + "rhit", options=RouteOptions(max_time=5))
    assert routes.status == "unreachable"
    assert [advice.kind for advice in routes.advice] == ["limit"]


@pytest.mark.parametrize("name", [EX + "nowhere", "no iri", "_:nothing"])
def test_names_that_occur_nowhere_are_refused(name: str) -> None:
    store = store_of_file("design.ttl")
    with pytest.raises(UnknownName):
        find_routes(store, name)
    with pytest.raises(UnknownName):
        find_routes(store, EX + "rhit", [name])
    with pytest.raises(UnknownName):
        find_routes(store, EX + "rhit", options=RouteOptions(exclude=(name,)))


def test_what_is_only_typed_can_be_attained() -> None:
    store = store_of(PREFIXES + "ex:a a ckg:Course .")
    best = find_routes(store, EX + "a").best
    assert best is not None
    assert best.items == (EX + "a",)


@pytest.mark.parametrize(
    "options",
    [
        RouteOptions(max_cost=-1),
        RouteOptions(max_time=float("nan")),
        RouteOptions(hours_per_week=0),
        RouteOptions(hours_per_week=float("inf")),
    ],
)
def test_options_without_meaning_are_refused(options: RouteOptions) -> None:
    with pytest.raises(RouteError):
        find_routes(store_of_file("design.ttl"), EX + "rhit", options=options)


def test_a_change_of_the_data_changes_the_answer() -> None:
    store = store_of_file("design.ttl")
    assert len(find_routes(store, EX + "exam").best or ()) == 1
    store.update("INSERT DATA { <http://example.org/exam> ckg:requires <http://example.org/c1> }")
    assert len(find_routes(store, EX + "exam").best or ()) == 2


def test_nothing_keeps_a_store_alive() -> None:
    store = store_of_file("design.ttl")
    routes = find_routes(store, EX + "rhit")
    routes.to_dict()
    kept = len(_CACHES)
    del store, routes
    gc.collect()
    assert len(_CACHES) < kept


def test_a_deadline_keeps_the_bound_honest() -> None:
    instance = replace(larger_instance(11, 400), held=frozenset())
    store = instance.store()
    whole = find_routes(store, EX + instance.goal, objective="cost").best
    cut = find_routes(store, EX + instance.goal, objective="cost", deadline=0.0)
    assert whole is not None
    assert whole.bound == whole.cost.min
    assert cut.best is not None
    assert cut.best.bound <= whole.cost.min <= cut.best.cost.min
    assert (cut.status == "optimal") == (cut.best.bound == cut.best.cost.min)
    assert cut.best.proven or "proof" in cut.best.to_dict()


def test_the_bundled_graph_speaks_of_its_day(kg: CareerGraph) -> None:
    past = find_routes(kg.store, ROLE, options=RouteOptions(as_of=date(2012, 1, 1)))
    today = find_routes(kg.store, ROLE, options=RouteOptions(as_of=date(2026, 11, 24)))
    assert past.best is not None
    assert today.best is not None
    assert expand("credential:ctr") in past.best.items
    assert expand("credential:ods-c") not in past.best.items
    assert expand("credential:ods-c") in today.best.items
    (advice,) = [a for a in today.advice if a.kind == "succession"]
    assert advice.text == "CTR is called ODS-C since 2024-01-01, and read as ODS-C here."
    assert advice.evidence


def test_every_step_of_the_bundled_graph_has_sources(kg: CareerGraph) -> None:
    for name in ("role:cancer-registrar", "credential:rhia", "occupation:dental-hygienist"):
        best = find_routes(kg.store, expand(name) or "").best
        assert best is not None
        for step in best.steps:
            assert step.evidence
            for graph in step.evidence:
                assert any(True for _ in kg.store.quads(graph=ox.NamedNode(graph)))


def test_sources_of_items_without_passages() -> None:
    store = store_of(
        PREFIXES + "@prefix dcterms: <http://purl.org/dc/terms/> .\n"
        "ex:a a ckg:Course ; dcterms:source ex:table ; ckg:requires ex:b . ex:b a ckg:Course ."
    )
    best = find_routes(store, EX + "a").best
    assert best is not None
    assert [step.evidence for step in best.steps] == [(), (EX + "table",)]


def test_blank_nodes_are_items_too() -> None:
    store = store_of(
        PREFIXES + 'ex:a a ckg:Course ; ckg:requires [ rdfs:label "Something"@en ; ckg:estimatedDuration '
        '"P1D"^^xsd:duration ] .'
    )
    routes = find_routes(store, EX + "a")
    assert routes.best is not None
    assert [step.label for step in routes.best.steps] == ["Something", "a"]
    assert missing(store, EX + "a").sets[0][0].startswith("_:")


def test_advice_puts_conditions_in_words() -> None:
    store = store_of(
        PREFIXES
        + "ex:a a ckg:Course ; ckg:requires [ a ckg:Requirement ; ckg:strength strength:preference ;\n"
        "ckg:condition [ a ckg:AtLeast ; ckg:count 2 ; ckg:operand ex:b , ex:c , [ a ckg:AnyOf ; "
        "ckg:operand\n"
        "    ex:d , [ a ckg:Experience ; ckg:hours 1950 ; ckg:inRole ex:trainee ] ] ] ] .\n"
        'ex:b rdfs:label "Basics"@en . ex:trainee a ckg:Role ; rdfs:label "Trainee"@en .'
    )
    (advice,) = find_routes(store, EX + "a").advice
    assert advice.text == "at least 2 of (1950 hours as Trainee or d), Basics and c"


def test_a_notebook_shows_a_picture_and_a_table() -> None:
    routes = find_routes(store_of_file("design.ttl"), EX + "rhit")
    assert routes.best is not None
    shown = routes.best._repr_html_()
    assert shown.count("<tr>") == len(routes.best) + 1
    assert "<svg" in shown
    assert routes.best._repr_svg_() in shown


def test_currencies_that_no_cost_has_are_refused() -> None:
    store = store_of_file("design.ttl")
    with pytest.raises(RouteError, match="no cost is recorded in EUR; there are USD"):
        find_routes(store, EX + "rhit", options=RouteOptions(currency="EUR"))
    with pytest.raises(RouteError, match="not a code of ISO 4217"):
        find_routes(store, EX + "rhit", options=RouteOptions(currency="dollars"))


def test_what_stops_short_of_a_proof_says_so() -> None:
    plan = find_routes(store_of_file("design.ttl"), EX + "rhit").best
    assert plan is not None
    assert plan.proof is None
    assert "proof" not in plan.to_dict()
    tied = replace(plan, proven=False)
    assert tied.proof == tied.to_dict()["proof"] == "no plan is better; ties are not settled"
    short = replace(plan, proven=False, optimal=False)
    assert "no plan is better than the bound" in short.to_dict()["proof"]


def test_a_shortest_path_is_no_plan() -> None:
    import networkx

    store = store_of_file("hyperpath.ttl")
    best = find_routes(store, EX + "goal").best
    assert best is not None
    assert best.time.min_days == 30.0
    assert set(best.items) == {EX + "goal", EX + "single"}
    # What people do today: the conditions as arrows, and a shortest path along them. It forgets b.
    graph = networkx.DiGraph()
    days = {"a": 1, "b": 100, "single": 30}
    for child, parent in (
        ("a", "both"),
        ("b", "both"),
        ("both", "choice"),
        ("single", "choice"),
        ("choice", "goal"),
    ):
        graph.add_edge(child, parent, days=days.get(child, 0))
    lengths = {start: networkx.shortest_path_length(graph, start, "goal", weight="days") for start in days}
    assert min(lengths.values()) == 1


class Elsewhere:
    """A store that is asked in batches only, as an endpoint should be, and counts them."""

    writable = False

    def __init__(self, inner: EmbeddedStore) -> None:
        self.inner = inner
        self.queries: list[str] = []
        self.read: set[Any] = set()

    def query(self, sparql: str, **options: Any) -> RawResult:
        self.queries.append(sparql)
        return self.inner.query(sparql, **options)

    def update(self, sparql: str, *, prefixes: Mapping[str, str] | None = None) -> None:
        raise AssertionError(f"nothing is written: {sparql}, {prefixes}")

    def quads(self, *pattern: Any, **named: Any) -> Iterator[ox.Quad]:
        assert pattern[0] in self.read, f"triples are read one by one: {pattern}, {named}"
        return self.inner.quads(*pattern, **named)

    def prefetch(self, nodes: Iterable[Any]) -> None:
        new = set(nodes) - self.read
        if new:
            self.queries.append(f"{len(new)} nodes")
            self.read |= new

    def load(self, paths: Iterable[Path]) -> dict[str, str]:
        raise AssertionError(f"nothing is loaded: {paths}")

    def state(self) -> Hashable:
        return 0

    def __len__(self) -> int:
        return len(self.inner)


def test_a_store_elsewhere_is_read_in_few_queries(kg: CareerGraph) -> None:
    assert isinstance(kg.store, EmbeddedStore)
    goal, held = expand("role:cancer-registrar") or "", [expand("credential:high-school-diploma") or ""]
    here = find_routes(kg.store, goal, held, alternatives=2).to_dict()
    elsewhere = Elsewhere(kg.store)
    there = find_routes(elsewhere, goal, held, alternatives=2)
    assert there.to_dict() == here
    assert len(elsewhere.queries) < 30
    assert len(reachable(elsewhere)) == len(reachable(kg.store))
    with pytest.raises(UnknownName):
        find_routes(elsewhere, EX + "nowhere")


def test_blank_nodes_of_a_store_elsewhere_are_read_too() -> None:
    store = store_of_file("design.ttl")
    here, there = find_routes(store, EX + "rhit").best, find_routes(Elsewhere(store), EX + "rhit").best
    assert here is not None
    assert there is not None
    assert (there.items, there.time, there.cost) == (here.items, here.time, here.cost)


def test_no_plan_before_the_deadline_is_not_called_impossible() -> None:
    instance = replace(larger_instance(11, 400), held=frozenset())
    options = RouteOptions(max_cost=1, max_time=100_000)
    routes = find_routes(instance.store(), EX + instance.goal, options=options, deadline=0.0)
    if not routes.plans:
        assert routes.advice[0].kind == "limit"


def test_texts_in_the_place_of_nodes_are_refused() -> None:
    store = store_of(PREFIXES + 'ex:a ckg:requires "ex:b" . ex:c ckg:estimatedCost 5 .')
    with pytest.raises(MalformedValue, match="a ckg:requires: 'ex:b' is not an item or a condition"):
        find_routes(store, EX + "a")
    with pytest.raises(MalformedValue, match="c ckg:estimatedCost: '5' is not a node with an amount"):
        find_routes(store, EX + "c")
