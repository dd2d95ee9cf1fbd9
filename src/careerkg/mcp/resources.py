"""Resources and prompts: what an assistant can read, and what a person can start with."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import unquote

import anyio.to_thread
from mcp.server.mcpserver import MCPServer, ResourceSecurity
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources import FileResource
from mcp_types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)
from pydantic import Field

from careerkg import resources
from careerkg.errors import CareerGraphError, NameResolutionError
from careerkg.graph import CareerGraph, example_queries
from careerkg.mcp.description import described
from careerkg.mcp.served import Served
from careerkg.mcp.threads import own_thread
from careerkg.vocabulary import CKG, PREFIXES, compact

__all__ = ["add_prompts", "add_resources"]

_VALUES = 20
"""So many values of each property are in the resource of an entity."""

_COMPLETIONS = 20


def add_resources(server: MCPServer, served: Served) -> None:
    """Add the ontology, the examples and the entities of a graph to a server."""

    @server.resource(
        "careerkg://ontology",
        name="ontology",
        title="Terms of the ontology",
        description="Classes, properties and their definitions, and the prefixes: read before writing SPARQL",
        mime_type="text/markdown",
    )
    def ontology() -> str:
        return _terms(served.graph)

    (path,) = (path for path in resources.ontology_files() if path.name == "careerkg.ttl")
    server.add_resource(
        FileResource(
            uri="careerkg://ontology.ttl",
            name="ontology-turtle",
            title="The ontology",
            description="The whole ontology as OWL in Turtle",
            mime_type="text/turtle",
            path=path,
        )
    )

    @server.resource(
        "careerkg://examples",
        name="examples",
        title="Example questions",
        description="Questions that the graph answers, with the names under which their queries are found",
        mime_type="application/json",
    )
    def examples() -> str:
        listed = [{"name": name, "question": question} for name, question, _ in example_queries()]
        return json.dumps(listed, ensure_ascii=False, indent=1)

    @server.resource(
        "careerkg://examples/{name}",
        name="example",
        title="One example query",
        description="The SPARQL of an example, by its name",
        mime_type="application/sparql-query",
    )
    def example(name: str) -> str:
        for known, question, query in example_queries():
            if known == name:
                return f"# {question}\n{query}"
        raise ResourceNotFoundError(f"there is no example {name!r}: careerkg://examples lists them")

    @server.resource(
        "careerkg://entity/{+name}",
        name="entity",
        title="One thing of the graph",
        description="What is said of a thing, what refers to it, and the source of each fact; "
        "by IRI, CURIE (credential:rhit), slug or code",
        mime_type="application/json",
        security=ResourceSecurity(exempt_params={"name"}),  # names are not paths: no file is opened by one
    )
    @own_thread
    def entity(name: str) -> str:
        graph = served.graph
        try:
            iri = graph.resolve(unquote(name))
        except NameResolutionError as error:
            raise ResourceNotFoundError(str(error)) from error
        except CareerGraphError as error:
            raise ResourceError(str(error)) from error
        return described(graph, iri, None, _VALUES).model_dump_json(by_alias=True, exclude_none=True)


def add_prompts(server: MCPServer, served: Served) -> None:
    """Add what a person can start with, and the completion of names."""

    @server.prompt(
        name="plan-a-career",
        title="Plan a way to a job or credential",
        description="Ways from what somebody holds to a goal, compared by time and cost, with sources",
    )
    def plan(
        goal: Annotated[str, Field(description="occupation, role or credential, such as cancer registrar")],
        holding: Annotated[
            str, Field(description="what is held already, such as a high-school diploma; several with commas")
        ] = "",
    ) -> str:
        held = holding.strip() or "nothing in particular"
        return (
            f"I want to become or attain: {goal}. I hold: {held}.\n\n"
            "Find the goal and what I hold with the tool search. Plan with the tool route, once by time and "
            "once by cost, two alternatives each, and compare the plans in a table: steps, time, cost. Where "
            "something is not recorded, say so instead of counting it as zero. List the conditions that only "
            "I can check (`unverified`) and the advice. If there is no plan, say what I would have to bring "
            "(`missing`). Cite the source of each step with its date."
        )

    @server.prompt(
        name="answer-with-sources",
        title="Answer a question from the graph, with sources",
        description="A question about occupations, pay, credentials, requirements or training",
    )
    def answer(question: Annotated[str, Field(description="the question")]) -> str:
        return (
            f"{question}\n\n"
            "Answer from the careerkg tools only. Look with search and describe first; for counts, "
            "comparisons and lists use sparql, after reading careerkg://ontology or an example. Check with "
            "why who says it: prefer the newest source, leave out what is ranked deprecated, and mention it "
            "when sources disagree. Give each figure its date, place and statistic. Say plainly what the "
            "graph does not know."
        )

    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator]  # as the SDK has it
    async def complete(
        reference: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion | None:
        del context
        if isinstance(reference, ResourceTemplateReference) and "examples" in reference.uri:
            names = [name for name, _, _ in example_queries() if argument.value in name]
            return Completion(values=names[:100], total=len(names), has_more=len(names) > 100)
        if argument.name == "question" or not argument.value.strip():
            return None
        before, comma, word = argument.value.rpartition(",")

        def found() -> list[tuple[str, str]]:
            graph = served.graph
            hits = graph.search(word, limit=_COMPLETIONS)
            return [(compact(hit.id, graph.prefixes), hit.label) for hit in hits]

        things = await anyio.to_thread.run_sync(found)
        if isinstance(reference, ResourceTemplateReference):
            return Completion(values=[name for name, _ in things])
        return Completion(
            values=list(dict.fromkeys(f"{before}{comma} {label}".strip() for _, label in things))
        )


def _terms(graph: CareerGraph) -> str:
    """Return the classes and properties of the vocabulary as Markdown, a line for each."""
    lines = [
        "# Terms of careerkg",
        "",
        "Things are in the default graph; the graph of a passage holds what that passage says.",
        "Absent is unknown, never zero. Leave out what has `ckg:rank rank:deprecated`.",
        "",
        "Prefixes that need no declaration: " + ", ".join(f"`{prefix}:`" for prefix in PREFIXES),
    ]
    for title, kind in (("Classes", "owl:Class"), ("Properties", "owl:ObjectProperty|owl:DatatypeProperty")):
        lines += ["", f"## {title}", ""]
        values = " ".join(kind.split("|"))
        rows = graph.query(
            "SELECT ?term (MIN(?d) AS ?definition) (GROUP_CONCAT(DISTINCT ?a) AS ?above) "
            "(MIN(?r) AS ?range) { "
            f"VALUES ?kind {{ {values} }} ?term a ?kind . FILTER(STRSTARTS(STR(?term), '{CKG}')) "
            "FILTER NOT EXISTS { ?term owl:deprecated true } "
            "OPTIONAL { ?term skos:definition ?d } OPTIONAL { ?term rdfs:subClassOf|rdfs:subPropertyOf ?a } "
            "OPTIONAL { ?term rdfs:range|schema:rangeIncludes ?r } } GROUP BY ?term ORDER BY ?term"
        )
        for row in rows:
            above = ", ".join(compact(iri) for iri in str(row.above or "").split())
            range_ = f" → {compact(str(row.range))}" if row.range else ""
            under = f" (under {above})" if above else ""
            lines.append(f"- `{compact(str(row.term))}`{range_}{under}: {row.definition or ''}")
    return "\n".join(lines) + "\n"
