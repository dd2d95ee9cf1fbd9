"""The crosswalks that are known: their makers, their columns, and what their codes are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from careerkg.importers.release import Release
from careerkg.importers.soc.codes import (
    CIP_SCHEME,
    ISCO_SCHEME,
    cip_node,
    code_lines,
    isco_node,
    onet_node,
    scheme,
    soc_node,
    titled,
)
from careerkg.importers.triples import LABEL, TYPE, iri, literal, skos, text

__all__ = ["CROSSWALKS", "Crosswalk", "Known", "Row"]

Describe = Callable[["Row", "Known"], str]


class Row(NamedTuple):
    """A row of a crosswalk: two codes with their titles, and what its makers say of it."""

    source: str
    source_title: str
    target: str
    target_title: str
    comment: str = ""
    confidence: str = ""
    similarity: str = ""
    relation: str = ""


class Known(NamedTuple):
    """What is known before the rows are written: how many counterparts codes have, and all codes of SOC."""

    sources: Counter[str]
    targets: Counter[str]
    soc: set[str]


class Crosswalk(NamedTuple):
    """A crosswalk: its release, its columns, and what its codes are."""

    release: Release
    columns: dict[str, tuple[str, ...]]
    """The names that a column of ours has in files, by its own."""
    optional: tuple[str, ...]
    source: Callable[[str], str]
    target: Callable[[str], str]
    source_scheme: str
    target_scheme: str
    kind: Literal["editions", "classifications", "fields"]
    vintage: str
    method: str
    describe: Describe


def _describe_onet(row: Row, known: Known) -> str:
    """Both codes in their editions; one that both have is named by the title of the newer."""
    older, newer = onet_node(row.source), onet_node(row.target)
    lines = code_lines(older, row.source, scheme("onet-soc-2010"))
    lines += code_lines(newer, row.target, scheme("onet-soc-2019"))
    lines += titled(newer, row.target_title, row.target, "O*NET-SOC")
    if row.source not in known.targets:
        lines += titled(older, row.source_title, row.source, "O*NET-SOC")
    return lines


def _describe_soc(row: Row, known: Known) -> str:
    """Both codes in their editions; SOC 2018 names its codes itself, so only one that is gone is named."""
    older, newer = soc_node(row.source), soc_node(row.target)
    lines = code_lines(older, row.source, scheme("soc-2010"))
    lines += code_lines(newer, row.target, scheme("soc-2018"))
    if row.source not in known.targets:
        lines += titled(older, row.source_title, row.source, "SOC")
    return lines


def _describe_isco(row: Row, known: Known) -> str:
    """The SOC code, named only if SOC 2018 is there and does not have it; ESCO names the ISCO group."""
    code = soc_node(row.source)
    lines = code_lines(code, row.source, scheme("soc-2010"))
    if known.soc and row.source not in known.soc:
        lines += titled(code, row.source_title, row.source, "SOC")
    return lines + code_lines(isco_node(row.target), row.target, ISCO_SCHEME)


def _describe_esco(row: Row, known: Known) -> str:
    """The O*NET code; ESCO's own release describes its occupation."""
    del known
    return code_lines(onet_node(row.target), row.target, scheme("onet-soc-2010"))


def _describe_commission(row: Row, known: Known) -> str:
    """The O*NET code; ESCO's own release describes the other side."""
    del known
    return code_lines(onet_node(row.source), row.source, scheme("onet-soc-2019"))


def _describe_cip(row: Row, known: Known) -> str:
    """The field of study with its title, and the SOC code."""
    del known
    field, title = cip_node(row.source), row.source_title.rstrip(".")
    label = text(f"{title} (CIP {row.source})", "en")
    return (
        f"{field} {TYPE} {skos('Concept')} .\n"
        f"{field} {LABEL} {label} .\n"
        f"{field} {skos('prefLabel')} {label} .\n"
        f"{field} {skos('altLabel')} {text(title, 'en')} .\n"
        f"{field} {skos('notation')} {literal(row.source)} .\n"
        f"{field} {skos('inScheme')} {CIP_SCHEME} .\n"
        f"{CIP_SCHEME} {TYPE} {skos('ConceptScheme')} .\n"
        f"{CIP_SCHEME} {LABEL} {text('Classification of Instructional Programs 2020', 'en')} .\n"
    ) + code_lines(soc_node(row.target), row.target, scheme("soc-2018"))


_BLS = "U.S. Bureau of Labor Statistics"
_PUBLIC = "https://www.bls.gov/bls/linksite.htm"

