"""Made-up releases for the tests of the loader; light, because processes that get killed import it, too."""

from __future__ import annotations

from pathlib import Path

from careerkg.importers.archive import Archive
from careerkg.importers.loader import load_releases
from careerkg.importers.log import Log
from careerkg.importers.release import Release, Summary
from careerkg.importers.triples import TripleWriter

EX = "http://example.org/"
MADE = Path(__file__).parent / "data" / "onet"
"""The made-up O*NET release."""
MODERN = MADE.with_name("onet-30-3")
"""The made-up O*NET release in the layout since 30.3."""
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Where real releases are, if they are at hand."""


def release(version: str, source: str = "test") -> Release:
    return Release(
        source=source,
        version=version,
        title=f"Test {version}",
        publisher="Nobody",
        licence="https://creativecommons.org/publicdomain/zero/1.0/",
        issued="2026",
        attribution="Made up.",
    )


def load(folder: Path | None, version: str, names: list[str], source: str = "test") -> Summary:
    """Load a release that says of each name that it is a thing."""
    file = Path(__file__)

    def fill(_: Release, writer: TripleWriter) -> None:
        tally = log.table("Things", str(file))
        for name in names:
            tally.read += 1
            tally.imported += 1
            writer.triple(f"<{EX}{name}>", f"<{EX}in>", f'"{version}"')

    log = Log()
    with Archive([file]) as archive:
        (summary,) = load_releases(folder, [release(version, source)], fill, archive, log)
    return summary
