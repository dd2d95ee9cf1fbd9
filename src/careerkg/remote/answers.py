"""What a server answers, as the engine's own result objects, so that nothing above tells the difference.

Rows pass through as a stream: parsed, brought into our form (``terms.py``), and handed to the engine's own
parser again, because only it makes result objects.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import count
from typing import IO, Any, cast

import pyoxigraph as ox

from careerkg.errors import StoreError
from careerkg.remote.connection import NoEndpoint, Stream
from careerkg.remote.dialects import Dialect
from careerkg.remote.terms import canonical, from_genid, to_genid
from careerkg.store import Term

__all__ = ["Reader", "Rows", "is_borrowed", "no_endpoint", "triples_of"]

Rows = Iterator[tuple[Any, ...]]
"""Rows of an answer: terms, None where a variable has no value."""

_BORROWED = "unaddressed-"
"""What labels of blank nodes begin with that the server made up for one answer."""

_ADDRESSED = "nodeID-"
_PIECE = 1 << 16
_answers = count(1)


class _WithoutAddresses(io.RawIOBase):
    """JSON whose blank nodes have labels for the addresses that Virtuoso gives."""

    def __init__(self, inner: Stream, prefix: str) -> None:
        self._inner = inner
        self._pattern = re.compile(rb'("bnode"\s*,\s*"value"\s*:\s*")' + re.escape(prefix.encode()))
        self._held = b""
        self._ready = b""

    def read(self, size: int = -1) -> bytes:
        """Return some bytes."""
        while not self._ready:
            data = self._inner.read(_PIECE)
            if not data:
                self._ready, self._held = self._held, b""
                break
            # A match may begin in one piece and end in the next: what is left over waits.
            changed = self._pattern.sub(rb"\1" + _ADDRESSED.encode(), self._held + data)
            cut = max(len(changed) - 100, 0)
            self._ready, self._held = changed[:cut], changed[cut:]
        size = len(self._ready) if size is None or size < 0 else size
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken


class _Lines(io.RawIOBase):
    """Lines as a file to read."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._ready = b""

    def read(self, size: int = -1) -> bytes:
        """Return some bytes."""
        wanted = sys.maxsize if size is None or size < 0 else size
        pieces = [self._ready]
        length = len(self._ready)
        while length < wanted:
            line = next(self._lines, None)
            if line is None:
                break
            piece = line.encode()
            pieces.append(piece)
            length += len(piece)
        data = b"".join(pieces)
        self._ready = data[wanted:]
        return data[:wanted]


