"""Records in the terms of careerkg: conditions, costs, durations, roles, pathways; and routes over them."""

from __future__ import annotations

from pathlib import Path

import pytest
from imported_ctdl import Import, Imported

from careerkg import CareerGraph
from careerkg.importers import import_source
from careerkg.importers.ctdl.effort import days, read_duration
from careerkg.importers.ctdl.terms import CETERMS, ckg_class, table_of
from careerkg.vocabulary import CKG, mint

EX = "http://example.org/"
STAGING = "http://staging.example.org/resources/ce-"
DEGREE = f"{STAGING}11111111-1111-4111-8111-111111111111"
COLLEGE = f"{STAGING}22222222-2222-4222-8222-222222222222"
PROGRAM = f"{STAGING}33333333-3333-4333-8333-333333333333"
CERTIFICATION = f"{STAGING}44444444-4444-4444-8444-444444444444"


@pytest.fixture(scope="module")
def today(imported: Import) -> Imported:
    return imported("today")


@pytest.fixture(scope="module")
def old(imported: Import) -> Imported:
    return imported("old")


@pytest.fixture(scope="module")
def pathway(imported: Import) -> Imported:
    return imported("pathway")


def steps(world: Imported, goal: str, alternatives: int = 1) -> list[set[str]]:
    """Return the steps of each plan for a goal."""
    plans = world.graph.routes(goal, alternatives=alternatives)
    return [{step.id for step in plan.steps} for plan in plans]


@pytest.mark.parametrize("folder", ["old", "today", "pathway"])
def test_what_is_imported_conforms_to_the_shapes(imported: Import, folder: str) -> None:
    report = imported(folder).graph.validate()
    assert not [each for each in report.results if each.severity == "violation"]


def test_routes_take_all_targets_and_one_alternative(today: Imported) -> None:
    found = steps(today, f"{EX}certification", alternatives=5)
    diploma = next(step for step in found[0] if "genid" in step and "entryCondition" in step)
    always = {f"{EX}certification", f"{EX}exam", diploma}
    ways = [{step for step in plan - always if "experience" not in step} for plan in found]
    assert {f"{EX}course-1", f"{EX}course-2"} in ways
    experienced = [plan for plan in found if any("experience" in step for step in plan)]
    assert experienced
    assert all(f"{EX}seminar" not in plan for plan in found), "recommended and preparing never gate"


def test_text_age_and_standing_are_left_to_the_person(today: Imported) -> None:
    plan = next(iter(today.graph.routes(f"{EX}certification")))
    assert {each.text for each in plan.unverified} >= {"Good standing", "At least 18 years old."}


def test_experience_is_an_item_with_its_time(today: Imported) -> None:
    assert today.rows(
        "SELECT ?l ?d ?c { ?x a ckg:Experience ; rdfs:label ?l ; ckg:estimatedDuration ?d ; rdfs:comment ?c }"
    ) == {("1.5 years of experience", "P1Y6M", "In keeping examples")}


def test_a_requirement_says_who_demands_it(today: Imported) -> None:
    assert today.rows(
        "SELECT ?who ?s { ex:certification ckg:requires ?r . ?r ckg:demandedBy ?who ; ckg:strength ?s }"
    ) == {(f"{EX}board", mint("strength", "issuer"))}


def test_a_manifest_is_needed_by_whom_it_is_common_to(today: Imported) -> None:
    assert today.rows(
        "SELECT ?l { ex:certification ckg:requires/ckg:operand/ckg:condition ?d . "
        "?d a ckg:Diploma ; rdfs:label ?l }"
    ) == {("Any high-school diploma",)}


def test_required_for_is_read_from_the_other_end(today: Imported) -> None:
    assert (f"{EX}certification",) in today.rows("SELECT ?x { ex:job ckg:requires ?x }")


