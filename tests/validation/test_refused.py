"""Shapes graphs that cannot be used are refused, with file and line; none of them ever passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from careerkg.errors import ShapesError
from careerkg.validation import load_shapes

FOLDER = Path(__file__).parent / "refused"

REASONS = {
    "broken-list": (6, "not a well-formed RDF list"),
    "broken-pattern": (5, "broken regular expression"),
    "broken-query": (4, "unknown prefix nope:"),
    "count-on-node": (4, "sh:minCount, but no sh:path"),
    "javascript": (4, "JavaScript"),
    "literal-path": (4, "property path"),
    "no-rdf": (3, "not RDF"),
    "no-shape": (None, "no SHACL shape"),
    "recursive": (5, "recursive"),
    "shacl-shacl": (5, "not well-formed SHACL"),
    "text-count": (4, "whole number"),
    "two-paths": (4, "more than one sh:path"),
    "undefined-shape": (4, "Nowhere, which is not defined"),
    "unknown-parameter": (5, "did you mean sh:minCount?"),
    "values-in-query": (4, "VALUES is not allowed"),
}


def test_every_file_has_its_reason() -> None:
    assert {path.stem for path in FOLDER.glob("*.ttl")} == set(REASONS)


@pytest.mark.parametrize("name", REASONS)
def test_refused(name: str) -> None:
    path = FOLDER / f"{name}.ttl"
    line, reason = REASONS[name]
    with pytest.raises(ShapesError, match=reason.replace("?", r"\?")) as caught:
        load_shapes([path])
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    assert caught.value.line == line
    if line is not None:
        assert f"{path}:{line}:" in message


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ShapesError, match="cannot read the shapes"):
        load_shapes([tmp_path / "nothing.ttl"])


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        ("ttl", "<http://e/S> a <http://www.w3.org/ns/shacl#NodeShape> ."),
        ("nt", "<http://e/S> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
               "<http://www.w3.org/ns/shacl#NodeShape> ."),
        ("trig", "<http://e/g> { <http://e/S> a <http://www.w3.org/ns/shacl#NodeShape> }"),
        ("jsonld", '{"@id": "http://e/S", "@type": "http://www.w3.org/ns/shacl#NodeShape"}'),
        ("rdf", '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
                '<sh:NodeShape xmlns:sh="http://www.w3.org/ns/shacl#" rdf:about="http://e/S"/></rdf:RDF>'),
    ],
)  # fmt: skip
def test_any_syntax(tmp_path: Path, ending: str, text: str) -> None:
    path = tmp_path / f"shapes.{ending}"
    path.write_text(text)
    assert [str(node) for node in load_shapes([path]).by_node] == ["<http://e/S>"]
