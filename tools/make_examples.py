"""Write ontology/examples.ttl and docs/examples.md from tests/competency/*.rq and tests/cross_source/*.rq.

The .rq files are the source. Each begins with a comment header (id, asker, question, answer), which
becomes metadata of the example; the query below it becomes its text, as ``sh:SPARQLExecutable``. Questions
across sources name these, too: they are answered by a store into which the sources were imported.

    python tools/make_examples.py            # write the files
    python tools/make_examples.py --check    # exit 1 if a file is not what would be written
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "tests" / "competency"
CROSS_SOURCE = ROOT / "tests" / "cross_source"
EXAMPLES = ROOT / "ontology" / "examples.ttl"
PAGE = ROOT / "docs" / "examples.md"

HEAD = """\
# Example queries: the competency questions of careerkg, for `careerkg query --example NAME`.
# Written by tools/make_examples.py from tests/competency/*.rq and tests/cross_source/*.rq: change those, not
# this file. Each text declares its own prefixes and runs on the default graph, the merge of everything. Those
# whose names begin with x need the sources that they name in a store (`careerkg import`).

@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix example: <https://w3id.org/careerkg/id/example/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""

PAGE_HEAD = """\
# Example queries

<!-- Written by tools/make_examples.py from the .rq files it names: change those, not this file. -->

The questions that the graph was built to answer. Each is a SPARQL 1.1 query that declares its own prefixes
and runs on the default graph; `GRAPH` stands only where the question is who says so.

```sh
careerkg query --examples                  # their names
careerkg query --example 08-issuers        # run one
```

Figures and rules that compete are ranked: the queries take what is preferred, else normal, and leave out
what is deprecated unless the question asks for it. What adds up over many steps (ways, times, costs, what is
still missing) is the planner's: `careerkg route`, `careerkg missing`.

| example | asked by | question | answer |
|---|---|---|---|
"""

CROSS_SOURCE_HEAD = """
## Across sources

These need a store with whole releases in it (`careerkg import`). Each figure says from which release it is,
so a store may hold other releases beside these.

```sh
careerkg import onet db_29_3_text.zip --store kg/          # and so on for the sources that a question needs
careerkg query --example x10-next-steps --store kg/
```

| example | asked by | sources | question | answer |
|---|---|---|---|---|
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
    sources: str = ""

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
    if [field for field in fields if field != "sources"] != ["id", "asker", "question", "answer"]:
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
        words = question.question + (f" (Sources: {question.sources}.)" if question.sources else "")
        yield (
            f"example:{question.slug} a sh:SPARQLExecutable , {kind} ;\n"
            f'    rdfs:label "{question.slug}" ;\n'
            f"    rdfs:comment {quote(words)}@en ;\n"
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


def rows(questions: list[Question]) -> Iterator[str]:
    """Yield the Markdown of the examples page: its head, then one row for each question."""
    yield PAGE_HEAD
    for question in questions:
        link = f"[{question.slug}](../tests/competency/{question.slug}.rq)"
        yield f"| {link} | {question.asker} | {question.question} | {question.answer} |\n"


def cross_source_rows(questions: list[Question]) -> Iterator[str]:
    """Yield the Markdown of the questions across sources."""
    yield CROSS_SOURCE_HEAD
    for question in questions:
        link = f"[{question.slug}](../tests/cross_source/{question.slug}.rq)"
        cells = (link, question.asker, question.sources, question.question, question.answer)
        yield f"| {' | '.join(cells)} |\n"


def outputs() -> dict[Path, str]:
    """Return what each written file should hold."""
    questions, across = read_questions(), read_questions(CROSS_SOURCE)
    return {
        EXAMPLES: "\n".join(blocks([*questions, *across])),
        PAGE: "".join((*rows(questions), *cross_source_rows(across))),
    }


def main(arguments: list[str]) -> int:
    """Write or check the files; return the exit code."""
    code = 0
    for path, content in outputs().items():
        if path.is_file() and path.read_text(encoding="utf-8") == content:
            continue
        if arguments == ["--check"]:
            print(f"{path.relative_to(ROOT)} is out of date: run python tools/make_examples.py")
            code = 1
        else:
            path.write_text(content, encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
