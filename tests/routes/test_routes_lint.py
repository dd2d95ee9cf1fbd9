"""Every fault that lint looks for is found, and nothing in sound data."""

from __future__ import annotations

from datetime import date

from route_instances import EX, store_of_file

from careerkg.routes import lint


def test_each_seeded_fault_is_found_once() -> None:
    found = [
        (f.severity, f.kind, f.node.removeprefix(EX))
        for f in lint(store_of_file("faults.ttl"), date(2026, 1, 1))
    ]
    assert found == [
        ("error", "contradiction", "denied"),
        ("error", "contradiction", "empty"),
        ("error", "contradiction", "many"),
        ("error", "cycle", "chicken"),
        ("error", "malformed", "costly"),
        ("error", "unreachable", "farm"),
        ("error", "unreachable", "greedy"),
        ("error", "unreachable", "hopeless"),
        ("warning", "retired", "outdated"),
        ("warning", "retired", "stale"),
        ("info", "free-text-only", "worded"),
        ("info", "single-operand", "lonely"),
    ]


def test_messages_say_what_and_where() -> None:
    messages = {
        f.node.removeprefix(EX): f.message for f in lint(store_of_file("faults.ttl"), date(2026, 1, 1))
    }
    assert messages["chicken"] == f"locked in a cycle that nothing leads into: {EX}chicken, {EX}egg"
    assert messages["many"] == "at least 3 of 2 operands can never be met"
    assert messages["farm"] == f"cannot be attained: nothing leads to {EX}egg"
    assert "ckg:amount: '-5'" in messages["costly"]
    assert messages["stale"].startswith(f"asks for {EX}renamed, which is now {EX}b")


def test_a_demand_is_outdated_only_after_the_end() -> None:
    kinds = {f.kind for f in lint(store_of_file("faults.ttl"), date(2019, 1, 1))}
    assert "retired" not in kinds


def test_sound_data_have_no_findings() -> None:
    assert lint(store_of_file("clean.ttl")) == ()