CROSSWALKS: Iterable[Crosswalk] = (
    Crosswalk(
        Release(
            "onet-soc",
            "2010 to 2019",
            "O*NET-SOC 2010 to O*NET-SOC 2019 crosswalk",
            "National Center for O*NET Development",
            "https://creativecommons.org/licenses/by/4.0/",
            "2019",
            "This includes information from the O*NET taxonomy by the U.S. Department of Labor, Employment "
            "and Training Administration (USDOL/ETA). Used under the CC BY 4.0 license. O*NET® is a "
            "trademark of USDOL/ETA. The information was modified (converted to RDF). USDOL/ETA has not "
            "approved, endorsed, or tested these modifications.",
            "https://www.onetcenter.org/taxonomy.html",
        ),
        {
            "source": ("soc2010_code", "O*NET-SOC 2010 Code"),
            "source title": ("soc2010_title", "O*NET-SOC 2010 Title"),
            "target": ("soc2019_code", "O*NET-SOC 2019 Code"),
            "target title": ("soc2019_title", "O*NET-SOC 2019 Title"),
        },
        (),
        onet_node,
        onet_node,
        scheme("onet-soc-2010"),
        scheme("onet-soc-2019"),
        "editions",
        "2019",
        "Published with the taxonomy by its makers.",
        _describe_onet,
    ),
    Crosswalk(
        Release(
            "soc-editions",
            "2010 to 2018",
            "Crosswalk between SOC 2010 and SOC 2018",
            _BLS,
            _PUBLIC,
            "2017-11",
            "Source: U.S. Bureau of Labor Statistics.",
            "https://www.bls.gov/soc/2018/home.htm",
        ),
        {
            "source": ("2010 SOC Code",),
            "source title": ("2010 SOC Title",),
            "target": ("2018 SOC Code",),
            "target title": ("2018 SOC Title",),
        },
        (),
        soc_node,
        soc_node,
        scheme("soc-2010"),
        scheme("soc-2018"),
        "editions",
        "2018",
        "Published with the edition of 2018 by its makers.",
        _describe_soc,
    ),
    Crosswalk(
        Release(
            "isco-soc",
            "2008 to 2010",
            "Crosswalk between ISCO-08 and SOC 2010",
            _BLS,
            _PUBLIC,
            "2012",
            "Source: U.S. Bureau of Labor Statistics.",
            "https://www.bls.gov/soc/soccrosswalks.htm",
        ),
        {
            "source": ("soc2010_code", "2010 SOC Code"),
            "source title": ("soc2010_title", "2010 SOC Title"),
            "target": ("isco08_code", "ISCO-08 Code"),
            "target title": ("isco08_title", "ISCO-08 Title EN"),
            "comment": ("Comment 8/17/11", "Comment 9/17/11", "Comment"),
        },
        ("comment",),
        soc_node,
        isco_node,
        scheme("soc-2010"),
        ISCO_SCHEME,
        "classifications",
        "2012",
        "Assigned by the Bureau, which compared the definitions of both.",
        _describe_isco,
    ),
    Crosswalk(
        Release(
            "esco-onet",
            "2020-11",
            "Crosswalk between ESCO and O*NET, November 2020",
            "Nesta",
            "https://opensource.org/license/mit",
            "2020-11",
            "Kanders K., Djumalieva J., Sleeman C. and Orlik J. (2020). Mapping Career Causeways: Supporting "
            "Workers at Risk. London: Nesta.",
            "https://github.com/nestauk/mapping-career-causeways",
            "secondary",
        ),
        {
            "source": ("concept_uri",),
            "source title": ("esco_occupation",),
            "target": ("onet_code",),
            "target title": ("onet_occupation",),
            "confidence": ("confidence",),
            "similarity": ("semantic_similarity",),
        },
        (),
        iri,
        onet_node,
        "<http://data.europa.eu/esco/concept-scheme/occupations>",
        scheme("onet-soc-2010"),
        "classifications",
        "2020-11",
        "By the crosswalk of O*NET and ISCO and by the similarity of titles and descriptions; assigned by "
        "hand where the two disagreed. Three levels of confidence, here 0.25, 0.5 and 1.",
        _describe_esco,
    ),
    Crosswalk(
        Release(
            "onet-esco",
            "2022",
            "Crosswalk between O*NET-SOC 2019 and ESCO 1.1",
            "European Commission and U.S. Department of Labor",
            "http://data.europa.eu/eli/dec/2011/833/oj",
            "2022",
            "This service uses the ESCO classification of the European Commission. It includes information "
            "from the O*NET database by the U.S. Department of Labor, Employment and Training Administration "
            "(USDOL/ETA). O*NET® is a trademark of USDOL/ETA. Both were modified (converted to RDF).",
            "https://esco.ec.europa.eu/en/use-esco/other-crosswalks",
        ),
        {
            "source": ("O*NET Id",),
            "source title": ("O*NET Title",),
            "target": ("ESCO or ISCO URI",),
            "target title": ("ESCO or ISCO Title",),
            "relation": ("Type of Match",),
        },
        (),
        onet_node,
        iri,
        scheme("onet-soc-2019"),
        "<http://data.europa.eu/esco/concept-scheme/occupations>",
        "classifications",
        "2022",
        "Proposed by machine from titles and descriptions, decided by experts, who chose the kind of match.",
        _describe_commission,
    ),
    Crosswalk(
        Release(
            "cip-soc",
            "2020 to 2018",
            "Crosswalk between CIP 2020 and SOC 2018",
            "National Center for Education Statistics",
            _PUBLIC,
            "2020",
            "Source: U.S. Department of Education, National Center for Education Statistics, and U.S. Bureau "
            "of Labor Statistics.",
            "https://nces.ed.gov/ipeds/cipcode/",
        ),
        {
            "source": ("cip_code", "CIP2020Code"),
            "source title": ("cip_title", "CIP2020Title"),
            "target": ("soc_code", "SOC2018Code"),
            "target title": ("soc_title", "SOC2018Title"),
        },
        (),
        cip_node,
        soc_node,
        CIP_SCHEME,
        scheme("soc-2018"),
        "fields",
        "2020",
        "Assigned by the Center and the Bureau: programmes of the field prepare for the occupation.",
        _describe_cip,
    ),
)
"""The crosswalks that are known, each by its columns."""
