"""Mapping: resources become items, organizations, skills and work, with names, roles, places and dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from careerkg.importers.ctdl.conditions import map_conditions, map_renewals
from careerkg.importers.ctdl.effort import map_costs, map_duration, read_day
from careerkg.importers.ctdl.expand import Node, Text
from careerkg.importers.ctdl.facts import Facts, meaningful
from careerkg.importers.ctdl.index import ctid_of
from careerkg.importers.ctdl.pathways import (
    is_component_condition,
    is_constraint,
    map_component_condition,
    map_constraint,
    map_pathway,
)
from careerkg.importers.ctdl.terms import CEASN, CETERMS, SCHEMA, ckg_class
from careerkg.importers.triples import date as day_term
from careerkg.importers.triples import decimal, literal
from careerkg.vocabulary import CKG, SKOS, XSD

__all__ = ["CREDENTIALS", "map_record"]

CREDENTIALS = frozenset(
    {
        "AssociateDegree",
        "BachelorDegree",
        "Certificate",
        "Certification",
        "Credential",
        "Diploma",
        "License",
        "MasterDegree",
    }
)
_STUDIES = frozenset(("Course", "Program"))
_ACCREDITED = CREDENTIALS | _STUDIES | {"Assessment", "Organization"}
_NO_ITEMS = frozenset(("Organization", "Skill", "Task"))


def map_record(record: Node, facts: Facts) -> None:
    """Write what a record says in the terms of careerkg, of itself and of all that is described within it."""
    for node in _described(record):
        if is_component_condition(node):
            map_component_condition(node, facts)
        elif is_constraint(node):
            map_constraint(node, facts)
        else:
            _map_resource(node, facts)


def _described(node: Node) -> Iterator[Node]:
    """Yield a node and all within it."""
    yield node
    for values in node.properties.values():
        for value in values:
            if isinstance(value, Node):
                yield from _described(value)


def _map_resource(node: Node, facts: Facts) -> None:
    """Write what one resource is, unless careerkg has no class for it."""
    stands_for = any(facts.index.class_of(each) for each in node.links(CETERMS.proxyFor))
    kind = ckg_class(node.types, stands_for=stands_for)
    if kind is None:
        if CETERMS.ConditionManifest in node.types:
            map_conditions(node, False, facts)
        return
    if not node.properties and facts.index.classes.get(node.iri) is not None and node.published:
        facts.a(node.iri, kind)
        return
    facts.a(node.iri, kind)
    _names(node, facts)
    ctid = ctid_of(node)
    if ctid is not None and kind not in ("Skill", "Task"):
        facts.say(node.iri, CKG.ctid, literal(ctid))
    _roles(node, kind, facts)
    if kind in _NO_ITEMS:
        return
    _dates(node, facts)
    if kind in CREDENTIALS:
        for place in facts.places([*node.values(CETERMS.regulatedIn), *node.values(CETERMS.jurisdiction)]):
            facts.link(node.iri, CKG.jurisdiction, place)
        map_renewals(node, facts)
    if kind in _STUDIES:
        _study(node, facts)
    map_duration(node.iri, node.values(CETERMS.estimatedDuration), kind, facts)
    costs = node.nodes(CETERMS.estimatedCost) + map_conditions(node, True, facts)
    for manifest in node.links(CETERMS.commonCosts):
        found = facts.index.costs.get(facts.index.resolve(manifest))
        if found is None:
            facts.dangling.append("commonCosts")
        costs += found or []
    map_costs(node.iri, CKG.estimatedCost, costs, facts.inner(node, "costs"), facts)
    map_pathway(node, facts)


def _names(node: Node, facts: Facts) -> None:
    """Write labels, other names and descriptions."""
    names = (
        CETERMS.name,
        SCHEMA.name,
        CEASN.name,
        CEASN.competencyLabel,
        CEASN.competencyText,
        SKOS.prefLabel,
    )
    labels = node.texts(*names)
    facts.label(node.iri, labels)
    known = {each.text.strip() for each in labels}
    for each in node.texts(CETERMS.alternateName, SKOS.altLabel):
        if meaningful(each) and each.text.strip() not in known:
            facts.say(node.iri, SKOS.altLabel, facts.words(each))
    facts.comment(node.iri, node.texts(CETERMS.description, SCHEMA.description, CEASN.description))


def _roles(node: Node, kind: str, facts: Facts) -> None:
    """Write what organizations are to a thing: issuer, school, accreditor; both ways round."""
    resolve = facts.index.resolve
    owners, offerers = node.links(CETERMS.ownedBy), node.links(CETERMS.offeredBy)
    found: list[tuple[str, str, str]] = []
    if kind in CREDENTIALS:
        found += [(node.iri, CKG.issuedBy, each) for each in owners or offerers]
    elif kind in _STUDIES:
        found += [(node.iri, CKG.offeredBy, each) for each in offerers or owners]
    elif kind == "Assessment":
        found += [(node.iri, CKG.administeredBy, each) for each in offerers]
    if kind in _ACCREDITED:
        found += [(node.iri, CKG.accreditedBy, each) for each in node.links(CETERMS.accreditedBy)]
    if kind == "Organization":
        for page in node.links(CETERMS.subjectWebpage):
            if page.startswith(("http://", "https://")):
                facts.say(node.iri, CKG.url, literal(page, XSD.anyURI))
        for each in [*node.links(CETERMS.owns), *node.links(CETERMS.offers)]:
            thing = facts.index.class_of(each)
            if thing in CREDENTIALS:
                found.append((resolve(each), CKG.issuedBy, node.iri))
            elif thing in _STUDIES:
                found.append((resolve(each), CKG.offeredBy, node.iri))
        for each in node.links(CETERMS.accredits):
            if facts.index.class_of(each) in _ACCREDITED:
                found.append((resolve(each), CKG.accreditedBy, node.iri))
    for subject, property_, target in dict.fromkeys(found):
        if facts.index.class_of(target) in (None, "Organization"):
            facts.link(subject, property_, resolve(target))
        else:
            facts.warn(f"{property_.rpartition('#')[2]} names something that is no organization")


def _dates(node: Node, facts: Facts) -> None:
    """Write since when and until when a thing is to be had, and what took its place."""
    start = read_day(node, CETERMS.dateEffective, facts)
    end = read_day(node, CETERMS.expirationDate, facts)
    if end is not None:
        end += timedelta(days=1)
    if start is not None and end is not None and start >= end:
        facts.warn("expirationDate is before dateEffective: both are left out")
        start = end = None
    if start is not None:
        facts.say(node.iri, CKG.validFrom, day_term(start.isoformat()))
    if end is not None:
        facts.say(node.iri, CKG.validUntil, day_term(end.isoformat()))
    for target in node.links(CETERMS.supersededBy):
        facts.link(node.iri, CKG.supersededBy, facts.index.resolve(target))


def _study(node: Node, facts: Facts) -> None:
    """Write what is particular to programmes and courses."""
    resolve, class_of = facts.index.resolve, facts.index.class_of
    for each in node.links(CETERMS.teaches):
        if class_of(each) == "Skill":
            facts.link(node.iri, CKG.teaches, resolve(each))
    for alignment in node.nodes(CETERMS.teaches):
        for target in alignment.links(CETERMS.targetNode):
            if class_of(target) == "Skill":
                facts.link(node.iri, CKG.teaches, resolve(target))
    if ckg_class(node.types) == "Program":
        for each in node.links(CETERMS.hasPart):
            if class_of(each) == "Course":
                facts.link(node.iri, CKG.includesCourse, resolve(each))
    credits_ = [
        value
        for profile in node.nodes(CETERMS.creditValue)
        for value in profile.texts(SCHEMA.value)
        if any(
            "SemesterHour" in unit for each in profile.nodes(CETERMS.creditUnitType) for unit in _units(each)
        )
    ]
    if len(credits_) == 1 and isinstance(credits_[0], Text):
        facts.say(node.iri, CKG.creditHours, decimal(credits_[0].text))


def _units(node: Node) -> list[str]:
    """Return the names of a unit of credit."""
    return [*node.links(CETERMS.targetNode), node.text(CETERMS.targetNodeName) or ""]
