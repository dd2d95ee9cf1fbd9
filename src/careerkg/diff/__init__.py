"""What two graphs say differently, thing by thing: stores, RDF files, or releases in a store.

Floor 3. :mod:`sides` reads both sides as lines of N-Triples, :mod:`unnamed` writes nodes without name into
the lines of what refers to them, and :mod:`compare` compares line by line, in parts that fit into memory.
What is compared is the merge of all graphs of a side (see docs/architecture.md): triples, each once.
"""

from careerkg.diff.compare import Change, Difference, compare
from careerkg.diff.sides import read_sides
from careerkg.diff.unnamed import steps

__all__ = ["Change", "Difference", "compare", "read_sides", "steps"]
