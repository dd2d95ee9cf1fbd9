"""The verbs about routes: exit codes, JSON, files, one-line errors."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from careerkg import cli

DATA = Path(__file__).parents[1] / "routes" / "data"
EX = "http://example.org/"


class Result:
    """What a command printed, and its exit code."""

    def __init__(self, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
        try:
            self.code = cli.main(words)
        except SystemExit as error:
            self.code = int(error.code or 0)
        self.out, self.err = capsys.readouterr()


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return lambda *words: Result(capsys, [str(word) for word in words])


def on(name: str) -> tuple[str, str]:
    """Return the option that names a file of the test data."""
    return "--data", str(DATA / name)


def test_route_on_a_file(run: Run) -> None:
    result = run("route", EX + "registrar", *on("design.ttl"), "--from", "exam", "--format", "json")
    assert (result.code, result.err) == (0, "")
    found = json.loads(result.out)
    assert found["status"] == "optimal"
    assert found["holding"] == [EX + "exam"]
    assert found["plans"][0]["time"]["minDays"] == 341.25


@pytest.mark.parametrize("objective", ["time", "cost", "steps"])
def test_objectives_and_alternatives(run: Run, objective: str) -> None:
    words = ("--objective", objective, "--alternatives", "3", "--format", "json")
    found = json.loads(run("route", "rhit", *on("design.ttl"), *words).out)
    assert found["objective"] == objective
    assert len(found["plans"]) == 3


def test_the_main_job(run: Run) -> None:
    result = run("route", "cancer-registrar", "--from", "high-school-diploma")
    assert result.code == 0
    assert result.out.startswith("Cancer registrar, starting from High-school diploma; as of ")
    assert "CTR is called ODS-C since 2024-01-01" in result.out
    past = run("route", "cancer-registrar", "--from", "high-school-diploma", "--as-of", "2012-01-01")
    assert "Certified Tumor Registrar" in past.out


@pytest.mark.parametrize("form", ["text", "json", "markdown", "mermaid", "dot", "svg", "ttl"])
def test_every_format(run: Run, form: str) -> None:
    result = run("route", "rhit", *on("design.ttl"), "--format", form)
    assert (result.code, result.err) == (0, "")
    assert "rhit" in result.out or "Technician" in result.out


def test_pareto_is_the_front(run: Run) -> None:
    found = json.loads(run("route", "rhit", *on("design.ttl"), "--pareto", "--format", "json").out)
    points = [(plan["time"]["minDays"], plan["cost"]["min"]) for plan in found["plans"]]
    assert points == sorted(points)
    assert [cost for _, cost in points] == sorted((cost for _, cost in points), reverse=True)


def test_exit_codes(run: Run) -> None:
    assert run("route", "farm", *on("edges.ttl")).code == 1
    assert run("route", "rhit", "--from", "rhit", *on("design.ttl")).code == 0
    assert run("missing", "itself", *on("edges.ttl")).code == 1
    assert run("missing", "farm", *on("edges.ttl")).code == 0
    assert run("lint", *on("faults.ttl")).code == 1
    assert run("lint", *on("clean.ttl")).code == 0
    assert run("unlocks", "rhit", *on("design.ttl")).code == 1


def test_unreachable_shows_the_smallest_sets(run: Run) -> None:
    found = json.loads(run("route", "farm", *on("edges.ttl"), "--format", "json").out)
    assert (found["status"], found["plans"]) == ("unreachable", [])
    assert found["missing"] == [[EX + "chicken"], [EX + "egg"]]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("route", "exams", *on("design.ttl")), "unknown name 'exams'; did you mean"),
        (("route", "goal", *on("mixed.ttl"), "--objective", "cost"), "choose one with --currency"),
        (("route", "no-count", *on("edges.ttl")), "uncounted ckg:count"),
        (("route", "costly", *on("faults.ttl")), "fee ckg:amount: '-5'"),
        (("route", "rhit", *on("design.ttl"), "--as-of", "soon"), "'soon' is not a date"),
        (("route", "rhit", *on("design.ttl"), "--deadline", "never"), "'never' is not a time"),
        (("route", "rhit", *on("design.ttl"), "--max-time", "P1X"), "neither days nor a duration"),
        (("route", "rhit", *on("design.ttl"), "--max-cost", "-1"), "maximum cost: -1.0"),
        (("route", "rhit", *on("design.ttl"), "--alternatives", "0"), "alternatives: 0"),
        (("route", "rhit", *on("design.ttl"), "--batch", "nowhere.csv"), "nowhere.csv"),
        (("check-plan", "nowhere.json"), "nowhere.json"),
    ],
)
def test_bad_input_is_one_line_and_exit_two(run: Run, words: tuple[str, ...], message: str) -> None:
    result = run(*words)
    assert result.code == 2
    assert message in result.err
    assert result.err.count("\n") == 1
    assert result.out == ""


def test_options_reach_the_planner(run: Run) -> None:
    words = ("--exclude", "c1", "--max-time", "P3Y", "--max-cost", "400", "--deadline", "30s")
    found = json.loads(run("route", "rhit", *on("design.ttl"), *words, "--format", "json").out)
    items = {step["id"] for step in found["plans"][0]["steps"]}
    assert EX + "c1" not in items
    slow = json.loads(
        run("route", "exp", *on("design.ttl"), "--hours-per-week", "20", "--format", "json").out
    )
    assert slow["plans"][0]["time"]["minDays"] == 682.5
    weak = json.loads(run("route", "job", *on("strengths.ttl"), "--strength", "law", "--format", "json").out)
    assert len(weak["plans"][0]["steps"]) == 3
    here = ("--jurisdiction", "city", "--format", "json")
    assert len(json.loads(run("route", "job", *on("jurisdictions.ttl"), *here).out)["plans"][0]["steps"]) == 4
    euros = ("--currency", "EUR", "--format", "json")
    assert (
        json.loads(run("route", "goal", *on("mixed.ttl"), *euros).out)["plans"][0]["cost"]["currency"]
        == "EUR"
    )


def test_missing(run: Run) -> None:
    found = json.loads(run("missing", "rhit", *on("design.ttl"), "--limit", "1", "--format", "json").out)
    assert found == {"goal": EX + "rhit", "missing": [[EX + "exam", EX + "him-program"]], "complete": False}


def test_reach(run: Run) -> None:
    found = json.loads(run("reach", *on("design.ttl"), "--max-time", "P1D", "--format", "json").out)
    assert {"id": EX + "exam", "minDays": 4 / 24} in found
    assert "4 hours" in run("reach", *on("design.ttl")).out


def test_unlocks(run: Run) -> None:
    found = json.loads(run("unlocks", "trainee", *on("design.ttl"), "--format", "json").out)
    assert found == [{"id": EX + "exp", "hops": 1}]


def test_lint(run: Run) -> None:
    found = json.loads(run("lint", *on("faults.ttl"), "--format", "json").out)
    assert {one["kind"] for one in found} >= {"cycle", "contradiction", "unreachable", "malformed", "retired"}
    assert "error: cycle: " in run("lint", *on("faults.ttl")).out


def test_check_plan(run: Run, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(run("route", "rhit", *on("design.ttl"), "--format", "json").out, encoding="utf-8")
    good = run("check-plan", plan, *on("design.ttl"))
    assert (good.code, good.out) == (0, "valid\n")
    document = json.loads(plan.read_text(encoding="utf-8"))
    document["plans"][0]["steps"].pop(0)
    plan.write_text(json.dumps(document), encoding="utf-8")
    bad = run("check-plan", plan, *on("design.ttl"), "--format", "json")
    assert bad.code == 1
    assert json.loads(bad.out)["valid"] is False
    plan.write_text("{", encoding="utf-8")
    assert f"{plan}:1:2: not JSON" in run("check-plan", plan, *on("design.ttl")).err


def test_batch(run: Run, tmp_path: Path) -> None:
    holders = tmp_path / "holders.csv"
    holders.write_text("holder,holding\nann,exam; c1\nbob,\ncid,rhit\n", encoding="utf-8")
    result = run("route", "rhit", *on("design.ttl"), "--batch", holders)
    assert result.code == 0
    rows = list(csv.reader(io.StringIO(result.out)))
    assert rows[0] == ["holder", "status", "minDays", "cost", "steps"]
    assert rows[3] == ["cid", "held", "0.0", "0.0", "0"]
    assert [row[:2] for row in rows[1:3]] == [["ann", "optimal"], ["bob", "optimal"]]
    holders.write_text("holder,holding\nann,exam\nbob,exems\n", encoding="utf-8")
    assert (
        f"{holders}:3: unknown name 'exems'"
        in run("route", "rhit", *on("design.ttl"), "--batch", holders).err
    )
    holders.write_text("name\nann\n", encoding="utf-8")
    assert (
        f"{holders}:1: the columns holder and holding are expected, once each"
        in run("route", "rhit", *on("design.ttl"), "--batch", holders).err
    )


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("cid,exam,c1", "3 cells under 2 columns; what is held is separated by ;"),
        ("cid", "1 cells under 2 columns"),
        (",exam", "the name of the holder is missing"),
        ('cid,"exam', "not CSV: "),
        ("cid,exem", "unknown name 'exem'; did you mean"),
    ],
)
def test_a_malformed_row_stops_a_batch_before_anything_is_printed(
    run: Run, tmp_path: Path, row: str, problem: str
) -> None:
    holders = tmp_path / "holders.csv"
    holders.write_text(f"holder,holding\nann,exam\n\nbob,\n{row}\n", encoding="utf-8")
    result = run("route", "rhit", *on("design.ttl"), "--batch", holders)
    assert (result.code, result.out) == (2, "")
    assert f"{holders}:5: {problem}" in result.err


@pytest.mark.parametrize(
    "options",
    [["--pareto"], ["--format", "json"], ["--alternatives", "2"], ["--deadline", "1s"]],
)
def test_a_batch_refuses_what_it_has_not(run: Run, tmp_path: Path, options: list[str]) -> None:
    holders = tmp_path / "holders.csv"
    holders.write_text("holder,holding\nann,exam\n", encoding="utf-8")
    result = run("route", "rhit", *on("design.ttl"), "--batch", holders, *options)
    assert (result.code, result.out) == (2, "")
    assert f"not with {options[0]}" in result.err


def test_currencies_are_checked(run: Run) -> None:
    assert run("route", "rhit", *on("design.ttl"), "--currency", "usd").code == 0
    assert "there are USD" in run("route", "rhit", *on("design.ttl"), "--currency", "EUR").err
    assert "is not a code of ISO 4217" in run("route", "rhit", *on("design.ttl"), "--currency", "$").err


def test_places_that_no_demand_mentions_are_places(run: Run) -> None:
    data = on("jurisdictions.ttl")
    elsewhere = run("route", "job", *data, "--jurisdiction", EX + "atlantis", "--format", "json")
    assert elsewhere.code == 0
    assert len(json.loads(elsewhere.out)["plans"][0]["steps"]) == 2
    unknown = run("route", "job", *data, "--jurisdiction", "atlantis")
    assert unknown.code == 2
    assert "unknown name 'atlantis'" in unknown.err


def test_what_is_held_has_an_empty_plan(run: Run, tmp_path: Path) -> None:
    result = run("route", "rhit", *on("design.ttl"), "--from", "rhit", "--format", "json")
    assert result.code == 0
    found = json.loads(result.out)
    assert found["status"] == "held"
    assert [plan["steps"] for plan in found["plans"]] == [[]]
    assert found["plans"][0]["time"] == {"minDays": 0.0, "maxDays": 0.0, "unknownSteps": 0}
    plan = tmp_path / "held.json"
    plan.write_text(result.out, encoding="utf-8")
    assert run("check-plan", plan, *on("design.ttl")).out == "valid\n"


def test_a_locked_cycle_is_named(run: Run) -> None:
    result = run("route", "farm", *on("edges.ttl"))
    assert result.code == 1
    assert "chicken and egg wait for each other: one of them must be brought" in result.out.lower()


@pytest.mark.parametrize("verb", ["route", "missing", "reach", "unlocks", "lint", "check-plan"])
def test_help_shows_an_example(run: Run, verb: str) -> None:
    result = run(verb, "--help")
    assert result.code == 0
    assert f"example:\n  careerkg {'route' if verb == 'check-plan' else verb}" in result.out
