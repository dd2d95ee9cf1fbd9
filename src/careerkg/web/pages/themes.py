"""In which order a page tells what is known: themes, their properties, and how a link reads backwards."""

from __future__ import annotations

from careerkg.vocabulary import CKG, DCTERMS, OWL, PREFIXES, PROV, RDF, RDFS, SKOS

__all__ = ["CONDITION_PROPERTIES", "FIGURES", "HIDDEN", "THEMES", "reversed_label", "theme_of"]

_BY_THEME: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "How to get there",
        tuple(
            f"{CKG}{name}"
            for name in (
                "requires",
                "condition",
                "operand",
                "count",
                "inRole",
                "hours",
                "minimumAge",
                "residentOf",
                "recommends",
                "exception",
                "doesNotRequire",
                "strength",
                "demandedBy",
                "jurisdiction",
                "typicalEntryEducation",
                "typicalEntryExperience",
                "typicalEntryTraining",
                "jobZone",
                "commonCredential",
                "obtainableCredential",
                "estimatedDuration",
                "minDuration",
                "maxDuration",
                "estimatedCost",
                "fee",
                "awardsCredential",
                "includesCourse",
                "teaches",
                "offeredBy",
                "issuedBy",
                "accreditedBy",
                "administeredBy",
                "renewal",
                "questionCount",
                "scoredQuestionCount",
                "testDuration",
                "testingWindow",
                "retestWait",
            )
        ),
    ),
    (
        "The work",
        tuple(
            f"{CKG}{name}"
            for name in (
                "specializes",
                "hasTask",
                "emergingTask",
                "workActivity",
                "taskType",
                "revisesTask",
                "workSetting",
                "workCondition",
                "schedule",
                "mayWorkShift",
                "scheduleReason",
                "worksWith",
                "informationUsedBy",
                "servesPurpose",
                "characterizedAs",
                "suitsInterest",
            )
        ),
    ),
    (
        "Skills and tools",
        tuple(
            f"{CKG}{name}"
            for name in (
                "needsSkill",
                "mayNeedSkill",
                "inDemandTechnology",
                "usesTechnology",
                "usesTool",
                "commodity",
                "hotTechnology",
            )
        ),
    ),
    (
        "Employers and prospects",
        tuple(
            f"{CKG}{name}"
            for name in (
                "employedBy",
                "highestPayingEmployer",
                "mayOfferBenefit",
                "payFactor",
                "demandDriver",
                "favors",
                "increasesNeedFor",
                "direction",
            )
        ),
    ),
    (
        "Names and codes",
        (
            SKOS.altLabel,
            f"{CKG}abbreviation",
            f"{CKG}reportedTitle",
            SKOS.notation,
            f"{CKG}ctid",
            f"{CKG}classifiedAs",
            SKOS.exactMatch,
            SKOS.closeMatch,
            SKOS.broadMatch,
            SKOS.narrowMatch,
            SKOS.relatedMatch,
            SKOS.broader,
            SKOS.narrower,
            SKOS.related,
            SKOS.inScheme,
            f"{CKG}supersededBy",
            DCTERMS.isReplacedBy,
        ),
    ),
    (
        "Where it stands",
        (
            DCTERMS.isPartOf,
            f"{CKG}section",
            f"{CKG}startOffset",
            f"{CKG}endOffset",
            f"{CKG}derivation",
            PROV.wasDerivedFrom,
            DCTERMS.publisher,
            DCTERMS.creator,
            DCTERMS.issued,
            f"{CKG}retrieved",
            f"{CKG}url",
            f"{CKG}sourceKind",
            DCTERMS.license,
            DCTERMS.rights,
            f"{CKG}characterCount",
            f"{CKG}sha256",
        ),
    ),
)
_REST = "More"
THEMES: tuple[str, ...] = (*(theme for theme, _ in _BY_THEME), _REST)
"""The themes of a page, in its order."""

_PLACE = {
    property_: (number, place)
    for number, (_, properties) in enumerate(_BY_THEME)
    for place, property_ in enumerate(properties)
}

HIDDEN = frozenset(
    {
        RDF.type,
        RDFS.label,
        SKOS.prefLabel,
        SKOS.definition,
        RDFS.isDefinedBy,
        DCTERMS.source,
        DCTERMS.title,
        f"{CKG}rank",
        f"{CKG}rankReason",
        # Our terms stand beside those of the publisher, so each link is shown once.
        f"{PREFIXES['esco']}relatedEssentialSkill",
        f"{PREFIXES['esco']}relatedOptionalSkill",
        f"{PREFIXES['esco']}memberOfISCOGroup",
        f"{PREFIXES['void']}classPartition",
        f"{PREFIXES['void']}propertyPartition",
    }
)
"""What the head of a page tells, or tells better."""

