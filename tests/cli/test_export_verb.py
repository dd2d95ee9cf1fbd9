"""``careerkg export``: files, standard output, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from careerkg import CareerGraph, export
from careerkg.cli import main

DATA = Path(__file__).resolve().parents[1] / "export" / "data"


def test_several_files_by_their_endings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / "him.ttl", tmp_path / "him.nq"]
    assert main(["export", *map(str, paths)]) == 0
    assert capsys.readouterr() == ("", "")
    store = CareerGraph().store
    assert sum(1 for _ in ox.parse(path=str(paths[0]))) == len(store)
    assert sum(1 for _ in ox.parse(path=str(paths[1]))) == sum(1 for _ in store.quads())


def test_a_named_format_beats_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "him.txt"
    assert main(["export", str(path), "--format", "n-triples", "--data", str(DATA / "readable.ttl")]) == 0
    assert all(line.endswith(" .") for line in path.read_text().splitlines())
    assert sum(1 for _ in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES)) == 20


def test_tables_are_two_files(tmp_path: Path) -> None:
    assert main(["export", str(tmp_path / "him.csv"), "--data", str(DATA / "readable.ttl")]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["him-edges.csv", "him-nodes.csv"]


@pytest.mark.parametrize("output", [[], ["-"]])
def test_standard_output_is_turtle_unless_a_format_is_named(
    output: list[str], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    words = ["export", *output, "--data", str(DATA / "readable.ttl")]
    assert main(words) == 0
    written = capsysbinary.readouterr()
    assert written.out == (DATA / "expected.ttl").read_bytes().split(b"\n", 1)[1]
    assert main([*words, "--format", "jsonld"]) == 0
    assert capsysbinary.readouterr().out == (DATA / "expected.jsonld").read_bytes()


def test_provenance_and_frames_are_json_ld(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    words = ["export", "--data", str(DATA / "passages.trig")]
    assert main([*words, "--provenance"]) == 0
    nodes = json.loads(capsysbinary.readouterr().out)["@graph"]
    assert sum("@graph" in node for node in nodes) == 3
    assert main([*words, "--frame", "Certification"]) == 0
    assert [tree["label"] for tree in json.loads(capsysbinary.readouterr().out)["@graph"]] == ["RHIT"]
    assert main([*words, "--frame"]) == 0
    found = {tree["type"] for tree in json.loads(capsysbinary.readouterr().out)["@graph"]}
    assert len(found) > 1
    assert "Certification" in found


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["x.docx"], "unknown format 'docx'"),
        (["x.ttl", "--frame", "Item"], "does not fit"),
        (["x.jsonld", "--frame", "Itm"], "did you mean Item"),
        (["absent/x.ttl"], "there is no folder"),
        (["."], "it is a folder"),
        (["--format", "csv"], "two files"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: list[str],
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", *words]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert problem in printed.err
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = [sys.executable, "-c", "import sys; from careerkg.cli import main; sys.exit(main())"]
    process = subprocess.Popen(
        [*command, "export", "--format", "trig"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b"@prefix")
    process.stdout.close()
    assert process.wait(60) == 0
    assert process.stderr.read() == b""
    process.stderr.close()


def test_every_format_is_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name, format_ in export.FORMATS.items():
        assert f"{name} ({format_.title})" in text


def test_a_file_without_ending_is_told_the_formats(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", "him"]) == 2
    assert capsys.readouterr().err == (
        "careerkg: no ending says the format of 'him'; "
        "use one of: ttl, trig, nt, nq, rdf, jsonld, graphml, csv\n"
    )
    assert main(["export", "him.foo"]) == 2
    assert "unknown format 'foo'; use one of: ttl, trig" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_terms_are_exported_if_asked_for(tmp_path: Path) -> None:
    assert main(["export", str(tmp_path / "him.graphml")]) == 0
    assert main(["export", str(tmp_path / "all.graphml"), "--terms"]) == 0
    short, whole = ((tmp_path / name).read_text() for name in ("him.graphml", "all.graphml"))
    assert "ontology#EarningsObservation" not in short
    assert "ontology#EarningsObservation" in whole
