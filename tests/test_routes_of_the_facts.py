"""Routes over the bundled facts: the plans and lacks that the sources' rules give when worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from careerkg.routes import RouteOptions, check_plan, find_routes, missing, routes_many
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import compact, expand
from ontology_files import FACTS, SCHEMES, TERMS

YEAR = 12 * 30.436875
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def store() -> EmbeddedStore:
    return EmbeddedStore.trusted([TERMS, SCHEMES, *FACTS])


def iri(curie: str) -> str:
    """Return the IRI of a CURIE of the graph."""
    found = expand(curie)
    assert found is not None
    return found


# Goal, what is held, the day; the steps of the quickest plan in order, and its least time in years.
CASES = [
    (
        "role:cancer-registrar",
        ["credential:high-school-diploma"],
        TODAY,
        # Route A1: the associate programme, with its practicum, then exam, credential, work.
        [
            "program:ncra-associate",
            "experience:ncra-associate-practicum",
            "assessment:ods-exam",
            "credential:ods-c",
            "role:cancer-registrar",
        ],
        2,
    ),
    (
        "role:cancer-registrar",
        ["credential:high-school-diploma"],
        date(2012, 1, 1),
        # The guide's rule of then: an accredited programme, of which the certificate takes a year.
        ["program:him-certificate", "assessment:ctr-exam", "credential:ctr", "role:cancer-registrar"],
        1,
    ),
    (
        "role:medical-coder",
        ["credential:high-school-diploma"],
        TODAY,
        ["program:him-certificate", "credential:health-information-certificate", "role:medical-coder"],
        1,
    ),
    ("role:medical-coder", ["credential:him-bachelor-degree"], TODAY, ["role:medical-coder"], 0),
    (
        "credential:rhit",
        ["credential:high-school-diploma"],
        TODAY,
        ["program:him-associate", "assessment:rhit-exam", "credential:rhit"],
        2,
    ),
    # A programme abroad opens the exam, too.
    ("credential:rhit", ["program:him-foreign"], TODAY, ["assessment:rhit-exam", "credential:rhit"], 0),
    (
        "credential:rhia",
        ["credential:high-school-diploma"],
        TODAY,
        ["program:him-bachelor", "assessment:rhia-exam", "credential:rhia"],
        4,
    ),
    # RHIT is no prerequisite of RHIA, and does not shorten the way.
    (
        "credential:rhia",
        ["credential:rhit"],
        TODAY,
        ["program:him-bachelor", "assessment:rhia-exam", "credential:rhia"],
        4,
    ),
    (
        "credential:rhia",
        ["credential:bachelor-degree"],
        TODAY,
        ["program:him-post-baccalaureate", "assessment:rhia-exam", "credential:rhia"],
        1,
    ),
    # Route B, from an associate degree in any field with the hours done: two semesters are lacking.
    (
        "credential:ods-c",
        ["credential:associate-degree", "experience:cancer-registry-field"],
        TODAY,
        ["course:human-anatomy-and-physiology", "assessment:ods-exam", "credential:ods-c"],
        1,
    ),
    # Who still asks for CTR is told of ODS-C.
    (
        "credential:ctr",
        ["credential:associate-degree", "experience:cancer-registry-field"],
        TODAY,
        ["course:human-anatomy-and-physiology", "assessment:ods-exam", "credential:ods-c"],
        1,
    ),
]


@pytest.mark.parametrize(("goal", "holding", "day", "steps", "years"), CASES)
def test_quickest_plan(
    store: EmbeddedStore, goal: str, holding: list[str], day: date, steps: list[str], years: int
) -> None:
    routes = find_routes(store, iri(goal), map(iri, holding), options=RouteOptions(as_of=day))
    assert routes.status == "optimal"
    (plan,) = routes.plans
    assert [compact(step.id) for step in plan.steps] == steps
    assert plan.time.min_days == pytest.approx(years * YEAR)


def test_fee_of_the_exam_is_a_range_and_tuition_is_unknown(store: EmbeddedStore) -> None:
    routes = find_routes(store, iri("credential:rhit"), [iri("program:him-associate")])
    (plan,) = routes.plans
    assert (plan.cost.min, plan.cost.max, plan.cost.currency) == (229, 299, "USD")
    routes = find_routes(store, iri("credential:rhit"))
    (plan,) = routes.plans
    assert (plan.cost.min, plan.cost.max, plan.cost.unknown_steps) == (229, None, 1)


def test_what_is_lacking_for_ods(store: EmbeddedStore) -> None:
    """Question 4, and that each of the three routes is a way to close the gap."""
    held = [iri("credential:associate-degree"), iri("experience:cancer-registry-field")]
    lacking = missing(store, iri("credential:ods-c"), held)
    assert lacking.complete
    assert [[compact(item) for item in items] for items in lacking.sets] == [
        ["course:human-anatomy-and-physiology"],
        ["program:ncra-associate"],
        ["program:ncra-certificate"],
    ]


def test_holder_of_a_degree_has_completed_the_one_programme_that_awards_it(store: EmbeddedStore) -> None:
    degree, programme = iri("credential:him-associate-degree"), iri("program:him-associate")
    routes = find_routes(store, iri("credential:rhit"), [degree])
    assert routes.holding == (degree, programme)
    assert routes.best is not None
    assert [compact(step.id) for step in routes.best.steps] == ["assessment:rhit-exam", "credential:rhit"]
    assert ("implied", programme) in {(advice.kind, advice.item) for advice in routes.advice}
    assert check_plan(store, routes.to_dict()) == []
    assert missing(store, iri("credential:rhit"), [degree]).sets == ((),)
    (one,) = routes_many(store, iri("credential:rhit"), [[degree]])
    assert one.steps == 2
    # A degree in any field tells nothing of the programme.
    other = find_routes(store, iri("credential:rhit"), [iri("credential:associate-degree")]).best
    assert other is not None
    assert other.time.min_days > 700


def test_law_that_nobody_confirms_gates_and_is_told(store: EmbeddedStore) -> None:
    routes = find_routes(store, iri("role:cancer-registrar"))
    (told,) = [advice for advice in routes.advice if advice.kind == "verification"]
    assert (told.item, told.strength) == (iri("role:cancer-registrar"), iri("strength:law"))
    assert "unconfirmed" in told.text
    assert told.evidence == (iri("ckgsrc:medical-records-technician-guide") + "/3160-3267",)


def test_rules_in_words_are_for_a_person_to_read(store: EmbeddedStore) -> None:
    routes = find_routes(store, iri("credential:ccs"))
    (plan,) = routes.plans
    assert [compact(entry.item) for entry in plan.unverified] == ["assessment:ccs-exam"]
