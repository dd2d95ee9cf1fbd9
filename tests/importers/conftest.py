"""What the tests of importers share: the made-up O*NET release, and the real one where it is at hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a copy of the made-up O*NET release, to be changed at will."""
    return Path(shutil.copytree(DATA / "onet", tmp_path / "small"))
