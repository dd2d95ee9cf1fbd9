"""N-Quads text, written fast: an importer makes the lines of a row as one string and writes them at once.

An importer says ``f"{node} {TYPE} {OCCUPATION} .\\n"``: terms are text in N-Triples form, made by the
functions here. A million triples are a second so; the objects of an RDF library would take ten.

>>> print(iri("http://example.org/a"), text('say "hello"', "en"), decimal("4.12"))
<http://example.org/a> "say \\"hello\\""@en "4.12"^^<http://www.w3.org/2001/XMLSchema#decimal>
"""

from __future__ import annotations

import re
from typing import BinaryIO

from careerkg.vocabulary import CKG, DCTERMS, RDF, RDFS, SKOS, XSD

__all__ = [
    "FALSE",
    "LABEL",
    "SOURCE_OF",
    "TRUE",
    "TYPE",
    "BadTerm",
    "TripleWriter",
    "boolean",
    "ckg",
    "date",
    "decimal",
    "integer",
    "iri",
    "literal",
    "skos",
    "text",
    "year_month",
]


class BadTerm(ValueError):
    """A value that cannot be the term it should be: the reason for which a row is rejected."""


TYPE = f"<{RDF.type}>"
LABEL = f"<{RDFS.label}>"
SOURCE_OF = f"<{DCTERMS.source}>"
TRUE = f'"true"^^<{XSD.boolean}>'
FALSE = f'"false"^^<{XSD.boolean}>'
_DECIMAL = f'"^^<{XSD.decimal}>'
_INTEGER = f'"^^<{XSD.integer}>'
_DATE = f'"^^<{XSD.date}>'
_YEAR_MONTH = f'"^^<{XSD.gYearMonth}>'

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d+)?|\.\d+)")
_WHOLE = re.compile(r"[+-]?\d+")
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_SPECIAL = re.compile(r'["\\\n\r]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r"}


def ckg(name: str) -> str:
    """Return a term of the careerkg vocabulary as N-Triples text."""
    return f"<{CKG}{name}>"


def skos(name: str) -> str:
    """Return a term of SKOS as N-Triples text."""
    return f"<{SKOS}{name}>"


def iri(value: str) -> str:
    """Return an absolute IRI as N-Triples text. Raises BadTerm if it is none."""
    if _IRI.fullmatch(value) is None:
        raise BadTerm(f"{value!r} is not an absolute IRI")
    return f"<{value}>"


def text(value: str, language: str) -> str:
    """Return a text with its language as N-Triples text; white space at its ends is dropped.

    Raises BadTerm for an empty text or a malformed language tag.
    """
    value = value.strip()
    if not value:
        raise BadTerm("an empty text")
    if language != "en" and _LANGUAGE.fullmatch(language) is None:
        raise BadTerm(f"{language!r} is not a language tag")
    if _SPECIAL.search(value) is not None:
        value = _SPECIAL.sub(_escape, value)
    return f'"{value}"@{language}'


def literal(value: str, datatype: str | None = None) -> str:
    """Return a literal, a plain string if it has no datatype, as N-Triples text."""
    if _SPECIAL.search(value) is not None:
        value = _SPECIAL.sub(_escape, value)
    return f'"{value}"' if datatype is None else f'"{value}"^^<{datatype}>'


def decimal(value: str) -> str:
    """Return a decimal number as N-Triples text, in the engine's form: 4.50 as 4.5. Raises BadTerm.

    In a form of their own the same figures would differ between a dump and the store that it was loaded into.

    >>> decimal("-0.50"), decimal("+02.00") == decimal("2")
    ('"-0.5"^^<http://www.w3.org/2001/XMLSchema#decimal>', True)
    """
    if _NUMBER.fullmatch(value) is None:
        raise BadTerm(f"{value!r} is not a number")
    return f'"{_canonical(value)}{_DECIMAL}'


def integer(value: str) -> str:
    """Return a whole number as N-Triples text. Raises BadTerm if it is none."""
    if _WHOLE.fullmatch(value) is None:
        raise BadTerm(f"{value!r} is not a whole number")
    return f'"{_canonical(value)}{_INTEGER}'


def boolean(value: bool) -> str:
    """Return a truth value as N-Triples text."""
    return TRUE if value else FALSE


def date(value: str) -> str:
    """Return a day, ``2024-05-31``, as N-Triples text. Raises BadTerm if it is none."""
    if _DAY.fullmatch(value) is None:
        raise BadTerm(f"{value!r} is not a date")
    return f'"{value}{_DATE}'


def year_month(value: str) -> str:
    """Return a month, ``2024-05``, as N-Triples text. Raises BadTerm if it is none."""
    if _MONTH.fullmatch(value) is None:
        raise BadTerm(f"{value!r} is not a year and month")
    return f'"{value}{_YEAR_MONTH}'


class TripleWriter:
    """Takes lines of N-Triples or N-Quads: to a stream, or to nowhere in a dry run."""

    __slots__ = ("_buffer", "_size", "_stream", "triples")

    def __init__(self, stream: BinaryIO | None) -> None:
        self._stream = stream
        self._buffer: list[str] = []
        self._size = 0
        self.triples = 0

    def write(self, lines: str) -> None:
        """Take whole lines, each with its end: those of one row, as one string."""
        self._buffer.append(lines)
        self._size += len(lines)
        if self._size > 1 << 20:
            self.flush()

    def triple(self, subject: str, predicate: str, object: str) -> None:
        """Take one triple; :meth:`write` is for many."""
        self.write(f"{subject} {predicate} {object} .\n")

    def flush(self) -> None:
        """Hand over what was taken."""
        lines = "".join(self._buffer)
        self.triples += lines.count("\n")
        if self._stream is not None:
            self._stream.write(lines.encode())
        self._buffer.clear()
        self._size = 0


def _canonical(number: str) -> str:
    """Return a number without plus, leading and trailing zeros."""
    sign = "-" if number[0] == "-" else ""
    whole, _, fraction = number.lstrip("+-").partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    if whole == "0" and not fraction:
        return "0"
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def _escape(match: re.Match[str]) -> str:
    """Return a character that cannot stand in a literal, escaped."""
    return _ESCAPES[match.group()]
