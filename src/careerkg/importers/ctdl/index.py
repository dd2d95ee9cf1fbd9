"""What must be known of all records before the first is mapped: which there are, and what refers to them.

A record may refer to one that comes later, by its IRI or by its CTID alone; conditions and costs may lie in
manifests. So the files are read twice, and this index, not their content, is what memory holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from careerkg.importers.ctdl.documents import Record
from careerkg.importers.ctdl.expand import Node, Reference
from careerkg.importers.ctdl.terms import CETERMS, CTID, ckg_class

__all__ = ["GATES", "Index", "Place"]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])", re.IGNORECASE)
"""What is in every CTID; old references leave out its ``ce-``."""

Place = tuple[int, int]
"""Where a record stands: the number of its file, and its number in it."""

GATES = (CETERMS.requires, CETERMS.entryCondition, CETERMS.coPrerequisite, CETERMS.prerequisite)
"""Properties whose conditions must be met before a thing is attained."""


@dataclass(slots=True)
class Index:
    """The records by name.

    A record of the registry (it has a CTID) that is described again later is replaced, as its changesets
    mean it; descriptions without CTID add up, as linked data do.
    """

    classes: dict[str, str | None] = field(default_factory=dict)
    ctids: dict[str, str] = field(default_factory=dict)
    last: dict[str, Place] = field(default_factory=dict)
    """Where the description stands that holds, for every record with a CTID; (-1, -1): it was deleted."""
    conditions: set[str] = field(default_factory=set)
    """Manifests that state conditions."""
    costs: dict[str, list[Node]] = field(default_factory=dict)
    """The cost profiles of cost manifests."""
    labelled: set[tuple[str, str]] = field(default_factory=set)
    """What has a label in which language already, while records are mapped."""
    together: dict[str, set[str]] = field(default_factory=dict)
    """What is to be taken at the same time as a thing."""

    def add(self, node: Node, place: Place) -> None:
        """Note a record."""
        names = {kind.rpartition("/")[2] for kind in node.types}
        for each in _described(node):
            ours = ckg_class(each.types, stands_for=bool(each.values(CETERMS.proxyFor)))
            if ours is not None or each is node:
                self.classes.setdefault(each.iri, ours)
        ctid = ctid_of(node)
        if ctid is not None and not is_stub(node):
            self.ctids[ctid] = node.iri
            self.last[node.iri] = place
        if "ConditionManifest" in names and any(node.values(gate) for gate in GATES):
            self.conditions.add(node.iri)
        if "CostManifest" in names:
            self.costs[node.iri] = node.nodes(CETERMS.estimatedCost)
        for profile in node.values(CETERMS.corequisite):
            targets = {profile.iri} if isinstance(profile, Reference) else set()
            if isinstance(profile, Node):
                for name in ("targetCredential", "targetAssessment", "targetLearningOpportunity"):
                    targets.update(profile.links(f"{CETERMS}{name}"))
            self.together.setdefault(node.iri, set()).update(targets)

    def delete(self, record: Record) -> None:
        """Note that a record was deleted."""
        found = CTID.search(str(record.value.get("identifier") or record.value.get("envelope_ceterms_ctid")))
        if found is not None:
            name = self.ctids.get(found.group().lower())
            if name is not None:
                self.last[name] = (-1, -1)

    def holds(self, node: Node, place: Place) -> bool:
        """Tell whether a description is the last of its record."""
        return ctid_of(node) is None or is_stub(node) or self.last.get(node.iri, place) == place

    def deleted(self, node: Node) -> bool:
        """Tell whether a record was deleted later."""
        return self.last.get(node.iri) == (-1, -1)

    def resolve(self, iri: str) -> str:
        """Return the record that an IRI means: its own, or the one described here with the CTID in it."""
        if iri in self.classes:
            return iri
        found = _UUID.search(iri)
        return iri if found is None else self.ctids.get(f"ce-{found.group().lower()}", iri)

    def class_of(self, iri: str) -> str | None:
        """Return the careerkg class of what is described here, or None."""
        return self.classes.get(self.resolve(iri))


def ctid_of(node: Node) -> str | None:
    """Return the CTID of a record in lower case, or None."""
    found = CTID.search(node.text(CETERMS.ctid) or "")
    return None if found is None else found.group().lower()


def is_stub(node: Node) -> bool:
    """Tell whether a record only names a thing that is described elsewhere."""
    return not node.properties.keys() - {CETERMS.ctid, CETERMS.name}


def _described(node: Node) -> Iterator[Node]:
    """Yield a node and all within it."""
    yield node
    for values in node.properties.values():
        for value in values:
            if isinstance(value, Node):
                yield from _described(value)