def test_courses_that_need_each_other_can_be_taken(today: Imported) -> None:
    assert steps(today, f"{EX}course-1") == [{f"{EX}course-1"}]
    assert ("To be taken at the same time as http://example.org/course-2.",) in today.rows(
        "SELECT ?t { ex:course-1 ckg:requires ?c . ?c a ckg:FreeTextCondition ; rdfs:comment ?t }"
    )


def test_prerequisites_gate(today: Imported) -> None:
    assert f"{EX}course-1" in steps(today, f"{EX}seminar")[0]


def test_costs_add_up_by_kind_and_range_within_one(old: Imported) -> None:
    assert old.rows(
        f"SELECT ?low ?high ?c {{ <{PROGRAM}> ckg:estimatedCost ?x . "
        "?x ckg:minAmount ?low ; ckg:maxAmount ?high ; ckg:currency ?c }"
    ) == {("455", "605", "USD")}


def test_costs_hold_for_their_time(today: Imported) -> None:
    assert today.rows(
        "SELECT ?a ?from ?until { ex:exam ckg:estimatedCost ?x . ?x ckg:amount ?a "
        "OPTIONAL { ?x ckg:validFrom ?from } OPTIONAL { ?x ckg:validUntil ?until } }"
    ) == {("100", "", "2021-01-01"), ("120", "2021-01-01", "")}


def test_a_price_per_credit_is_a_lower_bound(today: Imported) -> None:
    assert today.rows(
        "SELECT ?low ?high { ex:course-2 ckg:estimatedCost ?x . "
        "?x ckg:minAmount ?low OPTIONAL { ?x ckg:maxAmount ?high } }"
    ) == {("30", "")}


def test_common_costs_are_costs(today: Imported) -> None:
    assert ("25",) in today.rows("SELECT ?a { ex:certification ckg:estimatedCost/ckg:amount ?a }")


def test_durations_are_in_days_or_a_range(today: Imported) -> None:
    assert today.rows("SELECT ?d { ex:course-1 ckg:estimatedDuration ?d }") == {("P70D",)}
    assert today.rows("SELECT ?a ?b { ex:course-2 ckg:minDuration ?a ; ckg:maxDuration ?b }") == {
        ("P56D", "P6M")
    }
    assert today.rows("SELECT ?t { ex:exam ckg:testDuration ?t }") == {("PT2H30M",)}


def test_renewal_has_cycle_and_fee(today: Imported) -> None:
    assert today.rows(
        "SELECT ?l ?c ?a { ex:certification ckg:renewal ?r . "
        "?r rdfs:label ?l ; ckg:cycle ?c ; ckg:fee/ckg:amount ?a }"
    ) == {("Keeping up", "P2Y", "80")}


def test_names_roles_places_and_dates(today: Imported) -> None:
    assert today.rows("SELECT ?l (LANG(?l) AS ?t) { ex:board rdfs:label ?l }") == {
        ("Example Board", "en"),
        ("Junta de ejemplo", "es"),
    }
    assert today.rows("SELECT ?l { ex:board skos:altLabel ?l }") == {("EB",)}
    assert today.rows("SELECT ?u { ex:board ckg:url ?u }") == {("https://board.example.org/",)}
    assert today.rows(
        "SELECT ?b ?p ?c { ex:certification ckg:issuedBy ?b ; ckg:jurisdiction ?p . ?p ckg:partOf ?c }"
    ) == {(f"{EX}board", mint("place", "california-united-states"), mint("place", "united-states"))}
    assert today.rows("SELECT ?b { ex:certification ckg:accreditedBy ?b }") == {(f"{EX}board",)}
    assert today.rows("SELECT ?d { ex:certification ckg:validFrom ?d }") == {("2010-03-01",)}
    assert today.rows("SELECT ?b { ex:exam ckg:administeredBy ?b }") == {(f"{EX}board",)}