CONDITION_PROPERTIES = frozenset(
    f"{CKG}{name}"
    for name in ("requires", "recommends", "exception", "operand", "condition", "doesNotRequire")
)
"""Properties whose values are conditions, shown as trees."""

FIGURES = f"{CKG}about"
"""What leads from a figure to what it is about; figures are charts and tables, no list."""

_REVERSED = {
    f"{CKG}requires": "Required by",
    f"{CKG}recommends": "Recommended by",
    f"{CKG}doesNotRequire": "Not required by",
    f"{CKG}exception": "An exception in",
    f"{CKG}operand": "Part of the conditions",
    f"{CKG}condition": "Demanded in",
    f"{CKG}demandedBy": "Demands",
    f"{CKG}hasTask": "A task of",
    f"{CKG}emergingTask": "An emerging task of",
    f"{CKG}needsSkill": "Needed in",
    f"{CKG}mayNeedSkill": "Useful in",
    f"{CKG}usesTechnology": "Used in",
    f"{CKG}inDemandTechnology": "In demand in",
    f"{CKG}usesTool": "Used in",
    f"{CKG}about": "Figures and trends about it",
    f"{CKG}ratedElement": "Ratings of it",
    f"{CKG}issuedBy": "Issues",
    f"{CKG}accreditedBy": "Accredits",
    f"{CKG}offeredBy": "Offers",
    f"{CKG}administeredBy": "Administers",
    f"{CKG}awardsCredential": "Awarded by",
    f"{CKG}includesCourse": "Part of",
    f"{CKG}obtainableCredential": "Obtainable by",
    f"{CKG}commonCredential": "Commonly held by",
    f"{CKG}specializes": "Specialized by",
    f"{CKG}classifiedAs": "Classifies",
    f"{CKG}claimSubject": "Claims about it",
    f"{CKG}claimObject": "Named in claims",
    f"{CKG}employedBy": "Employs",
    f"{CKG}highestPayingEmployer": "Pays best among employers of",
    f"{CKG}inRole": "Experience in it",
    f"{CKG}commodity": "Things of this kind",
    f"{CKG}jobZone": "Occupations of this zone",
    f"{CKG}mapsFrom": "Mappings from it",
    f"{CKG}mapsTo": "Mappings to it",
    f"{CKG}relationSubject": "Relations from it",
    f"{CKG}relationObject": "Relations to it",
    f"{CKG}suitsInterest": "Suited to it",
    f"{CKG}unit": "Figures in this unit",
    f"{CKG}statistic": "Figures of this statistic",
    f"{CKG}scale": "Ratings on this scale",
    f"{CKG}workActivity": "Tasks of this activity",
    f"{CKG}taskType": "Tasks of this type",
    f"{CKG}distribution": "Its shares",
    f"{CKG}predecessor": "Succession from it",
    f"{CKG}successor": "Succession to it",
    f"{CKG}disputedBy": "Disputes",
    f"{CKG}correctedBy": "Corrects",
    f"{CKG}geography": "Figures of this place",
    f"{CKG}jurisdiction": "In force there",
    DCTERMS.isPartOf: "Parts",
    DCTERMS.source: "What comes from it",
    SKOS.broader: "Narrower",
    SKOS.narrower: "Broader",
    SKOS.related: "Related from",
    SKOS.inScheme: "Concepts",
    SKOS.topConceptOf: "Top concepts",
    SKOS.exactMatch: "Exact matches from",
    SKOS.closeMatch: "Close matches from",
    SKOS.broadMatch: "Narrower matches",
    SKOS.narrowMatch: "Broader matches",
    SKOS.relatedMatch: "Related matches from",
    PROV.wasDerivedFrom: "What was derived from it",
    RDF.type: "Instances",
    RDFS.subClassOf: "Subclasses",
    RDFS.domain: "Properties of it",
    RDFS.range: "Properties that lead to it",
    OWL.disjointWith: "Disjoint with",
}


def theme_of(property_: str) -> tuple[int, int, str]:
    """Return the sort key of a property: number of its theme, place in it, IRI."""
    number, place = _PLACE.get(property_, (len(_BY_THEME), 0))
    return number, place, property_


def reversed_label(property_: str, label: str) -> str:
    """Return how a link reads from its object: ``Issues`` for ``issued by``."""
    return _REVERSED.get(property_) or f"“{label}” of"
