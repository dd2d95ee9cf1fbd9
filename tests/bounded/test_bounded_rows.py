"""Rows counted and cut off in documents that the engine wrote, against the engine's own reading of them."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from careerkg.bounded.rows import count_rows, without_last_row
from careerkg.results import ROW_FORMATS

TEXTS = st.one_of(
    st.text(max_size=8),
    st.text(alphabet='{},":<>&\'"\\\r\n\t;res ult', max_size=14),
    st.sampled_from(["{}", "},{", '},{"', "<result>", "</result>", '"\r\n"', "\\n", '""', "}}]}}"]),
).map(lambda text: "".join(c for c in text if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\uffff")))
TERMS = st.one_of(
    st.none(),
    st.builds(ox.Literal, TEXTS),
    st.builds(lambda text: ox.Literal(text, language="en"), TEXTS),
    st.builds(ox.Literal, st.integers(-5, 5)),
    st.sampled_from([ox.NamedNode("http://e/,;,"), ox.NamedNode("http://e/?a=b,c&d")]),
)


def written(rows: list[list[ox.Literal | ox.NamedNode | None]], width: int, format_: str) -> bytes:
    """Return rows as the engine writes them."""
    names = [f"v{number}" for number in range(width)]
    cells = " ".join(
        "(" + " ".join("UNDEF" if term is None else str(term) for term in row[:width]) + ")" for row in rows
    )
    variables = " ".join(f"?{name}" for name in names)
    query = f"SELECT {variables} {{ VALUES ({variables}) {{ {cells} }} }}"
    result = ox.Store().query(query)
    assert isinstance(result, ox.QuerySolutions)
    return result.serialize(format=ROW_FORMATS[format_]) or b""


def read_rows(document: bytes) -> list[list[str]]:
    """Return the rows of a JSON document as the engine reads them."""
    solutions = ox.parse_query_results(document, format=ROW_FORMATS["json"])
    assert isinstance(solutions, ox.QuerySolutions)
    return [[*map(str, row)] for row in solutions]


@pytest.mark.parametrize("format_", list(ROW_FORMATS))
@given(rows=st.lists(st.lists(TERMS, min_size=3, max_size=3), max_size=6), width=st.integers(1, 3))
def test_rows_are_counted_and_the_last_cut_off(
    format_: str, rows: list[list[ox.Literal | ox.NamedNode | None]], width: int
) -> None:
    document = written(rows, width, format_)
    assert count_rows(document, format_) == len(rows)
    if not rows:
        return
    shorter, expected = without_last_row(document, format_), written(rows[:-1], width, format_)
    if format_ == "json":
        assert read_rows(shorter) == read_rows(expected)
    else:
        assert shorter == expected


@pytest.mark.parametrize("format_", list(ROW_FORMATS))
def test_rows_without_variables(format_: str) -> None:
    result = ox.Store().query("SELECT * { {} UNION {} }")
    assert isinstance(result, ox.QuerySolutions)
    document = result.serialize(format=ROW_FORMATS[format_]) or b""
    assert count_rows(document, format_) == 2
    assert count_rows(without_last_row(document, format_), format_) == 1
