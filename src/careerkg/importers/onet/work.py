"""O*NET's tables of occupations: titles, tasks, technology and tools, job zones, related occupations."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from urllib.parse import quote

from careerkg.importers.onet.context import CODE, Context, MapRow, OnetTable, given, unless_copied
from careerkg.importers.rows import Skipped
from careerkg.importers.tables import Layout
from careerkg.importers.triples import LABEL, TRUE, TYPE, BadTerm, ckg, integer, literal, skos, text
from careerkg.vocabulary import DCTERMS, ID, slugify

__all__ = ["work_tables"]

_CODE = re.compile(r"\d\d-\d{4}\.\d\d")
_COLLECTED = ("Date", "Domain Source")


def work_tables(context: Context) -> list[OnetTable]:
    """Return the tables about occupations in the order in which they refer to each other."""
    titles = _map_titles(context)
    tables = [
        OnetTable("Occupation Data", Layout((CODE, "Title"), ("Description",)), _map_occupations(context)),
        OnetTable(
            "Alternate Titles",
            Layout((CODE, "Alternate Title"), ("Short Title",), possible=("Source(s)",)),
            lambda row, _source: titles(row[0], row[1], row[2], reported=False),
            "to 30.2",
        ),
        OnetTable(
            "Job Titles",
            Layout((CODE, "Job Title"), ("Short Title",), possible=("Source(s)",)),
            lambda row, _source: titles(row[0], row[1], row[2], reported=False),
            "from 30.3",
        ),
        OnetTable(
            "Sample of Reported Titles",
            Layout((CODE, "Reported Job Title"), possible=("Shown in My Next Move",)),
            lambda row, _source: titles(row[0], row[1], "", reported=True),
        ),
        OnetTable(
            "Task Statements",
            Layout((CODE, "Task ID", "Task"), ("Task Type", "Incumbents Responding", *_COLLECTED)),
            _map_tasks(context),
        ),
        OnetTable(
            "Tasks to DWAs",
            Layout(
                (CODE, "Task ID", "DWA ID"),
                aliases={"DWA Element ID": "DWA ID"},
                possible=(*_COLLECTED, "DWA Title", "DWA Element Name"),
            ),
            _map_task_activities(context),
        ),
        OnetTable(
            "Emerging Tasks",
            Layout(
                (CODE, "Task", "Category"), ("Original Task ID", *_COLLECTED), possible=("Original Task",)
            ),
            _map_emerging_tasks(context),
        ),
        OnetTable(
            "Technology Skills",
            Layout(
                (CODE, "Example"),
                ("Commodity Code", "Hot Technology", "In Demand"),
                possible=("Commodity Title",),
            ),
            _map_technology(context),
            "to 30.2",
        ),
        OnetTable(
            "Software Skills",
            Layout(
                (CODE, "Workplace Example"),
                ("Element ID", "Hot Technology", "In Demand"),
                possible=("Element Name",),
            ),
            _map_software(context),
            "from 30.3",
        ),
        OnetTable(
            "Tools Used",
            Layout((CODE, "Example"), ("Commodity Code",), possible=("Commodity Title",)),
            _map_tools(context),
            "to 30.2",
        ),
        OnetTable("Job Zones", Layout((CODE, "Job Zone"), (), possible=_COLLECTED), _map_job_zones(context)),
        OnetTable(
            "Related Occupations",
            Layout((CODE, "Related O*NET-SOC Code"), ("Relatedness Tier", "Index")),
            _map_related(context),
        ),
        *(
            OnetTable(
                name,
                Layout((CODE, "Related O*NET-SOC Code"), ("Index",)),
                _map_matrix(context, name),
                "first",
            )
            for name in ("Career Changers Matrix", "Career Starters Matrix")
        ),
        OnetTable(
            "Interests Illustrative Occupations",
            Layout(("Element ID", CODE), possible=("Element Name", "Interest Type")),
            _map_illustrations(context),
        ),
    ]
    # The others know themselves what they wrote.
    copied = ("Occupation Data", "Task Statements", "Job Zones", "Related Occupations")
    return [
        table._replace(map_row=unless_copied(table.map_row)) if table.name in copied else table
        for table in tables
    ]


def _map_occupations(context: Context) -> MapRow:
    """Occupations: at once work that people do, and a code of an edition of the classification.

    The edition of 2019 came with release 25.1. The first seven characters are a SOC code: all of that class
    where the code ends in .00, a part of it otherwise. The label has the code, like those of other
    classifications with classes of the same name; the bare title is there, too.
    """
    number = tuple(int(part) for part in re.findall(r"\d+", context.release.version)[:2])
    edition = "onet-soc-2010" if number and number < (25, 1) else "onet-soc-2019"

    def map_occupation(row: Sequence[str], source: str) -> str:
        code, title, description = row
        if _CODE.fullmatch(code) is None:
            raise BadTerm(f"{code!r} is not an O*NET-SOC code like 29-2072.00")
        if code in context.occupations:
            raise BadTerm(f"the occupation {code!r} stands there twice")
        node, name = f"<{ID}onet-soc/{code}>", text(f"{title.strip()} (O*NET-SOC {code})", "en")
        bare = text(title, "en")
        match = "exactMatch" if code.endswith(".00") else "broadMatch"
        lines = (
            f"{node} {TYPE} {ckg('Occupation')} .\n"
            f"{node} {TYPE} {ckg('OccupationCode')} .\n"
            f"{node} {LABEL} {name} .\n"
            f"{node} {skos('prefLabel')} {name} .\n"
            f"{node} <{DCTERMS.title}> {bare} .\n"
            f"{node} {skos('altLabel')} {bare} .\n"
            f"{node} {skos('notation')} {literal(code)} .\n"
            f"{node} {skos('inScheme')} <{ID}scheme/{edition}> .\n"
            f"{node} {skos(match)} <{ID}soc/{code[:7]}> .\n"
        )
        if given(description):
            lines += f"{node} {skos('definition')} {text(description, 'en')} .\n"
        context.occupations[code] = title.strip()
        return lines + context.from_table(node, source)

    return map_occupation


class _map_titles:  # noqa: N801 - a function with a memory
    """Other titles: all are skos:altLabel; what workers reported is ckg:reportedTitle besides."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: set[tuple[str, str]] = set()

    def __call__(self, code: str, title: str, short: str, *, reported: bool) -> str:
        node = self._context.occupation(code)
        lines = self._alternative(code, node, title)
        if given(short):
            lines += self._alternative(code, node, short)
        if reported:
            lines += self._add(code, f"{node} {ckg('reportedTitle')} {text(title, 'en')} .\n")
        if not lines:
            raise Skipped("a title that the occupation has already")
        return lines

    def _alternative(self, code: str, node: str, title: str) -> str:
        """Return the line of a title, unless it is the occupation's name or was there before."""
        if title.strip() == self._context.occupations[code]:
            return ""
        return self._add(code, f"{node} {skos('altLabel')} {text(title, 'en')} .\n")

    def _add(self, code: str, line: str) -> str:
        """Return a line unless it was there before."""
        if (code, line) in self._known:
            return ""
        self._known.add((code, line))
        return line


