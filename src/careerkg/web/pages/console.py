"""The SPARQL console: an editor with the shipped examples; answers as a table. Works as a plain form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from careerkg.bounded import Answer, Formats
from careerkg.errors import CareerGraphError, QueryTimeout, TooManyQueries
from careerkg.graph import example_queries
from careerkg.vocabulary import compact
from careerkg.web.pages.addresses import path_of
from careerkg.web.pages.desk import Desk
from careerkg.web.pages.rendering import respond

__all__ = ["Cell", "Result", "console_routes", "read_result"]

_ROWS = 500
"""Rows of an answer that the page shows; the endpoint gives all."""

_LONGEST = 100_000
"""Characters of a query."""

_DEADLINE = 15.0
_GRAPH_TEXT = 60_000

_DEFAULT = """# What leads to what: the conditions of credentials.
SELECT ?item ?needs WHERE {
  ?credential a ckg:Certification ; rdfs:label ?item ; ckg:requires/rdfs:label ?needs .
}
ORDER BY ?item
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row."""

    text: str
    href: str | None
    language: str | None
    number: bool


@dataclass(frozen=True, slots=True)
class Result:
    """An answer for reading: a table, a truth value, or a graph as text."""

    form: str
    variables: tuple[str, ...]
    rows: tuple[tuple[Cell | None, ...], ...]
    truth: bool | None
    text: str | None
    total: int
    complete: bool


def console_routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of the console."""
    examples = list(example_queries())
    by_name = {name: (question, text) for name, question, text in examples}

    async def console(request: Request) -> Response:
        given: Mapping[str, str] = request.query_params
        if request.method == "POST":
            length = request.headers.get("content-length", "")
            if not length.isdecimal() or int(length) > 4 * _LONGEST:
                return desk.refused(request, "the form is too long, or does not say its length", 413)
            fields = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
            given = {name: values[-1] for name, values in fields.items()}
        name = given.get("example", "")
        query = given.get("query")
        if query is None:
            query = by_name[name][1] if name in by_name else _DEFAULT
        query = query.replace("\r\n", "\n")[:_LONGEST]
        run = request.method == "POST" or given.get("run") == "1"
        result, problem, status = None, None, 200
        if run:
            try:
                answer = await desk.site.pool.aquery(
                    query, format=Formats(rows="json", graph="ttl"), deadline=_DEADLINE
                )
                result = read_result(answer)
            except CareerGraphError as error:
                problem = str(error)
                status = _status(error)
        context = {
            "title": "SPARQL console",
            "here": "/console",
            "query": query,
            "examples": [(one, question, f"/console?example={quote(one)}") for one, question, _ in examples],
            "example": name if name in by_name else "",
            "question": by_name[name][0] if name in by_name else None,
            "result": result,
            "problem": problem,
            "shared": f"/console?run=1&query={quote(query, safe='')}" if len(query) < 4000 else None,
            "files": [
                (label, f"/sparql?query={quote(query, safe='')}&format={format_}")
                for label, format_ in (("CSV", "csv"), ("JSON", "json"), ("XML", "xml"))
            ]
            if result is not None and result.form == "SELECT" and len(query) < 4000
            else [],
            "deadline": f"{_DEADLINE:g}",
        }
        return respond(request, desk.renderer.page("console.html", context, status=status))

    return [Route("/console", console, methods=["GET", "POST"])]


def _status(error: CareerGraphError) -> int:
    if isinstance(error, TooManyQueries):
        return 429
    if isinstance(error, QueryTimeout):
        return 503
    return 400


def read_result(answer: Answer) -> Result:
    """Return an answer for reading, as much of it as a page has room for."""
    if answer.form == "CONSTRUCT":
        text = answer.body.decode("utf-8", "replace")
        return Result(
            answer.form,
            (),
            (),
            None,
            text[:_GRAPH_TEXT],
            answer.rows,
            answer.complete and len(text) <= _GRAPH_TEXT,
        )
    data: dict[str, Any] = json.loads(answer.body)
    if answer.form == "ASK":
        return Result(answer.form, (), (), bool(data["boolean"]), None, 1, True)
    variables = tuple(data["head"]["vars"])
    rows = tuple(
        tuple(_cell(row.get(name)) for name in variables) for row in data["results"]["bindings"][:_ROWS]
    )
    return Result(answer.form, variables, rows, None, None, answer.rows, answer.complete)


def _cell(term: Mapping[str, Any] | None) -> Cell | None:
    if term is None:
        return None
    value = str(term["value"]) if not isinstance(term["value"], dict) else json.dumps(term["value"])
    if term["type"] == "uri":
        return Cell(compact(value), path_of(value), None, False)
    datatype = str(term.get("datatype", ""))
    number = datatype.endswith(("#integer", "#decimal", "#double", "#float", "#int", "#long"))
    language = term.get("xml:lang")
    return Cell(value, None, None if language in (None, "en") else str(language), number)
