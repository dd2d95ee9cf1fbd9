"""The route finder: a form, plans side by side, and the chosen one as a line of stops, with its sources."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from careerkg.errors import CareerGraphError, MixedCurrencies
from careerkg.graph import CareerGraph
from careerkg.routes import Objective, Plan, Routes
from careerkg.vocabulary import CKG, RDF, expand
from careerkg.web.pages.addresses import path_of
from careerkg.web.pages.desk import Desk
from careerkg.web.pages.plans import choose, read_answer
from careerkg.web.pages.questions import DEFAULT, MONTH, STRENGTHS, Question, read_question
from careerkg.web.pages.reading import Reader, node_of
from careerkg.web.pages.rendering import Rendered, respond

__all__ = ["find_plans", "route_routes"]

_DEADLINE = 2.0
"""Seconds for a search; what was found by then is shown with its bound."""

_ALTERNATIVES = 4
_GOALS = 400

_FORM_ONLY = ("add", "goalname", "goalid", "objective")
"""Parameters that a form sends and a shared address does without."""


def find_plans(graph: CareerGraph, question: Question) -> tuple[Routes, list[Plan], list[Plan]]:
    """Return the answer by the weightier objective, all plans found, and those on the front of time and cost.

    Raises CareerGraphError where the question cannot be answered as asked, MixedCurrencies apart: then only
    time counts.
    """
    options = question.options
    main: Objective
    other: Objective
    main, other = ("cost", "time") if question.weigh > 50 else ("time", "cost")

    def ask(objective: Objective, alternatives: int, *, pareto: bool = False) -> Routes:
        return graph.routes(
            question.goal,
            question.holding,
            objective=objective,
            alternatives=alternatives,
            pareto=pareto,
            deadline=_DEADLINE,
            **options,
        )

    try:
        routes = ask(main, _ALTERNATIVES)
        front = list(ask("time", 1, pareto=True).plans)
        further = [*routes.plans, *ask(other, 2).plans]
    except MixedCurrencies:
        routes = ask("time", _ALTERNATIVES)
        front, further = list(routes.plans[:1]), list(routes.plans)
    plans: dict[tuple[str, ...], Plan] = {}
    for plan in (*front, *further):
        plans.setdefault(tuple(sorted(plan.items)), plan)
    ordered = sorted(plans.values(), key=lambda plan: (plan not in front,))
    return routes, ordered, front


def route_routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of the route finder."""

    async def _question(request: Request) -> Question:
        return await desk.site.call(read_question, desk.site.graph, request.query_params)

    async def page(request: Request) -> Response:
        question = await _question(request)
        noise = any(name in request.query_params for name in _FORM_ONLY)
        if noise and not question.problems:
            return RedirectResponse(question.address(), 303)

        def make() -> Rendered:
            return desk.renderer.page("routes.html", _context(desk, question))

        return await desk.kept(request, "routes", make)

    async def plan(request: Request) -> Response:
        writer = _WRITERS.get(request.path_params["ending"])
        question = await _question(request)
        if writer is None or not question.goal or question.problems:
            return desk.missing(request, "plan", [])
        write, media_type = writer

        def make() -> Rendered:
            routes, plans, _ = find_plans(desk.site.graph, question)
            chosen = choose(plans, question.weigh, question.plan) if plans else None
            body = write(routes, None if chosen is None else plans[chosen])
            return Rendered(body.encode(), media_type)

        try:
            return respond(request, await desk.site.call(make))
        except CareerGraphError as error:
            return desk.refused(request, error)

    return [Route("/routes", page, methods=["GET"]), Route("/routes/plan.{ending}", plan, methods=["GET"])]


def _json(routes: Routes, _: Plan | None) -> str:
    return json.dumps(routes.to_dict(), ensure_ascii=False, indent=1)


_Writer = Callable[[Routes, Plan | None], str]
_WRITERS: dict[str, tuple[_Writer, str]] = {
    "svg": (lambda routes, plan: (plan or routes).to_svg(), "image/svg+xml"),
    "json": (_json, "application/json"),
    "ttl": (lambda routes, _: routes.to_turtle(), "text/turtle; charset=utf-8"),
    "md": (lambda routes, _: routes.to_markdown(), "text/markdown; charset=utf-8"),
    "txt": (lambda routes, _: routes.to_text(), "text/plain; charset=utf-8"),
    "mmd": (lambda routes, plan: (plan or routes).to_mermaid(), "text/plain; charset=utf-8"),
}
"""How a plan is written down, by the ending of the address."""


