"""O*NET's reference tables: what the others refer to. All of it is SKOS, the content model most of all."""

from __future__ import annotations

from collections.abc import Sequence

from careerkg.importers.onet.context import Context, Era, MapRow, OnetTable, given, unless_copied
from careerkg.importers.tables import Layout
from careerkg.importers.triples import TYPE, BadTerm, ckg, decimal, literal, skos, text
from careerkg.vocabulary import ID

__all__ = ["reference_tables"]

_SCHEMA = "https://schema.org/"
# What an element is to work, by where it stands in the content model.
_CLASSES = (
    ("1.A.", "Skill"),  # abilities
    ("1.C.", "Trait"),  # work styles until 29
    ("1.D.", "Trait"),  # work styles since 30
    ("2.A.", "Skill"),
    ("2.B.", "Skill"),
    ("2.C.", "Knowledge"),
)

_CATEGORIES: tuple[tuple[str, Era], ...] = (
    ("Education, Training, and Experience Categories", "to 30.2"),
    ("Education Categories", "from 30.3"),
    ("Training and Experience Categories", "from 30.3"),
    ("Work Context Categories", "any"),
    ("Task Categories", "any"),
)
_LINKS: tuple[tuple[str, str, Era], ...] = (
    ("Abilities", "Work Activities", "any"),
    ("Abilities", "Work Context", "any"),
    ("Skills", "Work Activities", "to 30.2"),
    ("Skills", "Work Context", "to 30.2"),
    ("Basic Interests", "RIASEC", "to 30.2"),
    ("Essential Skills", "Work Activities", "from 30.3"),
    ("Essential Skills", "Work Context", "from 30.3"),
    ("Transferable Skills", "Work Activities", "from 30.3"),
    ("Transferable Skills", "Work Context", "from 30.3"),
    ("Work Styles", "Work Activities", "from 30.3"),
    ("Work Styles", "Work Context", "from 30.3"),
    ("Specific Interest Areas", "Career Interest Types", "from 30.3"),
)
_KEYWORDS: tuple[tuple[str, Era], ...] = (
    ("RIASEC Keywords", "to 30.2"),
    ("Career Interest Type Keywords", "from 30.3"),
)


def reference_tables(context: Context) -> list[OnetTable]:
    """Return the reference tables in the order in which they refer to each other."""
    tables = [
        OnetTable(
            "Content Model Reference",
            Layout(("Element ID", "Element Name"), ("Description",)),
            _map_elements(context),
        ),
        OnetTable(
            "Scales Reference",
            Layout(("Scale ID", "Scale Name", "Minimum", "Maximum")),
            _map_scales(context),
        ),
        *(
            OnetTable(
                name,
                Layout(
                    ("Scale ID", "Category", "Category Description"),
                    (),
                    possible=("Element ID", "Element Name"),
                ),
                _map_categories(context),
                era,
            )
            for name, era in _CATEGORIES
        ),
        OnetTable(
            "Level Scale Anchors",
            Layout(
                ("Element ID", "Scale ID", "Anchor Value", "Anchor Description"), possible=("Element Name",)
            ),
            _map_anchors(context),
        ),
        OnetTable(
            "Job Zone Reference",
            Layout(
                ("Job Zone", "Name"), ("Experience", "Education", "Job Training", "Examples", "SVP Range")
            ),
            _map_zones(context),
        ),
        OnetTable(
            "IWA Reference",
            Layout(("Element ID", "IWA ID", "IWA Title"), possible=("Element Name",)),
            _map_intermediate_activities(context),
            "to 30.2",
        ),
        OnetTable(
            "DWA Reference",
            Layout(("Element ID", "IWA ID", "DWA ID", "DWA Title"), possible=("Element Name", "IWA Title")),
            _map_detailed_activities(context),
            "to 30.2",
        ),
        OnetTable(
            "GWAs to IWAs",
            Layout(("GWA Element ID", "IWA Element ID", "IWA Element Name"), possible=("GWA Element Name",)),
            _map_intermediate_activities(context),
            "from 30.3",
        ),
        OnetTable(
            "GWAs to IWAs to DWAs",
            Layout(
                ("GWA Element ID", "IWA Element ID", "DWA Element ID", "DWA Element Name"),
                possible=("GWA Element Name", "IWA Element Name"),
            ),
            _map_detailed_activities(context),
            "from 30.3",
        ),
        OnetTable(
            "UNSPSC Reference",
            Layout(
                (
                    "Commodity Code",
                    "Commodity Title",
                    "Class Code",
                    "Class Title",
                    "Family Code",
                    "Family Title",
                    "Segment Code",
                    "Segment Title",
                )
            ),
            _map_commodities(context),
            "to 30.2",
        ),
        *(
            OnetTable(
                f"{first} to {second}",
                Layout(
                    (f"{first} Element ID", f"{second} Element ID"),
                    possible=(f"{first} Element Name", f"{second} Element Name"),
                ),
                _map_links(context),
                era,
            )
            for first, second, era in _LINKS
        ),
        *(
            OnetTable(
                name,
                Layout(("Element ID", "Keyword"), possible=("Element Name", "Keyword Type")),
                _map_keywords(context),
                era,
            )
            for name, era in _KEYWORDS
        ),
        OnetTable(
            "Interests Illustrative Activities",
            Layout(("Element ID", "Activity"), possible=("Element Name", "Interest Type")),
            _map_examples(context),
        ),
    ]
    return [table._replace(map_row=unless_copied(table.map_row)) for table in tables]