class Reader:
    """Reads the answers of one kind of server."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def term(self, term: Term, answer: int) -> Term:
        """Return a term of an answer in our form; ``answer`` tells blank nodes of several answers apart."""
        if isinstance(term, ox.NamedNode):
            return from_genid(term.value) or term
        if isinstance(term, ox.Literal):
            if self.dialect.canonical:
                return term
            return canonical(self.dialect.read(term))
        if isinstance(term, ox.BlankNode) and not term.value.startswith(_ADDRESSED):
            return ox.BlankNode(f"{_BORROWED}{answer}-{term.value}")
        return term

    def address(self, node: ox.BlankNode) -> str:
        """Return what a query has to say for a blank node. Raises StoreError if the server has no address."""
        if node.value.startswith(_ADDRESSED) and self.dialect.node_prefix is not None:
            return f"<{self.dialect.node_prefix}{node.value[len(_ADDRESSED) :]}>"
        if is_borrowed(node):
            raise StoreError(
                "this store holds blank nodes, which no further question can name: "
                "fill it with careerkg push, which gives them addresses"
            )
        return str(to_genid(node))

    def written(self, term: Term) -> str:
        """Return a term as a query has to say it. Raises StoreError for a blank node without an address."""
        if isinstance(term, ox.BlankNode):
            return self.address(term)
        return self.dialect.written(term)

    # ---- Rows -----------------------------------------------------------------------------

    def rows(self, stream: Stream, names: Sequence[str]) -> Rows:
        """Return the rows of an answer as they come in, with the columns named. Raises StoreError."""
        parsed = self._parse(stream)
        if not isinstance(parsed, ox.QuerySolutions):
            raise StoreError(f"{stream.shown}: rows are expected, and a truth value is the answer")
        return self._in_our_form(parsed, stream, names)

    def _in_our_form(self, parsed: ox.QuerySolutions, stream: Stream, names: Sequence[str]) -> Rows:
        answer = next(_answers)
        term = self.term
        variables = [variable.value for variable in parsed.variables]
        places = [variables.index(name) if name in variables else None for name in names]
        try:
            for solution in parsed:
                values = [None if place is None else solution[place] for place in places]
                yield tuple([None if value is None else term(value, answer) for value in values])
        except (SyntaxError, ValueError) as error:
            raise _malformed(stream, error) from error
        finally:
            stream.close()

    def solutions(self, names: list[str], rows: Rows) -> ox.QuerySolutions:
        """Return rows as the engine's result, their columns named."""

        def lines() -> Iterator[str]:
            yield "\t".join(f"?{name}" for name in names) + "\n"
            for row in rows:
                yield "\t".join(["" if cell is None else _cell(cell) for cell in row]) + "\n"

        result = ox.parse_query_results(cast("IO[bytes]", _Lines(lines())), format=ox.QueryResultsFormat.TSV)
        assert isinstance(result, ox.QuerySolutions)
        return result

    def boolean(self, stream: Stream) -> ox.QueryBoolean:
        """Return a truth value. Raises StoreError if the answer is none."""
        with stream:
            parsed = self._parse(stream)
            if isinstance(parsed, ox.QuerySolutions):  # Virtuoso answers ASK with a row
                row = next(iter(parsed), None)
                value = None if row is None else row[0]
                true = isinstance(value, ox.Literal) and value.value in ("1", "true")
                text = b'{"head": {}, "boolean": true}' if true else b'{"head": {}, "boolean": false}'
                parsed = ox.parse_query_results(text, format=ox.QueryResultsFormat.JSON)
        assert isinstance(parsed, ox.QueryBoolean)
        return parsed

    def triples(self, stream: Stream) -> ox.QueryTriples:
        """Return the graph that CONSTRUCT makes, each triple once. Raises StoreError."""
        answer = next(_answers)

        def term(value: Term) -> Term:
            # Labels hold within this answer, and nothing is asked about them later.
            return value if isinstance(value, ox.BlankNode) else self.term(value, answer)

        quads: list[ox.Quad] = []
        format_ = {
            "application/n-triples": ox.RdfFormat.N_TRIPLES,
            "text/plain": ox.RdfFormat.N_TRIPLES,
            "text/turtle": ox.RdfFormat.TURTLE,
            "application/rdf+xml": ox.RdfFormat.RDF_XML,
        }.get(stream.type)
        with stream:
            if format_ is None:
                raise no_endpoint(stream)
            try:
                for quad in ox.parse(stream.file(), format=format_, lenient=True):
                    subject = term(quad.subject)
                    assert isinstance(subject, ox.NamedNode | ox.BlankNode)
                    quads.append(ox.Quad(subject, quad.predicate, term(quad.object)))
            except (SyntaxError, ValueError) as error:
                raise _malformed(stream, error) from error
        return triples_of(quads)

    def _parse(self, stream: Stream) -> ox.QuerySolutions | ox.QueryBoolean:
        """Return an answer parsed, as far as its head. Raises StoreError for what is none."""
        source = stream.file()
        if stream.type in ("application/sparql-results+json", "application/json"):
            format_ = ox.QueryResultsFormat.JSON
            if self.dialect.node_prefix is not None:
                source = cast("IO[bytes]", _WithoutAddresses(stream, self.dialect.node_prefix))
        elif stream.type in ("application/sparql-results+xml", "application/xml", "text/xml"):
            format_ = ox.QueryResultsFormat.XML
        else:
            raise no_endpoint(stream)
        try:
            return ox.parse_query_results(source, format=format_)
        except (SyntaxError, ValueError) as error:
            raise _malformed(stream, error) from error


def triples_of(quads: list[ox.Quad]) -> ox.QueryTriples:
    """Return triples as the engine's result."""
    store = ox.Store()
    store.extend(quads)
    result = store.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    assert isinstance(result, ox.QueryTriples)
    return result


def _cell(term: Term) -> str:
    """Return a term as the TSV of results has it: on one line, without a tabulator."""
    return str(term).replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def is_borrowed(term: Term) -> bool:
    """Tell whether a term is a blank node that has a name in one answer only."""
    return isinstance(term, ox.BlankNode) and term.value.startswith(_BORROWED)


def no_endpoint(stream: Stream) -> NoEndpoint:
    """Return the error for an answer in a form that no SPARQL endpoint gives, which ends here."""
    what = "a web page" if "html" in stream.type else stream.type or "something without a type"
    stream.close()
    return NoEndpoint(f"{stream.shown} is no SPARQL endpoint: it answers with {what}")


def _malformed(stream: Stream, error: Exception) -> StoreError:
    """Return the error for an answer that does not parse."""
    return StoreError(f"{stream.shown}: the answer is malformed: {' '.join(str(error).split())[:200]}")
