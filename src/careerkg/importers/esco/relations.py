"""ESCO's tables of relations: both hierarchies, skills of occupations and of skills, collections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from careerkg.importers.esco.context import ESCO, Context, Kind, esco
from careerkg.importers.rows import MapRow, Skipped
from careerkg.importers.tables import Layout
from careerkg.importers.triples import TYPE, BadTerm, ckg, skos

__all__ = ["COLLECTIONS", "HIERARCHY", "RELATION_TABLES", "RelationTable", "map_collection", "map_hierarchy"]


class MapRelations(Protocol):
    """Returns the function for the rows of a table."""

    def __call__(self, context: Context, /) -> MapRow: ...


class RelationTable(NamedTuple):
    """A table of relations: the beginning of its file's name, its columns, how its rows become triples."""

    name: str
    layout: Layout
    map_rows: MapRelations


def _map_broader(*kinds: Kind) -> MapRelations:
    """Return the mapping of a table of broader concepts, all of these kinds."""

    def map_rows(context: Context, /) -> MapRow:
        seen: set[tuple[str, str]] = set()

        def map_broader(cells: Sequence[str], line: int) -> str:
            uri, broader = cells[:2]
            context.reference(uri, kinds, line)
            context.reference(broader, kinds, line)
            if uri == broader:
                raise Skipped("a concept that would be broader than itself")
            if (uri, broader) in seen:
                raise Skipped("an exact copy of a relation")
            seen.add((uri, broader))
            return context.broader_than(uri, broader)

        return map_broader

    return map_rows


_ESSENTIAL, _OPTIONAL = esco("relatedEssentialSkill"), esco("relatedOptionalSkill")


def _map_occupation_skills(context: Context, /) -> MapRow:
    """Skills of occupations: ESCO's own property, and ours on top."""
    properties = {
        "essential": (_ESSENTIAL, ckg("needsSkill")),
        "optional": (_OPTIONAL, ckg("mayNeedSkill")),
    }

    def map_occupation_skill(cells: Sequence[str], line: int) -> str:
        occupation, kind, skill = cells[:3]
        pair = properties.get(kind)
        if pair is None:
            raise BadTerm(f"the relation {kind!r} is neither 'essential' nor 'optional'")
        work = context.reference(occupation, ("occupation",), line)
        node = context.reference(skill, ("skill",), line)
        _relate(context, occupation, skill, kind, line)
        return f"{work} {pair[0]} {node} .\n{work} {pair[1]} {node} .\n"

    return map_occupation_skill


def _map_skill_skills(context: Context, /) -> MapRow:
    """Skills that another skill draws on, as ESCO says it: ours has no property for that."""
    properties = {"essential": _ESSENTIAL, "optional": _OPTIONAL}

    def map_skill_skill(cells: Sequence[str], line: int) -> str:
        original, kind, skill = cells[:3]
        relation = properties.get(kind)
        if relation is None:
            raise BadTerm(f"the relation {kind!r} is neither 'essential' nor 'optional'")
        subject = context.reference(original, ("skill",), line)
        node = context.reference(skill, ("skill",), line)
        if original == skill:
            raise Skipped("a skill that is related to itself")
        _relate(context, original, skill, kind, line)
        return f"{subject} {relation} {node} .\n"

    return map_skill_skill


def _relate(context: Context, subject: str, skill: str, kind: str, line: int) -> None:
    """Remember a relation, and note a pair that is both essential and optional. Raises Skipped for a copy."""
    pair = (subject, skill)
    known = context.related.get(pair)
    if known is None:
        context.related[pair] = kind
    elif known in (kind, "both"):
        raise Skipped("an exact copy of a relation")
    else:
        context.related[pair] = "both"
        context.warn(line, f"the skill {skill} is both essential and optional for {subject}")


