"""Terms of CTDL: namespaces as they are spelled in the wild, prefixes, kinds of value, and our classes.

CTDL is published at https://credreg.net/ctdl/terms, with a JSON-LD context. What reading a document needs
of that context stands here, so that nothing is fetched: the prefixes, and which properties hold text in
languages or typed values. Every other property holds references where its value looks like one, so a term
that is newer than this table is read as well.
"""

from __future__ import annotations

import re

from careerkg.vocabulary import DCTERMS, OWL, RDF, RDFS, SKOS, XSD, Namespace

__all__ = [
    "CEASN",
    "CETERMS",
    "CTID",
    "LANGUAGE_TEXT",
    "PREFIXES",
    "SCHEMA",
    "TYPED",
    "UNDERSTOOD",
    "ckg_class",
    "normalize",
    "table_of",
]

CETERMS = Namespace("https://purl.org/ctdl/terms/")
CEASN = Namespace("https://purl.org/ctdlasn/terms/")
SCHEMA = Namespace("https://schema.org/")

CTID = re.compile(r"ce-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
"""The identifier of a record in the Credential Registry."""

_VOCABULARIES = (
    "accommodation actionStat agentSector agreementCat alignment array assessMethod assessUse "
    "audLevel audience claimType collectionCategory compare costType credentialStat creditUnit "
    "deliveryType financialAid inputType learnMethod lifeCycle logic lrEvidence lrMethod lrOutcome "
    "lrSource orgType residency scheduleFrequency scheduleTiming score serviceType statementCat "
    "support"
)

PREFIXES: dict[str, str] = {
    **{name: f"https://purl.org/ctdl/vocabs/{name}/" for name in _VOCABULARIES.split()},
    "adms": "http://www.w3.org/ns/adms#",
    "asn": "http://purl.org/ASN/schema/core/",
    "ceasn": str(CEASN),
    "ceterms": str(CETERMS),
    "dc": "http://purl.org/dc/elements/1.1/",
    "dct": str(DCTERMS),
    "dcterms": str(DCTERMS),
    "foaf": "http://xmlns.com/foaf/0.1/",
    "lrmi": "http://purl.org/dcx/lrmi-terms/",
    "meta": "http://credreg.net/meta/terms/",
    "obi": "https://w3id.org/openbadges#",
    "odrl2": "https://www.w3.org/ns/odrl/2/",
    "owl": str(OWL),
    "qdata": "https://credreg.net/qdata/terms/",
    "rdf": str(RDF),
    "rdfs": str(RDFS),
    "schema": str(SCHEMA),
    "skos": str(SKOS),
    "vann": "http://purl.org/vocab/vann/",
    "vs": "https://www.w3.org/2003/06/sw-vocab-status/ns#",
    "xsd": str(XSD),
}
"""The prefixes of CTDL documents, which hold unless a document declares its own."""

_SPELLINGS = (
    ("http://purl.org/ctdl/", "https://purl.org/ctdl/"),
    ("http://purl.org/ctdlasn/", "https://purl.org/ctdlasn/"),
    ("http://purl.org/ceterms/terms/", str(CETERMS)),
    ("http://purl.org/terms/", str(DCTERMS)),
    ("http://schema.org/", str(SCHEMA)),
    ("http://credreg.net/qdata/", "https://credreg.net/qdata/"),
)


def normalize(iri: str) -> str:
    """Return an IRI with the namespace of its vocabulary spelled as it is today.

    >>> normalize("http://purl.org/ctdl/terms/name")
    'https://purl.org/ctdl/terms/name'
    """
    if iri.startswith("http://"):
        for old, new in _SPELLINGS:
            if iri.startswith(old):
                return new + iri[len(old) :]
    return iri


def _names(namespace: Namespace | str, names: str) -> frozenset[str]:
    """Return the terms of a namespace by their local names."""
    return frozenset(f"{namespace}{name}" for name in names.split())


LANGUAGE_TEXT: frozenset[str] = (
    _names(
        CETERMS,
        "addressCountry addressLocality addressRegion agentPurposeDescription alternateName "
        "assessmentExampleDescription assessmentMethodDescription assessmentOutput componentCategory "
        "condition contactType creditUnitTypeDescription deliveryTypeDescription "
        "demographicInformation description experience familyName frameworkName givenName "
        "honorificSuffix identifierTypeName keyword learningDeliveryDescription "
        "learningMethodDescription legalName missionAndGoalsStatementDescription name paymentPattern "
        "processFrequency processMethodDescription processStandardsDescription "
        "revocationCriteriaDescription scoringMethodDescription scoringMethodExampleDescription "
        "sourceNodeDescription sourceNodeName statementText streetAddress subRegion "
        "submissionOfDescription supportServiceStatementDescription targetNodeDescription "
        "targetNodeName transferValueStatementDescription verificationMethodDescription",
    )
    | _names(
        CEASN,
        "benchmarkLabel benchmarkText comment competencyCategory competencyLabel competencyText "
        "conceptKeyword description feedback hasScope localSubject name publisherName rights "
        "tableOfContents",
    )
    | _names(
        PREFIXES["qdata"],
        "adjustment dataSuppressionPolicy earningsDefinition earningsThreshold employmentDefinition "
        "subjectIdentification workTimeThreshold",
    )
    | _names(SKOS, "altLabel changeNote definition hiddenLabel historyNote note prefLabel")
    | _names(RDFS, "comment label")
    | _names(SCHEMA, "description name")
    | _names(DCTERMS, "description title")
    | _names(PREFIXES["meta"], "objectText")
    | _names(PREFIXES["vann"], "usageNote")
)
"""Properties whose values are text, in languages or in none."""

_BY_TYPE = {
    XSD.string: (
        (
            CETERMS,
            "codedNotation credentialId ctid currency duns email faxNumber fein foundingDate "
            "identifierValueCode ipedsID isicV4 leiCode naics ncesID opeID postOfficeBoxNumber "
            "postalCode sced telephone versionCode",
        ),
        (CEASN, "altCodedNotation author codedNotation dateCopyrighted listID"),
        (PREFIXES["qdata"], "facultyToStudentRatio mediaType"),
        (SCHEMA, "currency"),
        (SKOS, "notation"),
    ),
    XSD.date: (
        (
            CETERMS,
            "alignmentDate associatedDate closingDate dateEffective dateSigned endDate expirationDate "
            "startDate temporalCoverage",
        ),
        (CEASN, "dateCreated repositoryDate"),
    ),
    XSD.dateTime: ((CEASN, "dateModified dateValidFrom dateValidUntil"), (CETERMS, "endTime startTime")),
    XSD.language: ((CEASN, "inLanguage"), (CETERMS, "inLanguage")),
    XSD.boolean: (
        (CEASN, "shouldIndex"),
        (
            CETERMS,
            "globalJurisdiction hasGroupEvaluation hasGroupParticipation holderMustAuthorize "
            "isNonCredit isProctored isRegisteredApprenticeship",
        ),
    ),
    XSD.float: (
        (CEASN, "weight"),
        (CETERMS, "latitude longitude weight yearsOfExperience"),
        (
            PREFIXES["qdata"],
            "maxPercentage mean median minPercentage percentage percentile10 percentile25 "
            "percentile75 percentile90 standardDeviation",
        ),
        (SCHEMA, "maxValue minValue value"),
    ),
    SCHEMA.Duration: (
        (CETERMS, "exactDuration maximumDuration minimumDuration renewalFrequency timeRequired"),
        (PREFIXES["qdata"], "timeInterval"),
    ),
    XSD.duration: ((CETERMS, "basePeriod"),),
    XSD.integer: (
        (CETERMS, "minimumAge numberAwarded postReceiptMonths requiredConstraints requiredNumber"),
    ),
    XSD.decimal: ((CETERMS, "price"),),
}

TYPED: dict[str, str] = {
    property_: datatype
    for datatype, groups in _BY_TYPE.items()
    for namespace, names in groups
    for property_ in _names(namespace, names)
}
"""Properties whose values have a datatype, and which."""

_CLASSES: dict[str, str] = {
    **dict.fromkeys(("Assessment", "AssessmentProfile"), "Assessment"),
    **dict.fromkeys(("LearningOpportunity", "LearningOpportunityProfile", "LearningProgram"), "Program"),
    **dict.fromkeys(("Agent", "CredentialOrganization", "Organization"), "Organization"),
    **dict.fromkeys(("QACredentialOrganization",), "Organization"),
    **dict.fromkeys(("Job", "WorkRole"), "Role"),
    **dict.fromkeys(("Diploma", "GeneralEducationDevelopment", "SecondarySchoolDiploma"), "Diploma"),
    **dict.fromkeys(("Badge", "Credential", "DigitalBadge", "MicroCredential", "OpenBadge"), "Credential"),
    **dict.fromkeys(("Degree", "DoctoralDegree", "SpecialistDegree"), "Credential"),
    **dict.fromkeys(
        ("ProfessionalDoctorate", "QualityAssuranceCredential", "ResearchDoctorate"), "Credential"
    ),
    "AssociateDegree": "AssociateDegree",
    "BachelorDegree": "BachelorDegree",
    "MasterDegree": "MasterDegree",
    "Certification": "Certification",
    "License": "License",
    "Course": "Course",
    "Occupation": "Occupation",
    "Task": "Task",
    "Pathway": "Program",
}
_COMPONENTS: dict[str, str] = {
    "AssessmentComponent": "Assessment",
    "CourseComponent": "Course",
    "CredentialComponent": "Credential",
    "JobComponent": "Role",
}
_DEGREES = (
    ("AssociateOf", "AssociateDegree"),
    ("BachelorOf", "BachelorDegree"),
    ("MasterOf", "MasterDegree"),
)
_ORDER = (
    "License Certification MasterDegree BachelorDegree AssociateDegree Diploma Certificate Credential "
    "Assessment Course Program Role Occupation Task Skill Organization Item"
)


def ckg_class(types: list[str], *, stands_for: bool = False) -> str | None:
    """Return the local name of the careerkg class for the types of a CTDL resource, or None.

    Of several classes the most telling one is taken, because they exclude each other. ``stands_for`` is
    given for a pathway component that only stands for another resource: it is a plain item.

    >>> ckg_class([CETERMS.BachelorOfScienceDegree]), ckg_class([CETERMS.ContactPoint])
    ('BachelorDegree', None)
    """
    found = [each for each in (_class_of(kind, stands_for) for kind in types) if each is not None]
    return min(found, key=_ORDER.split().index) if found else None


def _class_of(kind: str, stands_for: bool) -> str | None:
    """Return the class for one type."""
    if kind == CEASN.Competency:
        return "Skill"
    if not kind.startswith(str(CETERMS)):
        return None
    name = kind[len(str(CETERMS)) :]
    if name in _CLASSES:
        return _CLASSES[name]
    if name.endswith("Component"):
        return "Item" if stands_for else _COMPONENTS.get(name, "Item")
    for start, ours in _DEGREES:
        if name.startswith(start) and name.endswith("Degree"):
            return ours
    if name.endswith("Degree"):
        return "Credential"
    if "Certificate" in name:
        return "Certificate"
    return None


def table_of(types: list[str]) -> str:
    """Return the name of the table that a resource is counted in: credentials, organizations, …"""
    ours = ckg_class(types)
    names = [kind.rpartition("/")[2] for kind in types]
    if any(name in ("Pathway", "PathwaySet") or name.endswith("Component") for name in names):
        return "pathways"
    if any(name in ("ConditionManifest", "CostManifest") for name in names):
        return "manifests"
    return {
        "Assessment": "assessments",
        "Course": "learning opportunities",
        "Program": "learning opportunities",
        "Organization": "organizations",
        "Skill": "competencies",
        "Occupation": "work",
        "Role": "work",
        "Task": "work",
        None: "other resources",
    }.get(ours, "credentials")


UNDERSTOOD: frozenset[str] = (
    _names(
        CETERMS,
        "accreditedBy accredits administeredBy alternateName alternativeCondition assertedBy "
        "commonConditions commonCosts coPrerequisite condition corequisite creditHourType "
        "creditHourValue creditUnitType creditUnitTypeDescription creditUnitValue creditValue ctid "
        "currency dateEffective description directCostType endDate entryCondition estimatedCost "
        "estimatedDuration exactDuration experience expirationDate hasCondition hasConstraint "
        "hasDestinationComponent hasPart isRecommendedFor isRequiredFor jurisdiction logicalOperator "
        "mainJurisdiction maximumDuration minimumAge minimumDuration name offeredBy offers ownedBy "
        "owns paymentPattern prerequisite price proxyFor recommends regulatedIn renewal "
        "renewalFrequency requiredNumber requires residentOf startDate subjectWebpage submissionOf "
        "submissionOfDescription supersededBy targetAssessment targetCompetency targetComponent "
        "targetCredential targetJob targetLearningOpportunity targetNode targetNodeName "
        "targetOccupation teaches yearsOfExperience addressCountry addressRegion leftAction "
        "leftSource comparator rightAction rightSource",
    )
    | _names(CEASN, "competencyLabel competencyText name")
    | _names(SCHEMA, "description maxValue minValue name value")
    | _names(SKOS, "altLabel prefLabel")
    | _names(RDF, "type")
)
"""Properties that have a meaning in careerkg; the others are kept as they are published, and counted."""
