"""What a SPARQL query gives back: read as rdflib rows, as native Oxigraph rows, or written in a format.

>>> from careerkg import CareerGraph
>>> result = CareerGraph().query("SELECT ?label { credential:rhit rdfs:label ?label }")
>>> [str(row.label) for row in result]
['Registered Health Information Technician']
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import pyoxigraph as ox

from careerkg.errors import DataError, FormatError
from careerkg.store import RDF_FORMATS, RawResult

if TYPE_CHECKING:
    import pandas
    import rdflib

__all__ = ["ROW_FORMATS", "QueryResult", "rows_bytes", "to_oxigraph", "to_rdflib"]

ROW_FORMATS: Mapping[str, ox.QueryResultsFormat] = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
"""W3C formats of SELECT and ASK results."""

_NOT_IN_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")

_GRAPH = "the result is a graph, for which this is no format:"

_SHOWN = 50
"""So many rows are shown in a notebook."""


class QueryResult:
    """The result of a query: iterate it (as often as you like), or write it in a format.

    Iterating a SELECT result gives ``rdflib.query.ResultRow`` (``row.name``, ``row["name"]``, ``row[0]``,
    ``row.asdict()``), a CONSTRUCT or DESCRIBE result triples of rdflib terms, an ASK result one truth value.
    ``raw`` is Oxigraph's own result, a stream that is read once: for loops where conversion would be most
    of the work.
    """

    def __init__(self, raw: RawResult, prefixes: Mapping[str, str]) -> None:
        self.raw = raw
        self._prefixes = prefixes
        self._read: list[Any] | None = None
        self._begun: list[Any] = []

    @property
    def type(self) -> Literal["SELECT", "ASK", "CONSTRUCT"]:
        """The form of the result; DESCRIBE gives CONSTRUCT, a graph."""
        if isinstance(self.raw, ox.QuerySolutions):
            return "SELECT"
        return "ASK" if isinstance(self.raw, ox.QueryBoolean) else "CONSTRUCT"

    @property
    def columns(self) -> list[str]:
        """The names of the variables of a SELECT result, without the question mark; else empty."""
        if isinstance(self.raw, ox.QuerySolutions):
            return [variable.value for variable in self.raw.variables]
        return []

    @property
    def vars(self) -> list[rdflib.Variable] | None:
        """The variables as rdflib's results name them; None if this is no SELECT result."""
        import rdflib

        return [rdflib.Variable(name) for name in self.columns] if self.type == "SELECT" else None

    def __bool__(self) -> bool:
        """Return the answer of an ASK query; for other forms, whether there is any row or triple."""
        return bool(self.raw) if isinstance(self.raw, ox.QueryBoolean) else bool(self._rows())

    @property
    def askAnswer(self) -> bool | None:  # noqa: N802 - rdflib's name
        """The answer of an ASK query; None for other forms."""
        return bool(self.raw) if isinstance(self.raw, ox.QueryBoolean) else None

    def _rows(self) -> list[Any]:
        """Return the native rows or triples, read from the stream at the first call."""
        if self._read is None:
            self._read = [] if isinstance(self.raw, ox.QueryBoolean) else [*self._begun, *self.raw]
        return self._read

    def _first(self, number: int) -> list[Any]:
        """Return at most so many of the first native rows or triples; the rest stays unread."""
        if self._read is not None or isinstance(self.raw, ox.QueryBoolean):
            return self._rows()[:number]
        self._begun += islice(self.raw, max(number - len(self._begun), 0))
        return self._begun[:number]

    def __len__(self) -> int:
        """Return the number of rows or triples; 1 for ASK."""
        return 1 if isinstance(self.raw, ox.QueryBoolean) else len(self._rows())

    def __iter__(self) -> Iterator[Any]:
        """Yield rdflib rows, triples, or the one truth value."""
        if isinstance(self.raw, ox.QueryBoolean):
            yield bool(self.raw)
        elif isinstance(self.raw, ox.QueryTriples):
            for triple in self._rows():
                yield (
                    to_rdflib(triple.subject),
                    to_rdflib(triple.predicate),
                    to_rdflib(triple.object),
                )
        else:
            from rdflib.query import ResultRow

            variables = self.vars
            assert variables is not None
            names = self.columns
            for row in self._rows():
                found = {
                    variable: to_rdflib(term)
                    for variable, name in zip(variables, names, strict=True)
                    if (term := row[name]) is not None
                }
                yield ResultRow(found, variables)

    @property
    def bindings(self) -> list[dict[rdflib.Variable, rdflib.term.Identifier]]:
        """The rows of a SELECT result as dictionaries of the bound variables; reads the result."""
        return [
            {variable: term for variable, term in zip(self.vars or (), row, strict=True) if term is not None}
            for row in self
        ]

    @property
    def graph(self) -> rdflib.Graph | None:
        """The triples of a CONSTRUCT or DESCRIBE result as an rdflib graph; None for other forms."""
        if self.type != "CONSTRUCT":
            return None
        import rdflib

        graph = rdflib.Graph()
        for prefix, namespace in self._prefixes.items():
            graph.bind(prefix, namespace)
        for triple in self:
            graph.add(triple)
        return graph

    def to_dataframe(self) -> pandas.DataFrame:
        """Return the rows of a SELECT result as a pandas DataFrame, numbers and dates converted.

        Needs the extra ``dataframe``. Raises TypeError if this is no SELECT result.
        """
        if not isinstance(self.raw, ox.QuerySolutions):
            raise TypeError("only the result of SELECT is a table")
        import pandas

        columns = self.columns
        rows = [
            [None if term is None else to_rdflib(term).toPython() for term in row] for row in self._rows()
        ]
        plain = [[str(cell) if _is_rdflib(cell) else cell for cell in row] for row in rows]
        return pandas.DataFrame(plain, columns=columns)

    def __repr__(self) -> str:
        """Return form and columns, and how much there is if that is known: nothing is read for it."""
        if isinstance(self.raw, ox.QueryBoolean):
            return f"<QueryResult ASK: {'true' if self.raw else 'false'}>"
        what = "rows" if self.type == "SELECT" else "triples"
        size = f"{what} not read yet" if self._read is None else f"{len(self._read):,} {what}"
        columns = "".join(f" ?{name}" for name in self.columns)
        return f"<QueryResult {self.type}{columns}: {size}>"

    def _repr_html_(self) -> str:
        """Return the first rows as a table, for notebooks; no more are read."""
        from html import escape

        from careerkg.vocabulary import compact

        if isinstance(self.raw, ox.QueryBoolean):
            return f"<p>{'yes' if self.raw else 'no'}</p>"

        def cell(term: Any) -> str:
            if isinstance(term, ox.NamedNode):
                return f'<td title="{escape(term.value)}">{escape(compact(term.value, self._prefixes))}</td>'
            text = "" if term is None else term.value if isinstance(term, ox.Literal) else str(term)
            return f"<td>{escape(text)}</td>"

        columns = self.columns if self.type == "SELECT" else ["subject", "predicate", "object"]
        rows = self._first(_SHOWN + 1)
        head = "".join(f"<th>{escape(name)}</th>" for name in columns)
        body = "".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in rows[:_SHOWN])
        more = f"<p>the first {_SHOWN}; there are more</p>" if len(rows) > _SHOWN else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"

    def serialize(self, format: str = "json") -> bytes:
        """Return the result in a format: JSON, XML, CSV, TSV for rows and ASK, RDF formats for graphs.

        For graphs ``json`` is JSON-LD and ``xml`` RDF/XML. Raises FormatError if the format is unknown or
        does not fit the form of the result, DataError if it cannot express a character, and ValueError if
        rows were already read by iterating.
        """
        if (self._read is not None or self._begun) and not isinstance(self.raw, ox.QueryBoolean):
            raise ValueError("the result was already read; run the query again to write it")
        if isinstance(self.raw, ox.QueryTriples):
            from careerkg.export import format_of, rdf_bytes

            try:
                chosen_format = format_of(format).name
            except FormatError:
                chosen_format = ""
            if chosen_format not in RDF_FORMATS:
                raise FormatError(format, sorted(RDF_FORMATS), _GRAPH)
            return rdf_bytes(self.raw, chosen_format, prefixes=self._prefixes)
        if format not in ROW_FORMATS:
            raise FormatError(format, sorted(ROW_FORMATS))
        if isinstance(self.raw, ox.QueryBoolean) and format in ("csv", "tsv"):
            # Neither format has a form for ASK (SPARQL 1.1 CSV and TSV, section 1): the bare word.
            return b"true\n" if self.raw else b"false\n"
        return rows_bytes(self.raw, format)


