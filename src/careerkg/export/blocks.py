"""Statements as blocks, one for each subject, in Turtle's words: what the writers of Turtle and JSON-LD read.

Oxigraph writes Turtle several times faster than Python can look at terms one by one: prefixed names, one
line for each predicate. But it writes in the order in which statements come, and names blank nodes as they
are stored. Here its lines are taken apart into subject, predicate and objects, put in order, and blank
nodes are named anew and nested. Objects stay one text as long as nobody needs to tell them apart. A writer
may rewrite blocks as they come, while Oxigraph writes the next ones.

Blocks beyond a limit go to temporary files: memory stays bounded however large the graph is. Only what
holds blank nodes is kept in memory as a whole, because their names depend on each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, cast

import pyoxigraph as ox

from careerkg.export.blank import Nesting, label, nesting
from careerkg.export.dump import dump
from careerkg.export.runs import SortedLines
from careerkg.store import Store
from careerkg.vocabulary import RDF

__all__ = [
    "SEMICOLON",
    "Block",
    "Blocks",
    "collect_blocks",
    "collect_triple_blocks",
    "names_in",
    "objects_of",
    "pairs_of",
    "usable_prefixes",
]

Rewrite = Callable[[list[str]], list[str]]
"""Makes other texts of those of blocks without blank nodes, a subject and a space in front of each still.

Blocks of one subject may become one.
"""

Block = tuple[str, str]
"""A subject, and what is said of it: predicates and objects in any order, as Oxigraph or a Rewrite writes."""

END = "\x01"
"""Stands for a line feed in a block that is put into a line; Turtle has it only as an escape."""

_COMMA = " , "
SEMICOLON = " ;\n\t"
"""What Oxigraph puts between two predicates with their objects; no term holds a bare line feed."""

_END = " .\n"
"""What Oxigraph puts behind a block; no term holds a bare line feed."""

_LIMIT = 24_000_000
"""Characters of Turtle that are held in memory before they go to a temporary file."""

_PIECE = 250_000
"""Bytes of Turtle that are taken apart at once: while the next ones are written, if there are two cores."""

_PREFIX = re.compile(r"[A-Za-z](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(?:@[A-Za-z0-9-]+|\^\^\S+)?|\S+')


def usable_prefixes(prefixes: Mapping[str, str]) -> dict[str, str]:
    """Return the prefixes that can be used: names that are valid, one for each namespace, rdf: always."""
    by_namespace: dict[str, str] = {}
    for prefix in sorted(prefixes, reverse=True):
        if _PREFIX.fullmatch(prefix) and prefix != "rdf" and prefixes[prefix]:
            by_namespace[prefixes[prefix]] = prefix
    by_namespace[str(RDF)] = "rdf"
    return {prefix: namespace for namespace, prefix in sorted(by_namespace.items(), key=lambda item: item[1])}


def objects_of(text: str) -> list[str]:
    """Return the objects in a text that may hold several.

    >>> objects_of('skill:a , "b , c"@en , <<( skill:a skill:b "d" )>>')
    ['skill:a', '"b , c"@en', '<<( skill:a skill:b "d" )>>']
    """
    if "<<(" not in text:
        terms = text.split(_COMMA)
        # No comma stands inside a literal if every part has both of its quotation marks, and no others.
        if '"' not in text or ("\\" not in text and all(term.count('"') in (0, 2) for term in terms)):
            return terms
    objects: list[str] = []
    depth = 0
    for token in _TOKEN.findall(text):
        if token == "," and not depth:
            continue
        if depth:
            objects[-1] += f" {token}"
        else:
            objects.append(token)
        depth += (token == "<<(") - (token == ")>>")
    return objects


def names_in(text: str) -> list[str]:
    """Return what stands in a text but for literals, of which the datatypes.

    >>> names_in('<<( skill:a skill:b "ex:d , 1"^^xsd:date )>>')
    ['<<(', 'skill:a', 'skill:b', 'xsd:date', ')>>']
    """
    tokens = [token[token.rfind('"') + 1 :] if token[0] == '"' else token for token in _TOKEN.findall(text)]
    return [token.removeprefix("^^") for token in tokens if token and token[0] != "@"]


def pairs_of(text: str) -> dict[str, str]:
    """Return the objects in what is said of a subject by predicate, several with commas between."""
    parts = [part.split(" ", 1) for part in text.split(SEMICOLON)]
    pairs: dict[str, str] = dict(parts)
    if len(pairs) < len(parts):
        several: dict[str, list[str]] = {}
        for predicate, objects in parts:
            several.setdefault(predicate, []).append(objects)
        pairs = {predicate: _COMMA.join(objects) for predicate, objects in several.items()}
    return pairs


@dataclass
class _Collected:
    """The blocks of one graph, in memory or partly in temporary files.

    A block is the text that it came as; a subject may have several.
    """

    texts: list[str] = field(default_factory=list)
    size: int = 0
    spilled: SortedLines | None = None

    def add(self, texts: list[str], size: int) -> None:
        """Add blocks that have ``size`` characters in all; spill if they have become too many."""
        self.texts += texts
        self.size += size
        if self.size > _LIMIT:
            self.spill()

    def spill(self) -> None:
        """Move what is in memory to a temporary file."""
        if self.spilled is None:
            self.spilled = SortedLines(limit=0)
        self.spilled.extend([text.replace("\n", END) for text in self.texts], 1)
        self.texts, self.size = [], 0

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks in order of subjects."""
        before, said = "", ""
        for text in self._sorted():
            # No name holds a space, which sorts before every character of one.
            subject, _, more = text.partition(" ")
            if subject != before:
                if said:
                    yield before, said
                before, said = subject, more
            else:
                said = f"{said}{SEMICOLON}{more}"
        if said:
            yield before, said

    def _sorted(self) -> Iterator[str]:
        """Yield the texts in order."""
        if self.spilled is None:
            self.texts.sort()
            yield from self.texts
            return
        self.spill()
        for batch in self.spilled.batches():
            for line in batch:
                yield line.replace(END, "\n")


