"""The tools: what an assistant can ask the graph. Their docstrings are the descriptions that it reads."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Literal

import anyio
import anyio.to_thread
import pyoxigraph as ox
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field, PrivateAttr, ValidationError

from careerkg.entities import duration_words
from careerkg.errors import CareerGraphError, UnknownName
from careerkg.graph import CareerGraph, example_queries
from careerkg.mcp.answers import (
    Answer,
    Claim,
    Description,
    Example,
    Examples,
    Found,
    MissingAnswer,
    RouteAnswer,
    SearchAnswer,
    SparqlAnswer,
    Value,
    WhyAnswer,
)
from careerkg.mcp.description import definition_of, described, thing, value_of
from careerkg.mcp.limits import Budget, Sources, clipped
from careerkg.mcp.planned import route_answer
from careerkg.mcp.served import Served
from careerkg.mcp.sparql import bounded_answer
from careerkg.mcp.threads import own_thread
from careerkg.names import resolve_property
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import compact, is_iri

__all__ = ["GraphTool", "Tools"]

_AT_A_TIME = 8
"""Calls that run side by side; more wait. Queries are limited by their pool besides."""

PLANNING_SECONDS = 15.0
"""When a route or a search for what is missing stops, with the best so far."""

Named = Annotated[
    str,
    Field(
        min_length=1,
        max_length=500,
        description="CURIE (credential:rhit), IRI, slug (rhit), code (29-2072, of ESCO or O*NET, a CTID) "
        "or label (Medical coder)",
    ),
]
Held = Annotated[
    tuple[str, ...],
    Field(
        max_length=200,
        description="what the person has already: credentials, programmes, courses, experience, by name, "
        "such as high-school-diploma or bachelor-degree",
    ),
]
Strengths = Annotated[
    tuple[Literal["law", "issuer", "most-employers", "some-employers", "preference"], ...],
    Field(
        description="which demands must be met; if empty: law, issuer and most-employers; weaker ones are "
        "then advice"
    ),
]
Places = Annotated[
    tuple[str, ...],
    Field(max_length=50, description="only demands that are made in these places; if empty: all"),
]
Excluded = Annotated[tuple[str, ...], Field(max_length=200, description="items that no plan may contain")]
AsOf = Annotated[
    date | None, Field(description="names and rules of this day, as YYYY-MM-DD; if absent: today")
]
Currency = Annotated[
    str | None, Field(pattern="^[A-Z]{3}$", description="count only costs in this currency, such as USD")
]


class Tools:
    """What an assistant can ask a graph."""

    def __init__(self, served: Served) -> None:
        self._served = served

    @property
    def graph(self) -> CareerGraph:
        """The graph as it is now."""
        return self._served.graph

    def search(
        self,
        text: Annotated[str, Field(min_length=1, max_length=500, description="words, a name or a code")],
        kind: Annotated[
            str | None,
            Field(
                description="only things of this class or one below it, such as Occupation, Credential, Task"
            ),
        ] = None,
        limit: Annotated[int, Field(ge=1, le=50, description="at most so many")] = 10,
    ) -> Annotated[CallToolResult, SearchAnswer]:
        """Find occupations, roles, credentials, programmes, courses, tasks, skills, organizations, sources.

        Full text over names, other names, codes and definitions, the best match first; slips of spelling are
        forgiven. Start here when you do not know the exact name of a thing; the `name` of what is found is
        what the other tools take.
        """
        graph = self.graph
        hits = graph.search(text, kind=kind, limit=limit + 1)
        budget = Budget()
        found: list[Found] = []
        for hit in hits[:limit]:
            definition = definition_of(graph, hit.id)
            budget.take(hit.id, hit.label, hit.matched, definition)
            if budget.left < 0:
                break
            found.append(
                Found(
                    name=compact(hit.id, graph.prefixes),
                    label=clipped(hit.label),
                    kind=hit.kind,
                    matched=clipped(hit.matched),
                    definition=definition,
                )
            )
        more = len(found) < len(hits)
        cut = "there are more: use more words, a kind, or a higher limit" if more else None
        return _result(SearchAnswer(complete=not more, cut=cut, found=tuple(found)))

    def describe(
        self,
        name: Named,
        property: Annotated[
            str | None,
            Field(description="only this property, as CURIE or IRI or the name of a ckg: term: ckg:hasTask"),
        ] = None,
        limit: Annotated[int, Field(ge=1, le=200, description="at most so many values of a property")] = 10,
    ) -> Annotated[CallToolResult, Description]:
        """Say what the graph holds about one thing: facts, what refers to it, and the source of each.

        Structured values (conditions, costs, figures, durations) are put in words in `detail`. `count` says
        how many values a property has when not all are listed. A figure that is marked deprecated is known
        to be outdated or wrong.
        """
        graph = self.graph
        iri = graph.resolve(name)
        chosen = (
            None if property is None else resolve_property(graph.store, property, prefixes=graph.prefixes)
        )
        return _result(described(graph, iri, chosen, limit))

    def why(
        self,
        subject: Named,
        property: Annotated[
            str | None, Field(description="CURIE, IRI or name of a ckg: term; if absent: all that is said")
        ] = None,
        value: Annotated[
            str | None, Field(description="name of the other end, or the text of a literal; if absent: any")
        ] = None,
        limit: Annotated[int, Field(ge=1, le=200, description="at most so many statements")] = 30,
    ) -> Annotated[CallToolResult, WhyAnswer]:
        """Say who states a fact: source, section, place in the text, date, rank and the reason for it.

        Statements that another source disputes are listed, too, with the rank deprecated: do not answer with
        those, but you may say that they are made. The newest source comes first.
        """
        graph = self.graph
        evidence = graph.why(subject, property, value)
        budget = Budget()
        sources = Sources(graph.store, budget)
        claims: list[Claim] = []
        for one in evidence[:limit]:
            said = _value(graph, one.value)
            budget.take(one.subject, one.property, said.value, said.label, said.detail, one.reason)
            number = sources.number(one)
            if budget.left < 0 and claims:
                break
            claims.append(
                Claim(
                    subject=thing(graph, one.subject),
                    property=thing(graph, one.property),
                    value=said,
                    source=number,
                    rank=one.rank,
                    reason=None if one.reason is None else clipped(one.reason),
                )
            )
        more = len(claims) < len(evidence)
        return _result(
            WhyAnswer(
                complete=not more,
                cut="more statements: name a property, or raise the limit" if more else None,
                claims=tuple(claims),
                count=len(evidence),
                sources=sources.listed(),
            )
        )

    def route(
        self,
        goal: Named,
        holding: Held = (),
        objective: Annotated[
            Literal["time", "cost", "steps"], Field(description="what the best plan is best in")
        ] = "time",
        alternatives: Annotated[int, Field(ge=1, le=10, description="how many plans, the best first")] = 1,
        exclude: Excluded = (),
        max_days: Annotated[
            float | None, Field(ge=0, description="only plans whose known time is up to so many days")
        ] = None,
        max_cost: Annotated[
            float | None, Field(ge=0, description="only plans whose known cost is up to so much")
        ] = None,
        currency: Currency = None,
        jurisdiction: Places = (),
        strength: Strengths = (),
        as_of: AsOf = None,
    ) -> Annotated[CallToolResult, RouteAnswer]:
        """Plan how a person gets from what they hold to an occupation, role or credential, with sources.

        Plans are proven best by elapsed time, cost or number of steps. Unknown is never zero: a plan with
        unknown parts takes or costs *at least* what is given; say so. `unverified` are conditions that only
        the person can check: tell them. `advice` is what is good to know and no condition. If the status is
        unreachable, `missing` says what would open the goal.
        """
        graph = self.graph
        conditions = self._conditions(exclude, jurisdiction, strength, as_of, currency)
        if max_days is not None:
            conditions["max_time"] = max_days
        if max_cost is not None:
            conditions["max_cost"] = max_cost
        routes = graph.routes(
            goal,
            holding,
            objective=objective,
            alternatives=alternatives,
            deadline=PLANNING_SECONDS,
            **conditions,
        )
        return _result(route_answer(graph, routes))

    def missing(
        self,
        goal: Named,
        holding: Held = (),
        limit: Annotated[int, Field(ge=1, le=50, description="at most so many sets")] = 10,
        exclude: Excluded = (),
        jurisdiction: Places = (),
        strength: Strengths = (),
        as_of: AsOf = None,
    ) -> Annotated[CallToolResult, MissingAnswer]:
        """List the smallest sets of things a person must still bring so that a goal can be attained.

        The things are entry items: those that no recorded condition leads to, such as a diploma, a programme
        or a course. Each set alone opens the goal; the smallest comes first.
        """
        graph = self.graph
        found = graph.missing(
            goal,
            holding,
            limit=limit,
            deadline=PLANNING_SECONDS,
            **self._conditions(exclude, jurisdiction, strength, as_of, None),
        )
        budget = Budget()
        sets = []
        for items in found.sets:
            things = tuple(thing(graph, iri) for iri in items)
            budget.take(*(text for one in things for text in (one.name, one.label)))
            if budget.left < 0:
                break
            sets.append(things)
        complete = found.complete and len(sets) == len(found.sets)
        return _result(
            MissingAnswer(
                complete=complete,
                cut=None if complete else "there may be more sets: raise the limit, or name what is held",
                goal=thing(graph, found.goal),
                holding=tuple(thing(graph, graph.item(name)) for name in holding),
                sets=tuple(sets),
            )
        )

    def examples(
        self,
        name: Annotated[
            str | None, Field(description="name of an example: its query is given, too; if absent: a list")
        ] = None,
    ) -> Annotated[CallToolResult, Examples]:
        """List questions that the graph answers, or give the SPARQL of one of them.

        Read one or two that are near your question before you write SPARQL of your own: they show the
        vocabulary in use.
        """
        known = list(example_queries())
        if name is None:
            listed = tuple(Example(name=key, question=question) for key, question, _ in known)
            return _result(Examples(complete=True, examples=listed))
        wanted = name.strip().lower()
        chosen = [
            Example(name=key, question=question, query=query)
            for key, question, query in known
            if wanted in (key, key.partition("-")[0], key.partition("-")[2])
        ]
        if not chosen:
            raise UnknownName(name, get_close_matches(wanted, [key for key, _, _ in known], 3, 0))
        return _result(Examples(complete=True, examples=tuple(chosen)))

    async def sparql(
        self,
        query: Annotated[
            str,
            Field(
                min_length=1, max_length=20_000, description="SELECT, ASK, CONSTRUCT or DESCRIBE, SPARQL 1.1"
            ),
        ],
        limit: Annotated[int, Field(ge=1, le=1000, description="at most so many rows or triples")] = 100,
    ) -> Annotated[CallToolResult, SparqlAnswer]:
        """Run a read-only SPARQL query on the graph, with a time limit and a row limit.

        Known prefixes need no declaration: ckg: (terms), credential:, role:, occupation:, soc:, task:,
        organization:, … (things), rdfs:, skos:, dcterms:, prov:. The default graph holds everything; the
        graph of a passage holds what that passage says (GRAPH ?passage { … }). `complete` is false when there
        are more rows than were given: then add LIMIT and OFFSET, or count. Leave out what has ckg:rank
        rank:deprecated when you look for answers. Updates and SERVICE are refused. Read the resource
        careerkg://ontology or an example first.
        """
        # Not in the event loop: the graph may have to be opened anew, which renews the pool in this loop.
        graph, pool = await anyio.to_thread.run_sync(lambda: (self.graph, self._served.pool))
        return _result(await bounded_answer(pool, query, limit, graph.prefixes))

    def _conditions(
        self,
        exclude: Sequence[str],
        jurisdiction: Sequence[str],
        strength: Sequence[str],
        as_of: date | None,
        currency: str | None,
    ) -> dict[str, Any]:
        """Return those conditions of a route that were given."""
        given = {
            "exclude": exclude,
            "jurisdiction": jurisdiction,
            "strengths": strength,
            "as_of": as_of,
            "currency": currency,
        }
        return {name: value for name, value in given.items() if value}

    def all(self) -> list[Tool]:
        """Return the tools as a server takes them."""
        limiter = anyio.CapacityLimiter(_AT_A_TIME)
        tools = {
            name: GraphTool.of(name, title, getattr(self, name), limiter)
            for name, title in (
                ("search", "Search the graph"),
                ("describe", "Describe a thing"),
                ("why", "Who says so"),
                ("route", "Plan a route"),
                ("missing", "What is missing for a goal"),
                ("examples", "Example questions"),
                ("sparql", "Run SPARQL"),
            )
        }
        if isinstance(self.graph.store, EmbeddedStore):  # elsewhere, collecting them could take long
            _offer(tools["search"], "kind", self.graph.kinds())
        _offer(tools["examples"], "name", [name for name, _, _ in example_queries()])
        return list(tools.values())


class GraphTool(Tool):
    """A tool whose errors are one line that says what was wrong and what would be right."""

    _limiter: anyio.CapacityLimiter = PrivateAttr()

    @classmethod
    def of(
        cls, name: str, title: str, function: Callable[..., Any], limiter: anyio.CapacityLimiter
    ) -> GraphTool:
        """Return a tool of a function that only reads; calls of all tools with one limiter wait for it."""
        hints = ToolAnnotations(
            title=title,
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        )
        tool = cls.from_function(
            function if inspect.iscoroutinefunction(function) else own_thread(function),
            name=name,
            title=title,
            description=inspect.getdoc(function),
            annotations=hints,
        )
        assert isinstance(tool, GraphTool)
        tool._limiter = limiter
        tool.parameters["additionalProperties"] = False
        return tool

    async def run(self, arguments: dict[str, Any], context: Any, convert_result: bool = False) -> Any:
        """Run the tool. Raises ToolError for what the caller can mend."""
        known = self.parameters.get("properties", {})
        for name in arguments:
            if name not in known:
                raise ToolError(f"{self.name} has no argument {name!r}; it has: {', '.join(known)}")
        try:
            self.fn_metadata.validate_arguments(arguments)
        except ValidationError as error:
            raise ToolError(f"{self.name}: {_told(error)}") from None
        try:
            async with self._limiter:
                return await super().run(arguments, context, convert_result)
        except UnexpectedToolError as error:
            if isinstance(error.__cause__, CareerGraphError):
                raise ToolError(" ".join(str(error.__cause__).split())) from None
            raise


def _value(graph: CareerGraph, text: str) -> Value:
    """Return the other end of a statement, of which evidence has only the text."""
    if is_iri(text):
        return value_of(graph, ox.NamedNode(text))
    if text.startswith("_:"):
        return value_of(graph, ox.BlankNode(text[2:]))
    words = duration_words(text)
    return Value(value=clipped(text), detail=None if words == text else words)


def _told(error: ValidationError) -> str:
    """Return what is wrong with arguments in one line."""
    return "; ".join(
        f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
        for one in error.errors(include_url=False)
    )


def _offer(tool: Tool, argument: str, values: list[str]) -> None:
    """Name in the schema of a tool the values that a text argument may have."""
    for kind in tool.parameters["properties"][argument]["anyOf"]:
        if kind.get("type") == "string":
            kind["enum"] = values


def _result(answer: Answer) -> CallToolResult:
    """Return an answer as structured content, and as JSON text for clients that read only that."""
    content = answer.model_dump(mode="json", by_alias=True, exclude_none=True)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return CallToolResult(content=[TextContent(text=text)], structured_content=content)
