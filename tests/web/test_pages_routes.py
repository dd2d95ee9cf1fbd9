"""The route finder without a browser: what is asked, what is shown, and that it is what the planner says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")

from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from careerkg import CareerGraph
from careerkg.bounded import Source
from careerkg.routes import Plan
from careerkg.routes.model import CostSpan, Details, TimeSpan
from careerkg.web.app import create_app
from careerkg.web.pages.plans import choose
from careerkg.web.settings import Settings

DATA = Path(__file__).parent / "data"
HTML = {"accept": "text/html"}
REGISTRAR = {"goal": "role:cancer-registrar", "from": "credential:high-school-diploma"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Settings(workers=1)), follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def kg() -> CareerGraph:
    return CareerGraph()


def text(client: TestClient, **parameters: str | list[str]) -> str:
    response = client.get("/routes", params=parameters, headers=HTML)
    assert response.status_code == 200, response.text[:300]
    return response.text


def test_stops_are_the_steps_of_the_planner(client: TestClient, kg: CareerGraph) -> None:
    body = text(client, **REGISTRAR)
    plan = kg.routes("cancer-registrar", holding=["high-school-diploma"]).best
    assert plan is not None
    stops = re.findall(r'<div class="stop"><h3><a href="([^"]+)"', body)
    assert stops == [f"/doc/{step.id.partition('/id/')[2]}" for step in plan.steps]
    assert "proven best" in body
    assert "CTR is called ODS-C since 2024-01-01" in body


def test_every_step_with_evidence_has_marks(client: TestClient) -> None:
    body = text(client, **REGISTRAR)
    stops = body.split('<li class="stop-row')[1:]
    assert len(stops) == 5
    assert all('class="marks"' in stop for stop in stops)
    assert "ncra-associate-duration" in body


def test_names_lead_to_an_address_to_share(client: TestClient) -> None:
    response = client.get(
        "/routes",
        params={"goal": "Cancer registrar", "add": "High-school diploma", "weigh": "30"},
        headers=HTML,
    )
    assert response.status_code == 303
    query = parse_qs(urlsplit(response.headers["location"]).query)
    assert query == {
        "goal": ["role:cancer-registrar"],
        "from": ["credential:high-school-diploma"],
        "weigh": ["30"],
    }


def test_a_field_left_as_it_was_means_the_same_thing(client: TestClient) -> None:
    parameters = {
        "goal": "Cancer registrar",
        "goalname": "Cancer registrar",
        "goalid": "role:cancer-registrar",
    }
    response = client.get("/routes", params=parameters, headers=HTML)
    assert "goal=role%3Acancer-registrar" in response.headers["location"]


def test_alternatives_stand_side_by_side(client: TestClient) -> None:
    body = text(client, **REGISTRAR)
    table = body[body.index('class="compare"') : body.index("</table>")]
    plans = re.findall(r">Plan (\d)</a>", table)
    assert plans == ["1", "2", "3", "4"]
    assert "not needed" in table
    second = text(client, **REGISTRAR, plan="2")
    assert "Plan 2, stop by stop" in second
    assert "Experience in cancer registry work, 1,950 hours" in second[second.index('class="line"') :]


def test_what_one_has_shortens_the_way(client: TestClient) -> None:
    body = text(client, goal="credential:rhit", **{"from": ["assessment:rhit-exam"]})
    assert body.count('<li class="stop-row') == 1
    held = text(client, goal="credential:rhit", **{"from": ["credential:rhit"]})
    assert "already: there is nothing to do" in held


def test_out_of_reach_tells_what_is_missing(client: TestClient, kg: CareerGraph) -> None:
    limits = {"goal": "credential:rhia", "maxmonths": "1"}
    body = text(client, **limits)
    assert "Out of reach" in body
    routes = kg.routes("rhia", max_time=365.2425 / 12)
    assert routes.status == "unreachable"
    section = body[body.index("What is missing") :].partition("</section>")[0]
    told = re.findall(r'<li><a href="([^"]+)"', section)
    assert told == [f"/doc/{one.partition('/id/')[2]}" for (one,) in routes.missing]
    assert told


def test_limits_and_demands_are_kept(client: TestClient, kg: CareerGraph) -> None:
    body = text(client, goal="role:cancer-registrar", strength=["issuer"])
    routes = kg.routes("cancer-registrar", strengths=["issuer"])
    assert routes.best is not None
    assert body.count('<li class="stop-row') == len(routes.best.steps)
    without = text(client, goal="role:cancer-registrar", exclude="program:ncra-associate")
    assert "NCRA-accredited associate programme in cancer registry</a> <span" not in without


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"goal": "nonsense-of-the-purest"}, "is not in the graph"),
        ({"goal": "organization:ahima"}, "nothing that a person attains"),
        ({"goal": "credential:rhit", "add": "zzzz"}, "is not in the graph"),
        ({"goal": "credential:rhit", "maxcost": "much"}, "a number up to"),
        ({"goal": "credential:rhit", "hours": "0"}, "a number up to"),
        ({"goal": "credential:rhit", "asof": "soon"}, "a day such as"),
        ({"goal": "credential:rhit", "jurisdiction": "atlantis"}, "is not in the graph"),
    ],
)
def test_what_cannot_be_used_is_told(client: TestClient, parameters: dict[str, str], words: str) -> None:
    body = text(client, **parameters)
    alert = re.search(r'role="alert">(.*?)</div>', body, re.DOTALL)
    assert alert is not None
    assert words in alert[1]


def test_near_meanings_are_offered(client: TestClient) -> None:
    body = text(client, goal="health information")
    assert "“health information” is not in the graph" in body
    choice = re.search(r'<ul class="plain"><li><a href="(/routes\?goal=[^"]+)"', body)
    assert choice is not None
    assert client.get(choice[1].replace("&amp;", "&"), headers=HTML).status_code == 200


def test_time_and_money_are_weighed() -> None:
    settings = Settings(source=Source.of(files=[DATA / "front.ttl"]), workers=1)
    goal = "http://example.org/job"
    with TestClient(create_app(settings)) as client:
        chosen = {}
        for weigh in ("0", "40", "100"):
            body = text(client, goal=goal, weigh=weigh)
            stops = set(re.findall(r'<div class="stop"><h3><a href="[^"]+">([^<]+)', body))
            chosen[weigh] = (stops - {"Working at heights course", "Wind turbine technician"}).pop()
            assert "proven best" in body
            assert "$650" in body
        assert chosen == {
            "0": "Private boot camp",
            "40": "Community college certificate",
            "100": "Apprenticeship",
        }
        front = re.search(r'<svg class="front".*?</svg>', body, re.DOTALL)
        assert front is not None
        assert front[0].count("<circle") == 4
        row = re.search(r"Beaten by none in both</th>(.*?)</tr>", body, re.DOTALL)
        assert row is not None
        assert re.findall(r">(yes|no)<", row[1]) == ["yes", "yes", "yes", "no"]
        assert "A doctor says that you may work at heights." in body
        picked = text(client, goal=goal, weigh="0", plan="4")
        assert "is the one you chose: 2 years, $26,650" in picked
        assert "proven best" not in picked
        assert "The way to Wind turbine technician" in body


@pytest.mark.parametrize("ending", ["svg", "json", "ttl", "md", "txt", "mmd"])
def test_plan_is_written_down(client: TestClient, ending: str) -> None:
    response = client.get(f"/routes/plan.{ending}", params=REGISTRAR)
    assert response.status_code == 200
    if ending == "svg":
        assert ElementTree.fromstring(response.content).tag.endswith("svg")
    if ending == "json":
        data = json.loads(response.content)
        assert data["status"] == "optimal"
        assert data["goal"].endswith("/role/cancer-registrar")
    else:
        assert "ancer" in response.text
    assert client.get("/routes/plan.exe", params=REGISTRAR).status_code == 404


@given(
    parameters=st.dictionaries(
        st.sampled_from(
            [
                "goal",
                "from",
                "add",
                "weigh",
                "plan",
                "maxcost",
                "maxmonths",
                "hours",
                "asof",
                "exclude",
                "jurisdiction",
                "strength",
                "currency",
                "goalname",
                "goalid",
            ]
        ),
        st.one_of(
            st.text(max_size=12),
            st.sampled_from(
                ["rhit", "role:medical-coder", "-1", "1e999", "nan", "99", "0", "2026-02-30", "law", "EUR"]
            ),
        ),
        max_size=6,
    )
)
@settings(max_examples=60, deadline=None)
def test_no_question_is_a_fault(client: TestClient, parameters: dict[str, str]) -> None:
    response = client.get("/routes", params=parameters, headers=HTML)
    assert response.status_code in (200, 303)


def plan_of(days: float, cost: float, name: str) -> Plan:
    return Plan(
        goal="g",
        items=(name,),
        time=TimeSpan(days, days, 0),
        cost=CostSpan(cost, cost, "USD", 0),
        bound=0.0,
        proven=True,
        details=lambda: Details((), ()),
    )


@given(
    values=st.lists(st.tuples(st.floats(0, 4000), st.floats(0, 90000)), min_size=1, max_size=8, unique=True),
    weigh=st.integers(0, 100),
)
@settings(max_examples=200, deadline=None)
def test_weight_chooses_a_plan_that_no_other_beats(values: list[tuple[float, float]], weigh: int) -> None:
    plans = [plan_of(days, cost, str(place)) for place, (days, cost) in enumerate(values)]
    chosen = values[choose(plans, weigh, None)]
    worst_time, worst_cost = max(v[0] for v in values) or 1, max(v[1] for v in values) or 1

    def weight(value: tuple[float, float]) -> float:
        return (1 - weigh / 100) * value[0] / worst_time + weigh / 100 * value[1] / worst_cost

    assert weight(chosen) <= min(map(weight, values)) + 1e-8
    if weigh == 0:
        assert chosen[0] <= min(v[0] for v in values) + 1e-5
    if weigh == 100:
        assert chosen[1] <= min(v[1] for v in values) + 1e-3


def test_a_chosen_plan_is_shown_whatever_the_weight() -> None:
    plans = [plan_of(1, 9, "a"), plan_of(9, 1, "b")]
    assert [choose(plans, 0, None), choose(plans, 100, None), choose(plans, 0, 2), choose(plans, 0, 7)] == [
        0,
        1,
        1,
        0,
    ]
