"""Things in the terms of schema.org, for search engines and whoever else reads pages by machine.

Work becomes ``Occupation``, credentials ``EducationalOccupationalCredential``, programmes
``EducationalOccupationalProgram``, courses ``Course`` and organizations ``Organization``; other things have
no counterpart. schema.org cannot say that one of several ways suffices, or who demands what: conditions are
told in words under ``qualifications``. What each property becomes: ``docs/pages.md``.

>>> from careerkg import CareerGraph
>>> kg = CareerGraph()
>>> schema_org(kg.store, kg.resolve("rhit"))["provider"]["name"]
'American Health Information Management Association'
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import pyoxigraph as ox

from careerkg.entities import phrase, words
from careerkg.names import kinds, labels
from careerkg.provenance import text
from careerkg.store import Store, Term
from careerkg.vocabulary import CKG, RDF, SKOS, local_name

__all__ = ["Book", "schema_org", "schema_org_json"]

_LISTED = 40
"""So many tasks, skills and other names at most."""

_TYPES = (
    ("EducationalOccupationalCredential", ("Credential",)),
    ("EducationalOccupationalProgram", ("Program",)),
    ("Course", ("Course",)),
    ("Organization", ("Organization",)),
    ("Occupation", ("Occupation", "Role", "OccupationCode")),
)
"""Classes of schema.org for ours and what is below them."""

_LEVELS = {
    "AssociateDegree": "associate degree",
    "BachelorDegree": "bachelor degree",
    "MasterDegree": "master degree",
}
_DEFAULT = ox.DefaultGraph()

Values = Mapping[str, list[Term]]


class Book(NamedTuple):
    """A store, and how values of a node and the name of a thing are read from it."""

    store: Store
    read: Callable[[ox.NamedNode | ox.BlankNode], Values]
    name: Callable[[str], str | None]

    @classmethod
    def of(cls, store: Store) -> Book:
        """Return a book that remembers nothing."""
        return cls(store, partial(_values, store), lambda iri: labels(store, [iri]).get(iri))


def schema_org(
    store: Store, iri: str, page: str | None = None, book: Book | None = None
) -> dict[str, Any] | None:
    """Return a thing as a JSON-LD object of schema.org, None for what has no counterpart there.

    ``page`` is the address of the page about it; ``book`` is how whoever has read much of it already reads.
    """
    node = ox.NamedNode(iri)
    book = book or Book.of(store)
    values = book.read(node)
    classes = {local_name(one) for one in kinds(store, iri) if one.startswith(str(CKG))}
    type_ = next((name for name, ours in _TYPES if classes.intersection(ours)), None)
    if type_ is None:
        return None
    name = book.name(iri)
    if name is None:
        return None
    found: dict[str, Any] = {"@context": "https://schema.org", "@type": type_, "@id": iri, "name": name}
    names = sorted({*_texts(values, SKOS.altLabel), *_texts(values, f"{CKG}abbreviation")})
    _put(found, "alternateName", names[:_LISTED])
    _put(found, "description", min(_texts(values, SKOS.definition), default=None))
    if page is not None:
        found["mainEntityOfPage"] = page
    describe = {
        "Occupation": _occupation,
        "EducationalOccupationalCredential": _credential,
        "EducationalOccupationalProgram": _program,
        "Course": _course,
        "Organization": _organization,
    }[type_]
    describe(book, node, values, found)
    return found


def schema_org_json(store: Store, iri: str, page: str | None = None, book: Book | None = None) -> str | None:
    """Return :func:`schema_org` as text."""
    found = schema_org(store, iri, page, book)
    return None if found is None else json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _occupation(book: Book, node: ox.NamedNode, values: Values, found: dict[str, Any]) -> None:
    _put(found, "responsibilities", _names(book, values, f"{CKG}hasTask"))
    skills = values.get(f"{CKG}needsSkill", ())
    _put(found, "skills", [_thing("DefinedTerm", iri, name) for iri, name in _named(book, skills)])
    _put(found, "occupationalCategory", list(_codes(book, node, values)))
    _put(found, "educationRequirements", _names(book, values, f"{CKG}typicalEntryEducation"))
    experience = [one for one in _names(book, values, f"{CKG}typicalEntryExperience") if one != "None"]
    _put(found, "experienceRequirements", experience)
    _put(found, "qualifications", list(_qualifications(book, values)))
    for about in (node, *_nodes(values, SKOS.exactMatch)):
        salary, place = _salary(book, about)
        if salary is not None:
            found["estimatedSalary"] = salary
            if place is not None:
                found["occupationLocation"] = _thing("AdministrativeArea", *place)
            break


def _credential(book: Book, _: ox.NamedNode, values: Values, found: dict[str, Any]) -> None:
    kinds_ = [local_name(one.value) for one in _nodes(values, RDF.type) if one.value.startswith(str(CKG))]
    category = [words(one) for one in kinds_ if one not in ("Credential", "Item")]
    _put(found, "credentialCategory", min(category, default=None))
    _put(found, "educationalLevel", next((_LEVELS[one] for one in kinds_ if one in _LEVELS), None))
    _put(found, "provider", _organizations(book, values, f"{CKG}issuedBy"))
    _put(found, "recognizedBy", _organizations(book, values, f"{CKG}accreditedBy"))
    _put(found, "validIn", _things(book, values, f"{CKG}jurisdiction", "AdministrativeArea"))
    cycles = [
        text(term)
        for renewal in values.get(f"{CKG}renewal", ())
        if isinstance(renewal, ox.NamedNode | ox.BlankNode)
        for term in book.read(renewal).get(f"{CKG}cycle", ())
    ]
    _put(found, "validFor", min(cycles, default=None))


def _program(book: Book, _: ox.NamedNode, values: Values, found: dict[str, Any]) -> None:
    _put(found, "provider", _organizations(book, values, f"{CKG}offeredBy"))
    awarded = _things(book, values, f"{CKG}awardsCredential", "EducationalOccupationalCredential")
    _put(found, "educationalCredentialAwarded", awarded)
    _put(found, "hasCourse", _things(book, values, f"{CKG}includesCourse", "Course"))
    _put(found, "programPrerequisites", list(_qualifications(book, values)))
    durations = _texts(values, f"{CKG}estimatedDuration") or _texts(values, f"{CKG}minDuration")
    _put(found, "timeToComplete", min(durations, default=None))


def _course(book: Book, _: ox.NamedNode, values: Values, found: dict[str, Any]) -> None:
    _put(found, "provider", _organizations(book, values, f"{CKG}offeredBy"))
    _put(found, "teaches", _things(book, values, f"{CKG}teaches", "DefinedTerm"))
    _put(
        found,
        "numberOfCredits",
        next((int(one) for one in _texts(values, f"{CKG}creditHours") if one.isdigit()), None),
    )


def _organization(book: Book, _: ox.NamedNode, values: Values, found: dict[str, Any]) -> None:
    _put(found, "url", min(_texts(values, f"{CKG}url"), default=None))
    _put(found, "parentOrganization", _organizations(book, values, f"{CKG}partOf"))


def _qualifications(book: Book, values: Values) -> Iterator[dict[str, Any] | str]:
    """Yield what is required: credentials as such, all other conditions in words; nothing deprecated."""
    for term in sorted(values.get(f"{CKG}requires", ()), key=str)[:_LISTED]:
        if not isinstance(term, ox.NamedNode | ox.BlankNode):
            continue
        inner = book.read(term)
        if any(text(rank).endswith("/deprecated") for rank in inner.get(f"{CKG}rank", ())):
            continue
        if isinstance(term, ox.NamedNode) and f"{CKG}Credential" in kinds(book.store, term.value):
            name = book.name(term.value)
            if name:
                yield _thing("EducationalOccupationalCredential", term.value, name)
                continue
        told = phrase(book.store, term) or book.name(text(term))
        if told:
            yield told


def _codes(book: Book, node: ox.NamedNode, values: Values) -> Iterator[dict[str, Any]]:
    """Yield the codes of work in classifications: its own, and those it is classified as."""
    classified = [*_nodes(values, f"{CKG}classifiedAs"), *_nodes(values, SKOS.exactMatch)]
    for code, data in ((node, values), *((one, book.read(one)) for one in classified[:10])):
        for notation in _texts(data, SKOS.notation)[:1]:
            entry: dict[str, Any] = {"@type": "CategoryCode", "@id": code.value, "codeValue": notation}
            schemes = _nodes(data, SKOS.inScheme)
            name = book.name(code.value)
            if name:
                entry["name"] = name
            if schemes:
                entry["inCodeSet"] = min(one.value for one in schemes)
            yield entry


_PERCENTILES = {"10": "percentile10", "25": "percentile25", "75": "percentile75", "90": "percentile90"}


def _salary(book: Book, about: ox.NamedNode) -> tuple[dict[str, Any] | None, tuple[str, str] | None]:
    """Return the newest yearly pay of which the median is known, with its place; nothing deprecated."""
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    places: dict[tuple[str, str], str] = {}
    quads = book.store.quads(None, ox.NamedNode(CKG.about), about, _DEFAULT)
    for quad in islice(quads, 600):
        figure = quad.subject
        if not isinstance(figure, ox.NamedNode) or "/rating/" in figure.value:
            continue
        data = book.read(figure)
        period, currency = _texts(data, f"{CKG}referencePeriod"), _texts(data, f"{CKG}currency")
        if (
            not period
            or not currency
            or not _texts(data, f"{CKG}value")
            or f"{CKG}inIndustry" in data
            or not any(text(one).endswith("/year") for one in data.get(f"{CKG}payPeriod", ()))
            or any(text(one).endswith("/deprecated") for one in data.get(f"{CKG}rank", ()))
            or "true" in _texts(data, f"{CKG}topCoded")
        ):
            continue
        place = min((one.value for one in _nodes(data, f"{CKG}geography")), default="")
        statistic = min((local_name(one.value) for one in _nodes(data, f"{CKG}statistic")), default="")
        percentile = "".join(_texts(data, f"{CKG}percentile")[:1]).removesuffix(".0")
        name = "median" if statistic == "median" else _PERCENTILES.get(percentile)
        if name is None:
            continue
        key = (period[0], place)
        group = groups.setdefault(
            key,
            {
                "@type": "MonetaryAmountDistribution",
                "name": "base",
                "currency": currency[0],
                "duration": "P1Y",
            },
        )
        group[name] = float(_texts(data, f"{CKG}value")[0])
        places[key] = place
    known = [key for key, group in groups.items() if "median" in group]
    if not known:
        return None, None
    best = max(known)
    place = places[best]
    named = book.name(place) if place else None
    return groups[best], (place, named) if named else None


def _values(store: Store, node: ox.NamedNode | ox.BlankNode) -> dict[str, list[Term]]:
    found: dict[str, list[Term]] = {}
    for quad in islice(store.quads(node, None, None, _DEFAULT), 2_000):
        found.setdefault(quad.predicate.value, []).append(quad.object)
    return found


def _texts(values: Values, property_: str) -> list[str]:
    """Return the English texts of a property, and values that are no texts in a language."""
    return sorted(
        term.value
        for term in values.get(property_, ())
        if isinstance(term, ox.Literal) and term.language in (None, "en")
    )


def _nodes(values: Values, property_: str) -> list[ox.NamedNode]:
    return sorted(
        (term for term in values.get(property_, ()) if isinstance(term, ox.NamedNode)),
        key=lambda one: one.value,
    )


def _named(book: Book, terms: Iterable[Term]) -> list[tuple[str, str]]:
    """Return IRI and name of the things that have one, by name."""
    iris = [term.value for term in islice(terms, 4 * _LISTED) if isinstance(term, ox.NamedNode)]
    found = [(iri, name) for iri in iris if (name := book.name(iri)) is not None]
    return sorted(found, key=lambda one: (one[1], one[0]))[:_LISTED]


def _names(book: Book, values: Values, property_: str) -> list[str]:
    return [name for _, name in _named(book, values.get(property_, ()))]


def _things(book: Book, values: Values, property_: str, type_: str) -> list[dict[str, Any]]:
    return [_thing(type_, iri, name) for iri, name in _named(book, values.get(property_, ()))]


def _organizations(book: Book, values: Values, property_: str) -> list[dict[str, Any]]:
    return _things(book, values, property_, "Organization")


def _thing(type_: str, iri: str, name: str) -> dict[str, Any]:
    return {"@type": type_, "@id": iri, "name": name}


def _put(found: dict[str, Any], property_: str, value: Any) -> None:
    """Put a value where there is one; a list of one is that one."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else value
    if value not in (None, [], ""):
        found[property_] = value