def _context(desk: Desk, question: Question) -> dict[str, Any]:
    graph, reader = desk.site.graph, desk.reader()
    answer, trouble = None, None
    currencies: tuple[str, ...] = ()
    if question.goal and not any(one.field == "goal" for one in question.problems):
        try:
            routes, plans, front = find_plans(graph, question)
            answer = read_answer(reader, routes, plans, front, question)
        except MixedCurrencies as error:
            trouble, currencies = str(error), error.currencies
        except CareerGraphError as error:
            trouble = str(error)
    goal_label = _label(reader, question.goal)
    title = f"Routes to {goal_label}" if goal_label else "Find a route"
    return {
        "title": title,
        "description": "Ways to a goal from what you hold: time, money, what is missing, and who says so.",
        "here": "/routes",
        "q": question,
        "goal_label": goal_label,
        "held": [(name, _label(reader, name), path_of(_iri(name))) for name in question.holding],
        "excluded": [(name, _label(reader, name)) for name in question.options.get("exclude", ())],
        "a": answer,
        "trouble": trouble,
        "currencies": [(one, question.address(currency=one)) for one in currencies],
        "problems": [
            (one, [(name, _label(reader, name), _mended(question, one.field, name)) for name in one.choices])
            for one in question.problems
        ],
        "goals": _goals(reader),
        "things": _things(reader),
        "strengths": [(one, _label(reader, f"strength:{one}")) for one in STRENGTHS],
        "chosen_strengths": question.options.get("strengths", DEFAULT),
        "months": f"{question.options['max_time'] / MONTH:g}" if "max_time" in question.options else "",
        "share": desk.site.url(question.address()),
        "downloads": [
            (name, question.address(f"/routes/plan.{ending}"))
            for name, ending in (
                ("Picture (SVG)", "svg"),
                ("JSON", "json"),
                ("Turtle", "ttl"),
                ("Markdown", "md"),
            )
        ],
        "sparql": _sparql(_iri(question.goal)) if question.goal else None,
    }


def _mended(question: Question, field: str, name: str) -> str:
    """Return the address of a question in which a name that was not understood is replaced."""
    if field == "goal":
        return question.address(goal=name)
    return question.holding_more(name).address() if field == "add" else question.address()


def _iri(name: str) -> str:
    return expand(name) or name


def _label(reader: Reader, name: str) -> str:
    return reader.label(_iri(name)) if name and node_of(_iri(name)) is not None else name


def _goals(reader: Reader) -> list[str]:
    """Return the names of what has recorded conditions, for a field to offer."""
    quads = reader.store.quads(None, ox.NamedNode(CKG.requires), None, ox.DefaultGraph())
    found: dict[str, None] = {}
    for quad in quads:
        if isinstance(quad.subject, ox.NamedNode):
            found[quad.subject.value] = None
        if len(found) >= _GOALS:
            break
    return sorted({reader.label(one) for one in found if reader.is_a(reader.kind(ox.NamedNode(one)), "Item")})


def _things(reader: Reader) -> list[str]:
    """Return the names of credentials, for a field to offer as what one holds."""
    found: dict[str, None] = {}
    for kind in (
        "Diploma",
        "Certificate",
        "AssociateDegree",
        "BachelorDegree",
        "MasterDegree",
        "Certification",
    ):
        for node in reader.subjects(RDF.type, ox.NamedNode(f"{CKG}{kind}"), 100):
            if isinstance(node, ox.NamedNode):
                found[node.value] = None
    return [reader.label(one) for one in found]


def _sparql(goal: str) -> str:
    """Return the query that gives the conditions a route rests on."""
    return (
        "PREFIX ckg: <https://w3id.org/careerkg/ontology#>\n"
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n\n"
        "# The conditions below a goal, step by step; the planner finds the best plan through them.\n"
        "SELECT ?item ?label ?needs ?needsLabel WHERE {\n"
        f"  <{goal}> (ckg:requires|ckg:condition|ckg:operand|ckg:inRole)* ?item .\n"
        "  ?item ckg:requires|ckg:condition|ckg:operand|ckg:inRole ?needs .\n"
        "  OPTIONAL { ?item rdfs:label ?label }\n  OPTIONAL { ?needs rdfs:label ?needsLabel }\n"
        "}\nLIMIT 1000\n"
    )
