"""What the verbs share: which graph they work on, and how they print."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from careerkg.graph import CareerGraph

__all__ = [
    "add_common_arguments",
    "binary_output",
    "is_url",
    "open_graph",
    "print_json",
    "print_table",
    "write",
]


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that every verb has."""
    data = parser.add_argument_group("which graph (by default the one that comes with careerkg)")
    data.add_argument(
        "--store",
        metavar="DIR|URL",
        default=os.environ.get("CAREERKG_STORE") or None,
        help="work on the store in this folder, or behind this SPARQL endpoint (default: $CAREERKG_STORE)",
    )
    data.add_argument(
        "--data",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="work on this RDF file instead; may repeat; with --store it is added in memory",
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")


def open_graph(arguments: argparse.Namespace) -> CareerGraph:
    """Return the graph that ``--store`` and ``--data`` name. Raises StoreError or RdfSyntaxError."""
    store = None if arguments.store is None else str(arguments.store)
    if store is None:
        return CareerGraph.from_files(*arguments.data) if arguments.data else CareerGraph()
    graph = CareerGraph.connect(store) if is_url(store) else CareerGraph.open(store, read_only=True)
    return graph.with_files(*arguments.data) if arguments.data else graph


def is_url(store: str) -> bool:
    """Tell whether a store is behind an address rather than in a folder."""
    return store.lower().startswith(("http://", "https://"))


def write(text: str) -> None:
    """Write a text to standard output."""
    sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")


def print_json(value: Any) -> None:
    """Write a value as JSON to standard output, indented."""
    import json

    write(json.dumps(value, indent=2, ensure_ascii=False))


@contextmanager
def binary_output(path: Path | None) -> Iterator[BinaryIO]:
    """Yield where bytes go: standard output, or a file that is replaced as a whole once all is written.

    Raises OutputError if the file cannot be written; what stood there before is then untouched.
    """
    if path is None or str(path) == "-":
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    from careerkg.output import replacing

    with replacing(path) as stream:
        yield stream


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, width: int | None = None) -> None:
    """Write rows as a table whose columns are aligned; cells that do not fit are cut with an ellipsis."""
    from shutil import get_terminal_size

    cells = [[str(cell).replace("\n", " ") for cell in row] for row in rows]
    total = width or (get_terminal_size((120, 24)).columns if sys.stdout.isatty() else 1_000_000)
    widths = [max([len(name), *(len(row[index]) for row in cells)]) for index, name in enumerate(columns)]
    room = max(total - 2 * (len(widths) - 1), 8 * len(widths))
    while sum(widths) > room:
        longest = max(range(len(widths)), key=widths.__getitem__)
        widths[longest] = max(8, widths[longest] - (sum(widths) - room))
        if max(widths) <= 8:
            break

    def line(parts: Sequence[str]) -> str:
        fitted = [
            part if len(part) <= size else part[: size - 1] + "…"
            for part, size in zip(parts, widths, strict=True)
        ]
        return "  ".join(part.ljust(size) for part, size in zip(fitted, widths, strict=True)).rstrip() + "\n"

    sys.stdout.write(line(columns))
    sys.stdout.write("  ".join("─" * size for size in widths) + "\n")
    for row in cells:
        sys.stdout.write(line(row))