def rows_bytes(raw: ox.QuerySolutions | ox.QueryBoolean, format: str) -> bytes:
    """Return rows or a truth value in one of :data:`ROW_FORMATS`, of which not all have a form for truth.

    In XML the engine writes every character as it is: what a parser would change gets a reference here.
    Raises DataError for a character that XML 1.0 has no form for (section 2.2).
    """
    content = raw.serialize(format=ROW_FORMATS[format]) or b""
    if format != "xml":
        return content
    if bad := _NOT_IN_XML.search(content):
        code = ord(bad.group().decode())
        raise DataError(f"XML cannot express the character U+{code:04X}; use json, csv or tsv")
    return content.replace(b"\r", b"&#xD;")  # a parser would read it as a line feed (section 2.11)


def _is_rdflib(value: object) -> bool:
    """Tell whether a Python value is still an rdflib term."""
    import rdflib

    return isinstance(value, rdflib.term.Identifier)


def to_rdflib(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Any:
    """Return an Oxigraph term as an rdflib term. Raises TypeError for a quoted triple, which rdflib lacks."""
    import rdflib

    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language is not None:
            return rdflib.Literal(term.value, lang=term.language)
        datatype = term.datatype.value
        if datatype == "http://www.w3.org/2001/XMLSchema#string":
            return rdflib.Literal(term.value)
        return rdflib.Literal(term.value, datatype=rdflib.URIRef(datatype))
    raise TypeError(f"rdflib has no term for the quoted triple {term}")


def to_oxigraph(value: Any) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Return a Python, rdflib or Oxigraph value as an Oxigraph term; a text is a plain literal."""
    if isinstance(value, ox.NamedNode | ox.BlankNode | ox.Literal):
        return value
    name = type(value).__name__
    if name == "URIRef":
        return ox.NamedNode(str(value))
    if name == "BNode":
        return ox.BlankNode(str(value))
    if name == "Literal":
        datatype = None if value.datatype is None else ox.NamedNode(str(value.datatype))
        return (
            ox.Literal(str(value), language=value.language)
            if value.language
            else ox.Literal(str(value), datatype=datatype)
        )
    return ox.Literal(value)
