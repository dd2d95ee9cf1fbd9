"""What can go wrong, named for what is wrong.

::

    CareerGraphError                 everything below; the CLI prints its message and exits with 2
    ├── NameResolutionError          a name that a person gave does not stand for one thing
    │   ├── UnknownName                  .name, .suggestions
    │   └── AmbiguousName                .name, .candidates
    ├── DataError                    data that cannot be used as it is
    │   ├── RdfSyntaxError               .path, .line, .column
    │   ├── MalformedValue               .node, .property, .value: a cost below zero, "P1X" as a duration
    │   ├── SourceFileError              .path, .line: a file of a release that cannot be read as it should
    │   │   └── UnsafeArchive                a member that leaves its archive, or a decompression bomb
    │   └── TooManyErrors                .rejected, .limit: more rows of a release rejected than allowed
    ├── QueryError                   SPARQL that cannot be run
    │   ├── QuerySyntaxError             .line, .column
    │   ├── UpdateRefused                an update where only queries are allowed
    │   ├── QueryTimeout                 .seconds: ended at its deadline, inside evaluation
    │   ├── QueryTooBig                  it needs more memory, or gives more bytes, than a query may
    │   └── TooManyQueries               .retry_after, in seconds: others run and wait already
    ├── StoreError                   a store that cannot be opened, read or written; .path
    ├── ServiceError                 a server that cannot be started; .address
    ├── OutputError                  a file that cannot be written; .path
    ├── FormatError                  an unknown or unfitting format; .name, .known
    ├── InvalidArgument              a ValueError, too: .argument, .value is none of what is .allowed
    ├── RouteError                   a route question that has no meaning as asked
    │   └── MixedCurrencies              .currencies
    └── ShapesError                  a shapes graph that cannot be used; .path, .line, .node
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = [
    "AmbiguousName",
    "CareerGraphError",
    "DataError",
    "FormatError",
    "InvalidArgument",
    "MalformedValue",
    "MixedCurrencies",
    "NameResolutionError",
    "OutputError",
    "QueryError",
    "QuerySyntaxError",
    "QueryTimeout",
    "QueryTooBig",
    "RdfSyntaxError",
    "RouteError",
    "ServiceError",
    "ShapesError",
    "SourceFileError",
    "StoreError",
    "TooManyErrors",
    "TooManyQueries",
    "UnknownName",
    "UnsafeArchive",
    "UpdateRefused",
]


class CareerGraphError(Exception):
    """Any error that careerkg raises on purpose; its text is one line a person can act on."""


class NameResolutionError(CareerGraphError):
    """A name that does not stand for exactly one thing in the graph."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


class UnknownName(NameResolutionError):
    """A name that stands for nothing; ``suggestions`` are the nearest known ones."""

    def __init__(self, name: str, suggestions: Sequence[str] = ()) -> None:
        hint = f"; did you mean {', '.join(suggestions)}?" if suggestions else ""
        shown = name if len(name) <= 200 else f"{name[:200]}…"
        super().__init__(f"unknown name {shown!r}{hint}", name)
        self.suggestions = tuple(suggestions)


class AmbiguousName(NameResolutionError):
    """A name that stands for several things; ``candidates`` tells them apart."""

    def __init__(self, name: str, candidates: Sequence[str]) -> None:
        super().__init__(f"ambiguous name {name!r}; say one of: {', '.join(candidates)}", name)
        self.candidates = tuple(candidates)


class DataError(CareerGraphError):
    """Data that cannot be used as it is."""


class RdfSyntaxError(DataError):
    """RDF that does not parse, with the place: ``file:line:column``."""

    def __init__(self, path: str | Path, line: int | None, column: int | None, reason: str) -> None:
        place = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{place}: {reason}")
        self.path, self.line, self.column = str(path), line, column


class MalformedValue(DataError):
    """A value that its property does not allow."""

    def __init__(self, node: str, property_: str, value: str, expected: str) -> None:
        super().__init__(f"{node} {property_}: {value!r} is not {expected}")
        self.node, self.property, self.value = node, property_, value


