"""Where the files that come with the package are: the ontology with its data, and the shapes.

Floor 1. In an installed wheel the folders ``ontology/`` and ``shapes/`` lie inside the package; in a
checkout (editable install) they lie at its top.
"""

from __future__ import annotations

from pathlib import Path

from careerkg.errors import StoreError

__all__ = [
    "context_file",
    "data_files",
    "dataset_shapes_files",
    "examples_file",
    "ontology_files",
    "shapes_files",
]


def _folder(name: str) -> Path:
    """Return a folder that comes with the package. Raises StoreError if the installation lacks it."""
    for place in (Path(__file__).parent / name, Path(__file__).parents[2] / name):
        # Looking at the disk first: importing importlib.resources costs a tenth of a command's start.
        if place.is_dir():
            return place
    from importlib.resources import as_file, files

    with as_file(files("careerkg") / name) as place:
        if place.is_dir():
            return place
    raise StoreError(f"the installation is incomplete: careerkg/{name} is missing")


def ontology_files() -> list[Path]:
    """Return the vocabulary, its concept schemes and its alignments."""
    return [_folder("ontology") / name for name in ("careerkg.ttl", "schemes.ttl", "alignments.ttl")]


def data_files() -> list[Path]:
    """Return the files of facts, one or more for each occupation."""
    return sorted((_folder("ontology") / "data").glob("*.trig"))


def examples_file() -> Path:
    """Return the example queries (sh:SPARQLExecutable)."""
    return _folder("ontology") / "examples.ttl"


def context_file() -> Path:
    """Return the JSON-LD context, which is generated from the vocabulary."""
    return _folder("ontology") / "context.jsonld"


def shapes_files() -> list[Path]:
    """Return the SHACL shapes, for a graph."""
    return sorted(_folder("shapes").glob("*.ttl"))


def dataset_shapes_files() -> list[Path]:
    """Return the SHACL shapes that look at named graphs, too, which not every validator can."""
    return sorted((_folder("shapes") / "dataset").glob("*.ttl"))
