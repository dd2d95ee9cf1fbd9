"""Plans as triples: a ``prov:Plan`` that is a schema.org how-to; its steps point to items of the graph."""

from __future__ import annotations

import pyoxigraph as ox

from careerkg.routes.model import Plan, Routes
from careerkg.vocabulary import DCTERMS, PREFIXES, PROV, RDF, RDFS, XSD

__all__ = ["to_triples", "to_turtle"]

SCHEMA = PREFIXES["schema"]
USED = ("dcterms", "prov", "rdfs", "schema", "xsd")


def to_triples(routes: Routes) -> list[ox.Triple]:
    """Return the plans of an answer as triples.

    A plan ``schema:about`` its goal has steps (``schema:step``) with a position, an item, the time required,
    what each requires first (``dcterms:requires``, another step) and the passages it rests on
    (``prov:wasDerivedFrom``). What is unknown is left out.
    """
    found = []
    for number, plan in enumerate(routes.plans, 1):
        found += _plan(routes, plan, f"plan{number}")
    return found


def to_turtle(routes: Routes) -> str:
    """Return the plans of an answer in Turtle."""
    data = ox.serialize(
        to_triples(routes), format=ox.RdfFormat.TURTLE, prefixes={name: PREFIXES[name] for name in USED}
    )
    assert data is not None
    return data.decode()


def _plan(routes: Routes, plan: Plan, name: str) -> list[ox.Triple]:
    me = ox.BlankNode(name)
    triples = [
        _triple(me, RDF.type, ox.NamedNode(PROV.Plan)),
        _triple(me, RDF.type, ox.NamedNode(SCHEMA + "HowTo")),
        _triple(me, SCHEMA + "about", _node(plan.goal)),
        _triple(me, DCTERMS.valid, ox.Literal(routes.as_of.isoformat(), datatype=ox.NamedNode(XSD.date))),
        _triple(me, SCHEMA + "totalTime", _days(plan.time.min_days)),
    ]
    if plan.cost.currency is not None:
        money = ox.BlankNode(f"{name}cost")
        triples += [
            _triple(me, SCHEMA + "estimatedCost", money),
            _triple(money, RDF.type, ox.NamedNode(SCHEMA + "MonetaryAmount")),
            _triple(money, SCHEMA + "currency", ox.Literal(plan.cost.currency)),
            _triple(money, SCHEMA + "minValue", _decimal(plan.cost.min)),
        ]
        if plan.cost.max is not None:
            triples.append(_triple(money, SCHEMA + "maxValue", _decimal(plan.cost.max)))
    places = {step.id: ox.BlankNode(f"{name}step{place}") for place, step in enumerate(plan.steps, 1)}
    for place, step in enumerate(plan.steps, 1):
        node = places[step.id]
        triples += [
            _triple(me, SCHEMA + "step", node),
            _triple(node, RDF.type, ox.NamedNode(SCHEMA + "HowToStep")),
            _triple(node, SCHEMA + "position", ox.Literal(place)),
            _triple(node, SCHEMA + "item", _node(step.id)),
            _triple(node, RDFS.label, ox.Literal(step.label)),
        ]
        if "duration" not in step.unknown:
            triples.append(_triple(node, SCHEMA + "timeRequired", _days(step.end_day - step.start_day)))
        triples += [_triple(node, DCTERMS.requires, places[before]) for before in step.after]
        triples += [_triple(node, PROV.wasDerivedFrom, ox.NamedNode(iri)) for iri in step.evidence]
    return triples


def _triple(
    subject: ox.NamedNode | ox.BlankNode, predicate: str, value: ox.NamedNode | ox.BlankNode | ox.Literal
) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(predicate), value)


def _node(name: str) -> ox.NamedNode | ox.BlankNode:
    return ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name)


def _days(days: float) -> ox.Literal:
    whole, rest = divmod(round(days * 86400), 86400)
    text = f"P{whole}D" + (f"T{rest}S" if rest else "")
    return ox.Literal(text, datatype=ox.NamedNode(XSD.duration))


def _decimal(value: float) -> ox.Literal:
    return ox.Literal(f"{value:.6f}".rstrip("0").rstrip("."), datatype=ox.NamedNode(XSD.decimal))
