"""Write ontology/examples.ttl from the competency questions in tests/competency/*.rq.

The .rq files are the source. Each begins with a comment header (id, asker, question, answer), which
becomes metadata of the example; the query below it becomes its text, as ``sh:SPARQLExecutable``.

    python tools/make_examples.py            # write the file
    python tools/make_examples.py --check    # exit 1 if the file is not what would be written
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "tests" / "competency"
TARGET = ROOT / "ontology" / "examples.ttl"

HEAD = """\
# Example queries: the competency questions of careerkg, for `careerkg query --example NAME`.
# Written by tools/make_examples.py from tests/competency/*.rq: change those, not this file.
# Each text declares its own prefixes and runs on the default graph, the merge of everything.

@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix example: <https://w3id.org/careerkg/id/example/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""

FORMS = {
    "SELECT": ("sh:SPARQLSelectExecutable", "sh:select"),
    "ASK": ("sh:SPARQLAskExecutable", "sh:ask"),
    "CONSTRUCT": ("sh:SPARQLConstructExecutable", "sh:construct"),
}
"""The class of a query and the property that holds its text, as the SHACL vocabulary names them."""


@dataclass(frozen=True, slots=True)
class Question:
    """A competency question: what its header says, and the query that answers it."""

    slug: str
    id: str
    asker: str
    question: str
    answer: str
    query: str

    @property
    def form(self) -> str:
        """SELECT, ASK or CONSTRUCT."""
        found = re.search(r"^(SELECT|ASK|CONSTRUCT)\b", self.query, re.MULTILINE)
        if found is None:
            raise ValueError(f"{self.slug}: no line begins with SELECT, ASK or CONSTRUCT")
        return found[1]


def read_question(path: Path) -> Question:
    """Return the question in an .rq file. Raises ValueError if its header is not as it should be."""
    header, _, query = path.read_text(encoding="utf-8").partition("\n\n")
    fields: dict[str, str] = {}
    name = ""
    for line in header.splitlines():
        start = re.fullmatch(r"# (\w+): (.+)", line)
        more = re.fullmatch(r"#   (\S.*)", line)
        if start is not None:
            name = start[1]
            fields[name] = start[2]
        elif more is not None and name:
            fields[name] += " " + more[1]
        else:
            raise ValueError(f"{path.name}: not a header line: {line!r}")
    if list(fields) != ["id", "asker", "question", "answer"]:
        raise ValueError(f"{path.name}: the header has {list(fields)}, not id, asker, question, answer")
    return Question(path.stem, query=query.strip() + "\n", **fields)


def read_questions(folder: Path = QUESTIONS) -> list[Question]:
    """Return the questions of a folder in the order of their numbers."""
    return [read_question(path) for path in sorted(folder.glob("*.rq"))]


def blocks(questions: list[Question]) -> Iterator[str]:
    """Yield the Turtle of the examples file, block by block."""
    yield HEAD
    for question in questions:
        kind, text = FORMS[question.form]
        yield (
            f"example:{question.slug} a sh:SPARQLExecutable , {kind} ;\n"
            f'    rdfs:label "{question.slug}" ;\n'
            f"    rdfs:comment {quote(question.question)}@en ;\n"
            f"    dcterms:description {quote(question.answer)}@en ;\n"
            f"    {text} {quote_long(question.query)} .\n"
        )


def quote(text: str) -> str:
    """Return a Turtle string of one line."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quote_long(text: str) -> str:
    """Return a Turtle string of many lines; only three quotes in a row, or one at the end, would end it."""
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{escaped}"""'


def render() -> str:
    """Return what ontology/examples.ttl should hold."""
    return "\n".join(blocks(read_questions()))


def main(arguments: list[str]) -> int:
    """Write or check the file; return the exit code."""
    content = render()
    if arguments == ["--check"]:
        if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == content:
            return 0
        print(f"{TARGET.relative_to(ROOT)} is out of date: run python tools/make_examples.py")
        return 1
    TARGET.write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
