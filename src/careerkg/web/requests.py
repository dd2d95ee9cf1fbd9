"""What a request to the endpoint asks: SPARQL 1.1 Protocol, sections 2.1 and 2.2.

A query comes as the parameter ``query`` of a GET or of a form, or as the body itself; the dataset as the
parameters ``default-graph-uri`` and ``named-graph-uri``. Unknown parameters are ignored, as the protocol
says nothing of them and clients send them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple
from urllib.parse import unquote_to_bytes

from careerkg.web.replies import Problem

__all__ = ["Operation", "parameters_by_name", "read_operation", "read_parameters"]

MOST_PARAMETERS = 1000
FORM = "application/x-www-form-urlencoded"
_DATASET = {
    "query": ("default-graph-uri", "named-graph-uri"),
    "update": ("using-graph-uri", "using-named-graph-uri"),
}


class Operation(NamedTuple):
    """A query or an update as it was asked for; without a dataset the text, or the store, decides."""

    text: str
    default_graphs: tuple[str, ...] | None
    named_graphs: tuple[str, ...] | None
    format: str | None
    """The value of ``format`` or ``output``, if there is one."""


def read_operation(
    kind: Literal["query", "update"],
    method: str,
    query_string: bytes,
    content_type: str | None,
    body: bytes,
) -> Operation | None:
    """Return what is asked; None for a GET without the parameter, which asks for the service's description.

    Raises Problem: 400 for a missing, repeated or misplaced parameter or text that is not UTF-8, 405, 415.
    """
    parameters = read_parameters(query_string)
    if method == "POST":
        media_type, charset = _media_type(content_type)
        if charset not in ("utf-8", "utf8", "us-ascii"):
            raise Problem(415, f"the body must be UTF-8, not {charset}")
        if media_type == FORM:
            # Some clients put the dataset into the address although the query is in the body.
            parameters = [*read_parameters(body), *parameters]
        elif media_type == f"application/sparql-{kind}":
            if kind in parameters_by_name(parameters):
                raise Problem(400, f"a {kind} in the body and one in the address: send one")
            return _operation(kind, _text(body), parameters)
        else:
            given = f"not {media_type}" if media_type else "which is missing"
            raise Problem(
                415,
                f"Content-Type must be {FORM} or application/sparql-{kind}, {given}",
                headers=[("accept-post", f"{FORM}, application/sparql-{kind}")],
            )
    elif kind == "update" or method not in ("GET", "HEAD"):
        allowed = "POST, OPTIONS" if kind == "update" else "GET, HEAD, POST, OPTIONS"
        raise Problem(405, f"{method} is not allowed here", headers=[("allow", allowed)])
    texts = parameters_by_name(parameters).get(kind, [])
    if not texts:
        if method == "POST":
            raise Problem(400, f"the parameter {kind} is missing")
        other = "update" if kind == "query" else "query"
        if other in parameters_by_name(parameters):
            raise Problem(400, f"an {other} cannot be sent by GET to this address")
        return None
    if len(texts) > 1:
        raise Problem(400, f"{len(texts)} times the parameter {kind}: send it once")
    return _operation(kind, texts[0], parameters)


def parameters_by_name(parameters: Sequence[tuple[str, str]]) -> Mapping[str, list[str]]:
    """Return the values of each parameter, in order."""
    found: dict[str, list[str]] = {}
    for name, value in parameters:
        found.setdefault(name, []).append(value)
    return found


def _operation(kind: str, text: str, parameters: Sequence[tuple[str, str]]) -> Operation:
    """Return an operation with the dataset and format that parameters give."""
    named = parameters_by_name(parameters)
    default_name, named_name = _DATASET[kind]
    default, named_graphs = named.get(default_name), named.get(named_name)
    formats = [*named.get("format", []), *named.get("output", [])]
    has_dataset = default is not None or named_graphs is not None
    return Operation(
        text,
        tuple(default or ()) if has_dataset else None,
        tuple(named_graphs or ()) if has_dataset else None,
        formats[0] if formats else None,
    )


def read_parameters(encoded: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a form or address. Raises Problem for more than 1000, or no UTF-8."""
    pieces = encoded.split(b"&")
    if len(pieces) > MOST_PARAMETERS:
        raise Problem(400, f"more than {MOST_PARAMETERS} parameters")
    found = []
    try:
        for piece in pieces:
            if piece:
                name, _, value = piece.partition(b"=")
                found.append((_decoded(name), _decoded(value)))
    except UnicodeDecodeError as error:
        raise Problem(400, f"the parameters are not UTF-8: {error.reason}") from None
    return found


def _decoded(encoded: bytes) -> str:
    """Return a name or value as text. Raises UnicodeDecodeError."""
    if b"+" in encoded:
        encoded = encoded.replace(b"+", b" ")
    return (unquote_to_bytes(encoded) if b"%" in encoded else encoded).decode("utf-8")


def _text(body: bytes) -> str:
    """Return a body as text. Raises Problem."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(400, f"the body is not UTF-8: {error.reason} at byte {error.start}") from None


def _media_type(content_type: str | None) -> tuple[str, str]:
    """Return the media type and the charset of a Content-Type header."""
    if not content_type:
        return "", "utf-8"
    media_type, *parameters = content_type.split(";")
    charset = "utf-8"
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return media_type.strip().lower(), charset
