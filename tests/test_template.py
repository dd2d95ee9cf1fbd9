"""The occupation template, used as CONTRIBUTING tells: it is valid, has answers, and its slips are found."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from careerkg import CareerGraph
from careerkg.vocabulary import SHAPE
from ontology_files import FACTS, ROOT, SCHEMES, TERMS, load

TEMPLATE = ROOT / "docs" / "occupation-template.trig"
UNTIDY = ROOT / "tests" / "data" / "untidy-occupation.trig"
RULES = sorted((ROOT / "tests" / "ontology").glob("[!o]*.rq"))
"""Those of ROBOT and qSKOS; those of OOPS! look at the vocabulary, which a template does not change."""
GOAL = "https://w3id.org/careerkg/id/occupation/your-occupation"


@pytest.fixture(scope="module")
def merged() -> ox.Store:
    return load(TERMS, SCHEMES, *FACTS, TEMPLATE)


@pytest.mark.parametrize("rule", RULES, ids=lambda path: path.stem)
def test_rule_finds_nothing(rule: Path, merged: ox.Store) -> None:
    result = merged.query(rule.read_text(encoding="utf-8"))
    assert isinstance(result, ox.QuerySolutions)
    assert [str(row) for row in result] == []


def test_layout_is_free(kg: CareerGraph) -> None:
    """A file that conforms is enough, however it is written."""
    report = kg.validate(UNTIDY)
    assert not report.results
    more = kg.with_files(UNTIDY)
    (plan,) = more.routes("phlebotomist", holding=["high-school-diploma"]).plans
    assert plan.time.min_days == pytest.approx(4 * 30.436875)
    assert plan.cost.min == 700
    merged = load(TERMS, SCHEMES, *FACTS, UNTIDY)
    for rule in RULES:
        result = merged.query(rule.read_text(encoding="utf-8"))
        assert isinstance(result, ox.QuerySolutions)
        assert [str(row) for row in result] == [], rule.stem


def test_template_conforms(kg: CareerGraph) -> None:
    report = kg.validate(TEMPLATE)
    assert report.conforms
    assert not report.results


def test_template_has_a_route(kg: CareerGraph) -> None:
    routes = kg.with_files(TEMPLATE).routes("your-occupation", holding=["high-school-diploma"])
    (plan,) = routes.plans
    assert [step.id.rsplit("/", 1)[1] for step in plan.steps] == [
        "your-program",
        "your-certificate",
        "your-occupation",
    ]
    assert [entry.item for entry in plan.unverified] == [GOAL]


@pytest.mark.parametrize(
    ("right", "wrong", "shape"),
    [
        ("ckg:hasTask task:", "ckg:hasTaks task:", "Typed"),
        ("strength:most-employers", "strength:most-employer", "Demand-strength"),
        ('rdfs:label "Your occupation"@en', 'rdfs:label "Your occupation"', "Text-label"),
        ('ckg:currency "USD" ; ', "", "EarningsObservation-currency"),
        ('"P1Y"^^xsd:duration', '"-P1Y"^^xsd:duration', "Item-estimatedDuration"),
        ("statistic:median", "statistic:percentile", "PercentileStatistic"),
        (
            'dcterms:isPartOf ckgsrc:your-source ;\n    ckg:section "Pay"',
            'ckg:section "Pay"',
            "Passage-isPartOf",
        ),
    ],
)
def test_slip_is_reported(kg: CareerGraph, tmp_path: Path, right: str, wrong: str, shape: str) -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert right in text
    file = tmp_path / "slip.trig"
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    report = kg.validate(file)
    assert f"{SHAPE}{shape}" in {getattr(result.shape, "value", None) for result in report.results}
