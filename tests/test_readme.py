"""The README is true: every command and every line of Python in it runs, and every link leads somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from careerkg.cli import VERBS, main

ROOT = Path(__file__).resolve().parents[1]


def blocks(path: str, language: str) -> list[str]:
    """Return the code blocks of a Markdown file in a language."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands(path: str) -> list[str]:
    """Return the careerkg commands in the shell blocks of a Markdown file, without comments."""
    lines = [line for block in blocks(path, "sh") for line in block.splitlines()]
    return [line.split("  #")[0].strip() for line in lines if line.startswith("careerkg ")]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder with the files that the commands name, and a copy of the template."""
    for folder in ("docs", "ontology"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "docs/occupation-template.trig", tmp_path / "ontology/data/your-occupation.trig")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", commands("README.md"))
def test_command_of_the_readme_runs(
    command: str, checkout: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(shlex.split(command)[1:]) == 0
    printed = capfdbinary.readouterr()
    assert printed.err == b""
    assert printed.out or list(checkout.glob("graph.*"))


def test_readme_shows_every_verb_that_people_start_with() -> None:
    shown = {command.split()[1] for command in commands("README.md")}
    assert shown <= set(VERBS)
    assert shown >= {"route", "missing", "show", "search", "why", "query", "export", "validate", "stats"}


def test_python_of_the_readme_runs(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = blocks("README.md", "python")
    exec(compile(block, "README.md", "exec"), {})
    assert "American Health Information Management Association" in capsys.readouterr().out
    assert (checkout / "graph.jsonld").is_file()


@pytest.mark.parametrize(
    "name", sorted({*re.findall(r"\]\(([\w/.-]+)\)", (ROOT / "README.md").read_text("utf-8"))})
)
def test_link_of_the_readme_leads_somewhere(name: str) -> None:
    assert (ROOT / name).exists()


@pytest.mark.parametrize(
    "command",
    [
        "validate ontology/data/your-occupation.trig",
        "show your-occupation --data ontology/data/your-occupation.trig",
        "route your-occupation --data ontology/data/your-occupation.trig",
    ],
)
def test_template_is_a_valid_occupation_as_it_stands(
    command: str, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checkout
    assert main(command.split()) == 0, capsys.readouterr()
    assert capsys.readouterr().err == ""
