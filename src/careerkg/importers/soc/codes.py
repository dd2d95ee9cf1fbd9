"""Codes as nodes: SOC, O*NET-SOC, ISCO-08, CIP.

Codes of several editions of a classification are one node, in the scheme of each edition. Titles of SOC codes
carry the code, as in the bundled facts, for an occupation of O*NET or ESCO often has the same title.
"""

from __future__ import annotations

import re

from careerkg.importers.triples import LABEL, TYPE, BadTerm, ckg, literal, skos, text
from careerkg.vocabulary import ID

__all__ = [
    "CIP_SCHEME",
    "ISCO_GROUPS",
    "ISCO_SCHEME",
    "cip_node",
    "code_lines",
    "isco_node",
    "onet_node",
    "scheme",
    "soc_node",
    "titled",
]

ISCO_GROUPS = "http://data.europa.eu/esco/isco/"
"""What ESCO's IRIs of the groups of ISCO-08 begin with."""
ISCO_SCHEME = "<http://data.europa.eu/esco/concept-scheme/isco>"
CIP_SCHEME = f"<{ID}scheme/cip-2020>"
_SOC = re.compile(r"\d\d-\d{4}")
_ONET = re.compile(r"\d\d-\d{4}\.\d\d")
_ISCO = re.compile(r"\d{1,4}")
_CIP = re.compile(r"\d\d(\.\d\d(\d\d)?)?")


def scheme(edition: str) -> str:
    """Return the node of an edition of a classification: ``soc-2018``."""
    return f"<{ID}scheme/{edition}>"


def soc_node(code: str) -> str:
    """Return the node of a SOC code. Raises BadTerm if it is none."""
    return _node(code, _SOC, "soc", "a SOC code like 29-2072")


def onet_node(code: str) -> str:
    """Return the node of an O*NET-SOC code. Raises BadTerm if it is none."""
    return _node(code, _ONET, "onet-soc", "an O*NET-SOC code like 29-2072.00")


def isco_node(code: str) -> str:
    """Return ESCO's node of an ISCO-08 group. Raises BadTerm if the code is none."""
    if _ISCO.fullmatch(code) is None:
        raise BadTerm(f"{code!r} is not an ISCO-08 code like 3252")
    return f"<{ISCO_GROUPS}C{code}>"


def cip_node(code: str) -> str:
    """Return the node of a field of study. Raises BadTerm if its CIP code is none."""
    return _node(code, _CIP, "cip", "a CIP code like 51.0707")


def code_lines(node: str, code: str, edition: str) -> str:
    """Return the lines that make a node an occupation code of an edition, which is a scheme's node."""
    return (
        f"{node} {TYPE} {ckg('OccupationCode')} .\n"
        f"{node} {skos('notation')} {literal(code)} .\n"
        f"{node} {skos('inScheme')} {edition} .\n"
    )


def titled(node: str, title: str, code: str, classification: str) -> str:
    """Return the lines that give a code its title, which is told apart from others by the code."""
    label, name = text(f"{title} ({classification} {code})", "en"), text(title, "en")
    return (
        f"{node} {LABEL} {label} .\n{node} {skos('prefLabel')} {label} .\n"
        f"{node} {skos('altLabel')} {name} .\n"
    )


def _node(code: str, pattern: re.Pattern[str], kind: str, what: str) -> str:
    """Return the node of a code of a kind. Raises BadTerm if it does not match the pattern."""
    if pattern.fullmatch(code) is None:
        raise BadTerm(f"{code!r} is not {what}")
    return f"<{ID}{kind}/{code}>"