def _map_elements(context: Context) -> MapRow:
    """Elements of the content model: a SKOS hierarchy by their IDs, 1.A.1.a.1 below 1.A.1.a."""
    context.has_content_model = context.has("Content Model Reference")
    context.writer.write(context.scheme("onet-content-model", "O*NET content model"))
    top = f"<{ID}scheme/onet-content-model>"

    def map_element(row: Sequence[str], source: str) -> str:
        identifier, name, description = row
        if identifier in context.elements:
            raise BadTerm(f"the element {identifier!r} stands there twice")
        lines = context.concept("onet-element", identifier, name, "onet-content-model")
        context.elements[identifier] = name
        node = context.node("onet-element", identifier)
        lines += f"{node} {skos('notation')} {literal(identifier)} .\n"
        if given(description):
            lines += f"{node} {skos('definition')} {text(description, 'en')} .\n"
        parent = identifier.rpartition(".")[0]
        if parent:
            lines += f"{node} {skos('broader')} {context.node('onet-element', parent)} .\n"
        else:
            lines += f"{node} {skos('topConceptOf')} {top} .\n{top} {skos('hasTopConcept')} {node} .\n"
        for prefix, kind in _CLASSES:
            if identifier.startswith(prefix):
                lines += f"{node} {TYPE} {ckg(kind)} .\n"
        return lines + context.from_table(node, source)

    return map_element


def _map_scales(context: Context) -> MapRow:
    """Scales: a concept each, with its ends."""
    context.has_scales = context.has("Scales Reference")

    def map_scale(row: Sequence[str], source: str) -> str:
        identifier, name, least, greatest = row
        if identifier in context.scales:
            raise BadTerm(f"the scale {identifier!r} stands there twice")
        lines = context.once("scale", context.scheme("onet-scale", "Rating scales of O*NET"))
        lines += context.concept("onet-scale", identifier, name, "onet-scale")
        node = context.node("onet-scale", identifier)
        lines += (
            f"{node} {skos('notation')} {literal(identifier)} .\n"
            f"{node} <{_SCHEMA}minValue> {decimal(least)} .\n"
            f"{node} <{_SCHEMA}maxValue> {decimal(greatest)} .\n"
        )
        context.scales[identifier] = (name, float(least), float(greatest))
        return lines + context.from_table(node, source)

    return map_scale


def _map_categories(context: Context) -> MapRow:
    """Answers of a question: a concept each, below its element, numbered by ``skos:notation``."""

    def map_category(row: Sequence[str], source: str) -> str:
        scale, category, description, element, name = row
        if (element, scale, category) in context.categories:
            raise BadTerm(f"a second text for the answer {category!r} of the scale {scale!r}")
        identifier = "-".join(part for part in (element, scale, category) if part)
        lines = context.once(
            "categories", context.scheme("onet-category", "Answers and anchors of O*NET scales")
        )
        lines += context.concept("onet-category", identifier, description, "onet-category")
        node = context.node("onet-category", identifier)
        lines += f"{node} {skos('notation')} {literal(category)} .\n"
        lines += f"{node} {ckg('scale')} {context.node('onet-scale', scale)} .\n"
        if element:
            lines += f"{node} {skos('related')} {context.element(element, name)} .\n"
        context.categories[element, scale, category] = description
        return lines + context.from_table(node, source)

    return map_category


def _map_anchors(context: Context) -> MapRow:
    """Anchors: what a level of an element means, by an example; concepts like the answers of a question."""
    map_category = _map_categories(context)

    def map_anchor(row: Sequence[str], source: str) -> str:
        element, scale, value, description, name = row
        return map_category((scale, value, description, element, name), source)

    return map_anchor


