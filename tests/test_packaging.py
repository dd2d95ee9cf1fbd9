"""What goes into the wheel and the sdist."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a freshly built wheel and sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def expected() -> set[str]:
    """Return the files that the package needs at run time besides its code."""
    return {
        path.relative_to(ROOT).as_posix()
        for folder in ("ontology", "shapes")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }


def test_wheel_carries_ontology_shapes_and_type_information(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"careerkg/{name}" for name in expected()} <= names
    assert "careerkg/py.typed" in names
    assert {name.split("/")[0] for name in names} == {"careerkg", wheel.name.split("-py3")[0] + ".dist-info"}


def test_wheel_carries_what_pages_are_made_of(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    web = ROOT / "src" / "careerkg" / "web"
    files = [path for folder in ("templates", "static") for path in (web / folder).iterdir()]
    assert len(files) > 10
    assert {f"careerkg/web/{path.relative_to(web).as_posix()}" for path in files} <= names


def test_sdist_carries_what_building_and_testing_needs(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert expected() <= names
    assert {"pyproject.toml", "README.md", "LICENSE", "LICENSE-DATA", "tests/conftest.py"} <= names