@dataclass
class Blocks:
    """What is to be written: the blocks of the default graph and of the named ones, blank nodes named.

    ``nested`` says which blank nodes of the default graph can be written inside the one statement that
    refers to them; they have no block. Use as a context manager: it removes temporary files.
    """

    prefixes: Mapping[str, str]
    nested: Nesting = field(default_factory=Nesting)
    _graphs: dict[str, _Collected] = field(default_factory=dict)
    _blank: dict[str, _Collected] = field(default_factory=dict)

    def __enter__(self) -> Blocks:
        return self

    def __exit__(self, *_: object) -> None:
        for collected in self._graphs.values():
            if collected.spilled is not None:
                collected.spilled.close()

    @property
    def graphs(self) -> list[str]:
        """The names of the named graphs, in order, blank last."""
        filled = {name for name, collected in self._graphs.items() if collected.texts or collected.spilled}
        return sorted((filled | self._blank.keys()) - {""}, key=lambda name: (name[0] == "_", name))

    def blocks(self, graph: str = "") -> Iterator[Block]:
        """Yield the blocks of a graph, the default graph if none is named: IRIs first, then blank nodes."""
        if graph in self._graphs:
            yield from self._graphs[graph].blocks()
        if graph in self._blank:
            yield from self._blank[graph].blocks()

    def collected(self, graph: str) -> _Collected:
        """Return where blocks of a graph are collected whose subjects are IRIs."""
        return self._graphs.setdefault(graph, _Collected())