def _map_tasks(context: Context) -> MapRow:
    """Tasks, each of one occupation, with how central it is."""

    def map_task(row: Sequence[str], source: str) -> str:
        code, identifier, statement, kind, respondents, month, domain = row
        work = context.occupation(code)
        if identifier in context.tasks:
            raise BadTerm(f"the task {identifier!r} stands there twice")
        node = context.node("onet-task", identifier)
        lines = (
            f"{work} {ckg('hasTask')} {node} .\n"
            f"{node} {TYPE} {ckg('Task')} .\n"
            f"{node} {LABEL} {text(statement, 'en')} .\n"
            f"{node} {skos('notation')} {literal(identifier)} .\n"
        )
        if given(kind):
            value, definition = context.listed("onet-task-type", kind, "Types of task in O*NET")
            lines += f"{definition}{node} {ckg('taskType')} {value} .\n"
        if given(respondents):
            lines += f"{node} {ckg('sampleSize')} {integer(respondents)} .\n"
        lines += context.collected(node, month, domain)
        context.tasks.add(identifier)
        return lines + context.from_table(node, source)

    return map_task


def _map_task_activities(context: Context) -> MapRow:
    """Which detailed work activities a task is."""

    # Where another table is lacking, a link to what it would describe is kept.
    checked = context.has("DWA Reference") or context.has("GWAs to IWAs to DWAs")

    def map_task_activity(row: Sequence[str], source: str) -> str:
        del source
        context.occupation(row[0])
        context.require_task(row[1])
        if checked and row[2] not in context.activities:
            raise BadTerm(f"the activity {row[2]!r} is not in the table of detailed activities")
        task, activity = context.node("onet-task", row[1]), context.activity(row[2])
        return context.new(f"{task} {ckg('workActivity')} {activity} .\n")

    return map_task_activity


