"""How words are written: plurals, and how far two spellings are apart."""

from __future__ import annotations

__all__ = ["distance", "other_number"]


def other_number(phrase: str) -> str:
    """Return the plural of a phrase, or the singular of a plural, as most English words form it."""
    return phrase.removesuffix("s") if phrase.endswith("s") else f"{phrase}s"


def distance(left: str, right: str, most: int) -> int:
    """Return how many letters are added, left out, changed or swapped; more than ``most`` counts as one more.

    The restricted edit distance of Damerau and Levenshtein (optimal string alignment).
    """
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, start=1):
        above, row = row, [i]
        for j, other in enumerate(right, start=1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before = above
    return row[-1]
