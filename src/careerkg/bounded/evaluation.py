"""One query in a worker: parsed, kept below the row cap, and written in the format that was asked for."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from careerkg import errors
from careerkg.bounded.datasets import Dataset, own_dataset
from careerkg.bounded.formats import GRAPH_TYPES, ROW_TYPES
from careerkg.bounded.rows import count_rows, without_last_row
from careerkg.errors import CareerGraphError, FormatError, QueryError, QueryTooBig
from careerkg.results import QueryResult, rows_bytes
from careerkg.store import EmbeddedStore, RawResult

if TYPE_CHECKING:
    from careerkg.graph import CareerGraph

__all__ = ["Question", "evaluate", "raised", "told"]


class Question(NamedTuple):
    """What a worker is asked: plain values, so that it can be sent as it is."""

    sparql: str
    rows_format: str | None
    graph_format: str | None
    default_graphs: tuple[str, ...] | None
    named_graphs: tuple[str, ...] | None
    row_cap: int
    byte_cap: int


def evaluate(graph: CareerGraph, question: Question) -> tuple[Any, ...]:
    """Return the parts of an Answer: media type, body, rows, whether that is all, form of the query.

    Raises QuerySyntaxError, UpdateRefused, QueryError, QueryTooBig, or FormatError where no format for this
    form of query is acceptable.
    """
    if question.default_graphs is None and question.named_graphs is None:
        dataset = own_dataset(graph.store, question.sparql, graph.prefixes)
    else:
        dataset = Dataset.of(graph.store, question.default_graphs or (), question.named_graphs or ())
    raw, capped = _run(graph, question, dataset)
    if isinstance(raw, ox.QueryTriples):
        return _triples(raw, question)
    if question.rows_format is None:
        raise FormatError("for rows", [*ROW_TYPES], "the formats that were asked for do not fit:")
    media_type = ROW_TYPES[question.rows_format]
    if isinstance(raw, ox.QueryBoolean):
        body = QueryResult(raw, graph.prefixes).serialize(question.rows_format)
        return media_type, body, 1, True, "ASK"
    format_ = question.rows_format
    cap = question.row_cap
    body = _written(raw, format_) if capped else _written_by_hand(raw, format_, cap + 1)
    _check_size(body, question)
    rows = count_rows(body, format_)
    complete = rows <= cap
    if not complete:
        body = without_last_row(body, format_)
    return media_type, body, min(rows, cap), complete, "SELECT"


_LIMIT = re.compile(r"\blimit\s+(\d+)(\s+offset\s+\d+)?\s*\Z", re.IGNORECASE)
_IRI = re.compile(r"<[^<>\s]*>")


def _run(graph: CareerGraph, question: Question, dataset: Dataset) -> tuple[RawResult, bool]:
    """Return the result, and whether the engine itself ends it one row after the cap at the latest.

    Where the query ends without a limit, or with one above the cap, a limit one above the cap is set: the
    engine then never works for rows that nobody gets. A query that ends otherwise (with VALUES) runs as it
    is, and its rows are counted as they come.
    """
    text, most = question.sparql, question.row_cap + 1
    store = dataset.seen(graph.store)
    last_line = text[text.rstrip().rfind("\n") + 1 :]
    # What looks like a limit in a comment is none.
    found = None if "#" in _IRI.sub("", last_line) else _LIMIT.search(text)
    if found is not None:
        # The number may be of any length: compared as one it would be refused, so by its digits.
        digits = found[1].lstrip("0") or "0"
        if len(digits) > len(str(most)) or int(digits) > most:
            text = f"{text[: found.start(1)]}{most}{text[found.end(1) :]}"
        return store.query(text, prefixes=graph.prefixes), True
    limited = f"{text}\nLIMIT {most}"
    if not isinstance(store, EmbeddedStore) or "service" in text.lower():
        try:
            return store.query(limited, prefixes=graph.prefixes), True
        except errors.QuerySyntaxError:
            return store.query(text, prefixes=graph.prefixes), False
    try:
        # The engine alone: explaining why a text does not parse takes longer than most queries.
        used = {name: iri for name, iri in graph.prefixes.items() if f"{name}:" in text}
        return store.inner.query(limited, prefixes=used), True
    except SyntaxError:
        return store.query(text, prefixes=graph.prefixes), False
    except RuntimeError as error:
        raise QueryError(str(error)) from error


def _written(raw: ox.QuerySolutions, format_: str) -> bytes:
    """Return rows as a document. Raises QueryError if the engine gives up."""
    try:
        # Not to a stream: the engine writes word by word, and each would be a call into Python.
        return rows_bytes(raw, format_)
    except RuntimeError as error:
        raise QueryError(str(error)) from error


def _written_by_hand(raw: ox.QuerySolutions, format_: str, most: int) -> bytes:
    """Return at most so many rows as a document: counted in Python, written by the engine in the end."""
    import json

    names = [variable.value for variable in raw.variables]
    rows = [
        {name: _term(term) for name, term in zip(names, row, strict=True) if term is not None}
        for row in islice(raw, most)
    ]
    document = json.dumps({"head": {"vars": names}, "results": {"bindings": rows}}).encode()
    read = ox.parse_query_results(document, format=ox.QueryResultsFormat.JSON)
    assert isinstance(read, ox.QuerySolutions)
    return rows_bytes(read, format_)


def _term(term: object) -> dict[str, Any]:
    """Return a term as SPARQL 1.1 Query Results JSON has it (section 3.2.2; RDF 1.2 for the triple)."""
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Literal):
        if term.language is not None:
            return {"type": "literal", "value": term.value, "xml:lang": term.language}
        return {"type": "literal", "value": term.value, "datatype": term.datatype.value}
    assert isinstance(term, ox.Triple)
    value = {
        name: _term(part)
        for name, part in (
            ("subject", term.subject),
            ("predicate", term.predicate),
            ("object", term.object),
        )
    }
    return {"type": "triple", "value": value}


def _triples(raw: ox.QueryTriples, question: Question) -> tuple[Any, ...]:
    """Return the parts of an Answer that is a graph: each triple once."""
    format_ = question.graph_format
    if format_ is None:
        raise FormatError("for a graph", [*GRAPH_TYPES], "the formats that were asked for do not fit:")
    from careerkg.export import rdf_bytes

    found: dict[ox.Triple, None] = {}
    for triple in raw:
        found[triple] = None
        if len(found) > question.row_cap:
            break
    complete = len(found) <= question.row_cap
    if not complete:
        found.popitem()
    body = rdf_bytes(found, format_)
    _check_size(body, question)
    return GRAPH_TYPES[format_], body, len(found), complete, "CONSTRUCT"


def _check_size(body: bytes, question: Question) -> None:
    """Raise QueryTooBig for an answer that is too long."""
    if len(body) > question.byte_cap:
        raise QueryTooBig(f"the answer has more than {question.byte_cap:,} bytes; ask for less with LIMIT")


def told(error: BaseException) -> tuple[str, str, dict[str, Any]]:
    """Return an error as plain values, for the process that asked: its class, message and attributes."""
    if isinstance(error, MemoryError):
        error = QueryTooBig("the query needs more memory than a query may have")
    elif isinstance(error, RecursionError):
        error = QueryError("the query is nested too deeply")
    elif not isinstance(error, CareerGraphError):
        error = QueryError(f"the engine cannot run this query: {error}")
    plain = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in vars(error).items()
        if value is None or isinstance(value, str | int | float | tuple)
    }
    return type(error).__name__, str(error), plain


def raised(name: str, message: str, attributes: dict[str, Any]) -> CareerGraphError:
    """Return the error that :func:`told` described."""
    kind = getattr(errors, name)
    error: CareerGraphError = kind.__new__(kind, message)
    error.args = (message,)
    vars(error).update({key: tuple(v) if isinstance(v, list) else v for key, v in attributes.items()})
    return error
