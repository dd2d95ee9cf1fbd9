"""O*NET's ratings: one row, one observation, with scale, sample, error, bounds, flags, month and raters."""

from __future__ import annotations

from collections.abc import Sequence

from careerkg.importers.onet.context import CODE, Context, Era, MapRow, OnetTable, given
from careerkg.importers.rows import Skipped
from careerkg.importers.tables import Layout
from careerkg.importers.triples import LABEL, SOURCE_OF, TRUE, TYPE, BadTerm, ckg, text
from careerkg.vocabulary import ID

__all__ = ["RATING_COLUMNS", "rating_tables", "ratings_table"]

RATING_COLUMNS = (CODE, "Element ID", "Scale ID", "Data Value")
"""By these columns a table is one of ratings."""

_ERRORS = ("N", "Standard Error", "Lower CI Bound", "Upper CI Bound", "Recommend Suppress")
_COLLECTED = ("Date", "Domain Source")
# What each table has beyond RATING_COLUMNS in releases 29.3 and 30.3; others may have less or more.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "Abilities": (*_ERRORS, "Not Relevant"),
    "Education, Training, and Experience": ("Category", *_ERRORS),
    "Interests": (),
    "Knowledge": (*_ERRORS, "Not Relevant"),
    "Skills": (*_ERRORS, "Not Relevant"),
    "Work Activities": (*_ERRORS, "Not Relevant"),
    "Work Context": ("Category", *_ERRORS, "Not Relevant"),
    "Work Styles": _ERRORS,
    "Work Values": (),
    "Career Interest Types": (),
    "Education": ("Category", *_ERRORS),
    "Essential Skills": (*_ERRORS, "Not Relevant"),
    "Specific Interest Areas": (),
    "Training and Experience": ("Category", *_ERRORS),
    "Transferable Skills": (*_ERRORS, "Not Relevant"),
}
_ERAS: dict[str, Era] = {
    **dict.fromkeys(("Education, Training, and Experience", "Interests", "Skills", "Work Values"), "to 30.2"),
    **dict.fromkeys(
        (
            *("Career Interest Types", "Education", "Essential Skills", "Specific Interest Areas"),
            *("Training and Experience", "Transferable Skills"),
        ),
        "from 30.3",
    ),
}
_ALL = ("Element Name", "Category", *_ERRORS, "Not Relevant", *_COLLECTED)


def rating_tables(context: Context) -> list[OnetTable]:
    """Return the tables of ratings."""
    task_columns = (*_ERRORS, *_COLLECTED)
    return [
        *(ratings_table(context, name) for name in _COLUMNS),
        OnetTable(
            "Task Ratings",
            Layout((CODE, "Task ID", "Scale ID", "Data Value", "Category"), task_columns, possible=("Task",)),
            _map_task_ratings(context),
        ),
    ]


def ratings_table(context: Context, name: str) -> OnetTable:
    """Return a table of ratings by its name; a column that the known release has is missed if absent."""
    # Without its category a share would be taken for a rating.
    shares = ("Category",) if "Category" in _COLUMNS.get(name, ()) else ()
    required = (*RATING_COLUMNS, *shares)
    usual = (*(column for column in _COLUMNS.get(name, ()) if column not in shares), *_COLLECTED)
    possible = tuple(column for column in _ALL if column not in (*required, *usual))
    columns = [*required, *usual, *possible]
    order = [columns.index(column) for column in (*RATING_COLUMNS, *_ALL)]
    map_rating = _map_ratings(context)

    def map_row(cells: Sequence[str], source: str) -> str:
        code, element, scale, value, called, category, *rest = [cells[index] for index in order]
        node = context.element(element, called)
        return map_rating(
            code, element, node, called or context.elements[element], scale, value, category, rest, source
        )

    return OnetTable(name, Layout(required, usual, possible=possible), map_row, _ERAS.get(name, "any"))


def _map_task_ratings(context: Context) -> MapRow:
    """Ratings of tasks: what is rated is a task."""
    map_rating = _map_ratings(context)

    def map_task_rating(cells: Sequence[str], source: str) -> str:
        code, task, scale, value, category, n, error, lower, upper, suppress, month, domain, _ = cells
        context.require_task(task)
        rest = [n, error, lower, upper, suppress, "", month, domain]
        node = context.node("onet-task", task)
        return map_rating(code, f"task-{task}", node, f"Task {task}", scale, value, category, rest, source)

    return map_task_rating


