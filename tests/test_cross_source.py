"""Questions across sources: each query in tests/cross_source/, run on a store with real releases, gives the
answer that was worked out from the files without the importers (expected.json)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from careerkg.importers import Options, import_source
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import XSD

FOLDER = Path(__file__).parent / "cross_source"
QUERIES = sorted(FOLDER.glob("*.rq"))
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
ONET_TABLES = (
    *("Content Model Reference.txt", "Job Zone Reference.txt", "Job Zones.txt", "Occupation Data.txt"),
    *(
        "Related Occupations.txt",
        "Task Statements.txt.gz",
        "Technology Skills.txt.gz",
        "UNSPSC Reference.txt",
    ),
)
"""What the questions need of O*NET, so that the store is ready soon."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    """Return a store with O*NET (in part), ESCO, the Bureau's figures, SOC with crosswalks, and our facts."""
    if not SHARED.is_dir():
        pytest.skip("the real releases are not at hand (../shared/data)")
    home = tmp_path_factory.mktemp("cross-source") / "kg"
    onet = [SHARED / "onet" / "db_29_3_text" / name for name in ONET_TABLES]
    import_source("onet", onet, home, options=Options(release="29.3"))
    for source in ("esco", "bls", "soc"):
        import_source(source, [SHARED / source], home)
    import_source("careerkg", [], home)
    yield EmbeddedStore.open(home, read_only=True)
    shutil.rmtree(home)


def expected() -> Mapping[str, Any]:
    """Return the answers by the name of their query."""
    content: Mapping[str, Any] = json.loads(
        (FOLDER / "expected.json").read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal
    )
    return content


def cell(term: object) -> str | Decimal | bool | None:
    """Return what a reader sees of a term."""
    if term is None:
        return None
    assert isinstance(term, ox.Literal)
    if term.datatype.value in (XSD.integer, XSD.decimal):
        return Decimal(term.value)
    return term.value == "true" if term.datatype.value == XSD.boolean else term.value


def test_there_are_ten_questions_with_answers() -> None:
    assert [path.stem for path in QUERIES] == list(expected())
    assert len(QUERIES) == 10


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_answer(path: Path, store: EmbeddedStore) -> None:
    answer = expected()[path.stem]
    found = store.query(path.read_text(encoding="utf-8"))
    assert isinstance(found, ox.QuerySolutions)
    assert [variable.value for variable in found.variables] == answer["columns"]
    assert [[cell(term) for term in row] for row in found] == answer["rows"]


def test_names_of_sources_do_not_clash(store: EmbeddedStore) -> None:
    """Tables of releases and passages of the bundled facts are both below the name of their source."""
    assert not store.query("ASK { ?node a ckg:Passage , ckg:Source }")


def test_one_title_in_a_language_for_each_thing(store: EmbeddedStore) -> None:
    """Importers and the bundled facts name what they share in the same words."""
    same = "FILTER (LANG(?one) = LANG(?other) && STR(?one) < STR(?other))"
    assert not store.query(f"ASK {{ ?node skos:prefLabel ?one , ?other {same} }}")


def test_no_crosswalk_says_sameas(store: EmbeddedStore) -> None:
    assert not store.query("ASK { ?one <http://www.w3.org/2002/07/owl#sameAs> ?other }")
