"""Rows of a result that the engine has written: how many there are, and the document without the last.

The engine writes a hundred thousand rows in the time in which Python reads a few thousand, so a row cap is
kept like this: one row more than allowed is asked for, and if it is there, it is cut off the document.

Each format has a mark that stands between rows and nowhere inside a value, since values are escaped: see the
W3C recommendations SPARQL 1.1 Query Results JSON, CSV and TSV Formats, and SPARQL Query Results XML Format.
"""

from __future__ import annotations

import json

__all__ = ["count_rows", "without_last_row"]

_BETWEEN = b'},{"'


def count_rows(document: bytes, format_: str) -> int:
    """Return the number of rows in a SELECT result in ``json``, ``xml``, ``csv`` or ``tsv``."""
    if format_ == "xml":
        return document.count(b"<result>")
    if format_ == "tsv":  # line ends inside values are written as \n
        return document.count(b"\n") - 1
    if format_ == "csv":
        # Every second piece lies between quotes; a doubled quote inside them makes an empty piece more.
        return sum(piece.count(b"\n") for piece in document.split(b'"')[::2]) - 1
    if b"{}" in document:  # a row without any value, or those two characters inside a text
        return len(json.loads(document)["results"]["bindings"])
    if document.endswith(b'"bindings":[]}}'):
        return 0
    # Between two rows stands },{" and a name. Inside a text a quote is preceded by a backslash, so that the
    # same four characters are also the end of a text, where no name follows.
    return document.count(_BETWEEN) - document.count(_BETWEEN + b"}") - document.count(_BETWEEN + b",") + 1


def without_last_row(document: bytes, format_: str) -> bytes:
    """Return a document of a SELECT result with at least one row without the last of them."""
    if format_ == "xml":
        return document[: document.rindex(b"<result>")] + b"</results></sparql>"
    if format_ == "tsv":
        return document[: document.rindex(b"\n", 0, -1) + 1]
    if format_ == "csv":
        end = document.rindex(b"\n", 0, -1) + 1
        while document.count(b'"', 0, end) % 2:  # that line end is part of a value
            end = document.rindex(b"\n", 0, end - 1) + 1
        return document[:end]
    if b"{}" in document:
        result = json.loads(document)
        del result["results"]["bindings"][-1]
        return json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode()
    cut = document.rfind(_BETWEEN)
    while cut >= 0 and document[cut + 4 : cut + 5] in (b"}", b","):
        cut = document.rfind(_BETWEEN, 0, cut)
    if cut < 0:
        return document[: document.index(b'"bindings":[') + 12] + b"]}}"
    return document[: cut + 1] + b"]}}"
