"""Nodes without name: written into the lines of what refers to them, so that labels do not matter.

A node without name that one other node refers to is written in its place, as ``[ property value ; … ]``
sorted: the same in every file that says the same, and different only where its content is. Nodes that are
shared, form circles or nest very deep get labels by RDFC-1.0 (https://www.w3.org/TR/rdf-canon/), each group
of connected ones by itself, so that a change in one group relabels no other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256

import pyoxigraph as ox

__all__ = ["fold", "is_unnamed", "split", "steps"]

_LINE = re.compile(r"(<[^>]*>|_:\S+) (<[^>]*>) (.*) \.", re.DOTALL)
_TOKEN = re.compile(r'\s*(\[|\]|;|<[^>]*>|_:\S+|"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^<[^>]*>)?)', re.DOTALL)
_DEEP = 100

Statement = tuple[str, str, str]
Content = dict[str, list[tuple[str, str]]]


def split(line: str) -> Statement:
    """Return subject, predicate and object of a line."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"not a line of N-Triples: {line}")
    return match[1], match[2], match[3]


def is_unnamed(line: str) -> bool:
    """Tell whether a line has a node without name."""
    return line.startswith("_:") or ("> _:" in line and split(line)[2].startswith("_:"))


def fold(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines that have nodes without name with these written out, or labelled by their content."""
    content: Content = {}
    named: list[Statement] = []
    mentions: Counter[str] = Counter()
    for line in set(lines):
        subject, predicate, value = split(line)
        if subject.startswith("_:"):
            content.setdefault(subject, []).append((predicate, value))
        else:
            named.append((subject, predicate, value))
        if value.startswith("_:"):
            content.setdefault(value, [])
            mentions[value] += 1
    knotted: set[str] = set()
    known: Counter[str] = Counter()
    for group in _groups(content):
        if not _is_tree(group, content, mentions):
            knotted |= group
            label, canonical = _canonical(group, content, named)
            known[label] += 1
            if known[label] > 1:
                # The same again is a second thing, not the same one.
                label = f"{label}-{known[label]}"
            for line in canonical:
                terms = (f"_:{label}-{term[2:]}" if term.startswith("_:") else term for term in split(line))
                yield " ".join((*terms, "."))
    yield from _in_place(content, named, mentions, knotted)


def steps(removed: str, added: str) -> list[tuple[str, str | None, str | None]]:
    """Return where two values that are written out differ: the path, what stood there, what stands there.

    A value that is not written out is one step with an empty path.
    """
    before, after = _flat(removed), _flat(added)
    found = []
    for path in sorted({path for path, _ in (before - after) + (after - before)}):
        old = sorted(value for (each, value), _ in (before - after).items() if each == path)
        new = sorted(value for (each, value), _ in (after - before).items() if each == path)
        for number in range(max(len(old), len(new))):
            pair = (values[number] if number < len(values) else None for values in (old, new))
            found.append((path, *pair))
    return found  # type: ignore[return-value]


def _groups(content: Content) -> list[set[str]]:
    """Return the nodes without name in groups of those that are connected with each other."""
    near: dict[str, set[str]] = {node: set() for node in content}
    for node, statements in content.items():
        for _, value in statements:
            if value in content:
                near[node].add(value)
                near[value].add(node)
    groups: list[set[str]] = []
    seen: set[str] = set()
    for start in content:
        if start in seen:
            continue
        group, stack = {start}, [start]
        while stack:
            new = near[stack.pop()] - group
            group |= new
            stack.extend(new)
        seen |= group
        groups.append(group)
    return groups


def _is_tree(group: set[str], content: Content, mentions: Counter[str]) -> bool:
    """Tell whether a group of connected nodes has one root and no node that is mentioned twice."""
    if any(mentions[node] > 1 for node in group):
        return False
    inner = {value for node in group for _, value in content[node] if value in group}
    roots = group - inner
    if len(roots) != 1:
        return False
    layer, depth = list(roots), 0
    while layer and depth <= _DEEP:
        layer = [value for node in layer for _, value in content[node] if value in group]
        depth += 1
    return not layer


def _canonical(group: set[str], content: Content, named: list[Statement]) -> tuple[str, list[str]]:
    """Return a digest of a group, and its statements and those that refer to it with canonical labels."""
    lines = [f"{node} {predicate} {value} ." for node in group for predicate, value in content[node]]
    lines += [" ".join((*statement, ".")) for statement in named if statement[2] in group]
    dataset = ox.Dataset(ox.parse("\n".join(lines).encode(), format=ox.RdfFormat.N_TRIPLES, lenient=True))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    canonical = sorted(f"{quad.triple} ." for quad in dataset)
    return _digest("\n".join(canonical)), canonical


def _in_place(
    content: Content, named: list[Statement], mentions: Counter[str], knotted: set[str]
) -> Iterator[str]:
    """Yield the other statements, with nodes written in place; equal ones are numbered, not merged."""

    def term(value: str) -> str:
        if value not in content:
            return value
        parts = sorted(f"{predicate} {term(each)}" for predicate, each in content[value])
        return f"[ {' ; '.join(parts)} ]" if parts else "[ ]"

    times: Counter[str] = Counter()
    for subject, predicate, value in sorted(named):
        if value in knotted:
            continue
        line = f"{subject} {predicate} {term(value)}"
        times[line] += 1
        yield f"{line} ." if times[line] == 1 else f"{line} #{times[line]} ."
    for node, statements in content.items():
        if node in knotted or mentions[node]:
            continue
        name = f"_:{_digest(term(node))}"
        times[name] += 1
        subject = name if times[name] == 1 else f"{name}-{times[name]}"
        for predicate, value in statements:
            yield f"{subject} {predicate} {term(value)} ."


def _flat(value: str) -> Counter[tuple[str, str]]:
    """Return the leaves of a value that is written out, each with its path; other values as they are."""
    if not value.startswith("["):
        return Counter({("", value): 1})
    tokens = _TOKEN.findall(value)
    found: Counter[tuple[str, str]] = Counter()
    path: list[str] = []
    position = 1
    while position < len(tokens):
        token = tokens[position]
        if token == "]":
            if path:
                path.pop()
        elif token == ";":
            pass
        else:
            following = tokens[position + 1]
            if following == "[":
                path.append(token)
            else:
                found[" / ".join((*path, token)), following] += 1
            position += 1
        position += 1
    return found


def _digest(text: str) -> str:
    """Return a short digest."""
    return sha256(text.encode()).hexdigest()[:12]
