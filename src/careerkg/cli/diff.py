"""``careerkg diff``: what two stores, releases or RDF files say differently."""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from typing import TYPE_CHECKING

from careerkg.cli.common import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careerkg.diff import Change, Difference

_PLAIN = re.compile(r'"([^"\\]*)"\^\^xsd:(?:boolean|date|decimal|duration|gYear|gYearMonth|integer)\b')

SUMMARY = "what two stores, releases in a store, or RDF files say differently, thing by thing"
EXAMPLE = """careerkg diff kg/#onet-29.2 kg/#onet-29.3
  careerkg diff old.ttl new.ttl
  careerkg diff yesterday/ today/ --format json
  exit codes: 0 both say the same; 1 they differ; 2 one cannot be read"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two sides and how to show what differs."""
    for name, what in (("old", "what is compared with"), ("new", "what is compared")):
        parser.add_argument(
            name,
            metavar=name.upper(),
            help=f"{what}: a store folder, a release in one (DIR#onet-29.3), or an RDF file",
        )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    """Print what differs; 0 if nothing does, 1 otherwise."""
    from careerkg.diff import compare, read_sides

    left, right = read_sides(arguments.old, arguments.new)
    changes = compare(left, right)
    counts = _print_json(changes) if arguments.format == "json" else _print_text(changes)
    return 1 if counts else 0


def _print_json(changes: Iterator[Change]) -> Counter[str]:
    """Print the changes as JSON, one a line, while they are found; return how many there are of each kind."""
    counts: Counter[str] = Counter()
    write('{"entities": [')
    for change in changes:
        record = {
            "id": change.id,
            "label": change.label,
            "change": change.kind,
            "properties": [_as_json(each) for each in change.differences],
        }
        write(("," if counts else "") + json.dumps(record, ensure_ascii=False))
        counts[change.kind] += 1
    numbers = {kind: counts[kind] for kind in ("added", "removed", "changed")}
    write(f'], "counts": {json.dumps(numbers)}, "equal": {json.dumps(not counts)}}}')
    return counts


def _as_json(difference: Difference) -> dict[str, object]:
    """Return a difference as JSON gives it: with its steps, if two values that are written out differ."""
    from careerkg.diff import steps

    record: dict[str, object] = difference._asdict()
    removed, added = difference.removed, difference.added
    if len(removed) == len(added) == 1 and removed[0].startswith("[") and added[0].startswith("["):
        record["steps"] = [
            {"path": path, "removed": old, "added": new} for path, old, new in steps(removed[0], added[0])
        ]
    return record


def _print_text(changes: Iterator[Change]) -> Counter[str]:
    """Print the changes for people; return how many there are of each kind."""
    from careerkg.vocabulary import compact

    counts: Counter[str] = Counter()
    for change in changes:
        counts[change.kind] += 1
        sign = {"added": "+", "removed": "-", "changed": "~"}[change.kind]
        name = compact(change.id)
        write(f"{sign} {name if change.label is None else f'{change.label}  {name}'}")
        for difference in change.differences:
            for line in _lines(difference, change.kind):
                write("    " + line)
    if counts:
        numbers = ", ".join(f"{counts[kind]:,} {kind}" for kind in ("added", "removed", "changed"))
        total = counts.total()
        write(f"{total:,} {'thing differs' if total == 1 else 'things differ'}: {numbers}")
    else:
        write("no difference")
    return counts


def _lines(difference: Difference, kind: str) -> Iterator[str]:
    """Yield the lines that show how the values of a property differ."""
    from careerkg.diff import steps
    from careerkg.vocabulary import compact

    name = compact(difference.property)
    if difference.part is not None:
        name = f"{difference.part.partition('/.well-known/genid/')[2].partition('/')[2]} {name}"
    removed, added = difference.removed, difference.added
    if kind == "changed" and len(removed) == len(added) == 1:
        for path, old, new in steps(removed[0], added[0]):
            where = " / ".join(compact(each.strip("<>")) for each in path.split(" / ")) if path else ""
            values = f"{'(none)' if old is None else _term(old)} → {'(none)' if new is None else _term(new)}"
            yield f"{name}{f' / {where}' if where else ''}: {values}"
        return
    for sign, terms in (("-", removed), ("+", added)):
        for term in terms:
            yield f"{name}: {_term(term)}" if kind != "changed" else f"{sign} {name}: {_term(term)}"


def _term(term: str) -> str:
    """Return a term of N-Triples for people: IRIs shortened, plain datatypes left out."""
    from careerkg.vocabulary import compact

    short = re.sub(r"<([^>]*)>", lambda match: compact(match[1]), term)
    short = re.sub(
        r'"([^"\\]*)"\^\^xsd:(?:decimal|integer|date|boolean|gYear|gYearMonth|duration)', r"\1", short
    )
    return short if len(short) <= 300 else short[:299] + "…"
