"""The house rules of the code: floors, light imports, the public face, files that come with the package."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import careerkg
from careerkg import errors, resources

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "careerkg"
MODULES = sorted(PACKAGE.rglob("*.py"))

# docs/architecture.md has the same table; a part may import from its own floor's package and from below.
FLOORS = {
    "vocabulary": 0,
    "errors": 0,
    "spelling": 0,
    "model": 1,
    "output": 1,
    "resources": 1,
    "store": 2,
    "remote": 2,
    "names": 3,
    "items": 3,
    "provenance": 3,
    "entities": 3,
    "search": 3,
    "examples": 3,
    "statistics": 3,
    "results": 3,
    "routes": 3,
    "validation": 3,
    "export": 3,
    "importers": 3,
    "diff": 3,
    "profiles": 3,
    "graph": 4,
    "bounded": 4,
    "cli": 5,
    "web": 5,
    "mcp": 5,
}
# Inside a floor, which part may lean on which: no circles.
BESIDE = {
    "remote": {"store"},
    "entities": {"names", "provenance"},
    "items": {"names"},
    "search": {"names"},
    "results": {"export"},
    "profiles": {"entities", "names", "provenance"},
    "bounded": {"graph"},
    "cli": {"web", "mcp"},
}
HEAVY = ("rdflib", "networkx", "pyshacl", "pyld", "pandas", "numpy", "highspy", "oxrdflib", "dataclasses")


def part(path: Path) -> str:
    """Return the part of the package that a file belongs to: a module, or a subpackage."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Return the parts of careerkg that a file imports, inside functions and for typing, too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.startswith("careerkg."):
                found.add(name.split(".")[1])
    return {name for name in found if name in FLOORS}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_imports_only_from_below(path: Path) -> None:
    here = part(path)
    if here in ("__init__", "__main__"):
        return
    assert here in FLOORS, f"{here} has no floor: add it to docs/architecture.md and here"
    for other in imports(path) - {here}:
        assert FLOORS[other] < FLOORS[here] or other in BESIDE.get(here, ()), f"{here} imports {other}"


def test_validation_knows_nothing_of_careers() -> None:
    allowed = {"store", "errors", "validation"}
    for path in (PACKAGE / "validation").rglob("*.py"):
        assert imports(path) <= allowed, path.name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_says_what_it_is_and_holds_one_idea(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert text.count("\n") <= 520, "over 500 lines: two ideas"


def test_floors_are_those_of_the_documentation() -> None:
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    written = {
        name: int(floor)
        for floor, cell in re.findall(r"^\| (\d) \| ([^|]*) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)(?:\.py|/)`", cell)
    }
    assert written == FLOORS


@pytest.mark.parametrize(
    "statement",
    [
        "import careerkg",
        "from careerkg import CareerGraph; CareerGraph().query('ASK {}')",
        "from careerkg.cli import main; main(['show', 'rhit'])",
        "from careerkg.cli import main; main(['query', 'ASK {}'])",
    ],
)
def test_start_is_light(statement: str) -> None:
    """Nothing heavy is imported before it is needed."""
    code = f"import sys; {statement}; sys.exit(sorted(set(sys.modules) & {set(HEAVY)!r}) or None)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_public_face() -> None:
    assert careerkg.__all__ == sorted(careerkg.__all__)
    assert {name: getattr(careerkg, name) for name in careerkg.__all__}
    with pytest.raises(AttributeError):
        _ = careerkg.nothing


def test_error_tree_in_the_docstring_is_the_real_one() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or "")) | {"CareerGraphError"}
    assert drawn == set(errors.__all__)


def test_files_that_come_with_the_package_are_found() -> None:
    files = [
        *resources.ontology_files(),
        *resources.data_files(),
        *resources.shapes_files(),
        resources.examples_file(),
        resources.context_file(),
    ]
    assert len(files) > 8
    assert all(path.is_file() for path in files)
