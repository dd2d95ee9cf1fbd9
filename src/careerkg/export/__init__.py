"""Export: the graph as RDF, JSON-LD, GraphML or tables, the same bytes for the same graph.

Turtle, N-Triples, RDF/XML and JSON-LD hold the default graph, the merge of everything; TriG, N-Quads and
JSON-LD with provenance also what each passage says, in the graph of its name. Reading a file back gives a
graph that is isomorphic to the one it was written from.

>>> from careerkg import CareerGraph, export
>>> text = b"".join(export.serialize(CareerGraph().store, "nt"))
>>> text == b"".join(export.serialize(CareerGraph().store, "n-triples"))
True
"""

from __future__ import annotations

from careerkg.export.formats import EVERYTHING, FORMATS, Format, format_of
from careerkg.export.graph import to_networkx
from careerkg.export.serialization import rdf_bytes, serialize, write

__all__ = ["EVERYTHING", "FORMATS", "Format", "format_of", "rdf_bytes", "serialize", "to_networkx", "write"]
