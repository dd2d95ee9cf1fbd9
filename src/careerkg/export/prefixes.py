"""Prefixes at work: the shortest name of an IRI, quickly, and which prefixes were used."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["Shortener"]

_TURTLE_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
"""Local names that need no escape in Turtle; a part of what the grammar allows."""

_PREFIX = re.compile(r"[A-Za-z](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")


class Shortener:
    """Turns IRIs into CURIEs and remembers the prefixes it used.

    Of several prefixes for one namespace the first by name is taken; of several namespaces that fit, the
    longest.
    """

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._by_namespace: dict[str, str] = {}
        for prefix in sorted(prefixes, reverse=True):
            if _PREFIX.fullmatch(prefix):
                self._by_namespace[prefixes[prefix]] = prefix
        # Namespaces that end inside a word cannot be found by cutting at separators; there are few.
        self._odd = sorted((n for n in self._by_namespace if n and n[-1] not in "/#:"), key=len, reverse=True)
        self.used: dict[str, str] = {}

    def split(self, iri: str) -> tuple[str, str] | None:
        """Return prefix and local name by the longest namespace that fits, or None."""
        best = next((namespace for namespace in self._odd if iri.startswith(namespace)), "")
        end = len(iri)
        while end > len(best):
            end = max(iri.rfind("/", 0, end), iri.rfind("#", 0, end), iri.rfind(":", 0, end))
            if end < 0:
                break
            namespace = iri[: end + 1]
            if len(namespace) > len(best) and namespace in self._by_namespace:
                best = namespace
                break
        if not best:
            return None
        return self._by_namespace[best], iri[len(best) :]

    def turtle(self, iri: str) -> str:
        """Return an IRI as Turtle writes it: a prefixed name where that needs no escape, else in brackets."""
        found = self.split(iri)
        if found is None or not _TURTLE_LOCAL.fullmatch(found[1]):
            return f"<{iri}>"
        prefix, name = found
        self.used[prefix] = iri[: len(iri) - len(name)]
        return f"{prefix}:{name}"
