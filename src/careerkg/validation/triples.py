"""A shapes graph in memory: triples by subject and predicate, lists, and where in its files a node stands."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from careerkg.errors import RdfSyntaxError, ShapesError, StoreError
from careerkg.store import Term, read_rdf
from careerkg.validation.names import RDF_FIRST, RDF_NIL, RDF_REST, short

__all__ = ["TripleIndex", "as_term", "as_text"]


def as_text(term: Term) -> str:
    """Return a term as text: an IRI as it is, a literal by its lexical form, a blank node ``_:id``."""
    if isinstance(term, ox.BlankNode):
        return f"_:{term.value}"
    return str(term) if isinstance(term, ox.Triple) else term.value


def as_term(text: str) -> Term:
    """Return the node that a text of :func:`as_text` stands for: an IRI, or ``_:id`` for a blank node."""
    return ox.BlankNode(text[2:]) if text.startswith("_:") else ox.NamedNode(text)


class TripleIndex:
    """Triples of a small graph, found by subject and predicate or by predicate and object."""

    def __init__(self, triples: Iterable[ox.Triple], paths: Iterable[Path] = ()) -> None:
        self.triples: list[ox.Triple] = list(dict.fromkeys(triples))
        self.paths = tuple(paths)
        self._forward: dict[Term, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self._backward: dict[tuple[str, Term], list[Term]] = defaultdict(list)
        for triple in self.triples:
            self._forward[triple.subject][triple.predicate.value].append(triple.object)
            self._backward[triple.predicate.value, triple.object].append(triple.subject)

    @classmethod
    def read(cls, paths: Iterable[Path]) -> TripleIndex:
        """Return the triples of some RDF files, of every graph. Raises ShapesError with file and line."""
        triples: list[ox.Triple] = []
        files = list(paths)
        for path in files:
            try:
                for quad in read_rdf(path):
                    triples.append(quad.triple)  # noqa: PERF401 - one file at a time, for its error
            except RdfSyntaxError as error:
                place = ":".join(str(part) for part in (path, error.line, error.column) if part is not None)
                reason = str(error).removeprefix(f"{place}: ")
                raise ShapesError(f"{place}: not RDF: {reason}", path, error.line) from None
            except StoreError as error:
                reason = str(error).removeprefix(f"cannot read {path}: ")
                raise ShapesError(f"cannot read the shapes {path}: {reason}", path) from None
        return cls(triples, files)

    def objects(self, subject: Term, predicate: str) -> list[Term]:
        """Return the objects of the triples with a subject and a predicate, in file order."""
        return self._forward[subject][predicate] if subject in self._forward else []

    def subjects(self, predicate: str, object: Term) -> list[Term]:
        """Return the subjects of the triples with a predicate and an object, in file order."""
        return self._backward.get((predicate, object), [])

    def predicates(self, subject: Term) -> Iterator[str]:
        """Return the predicates that a subject has."""
        return iter(self._forward.get(subject, ()))

    def with_predicate(self, predicate: str) -> Iterator[tuple[Term, Term]]:
        """Return subject and object of every triple with a predicate."""
        for triple in self.triples:
            if triple.predicate.value == predicate:
                yield triple.subject, triple.object

    def items(self, head: Term) -> list[Term]:
        """Return the members of an RDF list. Raises ShapesError if it is broken or has a cycle."""
        members: list[Term] = []
        seen: set[Term] = set()
        node = head
        while not (isinstance(node, ox.NamedNode) and node.value == RDF_NIL):
            first, rest = self.objects(node, RDF_FIRST), self.objects(node, RDF_REST)
            if node in seen or len(first) != 1 or len(rest) != 1:
                raise self.error(head, "is not a well-formed RDF list")
            seen.add(node)
            members.append(first[0])
            node = rest[0]
        return members

    def error(self, node: Term, problem: str) -> ShapesError:
        """Return the error that says what is wrong with a node, with file and line if known."""
        where = self._locate(node)
        place = (
            f"{where[0]}:{where[1]}: " if where else (f"{self.paths[0]}: " if len(self.paths) == 1 else "")
        )
        named = self._named_ancestor(node)
        name = as_text(named) if named is not None else "a shape"
        at = name if named == node else f"a node of {name}"
        path, line = where or (self.paths[0] if len(self.paths) == 1 else None, None)
        return ShapesError(f"{place}{at} {problem}", path, line, name)

    def _named_ancestor(self, node: Term) -> Term | None:
        """Return the node itself if it has a name, else the nearest one with a name that leads to it."""
        seen = {node}
        frontier = [node]
        while frontier:
            for candidate in frontier:
                if isinstance(candidate, ox.NamedNode):
                    return candidate
            frontier = [
                triple.subject
                for triple in self.triples
                if triple.object in frontier and triple.subject not in seen
            ]
            seen.update(frontier)
        return None

    def _locate(self, node: Term) -> tuple[Path, int] | None:
        """Return file and line where a named node begins a statement, or else where it is first named."""
        named = self._named_ancestor(node)
        if named is None:
            return None
        full, local = f"<{as_text(named)}>", ":" + short(as_text(named))
        best: tuple[Path, int] | None = None
        for path in filter(Path.is_file, self.paths):  # a pipe cannot be read again
            try:
                lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            except OSError:
                continue
            for number, line in enumerate(lines, 1):
                at = re.match(rf"\s*(?:{re.escape(full)}|[\w.-]*{re.escape(local)})(?=[\s;.]|$)", line)
                if at:
                    return path, number
                if best is None and (full in line or re.search(re.escape(local) + r"(?![\w-])", line)):
                    best = path, number
        return best