def _map_zones(context: Context) -> MapRow:
    """Job zones: concepts of a scheme of five, or of the newer four; the number alone would mix them up."""
    seen: set[str] = set()
    member = context.archive.find("Job Zone Reference.txt")
    if member is not None:
        context.zones = sum(1 for line in context.archive.lines(member, []) if line.strip()) - 1

    def map_zone(row: Sequence[str], source: str) -> str:
        zone, name, experience, education, training, examples, preparation = row
        if zone in seen:
            raise BadTerm(f"the job zone {zone!r} stands there twice")
        node, lines = context.zone(zone, name)
        if given(experience):
            lines += f"{node} {skos('definition')} {text(experience, 'en')} .\n"
        for title, cell in (
            ("Education", education),
            ("Job training", training),
            ("Specific vocational preparation", preparation),
        ):
            if given(cell):
                lines += f"{node} {skos('scopeNote')} {text(f'{title}: {cell}', 'en')} .\n"
        if given(examples):
            lines += f"{node} {skos('example')} {text(examples, 'en')} .\n"
        seen.add(zone)
        return lines + context.from_table(node, source)

    return map_zone


def _map_intermediate_activities(context: Context) -> MapRow:
    """Intermediate work activities: concepts below the activity of the content model."""

    def map_activity(row: Sequence[str], source: str) -> str:
        parent, identifier, title, name = row
        return _activity(context, identifier, title, context.element(parent, name), source)

    return map_activity


def _map_detailed_activities(context: Context) -> MapRow:
    """Detailed work activities: concepts below the intermediate one, or where no table has that, above it."""
    has_intermediate = context.has("IWA Reference") or context.has("GWAs to IWAs")

    def map_activity(row: Sequence[str], source: str) -> str:
        general, parent, identifier, title, name, _ = row
        if parent in context.activities or parent in context.elements:
            above = context.activity(parent)
        elif has_intermediate:
            raise BadTerm(f"the activity {parent!r} is not in the table of intermediate activities")
        else:
            above = context.element(general, name)
        return _activity(context, identifier, title, above, source)

    return map_activity


def _activity(context: Context, identifier: str, title: str, above: str, source: str) -> str:
    """Return the lines of an activity below another one. Raises BadTerm if it stands there twice."""
    if identifier in context.activities:
        raise BadTerm(f"the activity {identifier!r} stands there twice")
    node = context.activity(identifier)
    if identifier in context.elements:
        # From 30.3 on the content model has the activities, too, with their names.
        lines = ""
        if above != context.node("onet-element", identifier.rpartition(".")[0]):
            lines = f"{node} {skos('broader')} {above} .\n"
    else:
        lines = context.once(
            "activities",
            context.scheme("onet-activity", "Intermediate and detailed work activities of O*NET"),
        )
        lines += context.concept("onet-activity", identifier, title, "onet-activity")
        lines += f"{node} {skos('notation')} {literal(identifier)} .\n{node} {skos('broader')} {above} .\n"
    context.activities.add(identifier)
    return lines + context.from_table(node, source)


def _map_commodities(context: Context) -> MapRow:
    """UNSPSC: commodities below classes, families and segments, each written once."""

    def map_commodity(row: Sequence[str], source: str) -> str:
        if row[0] in context.commodities:
            raise BadTerm(f"the commodity {row[0]!r} stands there twice")
        lines = context.once(
            "unspsc", context.scheme("unspsc", "United Nations Standard Products and Services Code")
        )
        above = None
        for code, title in ((row[6], row[7]), (row[4], row[5]), (row[2], row[3]), (row[0], row[1])):
            node = context.node("unspsc", code)
            if code not in context.commodities:
                context.commodities.add(code)
                lines += context.concept("unspsc", code, title, "unspsc")
                lines += f"{node} {skos('notation')} {literal(code)} .\n"
                if above is not None:
                    lines += f"{node} {skos('broader')} {above} .\n"
                lines += context.from_table(node, source)
            above = node
        return lines

    return map_commodity


def _map_links(context: Context) -> MapRow:
    """Elements that bear on each other, such as a skill on a work activity: skos:related."""

    def map_link(row: Sequence[str], source: str) -> str:
        del source
        first, second, first_name, second_name = row
        above, below = context.element(first, first_name), context.element(second, second_name)
        return context.new(f"{above} {skos('related')} {below} .\n")

    return map_link


def _map_keywords(context: Context) -> MapRow:
    """Words that tell of an interest: found by a search, not shown as its name."""

    def map_keyword(row: Sequence[str], source: str) -> str:
        del source
        return context.new(
            f"{context.element(row[0], row[2])} {skos('hiddenLabel')} {text(row[1], 'en')} .\n"
        )

    return map_keyword


def _map_examples(context: Context) -> MapRow:
    """Activities that people of an interest like: examples of it."""

    def map_example(row: Sequence[str], source: str) -> str:
        del source
        return context.new(f"{context.element(row[0], row[2])} {skos('example')} {text(row[1], 'en')} .\n")

    return map_example
