"""Random worlds of conditions: 1-4 alternatives of 1-5 members, a fifth of the members shared, cycles.

Items come in regions, so that no question reaches more than one region: the first item of a region depends
on most of it. A member is a new item, or with probability ``shared`` one that is there already, which may
well be one that depends on this one. Costs and times are whole numbers; some are unknown.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

EX = "http://example.org/"
CKG = "https://w3id.org/careerkg/ontology#"


@dataclass(frozen=True, slots=True)
class World:
    """Items by number: alternatives (each all of its members), cost and days, None where unknown."""

    alternatives: list[list[list[int]]]
    cost: list[int | None]
    days: list[int | None]
    roots: list[int]
    """The first item of each region."""

    def __len__(self) -> int:
        return len(self.cost)

    @property
    def links(self) -> int:
        """How many links the conditions have: from items to conditions, and from these to their members."""
        return sum(
            (len(some) > 1) + sum((len(members) > 1 < len(some)) + len(members) for members in some)
            for some in self.alternatives
        )


def make_world(
    size: int, seed: int = 1, *, region: int = 1000, shared: float = 0.2, unknown: float = 0.05
) -> World:
    """Return a random world of so many items in regions of so many."""
    r = random.Random(seed)
    alternatives: list[list[list[int]]] = [[] for _ in range(size)]
    for start in range(0, size, region):
        end = min(start + region, size)
        fresh = start + 1
        for item in range(start, end):
            if fresh >= end:
                break
            some: list[list[int]] = []
            for _ in range(r.randint(1, 4)):
                members = []
                for _ in range(r.randint(1, 5)):
                    if fresh < end and (r.random() >= shared or fresh - start < 3):
                        members.append(fresh)
                        fresh += 1
                    else:
                        members.append(r.randrange(start, fresh))
                members = [member for member in dict.fromkeys(members) if member != item]
                if members:
                    some.append(members)
            alternatives[item] = some
    cost = [None if r.random() < unknown else r.randint(0, 500) for _ in range(size)]
    days = [None if r.random() < unknown else r.randint(0, 365) for _ in range(size)]
    return World(alternatives, cost, days, list(range(0, size, region)))


def ntriples(world: World) -> Iterator[str]:
    """Yield a world as N-Triples, as design section 9 writes conditions."""
    kind, requires, operand = (
        "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
        f"<{CKG}requires>",
        f"<{CKG}operand>",
    )
    for item, some in enumerate(world.alternatives):
        me = f"<{EX}i{item}>"
        yield f"{me} {kind} <{CKG}Course> .\n"
        if some:
            target = me
            link = requires
            if len(some) > 1:
                target, link = f"_:c{item}", operand
                yield f"{me} {requires} {target} .\n{target} {kind} <{CKG}AnyOf> .\n"
            for number, members in enumerate(some):
                inner, inner_link = target, link
                if len(some) > 1 and len(members) > 1:
                    inner, inner_link = f"_:c{item}a{number}", operand
                    yield f"{target} {link} {inner} .\n{inner} {kind} <{CKG}AllOf> .\n"
                for member in members:
                    yield f"{inner} {inner_link} <{EX}i{member}> .\n"
        cost, days = world.cost[item], world.days[item]
        if cost is not None:
            yield (
                f"{me} <{CKG}estimatedCost> _:m{item} .\n_:m{item} <{CKG}amount> "
                f'"{cost}"^^<http://www.w3.org/2001/XMLSchema#decimal> .\n_:m{item} <{CKG}currency> "USD" .\n'
            )
        if days is not None:
            yield (
                f'{me} <{CKG}estimatedDuration> "P{days}D"^^<http://www.w3.org/2001/XMLSchema#duration> .\n'
            )
