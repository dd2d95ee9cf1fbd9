"""Reports as RDF, as a text for people, as GitHub workflow commands and as JUnit XML."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.validation.names import INFO, RDF_TYPE, SH, VIOLATION, WARNING, XSD, short
from careerkg.validation.paths import path_triples
from careerkg.validation.report import Report, Result, Total
from careerkg.validation.triples import as_text

if TYPE_CHECKING:
    import rdflib

__all__ = ["github", "graph", "junit", "report_triples", "serialize", "table"]

Shorten = Callable[[str], str]

_LEVEL = {VIOLATION: "error", WARNING: "warning", INFO: "notice"}


def report_triples(report: Report) -> Iterator[ox.Triple]:
    """Yield the triples of the W3C validation report (SHACL section 3.6)."""

    def iri(name: str) -> ox.NamedNode:
        return ox.NamedNode(SH + name)

    root = ox.BlankNode("report")
    yield ox.Triple(root, ox.NamedNode(RDF_TYPE), iri("ValidationReport"))
    truth = ox.Literal("true" if report.conforms else "false", datatype=ox.NamedNode(XSD + "boolean"))
    yield ox.Triple(root, iri("conforms"), truth)
    for number, result in enumerate(report.results):
        node = ox.BlankNode(f"result{number}")
        yield ox.Triple(root, iri("result"), node)
        yield ox.Triple(node, ox.NamedNode(RDF_TYPE), iri("ValidationResult"))
        yield ox.Triple(node, iri("focusNode"), result.focus)
        if result.path is not None:
            path, triples = path_triples(result.path)
            yield ox.Triple(node, iri("resultPath"), path)
            yield from triples
        if result.value is not None:
            yield ox.Triple(node, iri("value"), result.value)
        yield ox.Triple(node, iri("sourceConstraintComponent"), ox.NamedNode(result.component))
        yield ox.Triple(node, iri("sourceShape"), result.shape)
        yield ox.Triple(node, iri("resultSeverity"), ox.NamedNode(result.severity))
        if result.source_constraint is not None:
            yield ox.Triple(node, iri("sourceConstraint"), result.source_constraint)
        for message in result.messages:
            yield ox.Triple(node, iri("resultMessage"), message)


def serialize(report: Report, format: ox.RdfFormat) -> str:
    """Return the report in an RDF syntax."""
    prefixes = {"sh": SH}  # one: of several, the serializer would change the order from run to run
    text = ox.serialize(report_triples(report), format=format, prefixes=prefixes)
    assert text is not None
    return text.decode()


def graph(report: Report) -> rdflib.Graph:
    """Return the report as an rdflib graph; blank nodes of the data keep their names."""
    import rdflib

    from careerkg.validation.rdflib_terms import to_rdflib

    result = rdflib.Graph()
    result.bind("sh", SH)
    for triple in report_triples(report):
        result.add((to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object)))
    return result


def table(report: Report, examples: int, shorten: Shorten | None) -> str:
    """Return a text that groups results by shape and constraint, gravest first."""
    name: Shorten = shorten or (lambda iri: iri)
    if report.conforms:
        return "Conforms: no result.\n"
    counts = report.counts
    parts = [
        _plural(counts.violation, "violation", "violations"),
        _plural(counts.warning, "warning", "warnings"),
        _plural(counts.info, "note", "notes"),
        _plural(counts.other, "result of another severity", "results of other severities"),
    ]
    lines = ["Does not conform: " + ", ".join(part for part in parts if part) + "."]
    listed: dict[tuple[Term, str, str], list[Result]] = {}
    for result in report.results:
        listed.setdefault((result.shape, result.component, result.severity), []).append(result)
    for total in report.totals:
        group = listed.get((total.shape, total.component, total.severity), [])
        lines += ["", _heading(total, name)]
        messages = dict.fromkeys(result.message for result in group if result.message)
        if len(messages) == 1:
            lines.append("  " + next(iter(messages)))
        for result in group[:examples]:
            lines.append("  - " + _example(result, name, with_message=len(messages) > 1))
        if total.count > min(examples, len(group)):
            lines.append(f"  … {total.count - min(examples, len(group))} more")
    if report.delegated:
        lines += ["", "Decided by pySHACL: " + ", ".join(report.delegated)]
    return "\n".join(lines) + "\n"


def _plural(number: int, singular: str, plural: str) -> str:
    return f"{number} {singular if number == 1 else plural}" if number else ""


def _heading(total: Total, name: Shorten) -> str:
    component = short(total.component).removesuffix("ConstraintComponent")
    return f"{short(total.severity)} × {total.count}  {name(as_text(total.shape))}  [{component}]"


def _example(result: Result, name: Shorten, *, with_message: bool) -> str:
    text = name(as_text(result.focus))
    if result.path is not None:
        path = result.path_text() or ""
        text += "  " + (name(path) if path.startswith("http") else path)
    if result.value is not None and result.value != result.focus:
        value = as_text(result.value)
        text += "  " + (name(value) if isinstance(result.value, ox.NamedNode) else repr(value))
    return f"{text}: {result.message}" if with_message and result.message else text


def github(report: Report) -> str:
    """Return one workflow command per result; what GitHub shows beside a run or a pull request."""

    def escaped(text: str, *, is_property: bool) -> str:
        for raw, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
            text = text.replace(raw, code)
        return text.replace(":", "%3A").replace(",", "%2C") if is_property else text

    lines = []
    for result in report.results:
        title = escaped(short(as_text(result.shape)), is_property=True)
        where = " ".join(
            part
            for part in (
                as_text(result.focus),
                result.path_text(),
                None if result.value is None else repr(as_text(result.value)),
            )
            if part
        )
        message = f"{result.message} ({where})" if result.message else where
        level = _LEVEL.get(result.severity, "error")
        lines.append(f"::{level} title={title}::{escaped(message, is_property=False)}")
    shown, total = len(report.results), int(report.counts)
    if shown < total:
        lines.append(f"::notice title=SHACL::{total - shown} more results are not listed")
    return "\n".join(lines) + ("\n" if lines else "")


def junit(report: Report) -> str:
    """Return JUnit XML: a failed test case per shape and constraint that has results, or one passed."""
    from xml.sax.saxutils import escape, quoteattr

    # XML 1.0 has no way to write most control characters, and literals may hold them.
    printable = str.maketrans({code: "\ufffd" for code in range(32) if code not in (9, 10, 13)})
    cases = []
    for total in report.totals:
        group = [
            result
            for result in report.results
            if (result.shape, result.component, result.severity)
            == (total.shape, total.component, total.severity)
        ]
        body = "\n".join(_example(result, str, with_message=True) for result in group)
        if total.count > len(group):
            body += f"\n… {total.count - len(group)} more"
        message = f"{total.count} × {short(total.severity)}"
        name = f"classname={quoteattr(as_text(total.shape))} name={quoteattr(short(total.component))}"
        cases.append(
            f"    <testcase {name}>\n"
            f"      <failure type={quoteattr(short(total.severity))} message={quoteattr(message)}>"
            f"{escape(body.translate(printable))}</failure>\n"
            "    </testcase>\n"
        )
    failures = len(cases)
    if not cases:
        cases.append('    <testcase classname="SHACL" name="conforms"/>\n')
    numbers = f'tests="{len(cases)}" failures="{failures}" errors="0"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites {numbers}>\n"
        f'  <testsuite name="SHACL" {numbers}>\n' + "".join(cases) + "  </testsuite>\n</testsuites>\n"
    )
