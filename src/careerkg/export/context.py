"""The JSON-LD context of careerkg: ``ontology/context.jsonld``, generated from the vocabulary."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from careerkg.resources import context_file
from careerkg.vocabulary import ID, PREFIXES, SOURCE

__all__ = ["Context", "TermDefinition", "load_context"]

_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*\Z")


@dataclass(frozen=True)
class TermDefinition:
    """What a word of the context stands for: an IRI and how its values are read."""

    name: str
    iri: str
    type: str | None = None
    """``@id``, or the IRI of the datatype that a plain text has; None if it has none."""
    language: str | None = None
    """The language that a plain text has."""


@dataclass(frozen=True)
class Context:
    """The context as data: prefixes, terms, and the definitions as they stand in the file."""

    prefixes: Mapping[str, str]
    terms: Mapping[str, TermDefinition]
    definitions: Mapping[str, Any]

    def with_prefixes(self, more: Mapping[str, str], *, without: Iterable[str] = ()) -> Context:
        """Return a context with more prefixes and without some.

        Left out: words that are terms already, and namespaces inside those of our entities and sources,
        which have one prefix each (a prefix ``unit`` for units would clash with the property ``unit``).
        """
        known = set(self.prefixes.values())
        added = {
            prefix: namespace
            for prefix, namespace in more.items()
            if _PREFIX.match(prefix)
            and prefix not in self.definitions
            and namespace not in known
            and not namespace.startswith((str(ID), str(SOURCE)))
        }
        prefixes = {
            prefix: namespace
            for prefix, namespace in {**self.prefixes, **added}.items()
            if prefix not in without
        }
        return Context(prefixes, self.terms, self.definitions)

    def excerpt(self, *, prefixes: Iterable[str], terms: Iterable[str]) -> dict[str, Any]:
        """Return the part of the context that some prefixes and terms need, as a JSON object."""
        wanted = set(prefixes)
        chosen: dict[str, Any] = {}
        for name in sorted(terms):
            definition = self.definitions[name]
            if isinstance(definition, dict):
                chosen[name] = {key: self._within(word, wanted) for key, word in definition.items()}
            else:
                chosen[name] = self._within(definition, wanted)
        keywords = {name: value for name, value in self.definitions.items() if _is_keyword(name, value)}
        return {
            **keywords,
            **{prefix: _prefix_definition(self.prefixes[prefix]) for prefix in sorted(wanted)},
            **chosen,
        }

    def _within(self, word: str, wanted: set[str]) -> str:
        """Return a word of a definition, its prefix noted; the IRI if the prefix is one of those left out."""
        prefix, colon, rest = word.partition(":")
        if not colon:
            return word
        if prefix not in self.prefixes:
            return f"{PREFIXES[prefix]}{rest}"
        wanted.add(prefix)
        return word


def _is_keyword(name: str, value: Any) -> bool:
    """Tell whether an entry is ``@version`` or an alias of a keyword."""
    return name.startswith("@") or (isinstance(value, str) and value.startswith("@"))


def _prefix_definition(namespace: str) -> Any:
    """Return the definition of a prefix; one that ends inside a word has to be declared as a prefix."""
    return namespace if namespace[-1] in ":/?#[]@" else {"@id": namespace, "@prefix": True}


@lru_cache(maxsize=1)
def load_context() -> Context:
    """Return the context that comes with careerkg."""
    definitions = json.loads(context_file().read_text(encoding="utf-8"))["@context"]
    prefixes = {
        name: value for name, value in definitions.items() if isinstance(value, str) and "://" in value
    }

    def full(word: str) -> str:
        prefix, colon, rest = word.partition(":")
        return prefixes[prefix] + rest if colon and prefix in prefixes else word

    terms = {}
    for name, value in definitions.items():
        if name in prefixes or _is_keyword(name, value):
            continue
        parts = value if isinstance(value, dict) else {"@id": value}
        kind = parts.get("@type")
        terms[name] = TermDefinition(
            name, full(parts["@id"]), None if kind is None else full(kind), parts.get("@language")
        )
    return Context(prefixes, terms, definitions)
