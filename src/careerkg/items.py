"""What a person can attain, and what not."""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph as ox

from careerkg.errors import RouteError
from careerkg.names import kinds
from careerkg.store import Store
from careerkg.vocabulary import CKG, CONDITION_CLASSES, ITEM_CLASSES, compact, local_name

__all__ = ["check_item"]


def check_item(store: Store, iri: str, prefixes: Mapping[str, str]) -> None:
    """Raise RouteError for what nobody can attain, such as an organization; what has no class passes."""
    ours = {one for one in kinds(store, iri) if one.startswith(str(CKG))}
    if not ours or ours & {*ITEM_CLASSES, *CONDITION_CLASSES}:
        return
    rows = store.query(f"SELECT ?work {{ ?work <{CKG.classifiedAs}> <{iri}> }} ORDER BY ?work")
    assert isinstance(rows, ox.QuerySolutions)
    works = [compact(row["work"].value, prefixes) for row in rows if isinstance(row["work"], ox.NamedNode)]
    kind = min(map(local_name, ours))
    hint = f"; perhaps {', '.join(works)}" if works else ""
    raise RouteError(f"{compact(iri, prefixes)} is of the class {kind}: nothing that a person attains{hint}")
