"""ESCO's tables of concepts: occupations, skills, groups of both, schemes.

Names and notes are in the language of the file; what does not depend on one is written once. The description
becomes ``skos:definition``: it is what every concept has, and what other sources call so. The rare column
``definition`` mostly delimits (who is not meant) and becomes a ``skos:note``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from careerkg.importers.esco.context import ESCO, Context, Kind, esco, listed
from careerkg.importers.rows import MapRow
from careerkg.importers.tables import Layout
from careerkg.importers.triples import LABEL, TYPE, BadTerm, ckg, iri, literal, skos, text
from careerkg.vocabulary import DCTERMS

__all__ = ["CONCEPT_TABLES", "ConceptTable"]


class MapConcepts(Protocol):
    """Returns the function for the rows of a table in a language; ``source`` is the table's node."""

    def __call__(self, context: Context, language: str, source: str, /) -> MapRow: ...


class ConceptTable(NamedTuple):
    """A table of concepts: the beginning of its file's name, its columns, how its rows become triples."""

    name: str
    layout: Layout
    map_rows: MapConcepts


_DEFINITION, _SCOPE, _NOTE = skos("definition"), skos("scopeNote"), skos("note")
_CONCEPT = f"{TYPE} {skos('Concept')}"


def _map_occupations(context: Context, language: str, source: str) -> MapRow:
    """Occupations, each in its ISCO group, with what is known of regulation."""
    kinds = f"{TYPE} {ckg('Occupation')}", f"{TYPE} {esco('Occupation')}"

    def map_occupation(cells: Sequence[str], line: int) -> str:
        uri, name, group, other, hidden, status, modified, regulated, scope, definition, schemes = cells[:11]
        description, code, activities = cells[11:]
        node, first = context.define(uri, "occupation", language)
        lines = context.names(uri, name, other, hidden, language, line)
        lines += context.note(node, _DEFINITION, description, language)
        lines += context.note(node, _SCOPE, scope, language)
        lines += context.note(node, _NOTE, definition, language)
        if regulated.strip() and (first or not regulated.strip().startswith("http")):
            lines += f"{node} {esco('regulatedProfessionNote')} {_iri_or_text(regulated, language)} .\n"
        if first:
            lines += "".join(f"{node} {kind} .\n" for kind in kinds)
            lines += context.facts(
                uri, source=source, schemes=schemes, code=code, status=status, modified=modified, line=line
            )
            if group.strip():
                isco = context.reference(f"{ESCO}isco/C{group.strip()}", ("ISCO group",), line)
                lines += (
                    f"{node} {ckg('classifiedAs')} {isco} .\n{node} {esco('memberOfISCOGroup')} {isco} .\n"
                )
            for activity in listed(activities):
                lines += f"{node} {esco('hasNACECode')} {_iri_or_text(activity, None)} .\n"
        return lines

    return map_occupation


def _map_skills(context: Context, language: str, source: str) -> MapRow:
    """Skills and competences, and bodies of knowledge, with how far they can be used elsewhere."""
    classes = {"knowledge": "Knowledge", "skill/competence": "Skill", "": "Skill"}

    def map_skill(cells: Sequence[str], line: int) -> str:
        uri, name, kind, reuse, other, hidden, status, modified, scope, definition, schemes, description = (
            cells
        )
        class_ = classes.get(kind.strip().casefold())
        if class_ is None:
            raise BadTerm(f"the skill type {kind!r} is neither 'knowledge' nor 'skill/competence'")
        node, first = context.define(uri, "skill", language)
        lines = context.names(uri, name, other, hidden, language, line)
        lines += context.note(node, _DEFINITION, description, language)
        lines += context.note(node, _SCOPE, scope, language)
        lines += context.note(node, _NOTE, definition, language)
        if not first:
            return lines
        if kind.strip():
            type_ = "knowledge" if class_ == "Knowledge" else "skill"
            lines += f"{node} {esco('skillType')} <{ESCO}skill-type/{type_}> .\n"
        else:
            context.warn(line, "skills without a skill type, taken as skills")
        if reuse.strip():
            lines += f"{node} {esco('skillReuseLevel')} {iri(f'{ESCO}skill-reuse-level/{reuse.strip()}')} .\n"
        lines += f"{node} {TYPE} {ckg(class_)} .\n{node} {TYPE} {esco('Skill')} .\n"
        return lines + context.facts(
            uri, source=source, schemes=schemes, code="", status=status, modified=modified, line=line
        )

    return map_skill


def _map_skill_groups(context: Context, language: str, source: str) -> MapRow:
    """Groups of skills, and the fields of education (ISCED-F) that group knowledge."""

    def map_skill_group(cells: Sequence[str], line: int) -> str:
        uri, name, other, hidden, status, modified, scope, schemes, description, code = cells
        node, first = context.define(uri, "skill group", language)
        lines = context.names(uri, name, other, hidden, language, line)
        lines += context.note(node, _DEFINITION, description, language)
        lines += context.note(node, _SCOPE, scope, language)
        if first:
            lines += f"{node} {_CONCEPT} .\n" + context.facts(
                uri, source=source, schemes=schemes, code=code, status=status, modified=modified, line=line
            )
        return lines

    return map_skill_group


