"""The command line as people meet it: verbs, help, errors in one line, exit codes, no half-written file."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from careerkg import CareerGraph
from careerkg.cli import VERBS, main

DATA = Path(__file__).resolve().parents[1] / "data"
COMPETENCY = Path(__file__).resolve().parents[1] / "competency"


def ok(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that must succeed; return what it printed."""
    code = main(words)
    printed = capsys.readouterr()
    assert (code, printed.err) == (0, "")
    return printed.out


def fails(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that cannot be done; return its one line on standard error."""
    try:
        code: object = main(words)
    except SystemExit as stop:  # argparse ends so
        code = stop.code
    printed = capsys.readouterr()
    assert (code, printed.out) == (2, "")
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("careerkg")
    assert "Traceback" not in printed.err
    return printed.err


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb_shows_an_example_and_the_common_options(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main([verb, "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert f"careerkg {verb}" in text.split("example:")[1]
    assert "--store" in text
    assert "--data" in text


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    text = capsys.readouterr().out
    assert {line.split()[0] for line in text.splitlines() if line.startswith("    ") and line.split()} >= set(
        VERBS
    )


def test_version_is_that_of_the_ontology(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = CareerGraph().query("SELECT ?v { ?o a owl:Ontology ; owl:versionInfo ?v }")
    assert ok(capsys, "--version") == f"careerkg {row.v}\n"


def test_query_writes_csv(capsys: pytest.CaptureFixture[str]) -> None:
    text = ok(capsys, "query", "SELECT ?l { credential:rhit rdfs:label ?l }", "--format", "csv")
    assert text.splitlines() == ["l", "Registered Health Information Technician"]


def test_query_reads_a_file_and_writes_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "answer.json"
    assert ok(capsys, "query", "-f", str(COMPETENCY / "08-issuers.rq"), "-o", str(target)) == ""
    assert json.loads(target.read_text(encoding="utf-8"))["head"]["vars"] == [
        "issuer",
        "program",
        "accreditor",
    ]


@pytest.mark.parametrize("name", ["08-issuers", "issuers", "08", "8", "q08"])
def test_example_is_run_by_name_or_number(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "American Health Information Management" in ok(
        capsys, "query", "--example", name, "--format", "csv"
    )


def test_examples_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    listed = ok(capsys, "query", "--examples")
    assert all(path.stem in listed for path in COMPETENCY.glob("*.rq"))


@pytest.mark.parametrize(
    ("query", "format_", "beginning"),
    [
        ("ASK {}", "table", "yes"),
        ("ASK {}", "json", '{"'),
        ("ASK {}", "xml", "<?xml"),
        ("SELECT ?c { ?c a ckg:Diploma }", "table", "c"),
        ("SELECT ?c { ?c a ckg:Diploma }", "tsv", "?c"),
        ("CONSTRUCT WHERE { ?c a ckg:Diploma }", "ttl", "@prefix"),
        ("DESCRIBE credential:rhit", "nt", "<https://w3id.org/"),
        ("CONSTRUCT WHERE { ?c a ckg:Diploma }", "jsonld", "{"),
    ],
)
def test_format_of_query(
    query: str, format_: str, beginning: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["query", query, "--format", format_]) == 0
    assert capfdbinary.readouterr().out.decode().startswith(beginning)


def test_show_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    text = ok(capsys, "show", "medical-coder")
    assert text.startswith("Medical coder  (role)\nrole:medical-coder")
    assert "Liaise between billing departments and clinicians" in text
    assert "characters 1753 to 1816" in text


def test_show_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    entity = json.loads(ok(capsys, "show", "rhit", "--format", "json"))
    assert (entity["label"], entity["kind"]) == ("Registered Health Information Technician", "Certification")
    assert {"property", "value", "value_label", "evidence"} <= set(entity["facts"][0])


def test_why_as_json_has_the_keys_of_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    evidence = json.loads(ok(capsys, "why", "credential/rhit", "ckg:issuedBy", "--format", "json"))
    assert {"graph", "source", "title", "section", "start", "end", "issued", "rank"} <= set(evidence[0])
    assert {one["rank"] for one in evidence} == {"preferred", "deprecated"}


def test_why_tells_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert "deprecated: The certification has one issuer, AHIMA." in ok(
        capsys, "why", "credential/rhit", "ckg:issuedBy"
    )


def test_answer_no_is_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "rhit", "ckg:issuedBy", "organization:ncra"]) == 1
    assert capsys.readouterr().err == ""
    assert main(["search", "xqzxqzxqz"]) == 1
    assert capsys.readouterr().err == "nothing found\n"


def test_search_prints_the_best_first(capsys: pytest.CaptureFixture[str]) -> None:
    lines = ok(capsys, "search", "cancer", "registrar").splitlines()
    assert lines[2].startswith("role:cancer-registrar")
    assert json.loads(ok(capsys, "search", "cancer registrar", "--format", "json"))[0]["kind"] == "Role"


def test_stats_names_sources_and_licences(capsys: pytest.CaptureFixture[str]) -> None:
    assert "ckg:Certification" in ok(capsys, "stats")
    stats = json.loads(ok(capsys, "stats", "--format", "json"))
    assert stats["triples"] == len(CareerGraph())
    assert any(source["attribution"] for source in stats["sources"])


def test_data_files_stand_instead_of_the_bundled_graph(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(DATA / "registrar.ttl")
    assert "Registered Technician" in ok(capsys, "show", "ex:rhit", "--data", path)
    assert "unknown name 'credential:rhit'" in fails(capsys, "show", "credential:rhit", "--data", path)


def test_store_of_the_environment_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "kg"
    graph = CareerGraph.open(folder, create=True)
    graph.load(DATA / "registrar.ttl")
    del graph
    monkeypatch.setenv("CAREERKG_STORE", str(folder))
    assert "Registered Technician" in ok(capsys, "show", "http://example.org/rhit")
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    alone = ok(capsys, "query", query, "--format", "csv")
    more = ok(
        capsys,
        "query",
        query,
        "--format",
        "csv",
        "--data",
        str(COMPETENCY / "28-rhia-conditions-as-graph.ttl"),
    )
    assert int(more.splitlines()[1]) > int(alone.splitlines()[1])
    assert ok(capsys, "query", query, "--format", "csv") == alone, "the store on disk must not change"


def test_byte_order_marks_are_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("registrar.ttl", "ask.rq"):
        text = (DATA / name).read_bytes() if name.endswith("ttl") else b"ASK { ?s ?p ?o }"
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text)
    words = ["-f", str(tmp_path / "ask.rq"), "--data", str(tmp_path / "registrar.ttl")]
    assert ok(capsys, "query", *words, "--format", "csv") == "true\n"


def test_tables_are_not_cut_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    listed = ok(capsys, "query", "--examples")
    assert "…" not in listed
    assert "ckgsrc:ncra " in ok(capsys, "stats")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "rhti"], "unknown name 'rhti'; did you mean credential:rhit,"),
        (["show", "medical-terminology"], "ambiguous name 'medical-terminology'; say one of: course:"),
        (["show", "rhit", "--data", str(DATA / "broken.ttl")], "broken.ttl:4:"),
        (["show", "rhit", "--data", "absent.ttl"], "cannot read absent.ttl: No such file"),
        (["show", "rhit", "--data", str(DATA)], "Is a directory"),
        (["query", "SELECT ?s { ?s"], "malformed SPARQL at line 1, column "),
        (["query", "SELECT * { ?s foo:x ?o }"], "unknown prefix foo:"),
        (["query", "DELETE WHERE { ?s ?p ?o }"], "this is an update"),
        (["query", "SELECT ?s { ?s a "], "the query ends too early"),
        (["query", "SELEC"], "expected SELECT, ASK, CONSTRUCT or DESCRIBE"),
        (["query", ""], "the query is empty"),
        (["query", "SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }"], "SERVICE is refused"),
        (["search", "rhit", "--limit", "0"], "'0' is not a whole number from 1 on"),
        (
            ["route", "ahima"],
            "organization:ahima is of the class Organization",
        ),
        (["route", "soc:29-2072"], "perhaps occupation:medical-records-technician"),
        (["route", "rhit", "--from", "ahima"], "nothing that a person attains"),
        (["route", "rhit", "--strength", "foo"], "unknown name 'foo'; did you mean"),
        (["query", "-f", "absent.rq"], "cannot read absent.rq"),
        (
            ["query", "ASK {}", "--format", "ttl"],
            "unknown format 'ttl'; use one of: csv, json, tsv, xml, table",
        ),
        (
            ["query", "DESCRIBE credential:rhit", "--format", "csv"],
            "the result is a graph, for which this is no format: 'csv'; use one of: jsonld, nq,",
        ),
        (["query", "--example", "isuers"], "did you mean 08-issuers"),
        (["query"], "one of the arguments sparql"),
        (["query", "ASK {}", "--store", str(DATA)], "is not a store: it holds no Oxigraph store"),
        (["query", "ASK {}", "--store", "absent"], "absent is not a store: there is no such folder"),
        (["why", "rhit", "ckg:isuedBy"], "did you mean ckg:issuedBy"),
        (["frobnicate"], "invalid choice: 'frobnicate'"),
        (["show"], "the following arguments are required: name"),
        (["query", "ASK {}", "-o", str(DATA)], "cannot write"),
        (["query", "ASK {}", "-o", "absent/x.json"], "cannot write absent/x.json"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in fails(capsys, *words)


def test_debug_shows_the_traceback() -> None:
    command = [sys.executable, "-m", "careerkg", "show", "rhti", "--debug"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Traceback" in done.stderr
    assert "UnknownName" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_full_disk_is_an_error() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "careerkg", "query", "SELECT * { ?s ?p ?o }", "--format", "csv"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "careerkg: No space left on device\n"


def test_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m careerkg query 'SELECT ?s ?p ?o {{ ?s ?p ?o }}' --format csv | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("s,p,o\n", "")


SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize(("words", "code"), [("show rhit >&-", 0), ("show rhti 2>&-", 2)])
def test_closed_streams_are_no_error(words: str, code: int) -> None:
    command = f"{shlex.quote(sys.executable)} -m careerkg {words}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


def started(*command: str) -> subprocess.Popen[bytes]:
    """Return a process of Python with pipes to all its streams."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, *command], stdin=pipe, stdout=pipe, stderr=pipe)


@pytest.mark.parametrize("words", [["query", SLOW], ["query", "-"]], ids=["inside the engine", "reading"])
def test_interrupt_ends_at_once_with_one_line(words: list[str], tmp_path: Path) -> None:
    with started("-m", "careerkg", *words, "-o", str(tmp_path / "answer.csv")) as process:
        with pytest.raises(subprocess.TimeoutExpired):  # it is at work
            process.wait(1.5)
        process.send_signal(signal.SIGINT)
        process.wait(10)
        assert process.stderr is not None
        assert (process.returncode, process.stderr.read()) == (2, b"careerkg: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_prefixes_of_data_beside_a_store_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, data = tmp_path / "kg", tmp_path / "mine.ttl"
    CareerGraph.open(folder, create=True).load(DATA / "registrar.ttl")
    data.write_text(
        "@prefix mine: <http://example.org/mine#> . @prefix ckg: <https://w3id.org/careerkg/ontology#> .\n"
        "mine:job a ckg:Role ; mine:note 'x' .",
        encoding="utf-8",
    )
    options = ("--store", str(folder), "--data", str(data))
    query = "SELECT ?n { mine:job mine:note ?n }"
    assert ok(capsys, "query", query, *options, "--format", "csv").split() == ["n", "x"]
    assert "mine:job" in ok(capsys, "show", "mine:job", *options)
    assert "@prefix mine: <http://example.org/mine#> ." in ok(capsys, "export", *options)
    table = ok(capsys, "export", *options, "--format", "graphml")
    assert "mine:note" in table


def test_lists_are_shown_as_values(capsys: pytest.CaptureFixture[str]) -> None:
    text = ok(capsys, "show", "coder", "--data", str(DATA / "lists.ttl"))
    assert "  order               (A; b; 3; (http://example.org/c; (6 months)))\n" in text
    assert "  estimated duration  1 year 6 months\n" in text
    assert "  home address        number: 5, 7; place: (town: Town); street: Main\n" in text
    assert "first" not in text
    text = ok(capsys, "show", "ex:c", "--data", str(DATA / "lists.ttl"))
    assert "← order  Coder  ex:coder" in text


def test_why_puts_values_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    text = ok(capsys, "why", "rhit", "ckg:estimatedDuration")
    assert text.startswith("Registered Health Information Technician, estimated duration: no time\n")
    text = ok(capsys, "why", "rhit-exam", "ckg:estimatedCost")
    assert "estimated cost: RHIT exam fee for members (USD 229 for members)\n" in text
    text = ok(capsys, "why", "ckgid:claim/guide-rhit-ashim", "ckg:disputedBy")
    assert "https://" not in text.splitlines()[0]


def test_graphs_as_json_are_json_ld(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("query", "CONSTRUCT WHERE { credential:rhit ckg:abbreviation ?o }")
    (node,) = json.loads(ok(capsys, *words, "--format", "json"))["@graph"]
    assert node["abbreviation"] == "RHIT"
    assert ok(capsys, *words, "--format", "json") == ok(capsys, *words, "--format", "jsonld")
    assert ok(capsys, *words, "--format", "xml") == ok(capsys, *words, "--format", "rdf")
    assert ok(capsys, *words, "-o", str(tmp_path / "x.json")) == ""
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))["@graph"] == [node]


def test_search_for_an_unknown_class_lists_the_classes(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Certification, Claim" in fails(capsys, "search", "coder", "--kind", "Nope")


def test_interrupt_while_writing_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, time, careerkg.cli as c, careerkg.cli.stats as s\n"
        "from pathlib import Path\n"
        "from careerkg.output import replacing\n"
        "def run(arguments):\n"
        f"    with replacing(Path({str(tmp_path / 'x')!r})) as stream:\n"
        "        stream.write(b'half'); stream.flush(); print('writing', flush=True); time.sleep(60)\n"
        "s.run = run; sys.argv = ['careerkg', 'stats']; c.console()"
    )
    with started("-c", code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        assert len(list(tmp_path.iterdir())) == 1
        process.send_signal(signal.SIGINT)
        process.wait(10)
        assert process.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_output_that_fails_leaves_the_old_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    folder = tmp_path / "locked"
    folder.mkdir()
    (folder / "x.csv").write_text("old", encoding="utf-8")
    folder.chmod(0o500)
    fails(capsys, "query", "SELECT * { ?s ?p ?o }", "-o", str(folder / "x.csv"))
    folder.chmod(0o700)
    assert [(path.name, path.read_text(encoding="utf-8")) for path in folder.iterdir()] == [("x.csv", "old")]