def test_references_by_ctid_meet_the_record(old: Imported) -> None:
    assert old.rows(f"SELECT ?b {{ <{DEGREE}> ckg:issuedBy ?b }}") == {(COLLEGE,)}
    assert old.rows(f"SELECT ?b {{ <{PROGRAM}> ckg:offeredBy ?b }}") == {(COLLEGE,)}


def test_plain_strings_have_the_language_of_their_record(old: Imported) -> None:
    assert old.rows(f"SELECT (LANG(?l) AS ?t) {{ <{DEGREE}> rdfs:label ?l }}") == {("en",)}
    assert old.rows(f"SELECT (LANG(?l) AS ?t) {{ <{COLLEGE}> rdfs:label ?l }}") == {("en-us",)}


def test_a_text_that_says_it_is_missing_says_nothing(old: Imported) -> None:
    assert not old.rows(f"SELECT ?c {{ <{DEGREE}> rdfs:comment ?c }}")
    assert ("Credits: 60 (Semester)",) in old.rows(
        f"SELECT ?t {{ <{DEGREE}> ckg:requires/ckg:condition/rdfs:comment ?t }}"
    )


def test_alternatives_listed_a_second_time_stay_alternatives(old: Imported) -> None:
    assert "a condition profile repeats an alternative of another and is no demand of its own" in old.warnings
    found = steps(old, CERTIFICATION, alternatives=5)
    assert sorted(map(sorted, found)) == [[DEGREE, CERTIFICATION], [PROGRAM, CERTIFICATION]]


@pytest.mark.parametrize(("policy", "expected"), [("and", 3), ("or", 2)])
def test_several_profiles_are_read_by_the_policy(imported: Import, policy: str, expected: int) -> None:
    world = imported("today/two-ways.jsonld", policy)
    assert len(steps(world, f"{EX}licence")[0]) == expected
    assert any("look like alternatives" in each for each in world.warnings) == (policy == "and")


def test_pathway_needs_its_destination_and_what_that_stands_for(pathway: Imported) -> None:
    plans = steps(pathway, f"{EX}pathway", alternatives=20)
    assert all({f"{EX}pathway", f"{EX}degree", f"{EX}real-degree"} <= plan for plan in plans)
    courses = [{each[-1] for each in plan if len(each) == len(EX) + 1} for plan in plans]
    # Two of a, b, c, and d or (a and e); c asks for a and b. Minimal sets, each worked out by hand.
    minimal = [each for each in courses if not any(other < each for other in courses)]
    assert sorted("".join(sorted(each)) for each in minimal) == ["abd", "abe"]


def test_component_classes(pathway: Imported) -> None:
    kinds = pathway.rows(
        "SELECT ?x ?k { ?x a ?k . FILTER(STRSTARTS(STR(?k), STR(ckg:)) && STRSTARTS(STR(?x), STR(ex:))) }"
    )
    names = {row[0].removeprefix(EX): row[1].rpartition("#")[2] for row in kinds}
    assert names == {
        "pathway": "Program",
        "degree": "Item",
        "real-degree": "BachelorDegree",
        "a": "Course",
        "b": "Course",
        "c": "Course",
        "d": "Item",
        "e": "Assessment",
    }


def test_numbers_become_conditions(pathway: Imported) -> None:
    assert pathway.rows("SELECT ?n { ?x a ckg:AtLeast ; ckg:count ?n }") == {("2",)}
    assert any("requiredNumber 5 is more than the 2 components named" in each for each in pathway.warnings)
    assert pathway.rows(
        "SELECT ?t { ?x a ckg:FreeTextCondition, <https://purl.org/ctdl/terms/Constraint> ; rdfs:comment ?t }"
    ) == {("Constraint: Sum value GTEQ 90",)}


def test_everything_published_is_kept_and_what_is_not_understood_is_counted(today: Imported) -> None:
    assert today.rows(
        "SELECT ?x { ex:certification <https://purl.org/ctdl/terms/newTermOfTomorrow> ?x }"
    ) == {(f"{EX}something",)}
    assert any("ceterms:newTermOfTomorrow (1)" in each for each in today.warnings)


