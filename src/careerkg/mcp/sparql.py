"""SPARQL as an answer of bounded size: terms in Turtle's notation, as the next query can use them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyoxigraph as ox

from careerkg.bounded import Formats, QueryPool
from careerkg.export import rdf_bytes
from careerkg.mcp.answers import SparqlAnswer
from careerkg.mcp.limits import Budget, clipped
from careerkg.vocabulary import RDF, XSD, compact

__all__ = ["bounded_answer", "notation"]

_BARE = {
    XSD.integer: re.compile(r"[+-]?\d+\Z"),
    XSD.decimal: re.compile(r"[+-]?\d*\.\d+\Z"),
    XSD.boolean: re.compile(r"(?:true|false)\Z"),
}
"""Literals that Turtle writes without quotes (RDF 1.1 Turtle, section 2.5)."""

_MORE = "the query has more {what}: use LIMIT and OFFSET, count with COUNT, or ask for fewer columns"


async def bounded_answer(
    pool: QueryPool, query: str, limit: int, prefixes: Mapping[str, str]
) -> SparqlAnswer:
    """Return the first rows or triples of a query, and whether that is all.

    Raises what :meth:`careerkg.bounded.QueryPool.query` does.
    """
    # Triples come as N-Triples, which can be cut anywhere; they are written anew, with prefixes.
    answer = await pool.aquery(query, format=Formats("json", "nt"))
    if answer.form == "CONSTRUCT":
        return _graph(answer.body, limit, prefixes, complete=answer.complete)
    results = ox.parse_query_results(answer.body, format=ox.QueryResultsFormat.JSON)
    if isinstance(results, ox.QueryBoolean):
        return SparqlAnswer(complete=True, form="ASK", answer=bool(results), count=1)
    assert isinstance(results, ox.QuerySolutions)
    columns = tuple(variable.value for variable in results.variables)
    budget = Budget()
    rows: list[dict[str, str]] = []
    complete = answer.complete
    for solution in results:
        row = {
            name: notation(term, prefixes)
            for name, term in zip(columns, solution, strict=True)
            if term is not None
        }
        budget.take(*row, *row.values())
        if len(rows) == limit or (budget.left < 0 and rows):
            complete = False
            break
        rows.append(row)
    return SparqlAnswer(
        complete=complete,
        cut=None if complete else _MORE.format(what="rows"),
        form="SELECT",
        columns=columns,
        rows=tuple(rows),
        count=len(rows),
    )


def _graph(body: bytes, limit: int, prefixes: Mapping[str, str], *, complete: bool) -> SparqlAnswer:
    """Return the first triples of a graph as Turtle."""
    budget = Budget()
    triples: list[ox.Triple] = []
    for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES):
        budget.take(str(quad.object), str(quad.predicate))
        if len(triples) == limit or (budget.left < 0 and triples):
            complete = False
            break
        triples.append(quad.triple)
    used = {prefix: iri for prefix, iri in prefixes.items() if iri.encode() in body}
    return SparqlAnswer(
        complete=complete,
        cut=None if complete else _MORE.format(what="triples"),
        form="CONSTRUCT",
        turtle=rdf_bytes(triples, "ttl", prefixes=used).decode(),
        count=len(triples),
    )


def notation(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple, prefixes: Mapping[str, str]) -> str:
    """Return a term as Turtle and SPARQL write it, an IRI by its prefix; a long text is cut.

    >>> notation(ox.NamedNode("http://example.org/a"), {"ex": "http://example.org/"})
    'ex:a'
    >>> notation(ox.Literal(5), {}), notation(ox.Literal("five", language="en"), {})
    ('5', '"five"@en')
    """
    if isinstance(term, ox.NamedNode):
        name = compact(term.value, prefixes)
        return name if name != term.value else str(term)
    if not isinstance(term, ox.Literal):
        return str(term)
    datatype = term.datatype.value
    bare = _BARE.get(datatype)
    if bare is not None and bare.match(term.value):
        return term.value
    quoted = str(ox.Literal(clipped(term.value)))
    if term.language is not None:
        return f"{quoted}@{term.language}"
    if datatype in (XSD.string, RDF.langString):
        return quoted
    return f"{quoted}^^{notation(term.datatype, prefixes)}"
