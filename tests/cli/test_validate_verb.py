"""``careerkg validate``: files, shapes, formats, exit codes."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path

import pytest

from careerkg.cli import main

PEOPLE = Path(__file__).parents[1] / "validation" / "people.ttl"
SHAPES = Path(__file__).parents[1] / "validation" / "people-shapes.ttl"

GOOD = """@prefix ckg: <https://w3id.org/careerkg/ontology#> . @prefix ex: <http://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    """The exit code, standard output and standard error of the verb."""
    code = main(["validate", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_bundled_graph(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys) == (0, "Conforms: no result.\n", "")


def test_own_shapes_on_own_data(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--shapes", SHAPES, "--data", PEOPLE, "--format", "json")
    document = json.loads(out)
    assert code == 1
    assert document["counts"] == {"violation": 3, "warning": 2, "info": 1}


@pytest.mark.parametrize("form", ["plain", "marked", "packed", "piped"])
def test_relative_names_marks_packed_files_and_pipes(
    form: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A file is read once: what came through a pipe is not found empty, and conforming, the second time."""
    text = GOOD + '<#me> a ckg:Course ; rdfs:label "No language" ; ckg:requires <#other>, [ a ckg:AnyOf ] .'
    path = tmp_path / ("mine.ttl.gz" if form == "packed" else "mine.ttl")
    content = b"\xef\xbb\xbf" * (form == "marked") + text.encode()
    if form == "piped":
        os.mkfifo(path)
        writer = threading.Thread(target=path.write_bytes, args=(content,))
        writer.start()
    else:
        path.write_bytes(gzip.compress(content) if form == "packed" else content)
    code, out, err = run(capsys, path, "--format", "json")
    if form == "piped":
        writer.join()
    assert (code, err) == (1, "")
    found = {(row["focus"], row["shape"].rpartition("/")[2]) for row in json.loads(out)["results"]}
    assert (f"{path.as_uri()}#me", "Text-label") in found
    assert "AnyOf-operand" in {shape for _, shape in found}


def test_shapes_may_begin_with_a_mark(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shapes = tmp_path / "shapes.ttl"
    shapes.write_bytes(b"\xef\xbb\xbf" + SHAPES.read_bytes())
    code, out, err = run(capsys, "--shapes", shapes, "--data", PEOPLE, "--format", "json")
    assert (code, err) == (1, "")
    assert json.loads(out)["counts"] == {"violation": 3, "warning": 2, "info": 1}


def test_a_file_is_checked_together_with_the_graph(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mine.ttl"
    path.write_text(GOOD + 'ex:c a ckg:Certification ; rdfs:label "C"@en ; ckg:validFrom "soon" .')
    code, out, _ = run(capsys, path, "--format", "json", "--severity", "violation")
    results = json.loads(out)["results"]
    assert code == 1
    assert {result["focus"] for result in results} == {"http://example.org/c"}
    assert any(result["value"] == "soon" for result in results)


def test_a_misspelt_property_of_a_thing_without_class_is_found(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mine.ttl"
    path.write_text(GOOD + "ex:c ckg:requries ex:exam .")
    code, out, _ = run(capsys, path, "--format", "json", "--severity", "violation")
    assert code == 1
    assert [result["value"] for result in json.loads(out)["results"]] == ["http://example.org/c"]


@pytest.mark.parametrize("files_first", [True, False])
def test_files_stand_before_or_behind_shapes(capsys: pytest.CaptureFixture[str], files_first: bool) -> None:
    words = (PEOPLE, "--shapes", SHAPES) if files_first else ("--shapes", SHAPES, PEOPLE)
    code, out, _ = run(capsys, *words, "--format=json")
    assert code == 1
    assert json.loads(out)["counts"] == {"violation": 3, "warning": 2, "info": 1}


def test_limit_and_severity(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--shapes", SHAPES, "--data", PEOPLE, "--format", "json", "--limit-per-shape", "0")
    code, out, _ = run(capsys, *words, "--severity", "violation")
    document = json.loads(out)
    assert code == 1
    assert document["results"] == []
    assert document["counts"] == {"violation": 3, "warning": 0, "info": 0}


def test_focus_and_shape(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--shapes", SHAPES, "--data", PEOPLE, "--format", "json")
    code, out, _ = run(capsys, *words, "--focus", "http://example.org/bob", "--shape", "ex:Person-age")
    assert code == 1
    assert [result["value"] for result in json.loads(out)["results"]] == ["old"]


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("turtle", "@prefix sh:"),
        ("jsonld", "{"),
        ("github", "::error "),
        ("junit", "<?xml"),
        ("table", "Does not conform: 3 violations"),
    ],
)
def test_formats(capsys: pytest.CaptureFixture[str], name: str, start: str) -> None:
    code, out, _ = run(capsys, "--shapes", SHAPES, "--data", PEOPLE, "--format", name)
    assert code == 1
    assert out.startswith(start) or (name == "jsonld" and out.startswith("["))


@pytest.mark.parametrize("name", ["no-rdf", "recursive", "unknown-parameter", "no-shape"])
def test_shapes_that_cannot_be_used(capsys: pytest.CaptureFixture[str], name: str) -> None:
    path = SHAPES.parent / "refused" / f"{name}.ttl"
    code, out, err = run(capsys, "--shapes", path)
    assert code == 2
    assert out == ""
    assert str(path) in err
    assert err.count("\n") == 1


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = run(capsys, tmp_path / "none.ttl")
    assert (code, out) == (2, "")
    assert "none.ttl" in err


def test_bad_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run(capsys, "--limit-per-shape", "-1")
    assert stop.value.code == 2
    assert "whole number" in capsys.readouterr().err
