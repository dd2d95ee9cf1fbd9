"""Imports of the small CTDL files, each done once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import pytest
from imported_ctdl import DATA, Import, Imported

from careerkg import CareerGraph
from careerkg.importers import Options, import_source


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Import:
    """Return what imports a folder of test data, or a path, into a store of its own."""

    @cache
    def run(path: str | Path, multiple_requires: Literal["and", "or"] = "and") -> Imported:
        store = tmp_path_factory.mktemp("ctdl") / "store"
        options = Options(release="test", multiple_requires=multiple_requires)
        (summary,) = import_source("ctdl", [DATA / path], store, options=options)
        return Imported(CareerGraph.open(store, read_only=True), summary, store)

    return run
