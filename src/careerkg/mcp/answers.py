"""What the tools answer with: the models from which the output schemas are made.

Every answer says whether it is complete and, if not, what was cut. ``evidence`` holds numbers of ``sources``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

__all__ = [
    "AdviceAnswer",
    "Answer",
    "Claim",
    "CostAnswer",
    "Description",
    "Example",
    "Examples",
    "Fact",
    "Found",
    "MissingAnswer",
    "PlanAnswer",
    "Property",
    "RouteAnswer",
    "SearchAnswer",
    "Source",
    "SparqlAnswer",
    "StepAnswer",
    "Thing",
    "TimeAnswer",
    "UnverifiedAnswer",
    "Value",
    "WhyAnswer",
]


class _Model(BaseModel):
    """A frozen value whose JSON has camel-case names."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


Name = Annotated[str, Field(description="CURIE or IRI: what every tool takes as a name")]
EvidenceNumbers = Annotated[
    tuple[int, ...], Field(description="numbers of the entries of `sources` that say so; empty: no source")
]


class Answer(_Model):
    """What every answer has."""

    complete: bool = Field(description="false if something was left out; `cut` then says what")
    cut: str | None = Field(default=None, description="what was left out, and how to ask for it")


class Source(_Model):
    """A passage of a document, or a table of a release, that states facts."""

    number: int
    citation: str = Field(description="title, publisher, date, section, place: as one cites it")
    passage: str = Field(description="IRI of the passage, which is the named graph with what it says")
    title: str | None = None
    publisher: str | None = None
    issued: str | None = Field(default=None, description="date of publication")
    section: str | None = None
    start: int | None = Field(default=None, description="offset in the source's text, in code points")
    end: int | None = None
    url: str | None = None


class Thing(_Model):
    """A thing of the graph by name and label."""

    name: Name
    label: str


class Found(Thing):
    """Something that a search found."""

    kind: str = Field(description="its most specific class")
    matched: str = Field(description="the name or code that matched")
    definition: str | None = None


class SearchAnswer(Answer):
    """What was found, the best match first."""

    found: tuple[Found, ...]


class Value(_Model):
    """The other end of a fact."""

    value: str = Field(description="CURIE or IRI of a thing, or the text of a literal")
    label: str | None = Field(default=None, description="label of a thing")
    datatype: str | None = Field(default=None, description="of a literal that is no plain text, as a CURIE")
    language: str | None = None
    detail: str | None = Field(
        default=None,
        description="in words, what a structured value holds: a condition tree, a cost, a figure",
    )


class Fact(Value):
    """A value with its evidence."""

    evidence: EvidenceNumbers


class Property(_Model):
    """All values of one property, or the first of them."""

    property: Name
    label: str
    count: int = Field(description="how many values there are; more than are listed if some were cut")
    values: tuple[Fact, ...]


class Description(Answer):
    """A thing, what is said of it, and what refers to it."""

    name: Name
    iri: str
    label: str
    kind: str
    facts: tuple[Property, ...] = Field(description="what is said of the thing")
    referred_to_by: tuple[Property, ...] = Field(
        description="properties by which other things, the values, refer to this one"
    )
    sources: tuple[Source, ...]


class Claim(_Model):
    """One statement by one source."""

    subject: Thing
    property: Thing
    value: Value
    source: int = Field(description="number of the entry of `sources` that says so")
    rank: str = Field(
        description="preferred, normal, or deprecated: known to be wrong or outdated; do not answer with it"
    )
    reason: str | None = Field(default=None, description="why it has this rank")


class WhyAnswer(Answer):
    """Who says so, the newest source first; a statement occurs once for each source."""

    claims: tuple[Claim, ...]
    count: int = Field(description="how many there are in all")
    sources: tuple[Source, ...]


class TimeAnswer(_Model):
    """Elapsed time in days; independent steps run side by side."""

    min_days: float
    max_days: float | None = Field(default=None, description="absent: no upper end is known")
    unknown_steps: int = Field(description="steps without recorded time: unknown is not zero")


class CostAnswer(_Model):
    """Cost of all steps together."""

    min: float
    max: float | None = Field(default=None, description="absent: no upper end is known")
    currency: str | None = None
    unknown_steps: int = Field(description="steps without recorded cost: unknown is not zero")


class StepAnswer(_Model):
    """One thing to attain."""

    name: Name
    label: str
    kind: str
    after: tuple[str, ...] = Field(default=(), description="names of the steps that must come first")
    start_day: float
    end_day: float
    duration: str | None = Field(
        default=None, description="as recorded, xsd:duration or min/max; absent: unknown"
    )
    cost: float | None = Field(default=None, description="lower end; absent: unknown")
    max_cost: float | None = None
    unknown: tuple[str, ...] = Field(default=(), description="what is not recorded: cost, duration")
    conditions: str | None = Field(
        default=None, description="'none recorded': there may be conditions all the same; say so"
    )
    evidence: EvidenceNumbers


class UnverifiedAnswer(_Model):
    """A condition that only a person can check."""

    item: Thing
    text: str


class PlanAnswer(_Model):
    """One way to the goal."""

    summary: str = Field(description="time, cost and number of steps in words")
    proven: bool = Field(description="whether it is proven that there is no better one")
    time: TimeAnswer
    cost: CostAnswer
    steps: tuple[StepAnswer, ...] = Field(description="in an order in which they can be taken")
    unverified: tuple[UnverifiedAnswer, ...] = ()


class AdviceAnswer(_Model):
    """Something worth knowing that is no condition of the plan."""

    kind: str
    item: Thing
    text: str
    strength: str | None = None
    evidence: EvidenceNumbers


class RouteAnswer(Answer):
    """Plans from what is held to a goal, the best first."""

    goal: Thing
    holding: tuple[Thing, ...]
    objective: Literal["time", "cost", "steps"]
    as_of: str = Field(description="the day whose names and rules count")
    status: Literal["optimal", "feasible", "held", "unreachable"] = Field(
        description="optimal: proven best; feasible: best found in time; held: nothing to do; "
        "unreachable: no plan keeps the conditions, see `missing`"
    )
    plans: tuple[PlanAnswer, ...]
    missing: tuple[tuple[Thing, ...], ...] = Field(
        default=(), description="sets of entry items, each of which would open the goal"
    )
    advice: tuple[AdviceAnswer, ...] = ()
    sources: tuple[Source, ...] = ()


class MissingAnswer(Answer):
    """The smallest sets of entry items still to bring, each of which opens the goal."""

    goal: Thing
    holding: tuple[Thing, ...]
    sets: tuple[tuple[Thing, ...], ...] = Field(
        description="the smallest first; one empty set: nothing is missing; none: nothing opens the goal"
    )


class Example(_Model):
    """A question with its query."""

    name: str
    question: str
    query: str | None = Field(default=None, description="SPARQL; given when one example is asked for")


class Examples(Answer):
    """Questions that the graph answers."""

    examples: tuple[Example, ...]


class SparqlAnswer(Answer):
    """The result of a query."""

    form: Literal["SELECT", "ASK", "CONSTRUCT"] = Field(description="CONSTRUCT also stands for DESCRIBE")
    columns: tuple[str, ...] | None = Field(default=None, description="variables of SELECT")
    rows: tuple[dict[str, str], ...] | None = Field(
        default=None,
        description="rows of SELECT: variable to term in Turtle's notation, with known prefixes; "
        "unbound variables are absent",
    )
    answer: bool | None = Field(default=None, description="answer of ASK")
    turtle: str | None = Field(default=None, description="triples of CONSTRUCT or DESCRIBE")
    count: int = Field(description="rows or triples that are given here")
