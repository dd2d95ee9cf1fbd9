"""The codes under which the Bureau publishes statistics: SOC's, and a few that combine some of them."""

from __future__ import annotations

from careerkg.importers.soc.codes import code_lines, soc_node, titled
from careerkg.importers.triples import LABEL, TYPE, skos, text
from careerkg.vocabulary import DCTERMS, ID

__all__ = ["SCHEME", "described", "scheme_lines"]

SCHEME = f"<{ID}scheme/bls-occupation-codes>"

# Not in SOC 2018, whose release names all others.
_COMBINED = {
    "00-0000": "All Occupations",
    "21-1018": "Substance Abuse, Behavioral Disorder, and Mental Health Counselors",
    "25-9045": "Teaching Assistants, Except Postsecondary",
    "51-2028": "Electrical, Electronic, and Electromechanical Assemblers, Except Coil Winders, Tapers, and "
    "Finishers",
    "53-1047": "First-Line Supervisors of Transportation and Material Moving Workers, Except Aircraft Cargo "
    "Handling Supervisors",
}


def scheme_lines() -> str:
    """Return the lines that describe the scheme of the codes."""
    title = text("Occupation codes of the statistics of the Bureau of Labor Statistics", "en")
    return (
        f"{SCHEME} {TYPE} {skos('ConceptScheme')} .\n"
        f"{SCHEME} {LABEL} {title} .\n"
        f"{SCHEME} <{DCTERMS.title}> {title} .\n"
    )


def described(code: str, title: str) -> tuple[str, str]:
    """Return the node of a code and what describes it. Raises BadTerm if it is no code like 29-2072."""
    node = soc_node(code)
    lines, named = code_lines(node, code, SCHEME), _COMBINED.get(code)
    if named is not None:
        lines += titled(node, named, code, "SOC")
    if title != named:
        lines += f"{node} {skos('altLabel')} {text(title, 'en')} .\n"
    return node, lines