class _map_ratings:  # noqa: N801 - a function with a memory
    """Makes an observation of a rating. All texts that repeat are made once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._values: dict[str, str] = {}
        self._distributions: set[str] = set()
        self._heads: dict[tuple[str, str, str], str] = {}
        self._raters: dict[str, str] = {}

    def __call__(
        self,
        code: str,
        element: str,
        node: str,
        name: str,
        scale: str,
        value: str,
        category: str,
        rest: Sequence[str],
        source: str,
    ) -> str:
        context = self._context
        work = context.occupation(code)
        sample, error, lower, upper, suppress, irrelevant, month, domain = rest
        key = f"{code}/{element}/{scale}"
        if category and given(category):
            kept = f"{key}/{category}"
        else:
            kept, category = key, ""
        known = self._values.get(kept)
        if known is not None:
            if known == value:
                raise Skipped("an exact copy of a rating")
            raise BadTerm(f"a second value, {value}, for {kept}")
        rating = f"<{ID}rating/{context.release.key}/{kept}>"
        lines = [
            f"{rating} {_IS_RATING}{rating} {_ABOUT} {work} .\n{rating} {_ELEMENT} {node} .\n",
            self._head(element, scale, category, name).replace("\x00", rating),
        ]
        if given(value):
            lines.append(f"{rating} {_VALUE} {context.number(value)} .\n")
            self._check(float(value), scale, category)
        elif suppress != "Y":
            raise BadTerm("no value, and not said to be suppressed")
        if category:
            lines.append(self._share(key, rating, work, name, scale, source))
        if given(sample):
            lines.append(f"{rating} {_SAMPLE} {context.whole(sample)} .\n")
        if given(error):
            lines.append(f"{rating} {_ERROR} {context.number(error)} .\n")
        if given(lower):
            lines.append(f"{rating} {_LOWER} {context.number(lower)} .\n")
        if given(upper):
            lines.append(f"{rating} {_UPPER} {context.number(upper)} .\n")
        if suppress == "Y":
            lines.append(f"{rating} {_SUPPRESSED} {TRUE} .\n")
        if irrelevant == "Y":
            lines.append(f"{rating} {_IRRELEVANT} {TRUE} .\n")
        if given(month):
            lines.append(f"{rating} {_PERIOD} {context.month(month)} .\n")
        if given(domain):
            lines.append(f"{rating} {_COLLECTED_FROM} {self._rater(domain)} .\n")
        lines.append(f"{rating} {SOURCE_OF} {source} .\n")
        self._values[kept] = value
        return "".join(lines)

    def _head(self, element: str, scale: str, category: str, name: str) -> str:
        """Return the lines that all ratings of an element on a scale share; ``\\0`` stands for the rating."""
        key = (element, scale, category)
        head = self._heads.get(key)
        if head is None:
            context = self._context
            identifier = element if not element.startswith("task-") else ""
            title = context.scales.get(scale, (scale, 0.0, 0.0))[0]
            unit, statistic = ("percent", "share") if category else ("scale-points", "rating")
            if category:
                title = context.categories.get((identifier, scale, category), f"{title} {category}")
            head = (
                f"\x00 {LABEL} {text(f'{name}: {title}', 'en')} .\n"
                f"\x00 {_SCALE} {context.scale(scale)} .\n"
                f"\x00 {_UNIT} <{ID}unit/{unit}> .\n"
                f"\x00 {_STATISTIC} <{ID}statistic/{statistic}> .\n"
            )
            if category:
                label = "-".join(part for part in (identifier, scale, category) if part)
                head += f"\x00 {ckg('category')} {context.node('onet-category', label)} .\n"
            self._heads[key] = head
        return head

    def _share(self, key: str, rating: str, work: str, name: str, scale: str, source: str) -> str:
        """Return the line that puts a share into its distribution, which the first of its shares brings."""
        node = f"<{ID}rating/{self._context.release.key}/{key}>"
        line = f"{rating} {ckg('distribution')} {node} .\n"
        if key in self._distributions:
            return line
        self._distributions.add(key)
        title = self._context.scales.get(scale, (scale, 0.0, 0.0))[0]
        return (
            f"{line}{node} {TYPE} {ckg('Distribution')} .\n"
            f"{node} {LABEL} {text(f'{name}: {title}', 'en')} .\n"
            f"{node} {_ABOUT} {work} .\n"
            f"{node} {ckg('complete')} {TRUE} .\n"
            f"{node} {SOURCE_OF} {source} .\n"
        )

    def _rater(self, domain: str) -> str:
        """Return who gave a rating, defined the first time."""
        known = self._raters.get(domain)
        if known is None:
            known, definition = self._context.domain_source(domain)
            self._context.writer.write(definition)
            self._raters[domain] = known
        return known

    def _check(self, value: float, scale: str, category: str) -> None:
        """Note a value beyond the ends of its scale."""
        ends = self._context.scales.get(scale)
        if ends is None:
            return
        least, greatest = (0.0, 100.0) if category else ends[1:]
        if not least <= value <= greatest:
            self._context.log.warn(
                self._context.log.tables[-1].file, None, f"values beyond the ends of the scale {scale}"
            )


_IS_RATING = f"{TYPE} {ckg('RatingObservation')} .\n"
_ABOUT = ckg("about")
_ELEMENT = ckg("ratedElement")
_VALUE = ckg("value")
_SCALE = ckg("scale")
_UNIT = ckg("unit")
_STATISTIC = ckg("statistic")
_SAMPLE = ckg("sampleSize")
_ERROR = ckg("standardError")
_LOWER = ckg("lowerBound")
_UPPER = ckg("upperBound")
_SUPPRESSED = ckg("suppressed")
_IRRELEVANT = ckg("notRelevant")
_PERIOD = ckg("referencePeriod")
_COLLECTED_FROM = ckg("collectedFrom")