class _Receiver:
    """A file for Oxigraph to write TriG to, which becomes blocks."""

    def __init__(self, into: Blocks, rewrite: Rewrite | None, *, named_graphs: bool) -> None:
        self._into = into
        self._rewrite = rewrite
        self._named = named_graphs
        self._pieces: list[bytes] = []
        self._size = 0
        self._graph = ""
        self.blank: list[str] = []

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self._pieces.append(bytes(data))
        self._size += len(data)
        if self._size > _PIECE:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Take apart the blocks that are complete."""
        data = b"".join(self._pieces)
        cut = data.rfind(b" .\n")
        if cut < 0:
            self._pieces = [data]
            return
        self._pieces, self._size = [data[cut + 3 :]], len(data) - cut - 3
        text = data[:cut].decode("utf-8")
        if self._named:
            self._take_graphs(text)
        else:
            self._take(text, self._into.collected(""))

    def _take(self, text: str, collected: _Collected) -> None:
        """Take apart blocks of one graph; keep apart what holds a blank node or a triple term."""
        size = len(text)
        if "_:" in text or "<<(" in text:
            text, odd = _apart(text)
            for block in odd:
                self._take_odd(block, collected)
        blocks = text.split(_END) if text else []
        while blocks and blocks[0].startswith("@prefix "):
            del blocks[0]
        collected.add(self._rewrite(blocks) if self._rewrite else blocks, size)

    def _take_graphs(self, text: str) -> None:
        """Take apart blocks of any graph; those of a named one are indented and in braces."""
        for part in text.split(_END):
            while part[0] == "}":
                self._graph = ""
                part = part[2:]
            first, _, rest = part.partition("\n")
            if first[-1] == "{":
                self._graph, part = first[:-2], rest
            collected = self._into.collected(self._graph)
            block = part[1:].replace("\n\t\t", "\n\t") if self._graph else part
            if self._graph[:1] == "_":
                self._take_odd(block, collected)
            else:
                self._take(block, collected)

    def _take_odd(self, block: str, collected: _Collected) -> None:
        """Take a block that may hold blank nodes or triple terms."""
        subject, _, said = block.partition(" ")
        for predicate, objects in pairs_of(said).items():
            for object_ in objects_of(objects):
                if subject[0] == "_" or self._graph[:1] == "_" or object_[:2] == "_:" or object_[:3] == "<<(":
                    statement = f"{subject} {predicate} {object_} ."
                    self.blank.append(f"{self._graph} {{ {statement} }}" if self._graph else statement)
                else:
                    collected.texts.append(f"{subject} {predicate} {object_}")


def _apart(text: str) -> tuple[str, list[str]]:
    """Return a text without the blocks that may hold blank nodes or triple terms, and these blocks."""
    plain: list[str] = []
    odd: list[str] = []
    start = 0
    for mark in sorted([*_places(text, "_:"), *_places(text, "<<(")]):
        if mark < start:
            continue
        before = text.rfind(_END, start, mark)
        if before >= 0:
            plain.append(text[start:before])
            start = before + len(_END)
        end = text.find(_END, mark)
        end = len(text) if end < 0 else end
        odd.append(text[start:end])
        start = end + len(_END)
    if start < len(text):
        plain.append(text[start:])
    return _END.join(plain), odd


def _places(text: str, mark: str) -> Iterator[int]:
    """Yield where a mark stands in a text."""
    place = text.find(mark)
    while place >= 0:
        yield place
        place = text.find(mark, place + 1)


def collect_blocks(
    store: Store, prefixes: Mapping[str, str], rewrite: Rewrite | None = None, *, named_graphs: bool
) -> Blocks:
    """Return the blocks of the default graph of a store, with ``named_graphs`` those of every graph."""
    blocks = Blocks(usable_prefixes(prefixes))
    receiver = _Receiver(blocks, rewrite, named_graphs=named_graphs)
    graph = None if named_graphs else ox.DefaultGraph()
    dump(store, receiver, ox.RdfFormat.TRIG, graph=graph, prefixes=dict(blocks.prefixes))
    return _completed(blocks, receiver)


def collect_triple_blocks(
    triples: Iterable[ox.Triple], prefixes: Mapping[str, str], rewrite: Rewrite | None = None
) -> Blocks:
    """Return the blocks of triples that stand in no store, each once."""
    blocks = Blocks(usable_prefixes(prefixes))
    receiver = _Receiver(blocks, rewrite, named_graphs=False)
    output = cast("IO[bytes]", receiver)
    ox.serialize(
        dict.fromkeys(triples), output=output, format=ox.RdfFormat.TRIG, prefixes=dict(blocks.prefixes)
    )
    return _completed(blocks, receiver)


def _completed(blocks: Blocks, receiver: _Receiver) -> Blocks:
    """Return the blocks with what the receiver holds back."""
    if receiver.blank:
        head = "".join(
            f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in blocks.prefixes.items()
        )
        quads = list(ox.parse(input=head + "\n".join(receiver.blank), format=ox.RdfFormat.TRIG))
        _add_blank(blocks, quads)
    return blocks


def _add_blank(blocks: Blocks, quads: list[ox.Quad]) -> None:
    """Add statements with blank nodes under their final names; those that can be nested go there."""
    by_graph: dict[str, list[tuple[str, str, str]]] = {}
    for graph, statement in _as_turtle(label(quads), blocks.prefixes):
        by_graph.setdefault(graph, []).append(statement)
    shared = {
        name
        for graph, statements in by_graph.items()
        if graph
        for name in (graph, *(term for s, _, o in statements for term in (s, o)))
        if name[0] == "_"
    }
    for graph, statements in by_graph.items():
        inside = set() if graph else nesting(statements, blocks.nested, shared)
        for subject, predicate, object_ in statements:
            if subject[0] != "_":
                blocks.collected(graph).texts.append(f"{subject} {predicate} {object_}")
            elif subject not in inside:
                blocks._blank.setdefault(graph, _Collected()).texts.append(f"{subject} {predicate} {object_}")


def _as_turtle(
    quads: Iterable[ox.Quad], prefixes: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Yield each different quad as the texts of its graph, empty for the default graph, and of its terms."""
    data = ox.serialize(dict.fromkeys(quads), format=ox.RdfFormat.TRIG, prefixes=dict(prefixes))
    assert data is not None
    graph = subject = ""
    for line in data.decode("utf-8").split("\n"):
        if not line or line[0] == "@":
            continue
        if line[-1] == "{":
            graph = line[:-2]
        elif line == "}":
            graph = ""
        else:
            line = line[1:] if graph else line
            if line[0] == "\t":
                predicate, objects = line[1:-2].split(" ", 1)
            else:
                subject, predicate, objects = line[:-2].split(" ", 2)
            for object_ in objects_of(objects):
                yield graph, (subject, predicate, object_)
