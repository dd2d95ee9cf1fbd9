"""SPARQL texts that a shapes graph holds: their prefixes, and what SHACL forbids in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import pyoxigraph as ox

from careerkg.errors import QueryError
from careerkg.store import EmbeddedStore, Term
from careerkg.validation.names import OWL, RDF, RDF_TYPE, RDFS, SH, XSD
from careerkg.validation.triples import TripleIndex, as_text

__all__ = [
    "Token",
    "behind_condition",
    "check_prebinding",
    "filters",
    "has_aggregates",
    "is_row_by_row",
    "prefixed",
    "renamed",
    "syntax_problem",
    "tokens",
    "where_group",
    "without",
    "without_prologue",
]

_ALWAYS = {"rdf": RDF, "rdfs": RDFS, "owl": OWL, "xsd": XSD}


def prefixed(graph: TripleIndex, node: Term, text: str) -> str:
    """Return a query with the prefixes that its node declares by sh:prefixes (SHACL section 5.2.1).

    Like pySHACL, declarations of any ontology in the shapes graph count where sh:prefixes leads to a node
    that declares nothing itself, and rdf:, rdfs:, owl: and xsd: need no declaration.
    """
    prefixes = dict(_ALWAYS)
    ontologies = graph.subjects(RDF_TYPE, ox.NamedNode(OWL + "Ontology"))
    pending, seen = graph.objects(node, SH + "prefixes")[:], set[Term]()
    while pending:
        owner = pending.pop()
        if owner in seen:
            continue
        seen.add(owner)
        pending += graph.objects(owner, OWL + "imports")
        own = graph.objects(owner, SH + "declare")
        owners = [owner] if own and owner in ontologies else [*ontologies, owner]
        for declaration in (d for o in owners for d in graph.objects(o, SH + "declare")):
            names = graph.objects(declaration, SH + "prefix")
            namespaces = graph.objects(declaration, SH + "namespace")
            if len(names) != 1 or len(namespaces) != 1:
                raise graph.error(owner, "has an sh:declare without one sh:prefix and one sh:namespace")
            prefixes[as_text(names[0])] = as_text(namespaces[0])
    declared = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes.items())
    return declared + text


Token = tuple[str, str, int, int]
"""A piece of SPARQL: its kind, its text, and where it starts and ends."""

_DECLARED = re.compile(r"(?i)\bPREFIX\s+([\w.-]*):\s*<([^>]*)>")

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
  | (?P<iri><[^<>"{}|^`\\\s]*>)
  | (?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
              | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*')
  | (?P<variable>[?$]\w+)
  | (?P<name>(?:[A-Za-z_](?:[\w.-]*[\w-])?)?:(?:[\w%-]|\\.|\.+(?=[\w%-]))*)
  | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<open>[{(\[])
  | (?P<close>[})\]])
  | (?P<other>\S)
    """,
    re.VERBOSE | re.DOTALL,
)


@lru_cache(maxsize=512)
def tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of a SPARQL text, without comments: enough to find variables, words and groups."""
    return tuple(
        (match.lastgroup or "other", match.group(), match.start(), match.end())
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "comment"
    )


def filters(body: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Yield where each FILTER of a group itself, not of one within, begins and ends in the group's tokens."""
    depth = index = 0
    while index < len(body):
        first, (kind, token, _, _) = index, body[index]
        depth += (token == "{") - (token == "}")
        index += 1
        if depth == 0 and kind == "word" and token.upper() == "FILTER":
            index = behind_condition(body, index)
            yield first, index


def behind_condition(body: Sequence[Token], index: int) -> int:
    """Return the index behind a filter's condition, which may begin with words: NOT EXISTS {…}."""
    while index < len(body) and body[index][0] != "open":
        index += 1
    level = 0
    while index < len(body):
        level += (body[index][0] == "open") - (body[index][0] == "close")
        index += 1
        if level == 0:
            break
    return index


def renamed(text: str, old: str, new: str) -> str:
    """Return a text of SPARQL with another name for a variable."""
    pieces, last = [], 0
    for kind, token, start, end in tokens(text):
        if kind == "variable" and token[1:] == old:
            pieces += [text[last:start], f"?{new}"]
            last = end
    return "".join(pieces) + text[last:]


def without_prologue(text: str) -> str:
    """Return a query with its prefixed names written out and no PREFIX, so that it can stand in another."""
    declared = dict(_DECLARED.findall(text))
    body = _DECLARED.sub("", text)
    pieces, last = [], 0
    for kind, token, start, end in tokens(body):
        prefix, _, local = token.partition(":")
        if kind == "name" and prefix in declared:
            pieces += [body[last:start], f"<{declared[prefix]}{local}>"]
            last = end
    return "".join(pieces) + body[last:]


