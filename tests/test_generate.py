"""tools/generate.py: what is derived is up to date, and it says so when it is not."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from careerkg.vocabulary import SKOS, compact
from ontology_files import ALIGNMENTS, ROOT, SCHEMES, TERMS, load, our_terms


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "tools" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_check_passes_on_the_repository() -> None:
    command = [sys.executable, str(ROOT / "tools" / "generate.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_what_differs_or_is_absent_is_out_of_date(generate: ModuleType, tmp_path: Path) -> None:
    same, other, absent = (tmp_path / name for name in ("same", "other", "absent"))
    same.write_text("as it should be\n", encoding="utf-8")
    other.write_text("changed by hand\n", encoding="utf-8")
    contents = dict.fromkeys((same, other, absent), "as it should be\n")
    assert generate.out_of_date(contents) == [absent, other]


def test_unknown_argument_is_refused(generate: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--chek"]) == 2
    assert "--check" in capsys.readouterr().out


def test_reference_has_an_entry_for_every_term_and_a_row_for_every_concept() -> None:
    page = (ROOT / "docs" / "ontology.md").read_text(encoding="utf-8")
    store = load(TERMS, SCHEMES, ALIGNMENTS)
    for term in our_terms(store):
        assert f"</a>{compact(term)}\n" in page
    result = store.query(f"SELECT ?concept WHERE {{ ?concept a <{SKOS.Concept}> }}")
    for row in result:  # type: ignore[union-attr]
        assert f"\n| `{compact(row['concept'].value)}` |" in page