def test_every_fact_of_ours_names_its_table(today: Imported) -> None:
    assert today.rows("SELECT ?s { ex:certification <http://purl.org/dc/terms/source> ?s }") == {
        ("https://w3id.org/careerkg/source/ctdl-test/credentials",)
    }
    assert not today.rows(
        "SELECT ?x { ?x a ?k . FILTER(STRSTARTS(STR(?k), STR(ckg:)) && CONTAINS(STR(?x), 'genid/ctdl')) "
        "FILTER NOT EXISTS { ?x <http://purl.org/dc/terms/source> ?s } }"
    )


def test_why_answers_from_the_release(today: Imported) -> None:
    (evidence,) = today.graph.why(f"{EX}certification", "ckg:issuedBy")
    assert evidence.title is not None
    assert evidence.title.startswith("CTDL records: test")


@pytest.mark.parametrize(
    ("names", "ours", "table"),
    [
        (["BachelorOfScienceDegree"], "BachelorDegree", "credentials"),
        (["AssociateOfAppliedArtsDegree"], "AssociateDegree", "credentials"),
        (["ProfessionalDoctorate"], "Credential", "credentials"),
        (["HigherEducationLevel2Certificate"], "Certificate", "credentials"),
        (["JourneymanCertificate"], "Certificate", "credentials"),
        (["CertificateOfTomorrow"], "Certificate", "credentials"),
        (["License", "Certification"], "License", "credentials"),
        (["QACredentialOrganization"], "Organization", "organizations"),
        (["WorkRole"], "Role", "work"),
        (["PathwaySet"], None, "pathways"),
        (["ContactPoint"], None, "other resources"),
    ],
)
def test_classes(names: list[str], ours: str | None, table: str) -> None:
    types = [f"{CETERMS}{name}" for name in names]
    assert ckg_class(types) == ours
    assert table_of(types) == table


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("P2Y", "P2Y"),
        ("P11W", "P77D"),
        ("P1W2D", "P9D"),
        ("P6DT2H", "P6DT2H"),
        ("PT90M", "PT90M"),
        ("P", None),
        ("PT", None),
        ("P1YT", None),
        ("-P1Y", None),
        ("one year", None),
    ],
)
def test_durations(written: str, read: str | None) -> None:
    assert read_duration(written) == read


def test_durations_are_compared_in_days() -> None:
    assert days("P1M") == pytest.approx(30.436875)
    assert days("P1DT12H") == pytest.approx(1.5)


@pytest.mark.parametrize("number", ['"inf"', '"nan"', "1e999", "0", "1.5", '"two"', "-1"])
def test_required_number_that_is_none_means_all(tmp_path: Path, number: str) -> None:
    component = '"@type": "ceterms:BasicComponent", "ceterms:name": "c"'
    (tmp_path / "pathway.json").write_text(
        f'{{"@graph": [{{"@id": "{EX}goal", {component}, "ceterms:hasCondition": {{"@id": "{EX}both", '
        f'"@type": "ceterms:ComponentCondition", "ceterms:requiredNumber": {number}, '
        f'"ceterms:targetComponent": ["{EX}one", "{EX}two"]}}}}, '
        f'{{"@id": "{EX}one", {component}}}, {{"@id": "{EX}two", {component}}}]}}'
    )
    (summary,) = import_source("ctdl", [tmp_path / "pathway.json"], tmp_path / "kg")
    assert summary.rejected == ()
    assert any("is not a whole number of at least 1" in note.text for note in summary.warnings)
    graph = CareerGraph.open(tmp_path / "kg", read_only=True)
    assert [
        str(row[0]) for row in graph.query(f"SELECT ?c {{ <{EX}both> a ?c FILTER(?c = ckg:AllOf) }}")
    ] == [str(CKG.AllOf)]
