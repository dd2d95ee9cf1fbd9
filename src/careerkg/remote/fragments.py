"""Queries that a server does not answer as SPARQL says: evaluated here, on what their patterns match there.

A query can only see triples that its triple patterns match. These are fetched, each set of patterns that are
joined at once with the others, into a store in memory; there the query runs. What was fetched stays for
other queries: more triples than a query needs do not change its answer, as they are in the graph, too.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from careerkg.errors import QueryError
from careerkg.remote.answers import Rows
from careerkg.store import EmbeddedStore, RawResult, Term
from careerkg.vocabulary import PREFIXES, XSD

if TYPE_CHECKING:
    from rdflib.term import Node

__all__ = ["SMALL", "Fetch", "Mirror", "Pattern", "everything", "is_plain", "patterns_of", "sorted_rows"]

_MOST = 1_000_000
"""Triples that are fetched for queries, at most."""

SMALL = 20_000
"""A graph of up to so many triples is fetched as a whole."""

_PLAIN = frozenset(
    """a as ask by count distinct filter graph group in isiri isuri lcase limit not offset prefix select str
    strends strstarts union values where""".upper().split()
)

Place = str | ox.NamedNode | ox.Literal
"""What stands in a pattern: a term, or the name of a variable."""


class Pattern(NamedTuple):
    """A triple pattern; ``graph`` is None for the default graph, a name for a named one."""

    subject: Place
    predicate: Place
    object: Place
    graph: Place | None


def is_plain(sparql: str) -> bool:
    """Tell whether every server answers a query alike: joins of patterns, simple filters, counts."""
    from careerkg.remote.text import tokens

    before = ""
    for token in tokens(sparql):
        if token.kind == "word" and token.text.upper() not in _PLAIN:
            return False
        if token.kind == "other" and (
            token.text in "/|+?" or (token.text == "*" and before.upper() not in ("SELECT", "DISTINCT", "("))
        ):
            return False
        if token.text == "^":  # a path, or the datatype of a value: neither is alike everywhere
            return False
        before = token.text
    return True


def everything(*, named_graphs: bool) -> list[list[Pattern]]:
    """Return the pattern that all triples of the default graph match, and one for those of named graphs."""
    default = [Pattern("s", "p", "o", None)]
    return [default, [Pattern("s", "p", "o", "g")]] if named_graphs else [default]


def patterns_of(
    sparql: str, prefixes: Mapping[str, str], bindings: Mapping[str, Term]
) -> list[list[Pattern]] | None:
    """Return the patterns of a query, those that are joined together; None if they cannot be told."""
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        declared = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in {**PREFIXES, **prefixes}.items())
        query = translateQuery(parseQuery(declared + sparql))
    except Exception:  # another parser, with gaps of its own: whatever it is, the patterns are not known
        return None
    found = _Collector(bindings)
    found.walk(query.algebra, None)
    return found.groups


class _Collector:
    """Collects the patterns of an algebra of rdflib."""

    def __init__(self, bindings: Mapping[str, Term]) -> None:
        self._bindings = bindings
        self._fresh = 0
        self.groups: list[list[Pattern]] = []

    def walk(self, part: Any, graph: Place | None) -> None:
        """Go through a part of the algebra."""
        from rdflib.plugins.sparql.parserutils import CompValue

        if isinstance(part, CompValue):
            if part.name in ("Graph", "GraphGraphPattern"):
                graph = self._place(part.term)
            if "triples" in part:
                self._triples(part.triples, graph)
            for key, value in part.items():
                if key not in ("triples", "term", "_vars", "PV", "template"):
                    self.walk(value, graph)
        elif isinstance(part, Mapping):
            for value in part.values():
                self.walk(value, graph)
        elif isinstance(part, list | tuple | set):
            for value in part:
                self.walk(value, graph)

    def _triples(self, triples: Any, graph: Place | None) -> None:
        """Add the patterns of a basic graph pattern: plain ones are joined, those of paths stand alone."""
        joined: list[Pattern] = []
        staying: list[tuple[Place, Place]] = []
        bound: set[Place] = set()
        flat: list[Any] = []
        for one in triples:
            flat += one
        for place in range(0, len(flat) - 2, 3):
            subject, predicate, object_ = flat[place : place + 3]
            s, o = self._place(subject), self._place(object_)
            if type(predicate).__name__ in ("URIRef", "Variable"):
                joined.append(Pattern(s, self._place(predicate), o, graph))
            else:
                self.groups += [[one] for one in self._path(predicate, s, o, graph)]
                if _may_stay(predicate):
                    staying.append((s, o))
                else:
                    bound |= {s, o}
        bound |= {place for pattern in joined for place in pattern[:3]}
        for s, o in staying:
            # A path of no length: every node is an answer, or the one that is named, if it is there.
            fixed = [place for place in (s, o) if not isinstance(place, str)]
            if fixed or not {s, o} & bound:
                end = fixed[0] if fixed else self._any()
                self.groups.append([Pattern(end, self._any(), self._any(), graph)])
                self.groups.append([Pattern(self._any(), self._any(), end, graph)])
        if joined:
            self.groups += _connected(joined)

    def _path(self, path: Any, s: Place, o: Place, graph: Place | None) -> Iterator[Pattern]:
        """Yield patterns that match at least the triples that a path goes over."""
        kind = type(path).__name__
        if kind == "URIRef":
            yield Pattern(s, ox.NamedNode(str(path)), o, graph)
        elif kind == "InvPath":
            yield from self._path(path.arg, o, s, graph)
        elif kind == "SequencePath":
            last = len(path.args) - 1
            for place, part in enumerate(path.args):
                begin = s if place == 0 else self._any()
                yield from self._path(part, begin, o if place == last else self._any(), graph)
        elif kind == "AlternativePath":
            for part in path.args:
                yield from self._path(part, s, o, graph)
        elif kind == "MulPath":
            yield from self._path(path.path, self._any(), self._any(), graph)
        else:  # a negated set: any property, in both directions
            yield Pattern(s, self._any(), o, graph)
            yield Pattern(o, self._any(), s, graph)

    def _any(self) -> str:
        """Return a new variable."""
        self._fresh += 1
        return f"any{self._fresh}"

    def _place(self, node: Node) -> Place:
        """Return what stands in a pattern, in our terms; values but texts are left open."""
        kind = type(node).__name__
        text = str(node)
        if kind == "URIRef":
            return ox.NamedNode(text)
        if kind == "Literal":
            language, datatype = getattr(node, "language", None), getattr(node, "datatype", None)
            if language:
                return ox.Literal(text, language=str(language))
            if datatype is None or str(datatype) == XSD.string:
                return ox.Literal(text)
            return self._any()
        if kind == "Variable":
            bound = self._bindings.get(text)
            return bound if isinstance(bound, ox.NamedNode) else f"v_{text}"
        return f"b_{text}"


def _may_stay(path: Any) -> bool:
    """Tell whether a path may lead from a node to itself over no triple."""
    kind = type(path).__name__
    if kind == "MulPath":
        return path.mod in ("*", "?") or _may_stay(path.path)
    if kind == "InvPath":
        return _may_stay(path.arg)
    if kind == "SequencePath":
        return all(map(_may_stay, path.args))
    return kind == "AlternativePath" and any(map(_may_stay, path.args))


def _connected(patterns: list[Pattern]) -> list[list[Pattern]]:
    """Return patterns in groups that share variables: others would only multiply each other."""
    groups: list[tuple[set[str], list[Pattern]]] = []
    for pattern in patterns:
        names = {place for place in pattern[:3] if isinstance(place, str)}
        mine = [group for group in groups if group[0] & names]
        merged = (
            names.union(*(group[0] for group in mine)),
            [*(one for group in mine for one in group[1]), pattern],
        )
        groups = [group for group in groups if group not in mine] + [merged]
    return [group for _, group in groups]


def sorted_rows(names: list[str], rows: Iterable[tuple[Term | None, ...]], order: str) -> RawResult:
    """Return rows in an order, and those of them that the order's LIMIT leaves.

    ``order`` is what follows the patterns of a query, about the variables of the rows.
    """
    store = ox.Store()
    columns = [ox.NamedNode(f"x:{place}") for place in range(len(names))]
    row_of, default = ox.NamedNode("x:row"), ox.DefaultGraph()

    def quads() -> Iterator[ox.Quad]:
        for number, row in enumerate(rows):
            node = ox.NamedNode(f"x:row-{number}")
            yield ox.Quad(node, row_of, node, default)
            for column, term in zip(columns, row, strict=True):
                if term is not None:
                    yield ox.Quad(node, column, term, default)

    store.bulk_extend(quads())
    parts = " ".join(
        f"OPTIONAL {{ ?x_row {column} ?{name} }}" for column, name in zip(columns, names, strict=True)
    )
    shown = " ".join(f"?{name}" for name in names)
    query = f"SELECT {shown} WHERE {{ ?x_row {row_of} ?x_row {parts} }} {order}"
    return EmbeddedStore(store, writable=False).query(query)


Fetch = Callable[[str, list[str]], Rows]
"""Runs a query for some variables and yields its rows, with these columns."""


class Mirror:
    """What was fetched of a server, as a store in memory."""

    def __init__(
        self,
        fetch: Fetch,
        written: Callable[[Term], str],
        default_graph: str | None,
        hidden: list[str],
    ) -> None:
        self._fetch, self._written = fetch, written
        self._default_graph, self._hidden = default_graph, hidden
        self._known: set[Hashable] = set()
        self.store = ox.Store()
        self._size = 0

    def is_whole(self, *, named_graphs: bool) -> bool:
        """Tell whether all triples are here: of the default graph, with ``named_graphs`` of every graph."""
        shapes = {(None, None, None, None)} | ({(None, None, None, "any")} if named_graphs else set())
        return shapes <= self._known

    def hold(self, groups: list[list[Pattern]]) -> None:
        """Fetch what some patterns match. Raises QueryError if it is too much."""
        for group in groups:
            for pattern in group:
                self._hold(pattern, [one for one in group if one is not pattern])

    def _hold(self, pattern: Pattern, others: list[Pattern]) -> None:
        """Fetch what a pattern matches together with others, unless all that it matches is here."""
        if not any(isinstance(place, str) for place in pattern):
            pattern = pattern._replace(object="any")
        alone = _shape(pattern)
        *fixed, g = alone
        wider = {(*some, g) for some in product(*((place, None) for place in fixed))}
        key = (pattern, *others)
        if wider & self._known or key in self._known:
            return
        names = list(dict.fromkeys(place for place in pattern if isinstance(place, str)))
        body = " ".join(" ".join(map(self._text, one[:3])) + " ." for one in (pattern, *others))
        graph = pattern.graph
        if graph is None:
            where = body if self._default_graph is None else f"GRAPH <{self._default_graph}> {{ {body} }}"
        else:
            where = f"GRAPH {self._text(graph)} {{ {body} }}"
            if isinstance(graph, str) and self._hidden:
                hidden = ", ".join(f"<{iri}>" for iri in self._hidden)
                where += f" FILTER(?{graph} NOT IN ({hidden}))"
        shown = " ".join(f"?{name}" for name in names)
        sparql = f"SELECT DISTINCT {shown} WHERE {{ {where} }}"
        quads = []
        for row in self._fetch(sparql, names):
            values = dict(zip(names, row, strict=True))
            s, p, o = (values[place] if isinstance(place, str) else place for place in pattern[:3])
            named = values[graph] if isinstance(graph, str) else graph
            if isinstance(s, ox.Literal) or isinstance(named, ox.Literal) or not isinstance(p, ox.NamedNode):
                continue
            quads.append(ox.Quad(s, p, o, ox.DefaultGraph() if named is None else named))
            self._size += 1
            if self._size > _MOST:
                raise QueryError(
                    "this server does not answer such queries as SPARQL 1.1 says, and to answer it here, "
                    f"more than {_MOST:,} triples would have to be fetched: narrow the query"
                )
        self.store.extend(quads)
        is_all = not others and len(names) == sum(isinstance(place, str) for place in pattern)
        self._known.add(alone if is_all else key)

    def _text(self, place: Place) -> str:
        return f"?{place}" if isinstance(place, str) else self._written(place)


def _shape(pattern: Pattern) -> tuple[Hashable, ...]:
    """Return what a pattern fixes, its variables left out; which variable repeats is not looked at."""
    graph = pattern.graph
    return (
        *(None if isinstance(place, str) else place for place in pattern[:3]),
        "any" if isinstance(graph, str) else graph,
    )
