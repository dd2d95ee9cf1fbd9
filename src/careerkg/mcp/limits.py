"""How much one answer may hold, and the list of sources that its facts point to."""

from __future__ import annotations

from careerkg.mcp.answers import Source
from careerkg.model import Evidence
from careerkg.provenance import citation, cite
from careerkg.store import Store

__all__ = ["ANSWER_CHARACTERS", "TEXT_CHARACTERS", "Budget", "Sources", "clipped"]

ANSWER_CHARACTERS = 60_000
"""About how long the JSON of an answer may grow: some 15,000 tokens of an assistant's memory."""

TEXT_CHARACTERS = 1_000
"""Longer texts are cut."""


class Budget:
    """What is left of the length of one answer."""

    def __init__(self, characters: int = ANSWER_CHARACTERS) -> None:
        self.left = characters

    def take(self, *texts: str | None) -> None:
        """Take the room of some texts, and of the JSON around them."""
        self.left -= 40 + sum(len(text) for text in texts if text)


class Sources:
    """The sources of one answer, numbered in the order in which facts name them."""

    def __init__(self, store: Store, budget: Budget) -> None:
        self._store = store
        self._budget = budget
        self._found: dict[str, Source] = {}

    def number(self, evidence: Evidence) -> int:
        """Return the number of the passage or table that a piece of evidence is from."""
        known = self._found.get(evidence.graph)
        if known is None:
            cited = citation(evidence)
            known = Source(
                number=len(self._found) + 1,
                citation=cited,
                passage=evidence.graph,
                title=evidence.title,
                publisher=evidence.publisher,
                issued=evidence.issued,
                section=evidence.section,
                start=evidence.start,
                end=evidence.end,
                url=evidence.url,
            )
            self._found[evidence.graph] = known
            self._budget.take(cited, cited, evidence.graph, evidence.url)
        return known.number

    def numbers(self, passages: tuple[str, ...] | list[str]) -> tuple[int, ...]:
        """Return the numbers of passages or tables, in ascending order."""
        return tuple(
            sorted({self.number(cite(self._store, passage, passage, "", "")) for passage in passages})
        )

    def listed(self) -> tuple[Source, ...]:
        """Return the sources that were named."""
        return tuple(self._found.values())


def clipped(text: str, characters: int = TEXT_CHARACTERS) -> str:
    """Return a text, cut with an ellipsis if it is long.

    >>> clipped("a long story", 6)
    'a lon…'
    """
    return text if len(text) <= characters else text[: characters - 1] + "…"
