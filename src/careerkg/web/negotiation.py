"""Which representation a client likes best, by the q-values of Accept (RFC 9110, section 12.5.1), or has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

__all__ = ["best_match", "has_already", "qualities"]

_RANGE = re.compile(r"\s*([^\s;,/]+)/([^\s;,]+)\s*((?:;[^,]*)?)")
_QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.[0-9]{0,3})?|\.[0-9]{1,3})\s*(?:;|\Z)", re.IGNORECASE)


@lru_cache(maxsize=1024)
def qualities(accept: str) -> tuple[tuple[str, str, float], ...]:
    """Return the ranges of an ``Accept`` header: type, subtype, quality; what is malformed is left out.

    >>> qualities("text/html, */*;q=0.1")
    (('text', 'html', 1.0), ('*', '*', 0.1))
    """
    found = []
    for piece in accept.split(","):
        match = _RANGE.fullmatch(piece)
        if match is not None:
            quality = _QUALITY.search(match[3])
            weight = min(float(quality[1]), 1.0) if quality is not None else 1.0
            found.append((match[1].lower(), match[2].lower(), weight))
    return tuple(found)


def _quality(ranges: Iterable[tuple[str, str, float]], media_type: str) -> float:
    """Return the quality of a media type: that of the most specific range that holds it, 0 for none."""
    type_, _, subtype = media_type.partition("/")
    best, specificity = 0.0, -1
    for range_type, range_subtype, weight in ranges:
        if range_type == type_ and range_subtype == subtype:
            level = 2
        elif range_type == type_ and range_subtype == "*":
            level = 1
        elif range_type == "*" and range_subtype == "*":
            level = 0
        else:
            continue
        if level > specificity or (level == specificity and weight > best):
            best, specificity = weight, level
    return best


def best_match(accept: str | None, offered: Sequence[str]) -> str | None:
    """Return the media type that a client likes best, of equals the first offered; None if none will do.

    Without an ``Accept`` header, or with an empty one, the first. Parameters other than ``q`` do not count.

    >>> best_match("text/turtle;q=0.5, application/*", ["text/turtle", "application/ld+json"])
    'application/ld+json'
    """
    if not accept or not accept.strip():
        return offered[0]
    ranges = qualities(accept)
    best, quality = None, 0.0
    for media_type in offered:
        weight = _quality(ranges, media_type)
        if weight > quality:
            best, quality = media_type, weight
    return best


def has_already(if_none_match: str | None, tag: str) -> bool:
    """Tell whether ``If-None-Match`` says that a client has the representation (RFC 9110, section 13.1.2).

    >>> has_already('"a", W/"b"', '"b"'), has_already("*", '"b"'), has_already('"a"', '"b"')
    (True, True, False)
    """
    if if_none_match is None:
        return False
    given = [piece.strip().removeprefix("W/") for piece in if_none_match.split(",")]
    return given == ["*"] or tag.removeprefix("W/") in given