class SourceFileError(DataError):
    """A file of a publisher's release that cannot be read as it should, with file and line."""

    def __init__(self, path: str | Path, line: int | None, reason: str) -> None:
        super().__init__(f"{path}{'' if line is None else f':{line}'}: {reason}")
        self.path, self.line = str(path), line


class UnsafeArchive(SourceFileError):
    """An archive that is not unpacked: a member would leave it, or would grow beyond all measure."""


class TooManyErrors(DataError):
    """More rows of a release were rejected than the caller allows; nothing was imported."""

    def __init__(self, rejected: int, limit: int, last: str) -> None:
        super().__init__(f"{rejected} rows rejected, {limit} allowed, nothing imported; the last: {last}")
        self.rejected, self.limit = rejected, limit


class QueryError(CareerGraphError):
    """SPARQL that cannot be run."""


class QuerySyntaxError(QueryError):
    """SPARQL that does not parse, with the place."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        place = f" at line {line}, column {column}" if line is not None else ""
        super().__init__(f"malformed SPARQL{place}: {reason}")
        self.line, self.column = line, column


class UpdateRefused(QueryError):
    """A SPARQL update where only queries are allowed."""


class QueryTimeout(QueryError):
    """A query that did not end by its deadline; it was ended inside evaluation."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the query did not end within {seconds:g} s and was stopped; ask for less, or add LIMIT"
        )
        self.seconds = seconds


class QueryTooBig(QueryError):
    """A query that needs more memory, or whose answer has more bytes, than a query may have."""


class TooManyQueries(QueryError):
    """As many queries as may run and wait do so already."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"too many queries at a time; try again in {retry_after:g} s")
        self.retry_after = retry_after


class StoreError(CareerGraphError):
    """A store that cannot be opened, read or written."""

    def __init__(self, message: str, path: str | Path | None = None) -> None:
        super().__init__(message)
        self.path = None if path is None else str(path)


class ServiceError(CareerGraphError):
    """A server that cannot be started."""

    def __init__(self, message: str, address: str | None = None) -> None:
        super().__init__(message)
        self.address = address


class OutputError(CareerGraphError):
    """A file that cannot be written; what stood there before is untouched."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"cannot write {path}: {reason}")
        self.path = str(path)


class FormatError(CareerGraphError):
    """A format that is unknown, or does not fit what is to be written."""

    def __init__(self, name: str, known: Sequence[str], problem: str = "unknown format") -> None:
        super().__init__(f"{problem} {name!r}; use one of: {', '.join(known)}")
        self.name, self.known = name, tuple(known)


class InvalidArgument(CareerGraphError, ValueError):
    """An argument that is none of what is allowed, or of another type: ``allowed`` says what is."""

    def __init__(self, argument: str, value: object, allowed: Sequence[str] | str) -> None:
        expected = allowed if isinstance(allowed, str) else f"one of: {', '.join(allowed)}"
        super().__init__(f"{argument} {value!r} is not {expected}")
        self.argument, self.value = argument, value
        self.allowed = (allowed,) if isinstance(allowed, str) else tuple(allowed)


class RouteError(CareerGraphError):
    """A route question that has no meaning as asked."""


class MixedCurrencies(RouteError):
    """Costs in several currencies cannot be added up."""

    def __init__(self, currencies: Sequence[str]) -> None:
        super().__init__(
            f"costs are in several currencies ({', '.join(currencies)}) and cannot be added; "
            "choose one with --currency"
        )
        self.currencies = tuple(currencies)


class ShapesError(CareerGraphError):
    """A shapes graph that cannot be used."""

    def __init__(
        self, message: str, path: str | Path | None = None, line: int | None = None, node: str | None = None
    ) -> None:
        super().__init__(message)
        self.path, self.line, self.node = None if path is None else str(path), line, node
