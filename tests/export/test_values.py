"""What the store makes of values: one written form of each, as docs/export.md says."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from cases import exported

from careerkg.store import EmbeddedStore
from careerkg.vocabulary import XSD

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "export.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("datatype", "written", "kept"),
    [
        ("decimal", "299.00", "299"),
        ("integer", "007", "7"),
        ("double", "1.50e1", "15"),
        ("duration", "P0D", "PT0S"),
        ("duration", "P18M", "P1Y6M"),
        ("boolean", "1", "true"),
        ("date", "soon", "soon"),
        ("gYearMonth", "2024-05", "2024-05"),
    ],
)
def test_values_are_kept_in_one_form(datatype: str, written: str, kept: str) -> None:
    store = EmbeddedStore(ox.Store())
    literal = ox.Literal(written, datatype=ox.NamedNode(f"{XSD}{datatype}"))
    store.inner.add(ox.Quad(ox.NamedNode("urn:a:b"), ox.NamedNode("urn:a:p"), literal))
    assert exported(store, "nt").decode().split('"')[1] == kept
    if written != kept:
        assert f"`{written}`" in DOCUMENT
        assert f"`{kept}`" in DOCUMENT
