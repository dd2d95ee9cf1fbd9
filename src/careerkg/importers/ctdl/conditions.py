"""Mapping: condition profiles become requirements with condition trees.

A ``ceterms:ConditionProfile`` is a ckg:Requirement: all that it names must be met, and of its
``alternativeCondition`` one. Its targets are items; years of experience an experience; age and residence
facts about the person; everything in words is free text, which never blocks a route.
https://credreg.net/ctdl/terms/ConditionProfile
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from careerkg.importers.ctdl.effort import map_costs, read_day, read_duration
from careerkg.importers.ctdl.expand import Node, Reference, Text, Value
from careerkg.importers.ctdl.facts import Facts, meaningful, plain
from careerkg.importers.ctdl.index import GATES
from careerkg.importers.ctdl.terms import CETERMS, SCHEMA
from careerkg.importers.triples import date as day_term
from careerkg.importers.triples import decimal, literal
from careerkg.vocabulary import CKG, RDFS, XSD, mint

__all__ = ["common_conditions", "map_conditions", "map_renewals"]

_TARGETS = {
    "targetCredential": "Credential",
    "targetAssessment": "Assessment",
    "targetLearningOpportunity": "Program",
    "targetJob": "Role",
    "targetOccupation": "Occupation",
}
_OPTION = re.compile(
    r"\b(option|pathway|path|route|track|alternative|method|fast[- ]track|eligibility [a-z0-9])\b",
    re.IGNORECASE,
)


def map_conditions(owner: Node, item: bool, facts: Facts) -> list[Node]:
    """Write what must be met for a thing, and what is recommended; return the cost profiles found there.

    A manifest is no ``item``: its conditions hang on a node that :func:`common_conditions` names.
    """
    costs: list[Node] = []
    demands: list[str] = []
    for gate in (*GATES, CETERMS.corequisite):
        values = _distinct(owner.values(gate), facts)
        found = []
        for number, value in enumerate(values, start=1):
            name = f"{gate.rpartition('/')[2]}-{number}"
            if gate == CETERMS.corequisite and (mutual := _mutual(owner, value, facts)):
                found.append(facts.free_text(facts.inner(owner, name + "/together"), [mutual]))
            elif demand := _demand(owner, value, facts.inner(owner, name), "issuer", facts):
                found.append(demand)
            if isinstance(value, Node):
                costs += value.nodes(CETERMS.estimatedCost)
        profiles = [value for value in values if isinstance(value, Node)]
        if len(profiles) > 1 and gate != CETERMS.corequisite:
            found = _several(owner, gate, profiles, found, facts)
        demands += found
    demands = [each for each in dict.fromkeys(demands) if not _is_itself(each, owner, facts)]
    if item:
        for demand in demands:
            facts.link(owner.iri, CKG.requires, demand)
        for manifest in owner.links(CETERMS.commonConditions):
            if facts.index.resolve(manifest) in facts.index.conditions:
                shared = common_conditions(facts.index.resolve(manifest), facts)
                facts.link(owner.iri, CKG.requires, shared)
            else:
                facts.dangling.append("commonConditions")
        _recommend(owner, facts)
    elif demands:
        shared = common_conditions(owner.iri, facts)
        facts.a(shared, "AllOf")
        for demand in demands:
            facts.link(shared, CKG.operand, demand)
    _inverse(owner, item, facts)
    return costs


def common_conditions(manifest: str, facts: Facts) -> str:
    """Return the IRI of the condition that a condition manifest amounts to."""
    return facts.inner(Node(manifest, [], True), "conditions")


def map_renewals(owner: Node, facts: Facts) -> None:
    """Write how a credential is kept."""
    cycle = read_duration(owner.text(CETERMS.renewalFrequency) or "")
    renewals = owner.nodes(CETERMS.renewal)
    if not renewals and cycle is None:
        return
    for node in renewals or [Node(facts.inner(owner, "renewal"), [], False)]:
        facts.link(owner.iri, CKG.renewal, node.iri)
        facts.a(node.iri, "Renewal")
        owner_name = owner.text(CETERMS.name, SCHEMA.name)
        names = [each for each in node.texts(CETERMS.name, SCHEMA.name) if meaningful(each)]
        facts.name_part(node.iri, owner_name, names or [plain("Renewal")], "renewal")
        for property_ in (CETERMS.description, CETERMS.condition, CETERMS.experience):
            facts.comment(node.iri, node.texts(property_))
        if cycle is not None:
            facts.say(node.iri, CKG.cycle, literal(cycle, XSD.duration))
        map_costs(node.iri, CKG.fee, node.nodes(CETERMS.estimatedCost), facts.inner(node, "fee"), facts)


def _several(owner: Node, gate: str, profiles: Sequence[Node], found: list[str], facts: Facts) -> list[str]:
    """Return what several profiles of one property amount to, by the policy of the import."""
    name = gate.rpartition("/")[2]
    if facts.multiple_requires == "or":
        if len(found) < 2:
            return found
        either = facts.inner(owner, f"{name}-any")
        facts.a(either, "AnyOf")
        for demand in found:
            facts.link(either, CKG.operand, demand)
        return [either]
    if _look_like_alternatives(profiles):
        facts.warn(
            f"several condition profiles under {name} look like alternatives, but are read as all needed "
            "(--multiple-requires or reads them as one of)"
        )
    return found


def _look_like_alternatives(profiles: Sequence[Node]) -> bool:
    """Tell by their names, or because each stands for itself, whether profiles may be different ways."""
    names = [each.text(CETERMS.name, SCHEMA.name) or "" for each in profiles]
    if sum(1 for name in names if _OPTION.search(name)) > 1:
        return True
    filled = [name.strip().lower() for name in names if name.strip()]
    if len(set(filled)) < len(filled):
        return True
    for property_ in ("yearsOfExperience", "targetLearningOpportunity", "targetCredential"):
        if sum(1 for each in profiles if each.values(f"{CETERMS}{property_}")) > 1:
            return True
    return False


def _distinct(values: Sequence[Value], facts: Facts) -> list[Value]:
    """Return the conditions without those that only repeat an alternative of another.

    Old records list every alternative a second time beside the profile that it belongs to; taken as a
    demand of its own it would make all of them needed.
    """
    inside = {
        _content(alternative)
        for value in values
        if isinstance(value, Node)
        for alternative in value.nodes(CETERMS.alternativeCondition)
    }
    if not inside:
        return list(values)
    found = [value for value in values if not isinstance(value, Node) or _content(value) not in inside]
    if len(found) < len(values):
        facts.warn("a condition profile repeats an alternative of another and is no demand of its own")
    return found


def _content(node: Node) -> str:
    """Return what a node says, whatever it is called."""

    def plain_value(value: Value) -> object:
        if isinstance(value, Node) and not value.published:
            inside = {key: [plain_value(each) for each in found] for key, found in value.properties.items()}
            return [value.types, inside]
        return value.iri if not isinstance(value, Text) else [value.text, value.language]

    return json.dumps(plain_value(node), sort_keys=True, default=str)


def _mutual(owner: Node, value: Value, facts: Facts) -> Text | None:
    """Return words for a corequisite of which the thing is a corequisite itself: neither can come first."""
    targets = {value.iri} if isinstance(value, Reference) else set()
    if isinstance(value, Node):
        for property_ in _TARGETS:
            targets.update(value.links(f"{CETERMS}{property_}"))
    for target in sorted(targets):
        others = facts.index.together.get(facts.index.resolve(target), set())
        if owner.iri in {facts.index.resolve(other) for other in others}:
            return plain(f"To be taken at the same time as {target}.")
    return None


def _demand(owner: Node, value: Value, name: str, strength: str, facts: Facts) -> str | None:
    """Write one demand and return its IRI; None if it says nothing. ``name`` is for one that is mere text."""
    if isinstance(value, Text):
        return facts.free_text(name, [value]) if meaningful(value) else None
    if isinstance(value, Reference):
        return _target(value.iri, "requires", facts)
    if not _is_profile(value):
        return _target(value.iri, "requires", facts)
    operands = list(_operands(owner, value, facts))
    if not operands:
        facts.warn("a condition profile says nothing")
        return None
    facts.a(value.iri, "Requirement")
    owner_name = owner.text(CETERMS.name, SCHEMA.name)
    facts.name_part(value.iri, owner_name, value.texts(CETERMS.name, SCHEMA.name), "requirement")
    facts.comment(value.iri, value.texts(CETERMS.description, SCHEMA.description))
    facts.link(value.iri, CKG.strength, mint("strength", strength))
    for body in value.links(CETERMS.assertedBy):
        if facts.index.class_of(body) in (None, "Organization"):
            facts.link(value.iri, CKG.demandedBy, facts.index.resolve(body))
    for place in facts.places(value.values(CETERMS.jurisdiction)):
        facts.link(value.iri, CKG.jurisdiction, place)
    start = read_day(value, CETERMS.dateEffective, facts)
    if start is not None:
        facts.say(value.iri, CKG.validFrom, day_term(start.isoformat()))
    facts.link(value.iri, CKG.condition, _all(operands, facts.inner(value, "all"), facts))
    return value.iri


def _is_profile(node: Node) -> bool:
    """Tell whether a node is a condition profile, rather than a thing that is required."""
    return CETERMS.ConditionProfile in node.types or not node.types


def _all(operands: Sequence[str], name: str, facts: Facts) -> str:
    """Return a condition that is met when all operands are; one operand stands for itself."""
    distinct = list(dict.fromkeys(operands))
    if len(distinct) == 1:
        return distinct[0]
    facts.a(name, "AllOf")
    for operand in distinct:
        facts.link(name, CKG.operand, operand)
    return name


def _operands(owner: Node, profile: Node, facts: Facts) -> Iterator[str]:
    """Yield all that a condition profile asks for."""
    yield from _targets(owner, profile, facts)
    yield from _experience(profile, facts)
    yield from _person(profile, facts)
    for number, each in enumerate(_sentences(profile), start=1):
        yield facts.free_text(facts.inner(profile, f"text-{number}"), [each])
    alternatives = _alternatives(owner, profile, facts)
    if len(alternatives) == 1:
        facts.warn("a single alternative condition is no alternative: it is read as needed")
        yield alternatives[0]
    elif alternatives:
        either = facts.inner(profile, "any")
        facts.a(either, "AnyOf")
        for alternative in alternatives:
            facts.link(either, CKG.operand, alternative)
        yield either


def _alternatives(owner: Node, profile: Node, facts: Facts) -> list[str]:
    """Return the alternatives of a profile, each the conjunction of what it asks for."""
    found = []
    for number, value in enumerate(profile.values(CETERMS.alternativeCondition), start=1):
        demand = _demand(owner, value, facts.inner(profile, f"alternative-{number}"), "issuer", facts)
        if demand is not None:
            found.append(demand)
        if isinstance(value, Node) and value.values(CETERMS.estimatedCost):
            facts.warn("the cost of an alternative condition is kept, but not added up")
    return list(dict.fromkeys(found))


def _targets(owner: Node, profile: Node, facts: Facts) -> Iterator[str]:
    """Yield the things that a profile asks for."""
    for property_, kind in _TARGETS.items():
        for number, value in enumerate(profile.values(f"{CETERMS}{property_}"), start=1):
            place = facts.inner(profile, f"{property_}-text-{number}")
            if isinstance(value, Text):
                if meaningful(value):
                    yield facts.free_text(place, [value])
                continue
            if isinstance(value, Node) and value.values(CETERMS.targetNode, CETERMS.targetNodeName):
                nodes = value.links(CETERMS.targetNode)
                if nodes:
                    yield from (_target(each, property_, facts) for each in nodes)
                else:
                    yield facts.free_text(place, value.texts(CETERMS.targetNodeName))
                continue
            target = _target(value.iri, property_, facts)
            if _is_itself(target, owner, facts):
                continue
            if isinstance(value, Node) and not value.types:
                facts.a(target, kind)
                facts.label(target, value.texts(CETERMS.name, SCHEMA.name))
            yield target
    for number, value in enumerate(profile.values(CETERMS.targetCompetency), start=1):
        texts = [value] if isinstance(value, Text) else []
        if isinstance(value, Node):
            texts = value.texts(CETERMS.targetNodeName, CETERMS.name)
        elif isinstance(value, Reference):
            texts = [plain(f"The competency {value.iri}")]
        if any(meaningful(each) for each in texts):
            yield facts.free_text(facts.inner(profile, f"competency-{number}"), texts)


def _target(name: str, property_: str, facts: Facts) -> str:
    """Return a thing that is asked for by its IRI; notes it if nothing describes it."""
    target = facts.index.resolve(name)
    if target not in facts.index.classes:
        facts.dangling.append(property_)
    return target


def _is_itself(target: str, owner: Node, facts: Facts) -> bool:
    """Tell whether something would require itself, which nothing can."""
    if target == owner.iri:
        facts.warn("a thing that requires itself: left out")
        return True
    return False


def _experience(profile: Node, facts: Facts) -> Iterator[str]:
    """Yield the experience that a profile asks for."""
    told = [each for each in profile.texts(CETERMS.experience) if meaningful(each)]
    written = profile.text(CETERMS.yearsOfExperience)
    if written is not None:
        try:
            years = Decimal(written.strip())
        except InvalidOperation:
            facts.warn(f"yearsOfExperience {written!r} is not a number")
            years = Decimal(0)
        if years.is_finite() and 0 < years < 1000:
            name = facts.inner(profile, "experience")
            facts.a(name, "Experience")
            length = f"{years.normalize():f} {'year' if years == 1 else 'years'} of experience"
            facts.label(name, [plain(length)])
            facts.comment(name, told)
            facts.say(name, CKG.estimatedDuration, literal(_of_years(years), XSD.duration))
            yield name
            return
    for number, each in enumerate(told, start=1):
        yield facts.free_text(facts.inner(profile, f"experience-{number}"), [each])


def _of_years(years: Decimal) -> str:
    """Return a number of years as an xsd:duration, in days where they are no whole months."""
    months = years * 12
    if years == years.to_integral_value():
        return f"P{int(years)}Y"
    if months == months.to_integral_value():
        return f"P{int(months)}M"
    return f"P{int((years * Decimal('365.2425')).to_integral_value())}D"


def _person(profile: Node, facts: Facts) -> Iterator[str]:
    """Yield what a profile asks of the person: age and residence."""
    written = profile.text(CETERMS.minimumAge)
    if written is not None:
        try:
            age = Decimal(written.strip())
        except InvalidOperation:
            age = Decimal(-1)
        if 0 <= age <= 120:
            name = facts.inner(profile, "age")
            facts.a(name, "PersonCondition")
            facts.say(name, CKG.minimumAge, decimal(f"{age:f}"))
            facts.say(name, RDFS.comment, facts.words(plain(f"At least {age.normalize():f} years old.")))
            yield name
        else:
            facts.warn(f"minimumAge {written!r} is no age in years")
    for number, value in enumerate(profile.values(CETERMS.residentOf), start=1):
        name = facts.inner(profile, f"residence-{number}")
        texts = value.texts(CETERMS.description) if isinstance(value, Node) else []
        places = facts.places([value])
        if not places and isinstance(value, Node) and not texts:
            own = facts.place(value)
            places = [] if own is None else [own]
        if not places and not any(meaningful(each) for each in texts):
            continue
        facts.a(name, "PersonCondition")
        for place in places:
            facts.link(name, CKG.residentOf, place)
        said = [each for each in texts if meaningful(each)]
        label = ", ".join(each.rpartition("/")[2].replace("-", " ").title() for each in places)
        facts.comment(name, said or [plain(f"Resident of {label}.")])
        yield name


def _sentences(profile: Node) -> list[Text]:
    """Return what a profile says in words: its conditions, credits, submissions; else its description."""
    found = [each for each in profile.texts(CETERMS.condition) if meaningful(each)]
    found += _credits(profile)
    for value in profile.values(CETERMS.submissionOf, CETERMS.submissionOfDescription):
        if isinstance(value, Text) and meaningful(value):
            found.append(value)
        elif isinstance(value, Reference):
            found.append(plain(f"To be submitted: {value.iri}"))
    asks = [f"{CETERMS}{name}" for name in (*_TARGETS, "targetCompetency", "alternativeCondition")]
    asks += [CETERMS.minimumAge, CETERMS.residentOf, CETERMS.yearsOfExperience, CETERMS.experience]
    if found or profile.values(*asks):
        return found
    for property_ in (CETERMS.description, SCHEMA.description, CETERMS.name, SCHEMA.name):
        texts = [each for each in profile.texts(property_) if meaningful(each)]
        if texts:
            return texts
    return []


def _credits(profile: Node) -> Iterator[Text]:
    """Yield the credits that a profile asks for, in words."""
    pairs: list[tuple[str, str | None]] = []
    for node in profile.nodes(CETERMS.creditValue):
        units = [unit.text(CETERMS.targetNodeName) for unit in node.nodes(CETERMS.creditUnitType)]
        unit = next((each for each in units if each), node.text(SCHEMA.description, CETERMS.description))
        low, high = node.text(SCHEMA.minValue), node.text(SCHEMA.maxValue)
        amount = node.text(SCHEMA.value) or (f"{low} to {high}" if low and high else low)
        if amount is not None:
            pairs.append((amount, unit))
    for property_, kind in (("creditHourValue", "creditHourType"), ("creditUnitValue", "creditUnitType")):
        amount = profile.text(f"{CETERMS}{property_}")
        if amount is not None:
            unit = profile.text(f"{CETERMS}{kind}", CETERMS.creditUnitTypeDescription)
            unit = unit or next(
                (each.text(CETERMS.targetNodeName) for each in profile.nodes(f"{CETERMS}{kind}")), None
            )
            pairs.append((amount, unit))
    for amount, unit in pairs:
        number = amount[:-2] if amount.endswith(".0") else amount[:-3] if amount.endswith(".00") else amount
        yield plain(f"Credits: {number}" + (f" ({unit.strip()})" if unit else ""))


def _recommend(owner: Node, facts: Facts) -> None:
    """Write what is recommended for a thing; it never gates."""
    for number, value in enumerate(owner.values(CETERMS.recommends), start=1):
        name = facts.inner(owner, f"recommends-{number}")
        demand = _demand(owner, value, name, "preference", facts)
        if demand is not None and not _is_itself(demand, owner, facts):
            facts.link(owner.iri, CKG.recommends, demand)


def _inverse(owner: Node, item: bool, facts: Facts) -> None:
    """Write the demands of other things that this one states: it is required, or recommended, for them."""
    for property_, ours in (("isRequiredFor", CKG.requires), ("isRecommendedFor", CKG.recommends)):
        for value in owner.values(f"{CETERMS}{property_}"):
            if not item or isinstance(value, Text):
                continue
            targets = [value.iri]
            if isinstance(value, Node) and _is_profile(value):
                targets = [each for name in _TARGETS for each in value.links(f"{CETERMS}{name}")]
            for target in targets:
                thing = _target(target, property_, facts)
                if not _is_itself(thing, owner, facts):
                    facts.link(thing, ours, owner.iri)