def syntax_problem(text: str, bound: frozenset[str]) -> str | None:
    """Return what is wrong with the syntax of a query whose variables are bound beforehand, or None."""
    text = without(text, bound)
    for kind, token, start, end in reversed(tokens(text)):
        if kind == "variable" and token[1:] == "PATH":
            text = f"{text[:start]}<urn:path>{text[end:]}"
    try:
        EmbeddedStore(ox.Store(), writable=False).query(text)
    except QueryError as error:
        return str(error)
    return None


def where_group(text: str) -> tuple[int, int] | None:
    """Return where the outermost ``{…}`` of a query starts and ends, or None if braces do not match."""
    depth, start = 0, -1
    for kind, token, begin, end in tokens(text):
        if kind == "open" and token == "{":
            if depth == 0:
                start = begin
            depth += 1
        elif kind == "close" and token == "}":
            depth -= 1
            if depth == 0:
                return start, end
    return None


def is_row_by_row(text: str, variable: str) -> bool:
    """Return whether each solution of a query depends on a single value of a variable.

    That is not so where rows are counted or cut off over all values: an aggregate that is not grouped by the
    variable, LIMIT or OFFSET.
    """
    pieces = tokens(text)
    words = [token.upper() for kind, token, _, _ in pieces if kind == "word"]
    if "LIMIT" in words or "OFFSET" in words:
        return False
    aggregates = _AGGREGATES.intersection(words)
    grouped = [index for index, piece in enumerate(pieces) if piece[1].upper() == "GROUP"]
    by_variable = 0
    for index in grouped:
        for kind, token, _, _ in pieces[index + 2 :]:
            if kind == "variable" and token[1:] == variable:
                by_variable += 1
                break
            if kind in ("word", "close", "open"):
                break
    selects = words.count("SELECT")
    return not aggregates or (by_variable == len(grouped) and len(grouped) == max(selects, 1))


def has_aggregates(text: str) -> bool:
    """Return whether a query counts or groups solutions."""
    return any(kind == "word" and token.upper() in _AGGREGATES for kind, token, _, _ in tokens(text))


def without(text: str, names: frozenset[str]) -> str:
    """Return a query whose outermost SELECT clause leaves out some variables, which are constants there."""
    start = end = None
    depth = 0
    kept = []
    for kind, token, begin, stop in tokens(text):
        if start is None:
            if token.upper() == "SELECT":
                start = stop
            continue
        depth += kind == "open" and token == "("
        depth -= kind == "close" and token == ")"
        if token == "{" or (depth == 0 and token.upper() in ("WHERE", "FROM")):
            end = begin
            break
        if depth or kind != "variable" or token[1:] not in names:
            kept.append(token)
    if start is None or end is None:
        return text
    if not [token for token in kept if token.upper() not in ("DISTINCT", "REDUCED")]:
        kept.append("(1 AS ?solution)")
    return f"{text[:start]} {' '.join(kept)} {text[end:]}"


_AGGREGATES = frozenset(("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT", "GROUP", "HAVING"))


def check_prebinding(
    text: str, bound: frozenset[str], also_bound: frozenset[str] = frozenset()
) -> str | None:
    """Return what in a query SHACL forbids because variables are bound beforehand, or None (appendix A).

    Forbidden are MINUS, SERVICE, VALUES, ``AS`` of a bound variable, and subqueries that leave one out;
    ``bound`` are the variables of which a subquery must select all, ``also_bound`` others that are bound.
    """
    pieces = tokens(text)
    for index, (kind, token, _, _) in enumerate(pieces):
        word = token.upper() if kind == "word" else ""
        if word in ("MINUS", "SERVICE", "VALUES"):
            return f"{word} is not allowed"
        following = pieces[index + 1] if index + 1 < len(pieces) else None
        if (
            word == "AS"
            and following
            and following[0] == "variable"
            and following[1][1:] in bound | also_bound
        ):
            return f"AS must not assign {following[1]}, which is bound beforehand"
        if word == "SELECT" and index and pieces[index - 1][1] == "{":
            selected = _selected(pieces, index)
            missing = sorted(bound - selected)
            if missing:
                return f"a subquery must select ${missing[0]}"
    return None


def _selected(pieces: tuple[Token, ...], index: int) -> set[str]:
    """Return the variables in the SELECT clause that begins at an index."""
    selected: set[str] = set()
    for kind, token, _, _ in pieces[index + 1 :]:
        if token == "{" or token.upper() == "WHERE":
            break
        if kind == "variable":
            selected.add(token[1:])
    return selected
