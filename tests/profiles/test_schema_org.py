"""schema.org: what is said, and that each term stands where schema.org has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from careerkg import CareerGraph
from careerkg.profiles import schema_org, schema_org_json

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "schemaorg" / "schemaorg-current-https.ttl"


@pytest.fixture(scope="module")
def kg() -> CareerGraph:
    return CareerGraph()


def described(kg: CareerGraph, name: str, page: str | None = None) -> dict[str, Any]:
    found = schema_org(kg.store, kg.resolve(name), page)
    assert found is not None
    return found


def test_occupation_tells_tasks_skills_codes_and_pay(kg: CareerGraph) -> None:
    found = described(kg, "occupation:medical-records-technician", "https://example.org/page")
    assert found["@type"] == "Occupation"
    assert found["mainEntityOfPage"] == "https://example.org/page"
    assert "Keep patient data secure" in found["responsibilities"]
    skill = {
        "@type": "DefinedTerm",
        "@id": kg.resolve("trait:detail-orientation"),
        "name": "Detail orientation",
    }
    assert skill in found["skills"]
    assert {code["codeValue"] for code in found["occupationalCategory"]} >= {"29-2071", "29-2072"}
    # The newest median that is published for it; 2011 has percentiles, 2018 is later.
    assert found["estimatedSalary"] == {
        "@type": "MonetaryAmountDistribution",
        "name": "base",
        "currency": "USD",
        "duration": "P1Y",
        "median": 40350.0,
    }
    assert found["occupationLocation"]["name"] == "United States"


def test_credential_tells_issuer_category_and_cycle(kg: CareerGraph) -> None:
    found = described(kg, "rhit")
    assert found["@type"] == "EducationalOccupationalCredential"
    assert found["credentialCategory"] == "certification"
    assert found["provider"]["@id"] == kg.resolve("organization:ahima")
    assert found["validFor"] == "P2Y"
    assert found["alternateName"] == "RHIT"


def test_degree_has_a_level(kg: CareerGraph) -> None:
    assert described(kg, "him-associate-degree")["educationalLevel"] == "associate degree"


def test_disputed_issuers_are_not_told(kg: CareerGraph) -> None:
    assert "HIMSS" not in json.dumps(described(kg, "rhit"))


@pytest.mark.parametrize(
    "name", ["ckg:requires", "strength:law", "observation:jobs-2010", "task:keep-data-secure"]
)
def test_what_has_no_counterpart_is_left_out(kg: CareerGraph, name: str) -> None:
    assert schema_org(kg.store, kg.resolve(name)) is None
    assert schema_org_json(kg.store, kg.resolve(name)) is None


def things(value: Any) -> Iterator[dict[str, Any]]:
    """Yield all JSON-LD objects in a value."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from things(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from things(inner)


@cache
def vocabulary() -> tuple[dict[str, set[str]], dict[str, set[str]], dict[str, set[str]]]:
    """Return superclasses, domains and ranges of schema.org by local name."""
    import pyoxigraph as ox

    above: dict[str, set[str]] = {}
    domains: dict[str, set[str]] = {}
    ranges: dict[str, set[str]] = {}
    tables = {"subClassOf": above, "domainIncludes": domains, "rangeIncludes": ranges}
    with SHARED.open("rb") as stream:
        for quad in ox.parse(stream, format=ox.RdfFormat.TURTLE):
            name = quad.predicate.value.rpartition("/")[2].rpartition("#")[2]
            if name in tables and isinstance(quad.object, ox.NamedNode):
                subject = str(getattr(quad.subject, "value", "")).rpartition("/")[2]
                tables[name].setdefault(subject, set()).add(quad.object.value.rpartition("/")[2])
    return above, domains, ranges


def classes_of(name: str) -> set[str]:
    above = vocabulary()[0]
    return {name}.union(*(classes_of(one) for one in above.get(name, ())))


@pytest.mark.skipif(not SHARED.exists(), reason="schema.org's own file is not there")
def test_each_term_fits_the_class_it_stands_on(kg: CareerGraph) -> None:
    _, domains, ranges = vocabulary()
    rows = kg.query(
        "SELECT DISTINCT ?s WHERE { ?s a/rdfs:subClassOf* ?kind . "
        "FILTER(?kind IN (ckg:Work, ckg:Credential, ckg:Program, ckg:Course, ckg:Organization)) }"
    )
    checked = 0
    for row in rows:
        found = schema_org(kg.store, str(row.s))
        for thing in things(found):
            classes = classes_of(thing["@type"])
            assert "Thing" in classes, thing["@type"]
            for property_, value in thing.items():
                if property_.startswith("@"):
                    continue
                assert classes & domains[property_], f"{property_} on {thing['@type']}"
                for one in value if isinstance(value, list) else [value]:
                    kinds = (
                        classes_of(one["@type"])
                        if isinstance(one, dict)
                        else {"Number", "Integer"}
                        if isinstance(one, int | float)
                        else {"Text", "URL", "Duration", "CreativeWork"}
                    )
                    assert kinds & ranges[property_], f"{property_}: {one}"
                checked += 1
    assert checked > 300
