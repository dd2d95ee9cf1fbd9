"""Files become records and nodes: envelopes, changesets, contexts, dialects, lines of what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careerkg import CareerGraph
from careerkg.errors import SourceFileError, TooManyErrors
from careerkg.importers import import_source
from careerkg.importers.archive import Archive
from careerkg.importers.ctdl.documents import Record, read_records
from careerkg.importers.ctdl.expand import GENID, Node, Text, expand_record, triples_of
from careerkg.importers.ctdl.terms import CETERMS
from careerkg.importers.triples import BadTerm

DATA = Path(__file__).parent / "data"
CTID = "ce-88888888-8888-4888-8888-888888888888"


def expanded(value: dict[str, object], context: object = None) -> Node:
    """Return the node of a JSON object, which must not be worth a warning."""
    warnings: list[str] = []
    node = expand_record(Record("resource", 1, value, context), f"{GENID}t/", warnings.append)
    assert not warnings
    return node


def test_what_is_rejected_is_named_with_its_line() -> None:
    (summary,) = import_source("ctdl", [DATA / "dirty"], None)
    rejected = {f"{Path(note.file).name}:{note.line}": note.text for note in summary.rejected}
    assert rejected == {
        "comment.json:3": "not JSON: a name in double quotes expected at column 3",
        "latin.json:1": "not UTF-8: byte 0xe9",
        "lines.jsonl:3": "@id 'not absolute' is not an absolute IRI",
        "lines.jsonl:4": "a text with half of a surrogate pair",
        "list.json:2": "a resource is a JSON object, not a text",
    }
    assert {Path(note.file).name: note.text for note in summary.skipped} == {
        "context.json": "a JSON-LD context is no description",
        "notes.txt": "a text that is no JSON is no description",
        "list.json": "the definition of a term is no description",
    }
    totals = summary.totals
    assert (totals.read, totals.imported, totals.rejected, totals.skipped) == (10, 2, 5, 3)


def test_too_many_errors_stop_the_import(tmp_path: Path) -> None:
    with pytest.raises(TooManyErrors):
        import_source("ctdl", [DATA / "dirty"], tmp_path / "store", max_errors=2)


def test_a_folder_without_json_is_no_ctdl(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n")
    with pytest.raises(SourceFileError, match=r"expected files that end in \.json"):
        import_source("ctdl", [tmp_path], None)


def test_members_of_graphs_and_lists_have_their_lines() -> None:
    with Archive([DATA / "today" / "certification.jsonld", DATA / "today" / "envelope.json"]) as archive:
        first, second = (
            [(each.kind, each.line) for each in read_records(archive, m)] for m in archive.members
        )
    text = (DATA / "today" / "certification.jsonld").read_text(encoding="utf-8").split("\n")
    assert len(first) == 9
    for kind, line in first:
        assert kind == "resource"
        assert '"@id"' in text[line - 1] + text[line]
    kinds = ["resource", "resource", "deletion", "skipped", "unreadable"]
    assert [kind for kind, _ in second] == kinds
    assert [line for _, line in second] == sorted(line for _, line in second)


def test_a_changeset_replaces_and_deletes(tmp_path: Path) -> None:
    def record(ctid: str, name: str) -> str:
        return json.dumps(
            {
                "@context": "https://credreg.net/ctdl/schema/context/json",
                "@id": f"https://credentialengineregistry.org/resources/{ctid}",
                "@type": "ceterms:Badge",
                "ceterms:ctid": ctid,
                "ceterms:name": {"en": name},
                "ceterms:subjectWebpage": "https://example.org/",
            }
        )

    other = CTID.replace("8888-8", "9999-8")
    full, changes = tmp_path / "full.zip", tmp_path / "changes.zip"
    with ZipFile(full, "w") as archive:
        archive.writestr(f"{CTID}.json", record(CTID, "Before"))
        archive.writestr(f"{other}.json", record(other, "To be deleted"))
    with ZipFile(changes, "w") as archive:
        archive.writestr(
            f"deletes/resources/{other}.json", json.dumps({"identifier": other, "deleted_at": "2026"})
        )
        archive.writestr(f"upserts/resources/{CTID}.json", record(CTID, "After"))
        archive.writestr(f"upserts/metadata/{CTID}.json", json.dumps({"envelope_id": "1"}))
    store = tmp_path / "store"
    (summary,) = import_source("ctdl", [full, changes], store)
    skipped = {note.text for note in summary.skipped}
    assert "a record that is described again later" in skipped
    assert "a record that was deleted" in skipped
    inner = ox.Store.read_only(str(next(store.glob("generation-*"))))
    name = ox.NamedNode(CETERMS.name)
    assert [str(quad.object) for quad in inner.quads_for_pattern(None, name, None, None)] == ['"After"@en']
    assert summary.totals.imported == 1


def test_both_dialects_say_the_same() -> None:
    old = expanded(
        {
            "@id": "http://example.org/a",
            "@type": "ceterms:Badge",
            "ceterms:ownedBy": [{"@id": "http://example.org/b"}],
            "ceterms:dateEffective": "2020-01-01",
        },
        {"ceterms": "http://purl.org/ctdl/terms/"},
    )
    new = expanded(
        {
            "@id": "ex:a",
            "@type": ["https://purl.org/ctdl/terms/Badge"],
            "https://purl.org/ctdl/terms/ownedBy": "ex:b",
            "ceterms:dateEffective": {"@value": "2020-01-01", "@type": "xsd:date"},
        },
        ["https://credreg.net/ctdl/schema/context/json", {"ex": "http://example.org/"}],
    )
    assert old == new


def test_language_maps_values_and_numbers() -> None:
    node = expanded(
        {
            "@id": "http://example.org/a",
            "ceterms:name": {"en-US": "A", "ar-sa": ["B", "C"]},
            "ceterms:description": "plain",
            "ceterms:price": "12.50",
            "schema:note": True,
        }
    )
    assert node.texts(CETERMS.name) == [Text("A", "en-US"), Text("B", "ar-sa"), Text("C", "ar-sa")]
    assert node.texts(CETERMS.description) == [Text("plain")]
    assert [each.datatype for each in node.texts(CETERMS.price)] == [
        "http://www.w3.org/2001/XMLSchema#decimal"
    ]
    lines = "".join(triples_of(node))
    assert '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>' in lines


def test_digits_are_kept() -> None:
    with Archive([DATA / "old" / "degree.json"]) as archive:
        (record,) = read_records(archive, archive.members[0])
    assert '"60.00"^^' in "".join(triples_of(expanded(record.value)))


def test_what_is_no_reference_stays_text() -> None:
    node = expanded({"@id": "http://example.org/a", "ceterms:ownedBy": ["see page 3", "ce-x", "http://a b"]})
    assert [type(each) for each in node.values(CETERMS.ownedBy)] == [Text, Text, Text]


def test_names_are_the_same_every_time() -> None:
    value = {"@type": "ceterms:Badge", "ceterms:ctid": CTID, "ceterms:requires": [{"ceterms:condition": "x"}]}
    once, again = expanded(dict(value)), expanded(dict(value))
    assert once == again
    assert once.iri == f"https://credentialengineregistry.org/resources/{CTID}"
    (inner,) = once.nodes(CETERMS.requires)
    assert inner.iri.startswith(f"{GENID}t/")
    assert inner.iri.endswith("/requires-1")


@pytest.mark.parametrize("depth", [400, 3000, 100_000])
def test_what_nests_too_deep_is_rejected(tmp_path: Path, depth: int) -> None:
    inner = '{"ceterms:requires":' * depth + '"x"' + "}" * depth
    (tmp_path / "deep.json").write_text(f'{{"@id": "http://example.org/a", "ceterms:requires": {inner}}}')
    (tmp_path / "list.json").write_text(
        f'{{"@id": "http://example.org/b", "ceterms:name": {"[" * depth}{"]" * depth}}}'
    )
    (summary,) = import_source("ctdl", [tmp_path], None)
    reasons = {Path(note.file).name: note.text for note in summary.rejected}
    assert "too deep" in reasons["deep.json"]
    assert summary.totals.read == 2


@pytest.mark.parametrize("name", ["", " ", "relative", "http://a b", "<x>"])
def test_a_record_needs_an_iri_or_a_ctid(name: str) -> None:
    if name.strip():
        with pytest.raises(BadTerm):
            expanded({"@id": name, "@type": "ceterms:Badge"})
    else:
        assert expanded({"@id": name, "@type": "ceterms:Badge"}).iri.startswith(GENID)


SCALARS = st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False))
NAMES = st.sampled_from(
    ["ceterms:name", "ceterms:requires", "@type", "ceterms:price", "ceterms:targetCredential", "@value", "x"]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_whatever_is_read_gives_n_triples_or_a_reason(value: dict[str, object]) -> None:
    record = Record("resource", 1, {"@id": "http://example.org/a", **value}, None, "d")
    try:
        text = "".join(triples_of(expand_record(record, f"{GENID}t/", lambda _: None)))
    except BadTerm:
        return
    # As the loader does: IRIs are taken as they were published.
    assert list(ox.parse(text.encode(), format=ox.RdfFormat.N_TRIPLES, lenient=True)) or not text


def test_what_stands_beside_a_record_is_kept(tmp_path: Path) -> None:
    """JSON-LD 1.1, sections 4.7 and 4.8: @nest, @included, @reverse, @index."""
    (tmp_path / "a.json").write_text(
        """{"@id": "http://example.org/a", "@type": "ceterms:Certificate", "ceterms:name": {"en": "A"},
            "@index": "1", "@nest": {"ceterms:codedNotation": "A-1"},
            "@included": [{"@id": "http://example.org/b", "@type": "ceterms:Course", "ceterms:name": "B"}],
            "@reverse": {"ceterms:owns": ["http://example.org/o", {"@id": "http://example.org/p"}]}}"""
    )
    (summary,) = import_source("ctdl", [tmp_path], tmp_path / "kg")
    assert (summary.rejected, summary.warnings[:-1]) == ((), ())
    graph = CareerGraph.open(tmp_path / "kg", read_only=True)
    rows = graph.query(
        "SELECT ?s ?p ?o { ?s ?p ?o FILTER(STRSTARTS(STR(?s), 'http://example.org/')) "
        "FILTER(STRSTARTS(STR(?p), 'https://purl.org/ctdl/terms/')) }"
    )
    assert {(str(s)[19:], str(p).rpartition("/")[2], str(o)) for s, p, o in rows} == {
        ("a", "name", "A"),
        ("a", "codedNotation", "A-1"),
        ("b", "name", "B"),
        ("o", "owns", "http://example.org/a"),
        ("p", "owns", "http://example.org/a"),
    }