def _map_isco_groups(context: Context, language: str, source: str) -> MapRow:
    """The groups of ISCO-08, which are occupation codes."""

    def map_isco_group(cells: Sequence[str], line: int) -> str:
        uri, code, name, status, other, schemes, description = cells
        node, first = context.define(uri, "ISCO group", language)
        lines = context.names(uri, name, other, "", language, line)
        lines += context.note(node, _DEFINITION, description, language)
        if first:
            lines += f"{node} {TYPE} {ckg('OccupationCode')} .\n" + context.facts(
                uri, source=source, schemes=schemes, code=code, status=status, modified="", line=line
            )
        return lines

    return map_isco_group


def _map_schemes(context: Context, language: str, source: str) -> MapRow:
    """Schemes, which ESCO's thematic collections are, too, with their top concepts."""
    value_schemes = ("label-role", "regulated-professions", "relationship-types", "skill-competence-type")
    values = {f"{ESCO}concept-scheme/{name}" for name in (*value_schemes, "skill-reuse-level")}

    def map_scheme(cells: Sequence[str], line: int) -> str:
        del line
        uri, name, title, description, tops, _ = cells
        node, first = context.define(uri, "scheme", language)
        name = " ".join((name or title).split())
        if not name:
            raise BadTerm("the scheme has neither a preferred label nor a title")
        label = text(name, language)
        lines = f"{node} {LABEL} {label} .\n{node} <{DCTERMS.title}> {label} .\n"
        lines += context.note(node, f"<{DCTERMS.description}>", description, language)
        if not first:
            return lines
        lines += f"{node} {TYPE} {skos('ConceptScheme')} .\n{node} <{DCTERMS.source}> {source} .\n"
        concepts = list(listed(tops))  # of one scheme, all 13,896 skills
        has_top = f"{node} {skos('hasTopConcept')} "
        lines += "".join([f"{has_top}{context.node(top)} .\n" for top in concepts])
        if uri in values:
            lines += "".join(_value(top, uri, context) for top in concepts)
        if uri == f"{ESCO}concept-scheme/skill-reuse-level":
            # Version 1.1.1 lists only one of the four levels as a top concept.
            for level in ("transversal", "cross-sector", "sector-specific", "occupation-specific"):
                lines += _value(f"{ESCO}skill-reuse-level/{level}", uri, context)
        return lines

    return map_scheme


def _value(uri: str, scheme: str, context: Context) -> str:
    """Return the lines of a value of a short list, which no table describes: its URI names it."""
    if (uri, scheme) in context.members:
        return ""
    node, label = context.node(uri), text(uri.rpartition("/")[2].replace("-", " "), "en")
    return (
        f"{node} {_CONCEPT} .\n{node} {LABEL} {label} .\n{node} {skos('prefLabel')} {label} .\n"
        + context.membership(uri, scheme)
    )


def _iri_or_text(cell: str, language: str | None) -> str:
    """Return a cell that holds an IRI, or else words, as a term."""
    value = cell.strip()
    if value.startswith(("http://", "https://")):
        return iri(value)
    return literal(value) if language is None else text(value, language)


def _layout(required: str, optional: str = "", possible: str = "") -> Layout:
    """Return the layout of a CSV table with the columns that are named."""
    # ``conceptType`` says in each row what the table's name says.
    return Layout(
        tuple(required.split()), tuple(optional.split()), ",", possible=(*possible.split(), "conceptType")
    )


def _without_type(map_rows: MapConcepts) -> MapConcepts:
    """Return a mapping that does not see the last column, the concept type, once that is checked."""
    names: dict[MapConcepts, tuple[str, Kind]] = {
        _map_occupations: ("Occupation", "occupation"),
        _map_skills: ("KnowledgeSkillCompetence", "skill"),
        _map_skill_groups: ("SkillGroup", "skill group"),
        _map_isco_groups: ("ISCOGroup", "ISCO group"),
        _map_schemes: ("ConceptScheme", "scheme"),
    }
    expected, kind = names[map_rows]

    def map_checked_rows(context: Context, language: str, source: str, /) -> MapRow:
        map_row = map_rows(context, language, source)

        def map_checked_row(cells: Sequence[str], line: int) -> str:
            if cells[-1] not in (expected, ""):
                raise BadTerm(f"the concept type {cells[-1]!r} is not that of a {kind}, {expected!r}")
            return map_row(cells[:-1], line)

        return map_checked_row

    return map_checked_rows


CONCEPT_TABLES = (
    ConceptTable(
        "conceptSchemes",
        _layout("conceptSchemeUri preferredLabel", "title description hasTopConcept", "status"),
        _without_type(_map_schemes),
    ),
    ConceptTable(
        "ISCOGroups",
        _layout("conceptUri code preferredLabel", "status altLabels inScheme description"),
        _without_type(_map_isco_groups),
    ),
    ConceptTable(
        "skillGroups",
        _layout(
            "conceptUri preferredLabel",
            "altLabels hiddenLabels status modifiedDate scopeNote inScheme description code",
        ),
        _without_type(_map_skill_groups),
    ),
    ConceptTable(
        "occupations",
        _layout(
            "conceptUri preferredLabel",
            "iscoGroup altLabels hiddenLabels status modifiedDate regulatedProfessionNote scopeNote "
            "definition inScheme description code",
            "naceCode",
        ),
        _without_type(_map_occupations),
    ),
    ConceptTable(
        "skills",
        _layout(
            "conceptUri preferredLabel",
            "skillType reuseLevel altLabels hiddenLabels status modifiedDate scopeNote definition inScheme "
            "description",
        ),
        _without_type(_map_skills),
    ),
)
"""In the order in which the tables refer to each other."""