_LEVELS = range(4)
HIERARCHY = Layout(
    ("Level 0 URI", "Level 0 preferred term"),
    (
        *(f"Level {level} {what}" for level in (1, 2, 3) for what in ("URI", "preferred term")),
        "Description",
        "Scope note",
        *(f"Level {level} code" for level in _LEVELS),
    ),
    ",",
    ragged="pad",
)
"""The skills hierarchy: a row for each group, with all groups above it. Rows lack their empty last cells."""


def map_hierarchy(context: Context, language: str, source: str) -> MapRow:
    """The hierarchy of skill groups, of which some are described nowhere else."""

    def map_group(cells: Sequence[str], line: int) -> str:
        chain = [(cells[2 * level].strip(), cells[2 * level + 1], cells[10 + level]) for level in _LEVELS]
        groups = [group for group in chain if group[0]]
        if not groups:
            raise BadTerm("the row names no group")
        uri, name, code = groups[-1]
        lines = ""
        if context.kinds.get(uri) is None:
            context.warn(line, "skill groups that only the hierarchy describes")
            node, _ = context.define(uri, "skill group", language)
            lines += f"{node} {TYPE} {skos('Concept')} .\n"
            lines += context.names(uri, name, "", "", language, line)
            lines += context.note(node, skos("definition"), cells[8], language)
            lines += context.note(node, skos("scopeNote"), cells[9], language)
            schemes = f"{ESCO}concept-scheme/skills-hierarchy\n{ESCO}concept-scheme/skills"
            lines += context.facts(
                uri, source=source, schemes=schemes, code=code, status="", modified="", line=line
            )
        for (lower, *_), (upper, *_) in zip(groups[1:], groups, strict=False):
            context.reference(lower, ("skill group",), line)
            context.reference(upper, ("skill group",), line)
            lines += context.broader_than(lower, upper)
        return lines

    return map_group


COLLECTIONS = {
    "digitalSkillsCollection": "6c930acd-c104-4ece-acf7-f44fd7333036",
    "researchOccupationsCollection": "8ae4b9f3-507e-4057-a145-2f96f0132613",
    "digCompSkillsCollection": "digcomp",
    "greenSkillsCollection": "green",
    "languageSkillsCollection": "skill-language-groups",
    "researchSkillsCollection": "research",
    "transversalSkillsCollection": "skill-transversal-groups",
}
"""The scheme that each thematic collection is, by the beginning of its file's name."""


def map_collection(context: Context, name: str) -> MapRow:
    """The members of a collection: they are in its scheme; all else stands in the table of their kind."""
    scheme = f"{ESCO}concept-scheme/{COLLECTIONS[name]}"
    kind: Kind = "occupation" if "Occupation" in name else "skill"

    def map_member(cells: Sequence[str], line: int) -> str:
        context.reference(cells[0], (kind, "skill group"), line)
        return context.membership(cells[0], scheme)

    return map_member


_TYPES = ("conceptType", "broaderType")
RELATION_TABLES = (
    RelationTable(
        "broaderRelationsOccPillar",
        Layout(("conceptUri", "broaderUri"), (), ",", possible=(*_TYPES, "conceptLabel", "broaderLabel")),
        _map_broader("occupation", "ISCO group"),
    ),
    RelationTable(
        "broaderRelationsSkillPillar",
        Layout(("conceptUri", "broaderUri"), (), ",", possible=(*_TYPES, "conceptLabel", "broaderLabel")),
        _map_broader("skill", "skill group"),
    ),
    RelationTable(
        "occupationSkillRelations",
        Layout(
            ("occupationUri", "relationType", "skillUri"),
            (),
            ",",
            possible=("skillType", "occupationLabel", "skillLabel"),
        ),
        _map_occupation_skills,
    ),
    RelationTable(
        "skillSkillRelations",
        Layout(
            ("originalSkillUri", "relationType", "relatedSkillUri"),
            (),
            ",",
            possible=("originalSkillType", "relatedSkillType", "originalSkillLabel", "relatedSkillLabel"),
        ),
        _map_skill_skills,
    ),
)
"""Relations do not depend on a language, though their files may be named after one."""
