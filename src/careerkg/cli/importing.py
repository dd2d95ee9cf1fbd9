"""``careerkg import``: a whole release of a source into a store on disk."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from careerkg.cli.common import is_url, print_json, print_table, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from careerkg.importers import Summary

SUMMARY = "import a release of O*NET, ESCO, CTDL, BLS or SOC, as downloaded, into a store"
EXAMPLE = """careerkg import onet db_29_3_text.zip --store kg/
  careerkg import esco ESCO-v1.1.1-en.zip ESCO-relations.zip --store kg/
  careerkg import onet db_29_3_text/ --dry-run
  careerkg import careerkg --store kg/        # the facts that come with careerkg, beside the others
  exit codes: 0 imported; 1 imported, but some rows were rejected; 2 nothing imported"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    from careerkg.importers import SOURCES

    names = "; ".join(f"{name}: {source.title}" for name, source in SOURCES.items())
    parser.add_argument("source", choices=tuple(SOURCES), metavar="SOURCE", help=names)
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="the folders, .zip archives or files of the release",
    )
    parser.add_argument("--release", metavar="NAME", help="its name, where the files do not say it: 29.3")
    parser.add_argument("--dry-run", action="store_true", help="read and check everything, write nothing")
    parser.add_argument(
        "--max-errors",
        type=int,
        metavar="N",
        help="import nothing if more rows than this are rejected (default: no limit)",
    )
    parser.add_argument(
        "--multiple-requires",
        choices=("and", "or"),
        default="and",
        help="CTDL: whether all of several condition profiles must be met, or one",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print the summary")


def run(arguments: argparse.Namespace) -> int:
    """Import the release and print what became of its rows."""
    from careerkg.errors import CareerGraphError
    from careerkg.importers import Options, import_source
    from careerkg.search import open_index
    from careerkg.store import EmbeddedStore

    if arguments.store is None and not arguments.dry_run:
        raise CareerGraphError("say where to: --store DIR (or --dry-run to check only)")
    if arguments.store is not None and is_url(str(arguments.store)):
        raise CareerGraphError(
            "releases are imported into a folder: --store DIR, and then careerkg push --to URL"
        )
    if not arguments.paths and arguments.source != "careerkg":
        raise CareerGraphError("say what: the folder, .zip archive or files of the release")
    progress = _progress()
    summaries = import_source(
        arguments.source,
        arguments.paths,
        None if arguments.dry_run else Path(arguments.store),
        options=Options(release=arguments.release, multiple_requires=arguments.multiple_requires),
        max_errors=arguments.max_errors,
        progress=progress,
    )
    if not arguments.dry_run:
        # The first search would make the index else, and the person wait then.
        if progress is not None:
            progress("indexing names for search")
        open_index(EmbeddedStore.open(Path(arguments.store), read_only=True))
    if progress is not None:
        progress("")
    if arguments.format == "json":
        print_json({"releases": [_as_json(summary) for summary in summaries]})
    else:
        for summary in summaries:
            _print(summary)
    return 1 if any(summary.rejected for summary in summaries) else 0


def _progress() -> Callable[[str], None] | None:
    """Return what shows progress on one line of a terminal; nothing where standard error is none."""
    if not sys.stderr.isatty():
        return None

    def show(text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text[:78]}")
        sys.stderr.flush()

    return show


def _as_json(summary: Summary) -> dict[str, object]:
    """Return a summary as JSON gives it."""
    notes = {
        field: [note._asdict() for note in getattr(summary, field)]
        for field in ("rejected", "skipped", "warnings")
    }
    return {
        "release": {**summary.release._asdict(), "key": summary.release.key, "iri": summary.release.iri},
        "action": summary.action,
        "triples": summary.triples,
        "rows": {
            key: value for key, value in summary.totals._asdict().items() if key not in ("name", "file")
        },
        "tables": [table._asdict() for table in summary.tables],
        **notes,
        "absent": list(summary.absent),
        "ignored": list(summary.ignored),
    }


def _print(summary: Summary) -> None:
    """Print a summary as a table; rejected rows, one a line, go to standard error."""
    for note in summary.rejected:
        sys.stderr.write(f"rejected {note}\n")
    for note in summary.warnings:
        sys.stderr.write(f"warning {note}\n")
    # A table may lie in many files, as CTDL records do: one line for each table.
    rows: dict[str, list[int]] = {}
    for each in (*summary.tables, summary.totals):
        rows[each.name] = [a + b for a, b in zip(rows.get(each.name, (0, 0, 0, 0)), each[2:], strict=True)]
    print_table(
        ("table", "rows", "imported", "rejected", "skipped"),
        [(name, *(f"{number:,}" for number in numbers)) for name, numbers in rows.items()],
    )
    for note in summary.skipped:
        write(f"skipped {note}")
    if summary.absent:
        write(f"optional tables that the release lacks: {', '.join(summary.absent)}")
    if summary.ignored:
        write(f"files that are not read: {', '.join(summary.ignored)}")
    what = {"added": "imported", "replaced": "replaced", "checked": "checked, nothing written:"}
    write(f"{what[summary.action]} {summary.release.title}: {summary.triples:,} triples")
    if summary.release.attribution:
        write(f"show with it: {summary.release.attribution}")
