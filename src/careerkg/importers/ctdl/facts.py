"""Mapping: what all parts of it share. Facts are written about IRIs, with the release's table as source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from careerkg.importers.ctdl.expand import Node, Text, Value
from careerkg.importers.ctdl.index import Index
from careerkg.importers.ctdl.terms import CEASN, CETERMS
from careerkg.importers.triples import LABEL, SOURCE_OF, TYPE, iri
from careerkg.importers.triples import text as language_text
from careerkg.vocabulary import CKG, RDFS, SKOS, mint, slugify

__all__ = ["Facts", "language_of", "meaningful", "plain"]

_PLACEHOLDER = re.compile(r"\*\*\*.*\bMISSING\b.*\*\*\*|PLEASE PROVIDE A VALID DESCRIPTION", re.IGNORECASE)
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LANGUAGES = {
    "english": "en",
    "spanish": "es",
    "french": "fr",
    "german": "de",
    "arabic": "ar",
    "chinese": "zh",
}
_COUNTRIES = {
    "us": "United States",
    "usa": "United States",
    "u.s.": "United States",
    "u.s.a.": "United States",
    "united states of america": "United States",
    "uk": "United Kingdom",
}


@dataclass(slots=True)
class Facts:
    """The facts of one record, as lines.

    ``skolem`` is where nodes without name have theirs; ``language`` is that of texts that name none.
    """

    index: Index
    skolem: str
    table: str
    warn: Callable[[str], None]
    language: str = "en"
    multiple_requires: Literal["and", "or"] = "and"
    lines: list[str] = field(default_factory=list)
    dangling: list[str] = field(default_factory=list)
    """Properties that refer to something which nothing in the release describes."""

    def say(self, subject: str, property_: str, value: str) -> None:
        """Add a fact: the property by its IRI, the value in N-Triples form."""
        self.lines.append(f"{iri(subject)} <{property_}> {value} .\n")

    def link(self, subject: str, property_: str, target: str) -> None:
        """Add a fact about two things."""
        self.lines.append(f"{iri(subject)} <{property_}> {iri(target)} .\n")

    def a(self, subject: str, kind: str) -> None:
        """Say of which careerkg class a thing is, and which table says so."""
        self.lines.append(
            f"{iri(subject)} {TYPE} <{CKG}{kind}> .\n{iri(subject)} {SOURCE_OF} <{self.table}> .\n"
        )

    def label(self, subject: str, texts: Iterable[Text]) -> None:
        """Add labels, one in each language; more are other names."""
        for each in texts:
            if meaningful(each):
                key = (subject, each.language or self.language)
                property_ = f"<{SKOS.altLabel}>" if key in self.index.labelled else LABEL
                self.index.labelled.add(key)
                self.lines.append(f"{iri(subject)} {property_} {self.words(each)} .\n")

    def name_part(self, subject: str, owner: str | None, texts: Iterable[Text], kind: str) -> None:
        """Label a part of a thing; one that is only named like the thing, or not at all, by what it is."""
        found = [each for each in texts if meaningful(each)]
        if owner is not None and any(each.text.strip() == owner.strip() for each in found):
            found = [plain(f"{owner.strip()}: {kind}")]
        self.label(subject, found)

    def comment(self, subject: str, texts: Iterable[Text]) -> None:
        """Add remarks, leaving out what stands for a missing one."""
        for each in texts:
            if meaningful(each):
                self.say(subject, RDFS.comment, self.words(each))

    def words(self, value: Text) -> str:
        """Return a text with a language in N-Triples form, without white space at its ends."""
        return language_text(value.text, value.language or self.language)

    def inner(self, node: Node, name: str) -> str:
        """Return the IRI of a part of a node that we make: a condition under a profile, say."""
        if node.iri.startswith(self.skolem):
            return f"{node.iri}/{name}"
        return f"{self.skolem}{sha256(node.iri.encode()).hexdigest()[:16]}/{name}"

    def free_text(self, subject: str, texts: Iterable[Text]) -> str:
        """Write a condition in words and return its IRI."""
        self.a(subject, "FreeTextCondition")
        self.comment(subject, texts)
        return subject

    def place(self, value: Value) -> str | None:
        """Write a place that a value describes and return its IRI, one of ours by its name; or None."""
        if isinstance(value, Text):
            return self._place(value.text, None)
        if not isinstance(value, Node):
            return value.iri
        country = value.text(CETERMS.addressCountry)
        region = value.text(CETERMS.addressRegion) or value.text(CETERMS.name)
        if region is None or region == country:
            return None if country is None else self._place(country, None)
        return self._place(region, country)

    def places(self, profiles: Iterable[Value]) -> list[str]:
        """Return the places that jurisdiction profiles name as where something holds."""
        found = []
        for profile in profiles:
            if isinstance(profile, Node):
                found += [self.place(main) for main in profile.values(CETERMS.mainJurisdiction)]
        return [place for place in dict.fromkeys(found) if place is not None]

    def _place(self, name: str, country: str | None) -> str | None:
        name = " ".join(name.split())
        name = _COUNTRIES.get(name.lower(), name)
        parent = None if country is None else self._place(country, None)
        slug = slugify(name)
        if not slug or parent == mint("place", slug):
            return parent
        if parent is not None:
            slug += "-" + parent.rpartition("/")[2]
        place = mint("place", slug)
        self.a(place, "Place")
        self.lines.append(f"<{place}> {LABEL} {language_text(name, 'en')} .\n")
        if parent is not None:
            self.link(place, CKG.partOf, parent)
        return place


def meaningful(value: Text) -> bool:
    """Tell whether a text says something, rather than that it is missing."""
    return bool(value.text.strip()) and _PLACEHOLDER.search(value.text) is None


def plain(value: str) -> Text:
    """Return words of ours."""
    return Text(value, "en")


def language_of(record: Node) -> str:
    """Return the language of texts that name none: the record's own, else English as in the registry.

    A text without Latin letters is not English; BCP 47 calls its language ``und``.
    """
    for each in record.texts(CETERMS.inLanguage, CEASN.inLanguage):
        written = each.text.strip()
        if _TAG.fullmatch(written):
            return written
        if written.lower() in _LANGUAGES:
            return _LANGUAGES[written.lower()]
    name = record.text(CETERMS.name, CETERMS.description) or "a"
    return "en" if re.search(r"[A-Za-z]", name) else "und"
