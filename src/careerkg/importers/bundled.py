"""The facts that come with careerkg, as a release like others: one query then runs over all."""

from __future__ import annotations

from careerkg.importers.archive import Archive
from careerkg.importers.log import Log
from careerkg.importers.release import Options, Release
from careerkg.importers.triples import TripleWriter

__all__ = ["read_releases", "write_release"]


def read_releases(archive: Archive, options: Options, log: Log) -> list[Release]:
    """Return the release: the version of the package."""
    from importlib.metadata import version

    del archive, log
    return [
        Release(
            source="careerkg",
            version=options.release or version("careerkg"),
            title="careerkg: health information work",
            publisher="The careerkg contributors",
            licence="https://creativecommons.org/licenses/by/4.0/",
            kind="derived",
        )
    ]


def write_release(
    archive: Archive, release: Release, writer: TripleWriter, options: Options, log: Log
) -> None:
    """Write every file of facts: what each passage says into its graph, and into the default graph."""
    import pyoxigraph as ox

    del release, options
    for member in archive.members:
        tally = log.table(member.base.removesuffix(".trig"), member.place)
        lines = set()
        for quad in ox.parse(archive.content(member), format=ox.RdfFormat.TRIG):
            triple = f"{quad.triple}"
            lines.add(f"{triple} .\n")
            if quad.graph_name != ox.DefaultGraph():
                lines.add(f"{triple} {quad.graph_name} .\n")
            tally.read += 1
            tally.imported += 1
        writer.write("".join(sorted(lines)))