def _map_emerging_tasks(context: Context) -> MapRow:
    """Tasks that workers wrote in: new ones, or new words for one. They have no ID; their text makes one."""
    seen: set[str] = set()

    def map_emerging_task(row: Sequence[str], source: str) -> str:
        code, statement, category, original, month, domain, _ = row
        work = context.occupation(code)
        digest = hashlib.sha256(statement.strip().encode()).hexdigest()[:12]
        node = context.node("onet-emerging-task", f"{code}-{digest}")
        if node in seen:
            raise Skipped("an exact copy of an emerging task")
        seen.add(node)
        kind, definition = context.listed(
            "onet-emerging-task-kind", category, "Kinds of emerging task in O*NET"
        )
        lines = (
            f"{definition}{work} {ckg('emergingTask')} {node} .\n"
            f"{node} {TYPE} {ckg('EmergingTask')} .\n"
            f"{node} {LABEL} {text(statement, 'en')} .\n"
            f"{node} {ckg('taskType')} {kind} .\n"
        )
        if given(original):
            lines += f"{node} {ckg('revisesTask')} {context.node('onet-task', original)} .\n"
        lines += context.collected(node, month, domain)
        return lines + context.from_table(node, source)

    return map_emerging_task


class _Products:
    """Software and tools: one node for a name, in all occupations and both tables."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: set[str] = set()

    def product(self, name: str, commodity: str | None, source: str) -> tuple[str, str]:
        """Return the node of a product, and what is new about it. Its name is its identifier, escaped.

        ``commodity`` is the node of what it is one of.
        """
        name = name.strip()
        node = f"<{ID}onet-technology/{quote(name, safe='')}>"
        lines = self._once(f"{node} {TYPE} {ckg('Technology')} .\n{node} {LABEL} {text(name, 'en')} .\n")
        lines += self._once(self._context.from_table(node, source))
        if commodity is not None:
            lines += self._once(f"{node} {ckg('commodity')} {commodity} .\n")
        return node, lines

    def commodity(self, code: str) -> str | None:
        """Return the node of a commodity of UNSPSC, if one is given. Raises BadTerm if it is unknown."""
        if not given(code):
            return None
        if self._context.commodities and code not in self._context.commodities:
            raise BadTerm(f"the commodity {code!r} is not in UNSPSC Reference")
        return self._context.node("unspsc", code)

    def once(self, lines: str) -> str:
        """Return lines the first time, nothing after that."""
        return self._once(lines)

    def _once(self, lines: str) -> str:
        if lines in self._known:
            return ""
        self._known.add(lines)
        return lines


def _map_technology(context: Context) -> MapRow:
    """Software: which occupations use it, which of it many postings ask for, which is in demand there."""
    products = _Products(context)
    use = _map_use(context, products)

    def map_technology(row: Sequence[str], source: str) -> str:
        code, example, commodity, hot, demanded, _ = row
        return use(code, example, products.commodity(commodity), hot, demanded, source)

    return map_technology


def _map_software(context: Context) -> MapRow:
    """The same from 30.3 on, where software is grouped by elements of the content model."""
    use = _map_use(context, _Products(context))

    def map_software(row: Sequence[str], source: str) -> str:
        code, example, element, hot, demanded, name = row
        group = context.element(element, name) if given(element) else None
        return use(code, example, group, hot, demanded, source)

    return map_software


def _map_use(context: Context, products: _Products) -> Callable[[str, str, str | None, str, str, str], str]:
    """Return what writes that an occupation uses software: code, name, group, hot, in demand, table."""
    pairs: set[str] = set()

    def use(code: str, example: str, group: str | None, hot: str, demanded: str, source: str) -> str:
        work = context.occupation(code)
        node, lines = products.product(example, group, source)
        line = f"{work} {ckg('usesTechnology')} {node} .\n"
        if line not in pairs:
            pairs.add(line)
            lines += line
        if demanded == "Y":
            lines += products.once(f"{work} {ckg('inDemandTechnology')} {node} .\n")
        if hot == "Y":
            lines += products.once(f"{node} {ckg('hotTechnology')} {TRUE} .\n")
        if not lines:
            raise Skipped("an exact copy of a technology of the occupation")
        return lines

    return use


def _map_tools(context: Context) -> MapRow:
    """Tools and machines that people in an occupation use."""
    products = _Products(context)
    pairs: set[str] = set()

    def map_tool(row: Sequence[str], source: str) -> str:
        code, example, commodity, _ = row
        work = context.occupation(code)
        node, lines = products.product(example, products.commodity(commodity), source)
        line = f"{work} {ckg('usesTool')} {node} .\n"
        if line not in pairs:
            pairs.add(line)
            lines += line
        if not lines:
            raise Skipped("an exact copy of a tool of the occupation")
        return lines

    return map_tool


def _map_job_zones(context: Context) -> MapRow:
    """How much preparation an occupation takes."""
    seen: set[str] = set()

    def map_job_zone(row: Sequence[str], source: str) -> str:
        del source
        work = context.occupation(row[0])
        if row[0] in seen:
            raise BadTerm(f"a second job zone for {row[0]}")
        node, lines = context.zone(row[1], f"Job Zone {row[1]}")
        seen.add(row[0])
        return f"{lines}{work} {ckg('jobZone')} {node} .\n"

    return map_job_zone


def _map_related(context: Context) -> MapRow:
    """Related occupations: a link, and a node of the release with tier and place in the list."""
    relation = _map_relation(context)

    def map_related(row: Sequence[str], source: str) -> str:
        code, other, tier, index = row
        return relation(code, other, tier, index, "", source)

    return map_related


def _map_matrix(context: Context, name: str) -> MapRow:
    """Related occupations of the first releases: one list for those who change, one for those who start."""
    relation = _map_relation(context)
    tier = name.removesuffix(" Matrix")

    def map_pair(row: Sequence[str], source: str) -> str:
        code, other, index = row
        return relation(code, other, tier, index, f"/{slugify(tier)}", source)

    return map_pair


def _map_relation(context: Context) -> Callable[[str, str, str, str, str, str], str]:
    """Return what writes a relation: both codes, tier, place in the list, end of its IRI, table."""
    seen: set[str] = set()

    def relation(code: str, other: str, tier: str, index: str, ending: str, source: str) -> str:
        work, related = context.occupation(code), context.occupation(other)
        node = f"<{ID}relation/{context.release.key}/{code}/{other}{ending}>"
        if node in seen:
            raise BadTerm(f"a second relation of {code} to {other}")
        lines = context.once(f"related {code} {other}", f"{work} {skos('related')} {related} .\n") + (
            f"{node} {TYPE} {ckg('OccupationRelation')} .\n"
            f"{node} {LABEL} {text(f'{code} to {other}', 'en')} .\n"
            f"{node} {ckg('relationSubject')} {work} .\n"
            f"{node} {ckg('relationObject')} {related} .\n"
        )
        if given(tier):
            value, definition = context.listed(
                "onet-relatedness", tier, "Tiers of related occupations in O*NET"
            )
            lines += f"{definition}{node} {ckg('relatednessTier')} {value} .\n"
        if given(index):
            lines += f"{node} {ckg('relatednessIndex')} {context.whole(index)} .\n"
        seen.add(node)
        return lines + context.from_table(node, source)

    return relation


def _map_illustrations(context: Context) -> MapRow:
    """Occupations that illustrate an interest."""

    def map_illustration(row: Sequence[str], source: str) -> str:
        del source
        work = context.occupation(row[1])
        return context.new(f"{context.element(row[0], row[2])} {skos('related')} {work} .\n")

    return map_illustration
