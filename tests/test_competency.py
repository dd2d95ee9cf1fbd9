"""The competency questions: each query in tests/competency/, run on the bundled graph, gives the answer
that was worked out by hand (expected.json), and ships as an example in ontology/examples.ttl."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import pyoxigraph as ox
import pytest

from careerkg.store import EmbeddedStore
from careerkg.vocabulary import RDFS, SH, XSD, compact

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tests" / "competency"
QUERIES = sorted(FOLDER.glob("*.rq"))
SHARED = ROOT / "../shared/domain/competency_questions.json"

Cell: TypeAlias = str | Decimal | bool | None

_NUMERIC = {XSD.integer, XSD.decimal, XSD.nonNegativeInteger, XSD.positiveInteger}


def make_examples() -> ModuleType:
    """Return tools/make_examples.py as a module."""
    spec = importlib.util.spec_from_file_location("make_examples", ROOT / "tools" / "make_examples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


@cache
def expected() -> Mapping[str, Any]:
    """Return the answers by the name of their query."""
    content: Mapping[str, Any] = json.loads(
        (FOLDER / "expected.json").read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal
    )
    return content


ONTOLOGY = [ROOT / "ontology" / name for name in ("careerkg.ttl", "schemes.ttl", "alignments.ttl")]
DATA = sorted((ROOT / "ontology" / "data").glob("*.trig"))
TEMPLATE = ROOT / "docs" / "occupation-template.trig"


@pytest.fixture(scope="module")
def bundled() -> EmbeddedStore:
    """Return the bundled graph."""
    return EmbeddedStore.trusted([*ONTOLOGY, *DATA])


@pytest.fixture(scope="module")
def enlarged() -> EmbeddedStore:
    """Return the bundled graph with one more occupation, which must not change any answer."""
    return EmbeddedStore.trusted([*ONTOLOGY, *DATA, TEMPLATE])


def cell(term: object) -> Cell:
    """Return what a reader sees of a term: a number, a truth value, a text or a CURIE."""
    if term is None:
        return None
    if isinstance(term, ox.Literal):
        if term.datatype.value in _NUMERIC:
            return Decimal(term.value)
        return term.value == "true" if term.datatype.value == XSD.boolean else term.value
    assert isinstance(term, ox.NamedNode)
    return compact(term.value)


def concerning(
    rows: Sequence[Sequence[Cell]], column: int, wanted: Sequence[Sequence[Cell]]
) -> list[Sequence[Cell]]:
    """Return the rows whose value in a column occurs in that column of the wanted rows.

    For questions about everything in the graph: another occupation may add rows, but none about these.
    """
    known = {row[column] for row in wanted}
    return [row for row in rows if row[column] in known]


def answers(path: Path, store: EmbeddedStore) -> tuple[Sequence[str], list[Sequence[Cell]]]:
    """Return the columns and rows of a query; those of a yes or no, or of a graph, are one cell wide."""
    result = store.query(path.read_text(encoding="utf-8"))
    if isinstance(result, ox.QueryBoolean):
        return ["boolean"], [[bool(result)]]
    if isinstance(result, ox.QueryTriples):
        return ["graph"], [[text] for text in sorted(str(triple) for triple in result)]
    columns = [variable.value for variable in result.variables]
    return columns, [[cell(row[name]) for name in columns] for row in result]


def wanted(path: Path) -> tuple[Sequence[str], list[Sequence[Cell]]]:
    """Return the columns and rows that were worked out by hand."""
    answer = expected()[path.stem]
    if "boolean" in answer:
        return ["boolean"], [[answer["boolean"]]]
    if "graph" in answer:
        graph = ox.parse(path=str(FOLDER / answer["graph"]), format=ox.RdfFormat.TURTLE)
        return ["graph"], [[text] for text in sorted(str(quad.triple) for quad in graph)]
    return answer["columns"], answer["rows"]


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_query_gives_the_expected_answer(path: Path, bundled: EmbeddedStore) -> None:
    assert answers(path, bundled) == wanted(path)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_one_more_occupation_does_not_change_the_answer(path: Path, enlarged: EmbeddedStore) -> None:
    columns, rows = answers(path, enlarged)
    if about := expected()[path.stem].get("about"):
        rows = concerning(rows, columns.index(about), wanted(path)[1])
    assert (columns, rows) == wanted(path)


def test_every_query_has_an_answer_and_every_answer_a_query() -> None:
    assert sorted(expected()) == [path.stem for path in QUERIES]


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_query_stands_alone(path: Path) -> None:
    """It declares every prefix that it uses and no other, orders its rows, and is numbered like its id."""
    question = make_examples().read_question(path)
    assert question.id == f"q{path.stem.split('-')[0]}"
    declared = [line.split()[1] for line in question.query.splitlines() if line.startswith("PREFIX ")]
    body = "\n".join(line for line in question.query.splitlines() if not line.startswith("PREFIX "))
    assert declared == sorted(set(declared))
    assert [prefix for prefix in declared if prefix not in body] == []
    if question.form == "SELECT":
        assert "ORDER BY" in question.query or len(expected()[path.stem]["rows"]) == 1
    ox.Store().query(question.query)  # would raise SyntaxError for a prefix that is not declared


def test_questions_are_those_that_were_asked() -> None:
    if not SHARED.is_file():
        pytest.skip("needs ../shared/domain beside the repository")
    asked = {q["id"]: (q["asker"], q["question"]) for q in json.loads(SHARED.read_text(encoding="utf-8"))}
    ours = {q.id: (q.asker, q.question) for q in make_examples().read_questions()}
    assert {name: ours.get(name) for name in asked} == asked


def test_written_files_are_up_to_date() -> None:
    written: dict[Path, str] = make_examples().outputs()
    assert {path.name for path in written} == {"examples.ttl", "examples.md"}
    assert {path: path.read_text(encoding="utf-8") for path in written} == written


def test_examples_file_holds_every_query() -> None:
    tool = make_examples()
    store = EmbeddedStore.in_memory([tool.EXAMPLES])
    found = store.inner.query(
        f"SELECT ?name ?question ?text WHERE {{ ?e a <{SH.SPARQLExecutable}> ; <{RDFS.label}> ?name ;"
        f" <{RDFS.comment}> ?question ; (<{SH.select}>|<{SH.ask}>|<{SH.construct}>) ?text }} ORDER BY ?name"
    )
    assert isinstance(found, ox.QuerySolutions)
    assert [(cell(row["name"]), cell(row["question"]), cell(row["text"])) for row in found] == [
        (q.slug, f"{q.question} (Sources: {q.sources}.)" if q.sources else q.question, q.query)
        for q in [*tool.read_questions(), *tool.read_questions(tool.CROSS_SOURCE)]
    ]


def test_header_that_says_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "99-nothing.rq"
    file.write_text("# id: q99\n# question: what?\n\nASK {}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"99-nothing\.rq: the header has"):
        make_examples().read_question(file)
