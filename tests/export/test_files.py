"""Files are written whole or not at all; formats are found by name, alias, media type and ending."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cases import exported, loaded

from careerkg import CareerGraph, export
from careerkg.errors import FormatError, OutputError
from careerkg.output import replacing, replacing_all


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("turtle", "ttl"),
        ("N-Triples", "nt"),
        ("application/ld+json", "jsonld"),
        ("xml", "rdf"),
        (".nq", "nq"),
    ],
)
def test_other_names_of_formats(name: str, expected: str) -> None:
    assert export.format_of(name).name == expected


@pytest.mark.parametrize("path", ["x.json", "x.JSONLD"])
def test_the_ending_says_the_format(path: str) -> None:
    assert export.format_of(None, Path(path)).name == "jsonld"


@pytest.mark.parametrize("name", ["docx", "", "table"])
def test_an_unknown_format_names_the_known_ones(name: str) -> None:
    with pytest.raises(FormatError, match="ttl, trig, nt, nq, rdf, jsonld, graphml, csv") as caught:
        export.format_of(name)
    assert "ttl" in caught.value.known


def test_options_must_fit_the_format() -> None:
    store = loaded("values.ttl")
    with pytest.raises(FormatError, match="frame"):
        exported(store, "ttl", frame="Item")
    with pytest.raises(FormatError, match="passages"):
        exported(store, "rdf", provenance=True)


def test_a_file_is_replaced_as_a_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "out.ttl"
    path.write_text("old")
    path.chmod(0o640)
    store = loaded("values.ttl")
    assert export.write(store, path) == [path]
    assert path.read_bytes() == exported(store, "ttl")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    with replacing(tmp_path / "ours") as stream:
        stream.write(b"x")
    (tmp_path / "usual").write_bytes(b"x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


def fail_halfway(paths: list[Path], error: BaseException) -> None:
    """Write something to the first file, then raise an error."""
    with replacing_all(paths) as streams:
        streams[0].write(b"half")
        raise error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (ValueError(), ValueError),
        (OSError(28, "No space left on device"), OutputError),
    ],
)
def test_an_error_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: BaseException, expected: type[BaseException]
) -> None:
    path = tmp_path / "out"
    path.write_text("old")
    with pytest.raises(expected):
        fail_halfway([path], error)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    store = loaded("values.ttl")
    with pytest.raises(OutputError, match="it is a folder"):
        export.write(store, tmp_path)
    with pytest.raises(OutputError, match="no folder"):
        export.write(store, tmp_path / "absent" / "x.ttl")
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.ttl"
    path.write_text("old")
    # The tests may run as root, who may write everything: ask as another user would be answered.
    monkeypatch.setattr(os, "access", lambda target, _: Path(target) != path)
    with pytest.raises(OutputError, match="read-only"):
        export.write(loaded("values.ttl"), path)
    assert path.read_text() == "old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_device_is_reported() -> None:
    with pytest.raises(OutputError, match="no space left"):
        export.write(CareerGraph().store, Path("/dev/full"), "ttl")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("old")
    link = tmp_path / "link"
    link.symlink_to(target)
    with replacing(link) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_two_files_are_replaced_together_or_not_at_all(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("old")
    with pytest.raises(OutputError, match="no folder"):
        fail_halfway([first, tmp_path / "absent" / "x"], ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        fail_halfway([first, second], ZeroDivisionError())
    assert first.read_text() == "old"
    assert list(tmp_path.iterdir()) == [first]
    with replacing_all([first, second]) as streams:
        for stream in streams:
            stream.write(b"new")
    assert {path.read_text() for path in (first, second)} == {"new"}


def test_data_that_a_format_cannot_express_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.rdf"
    path.write_text("old")
    store = loaded("values.ttl")
    store.inner.update("INSERT DATA { <urn:a:b> <urn:a:1> 'x' }")
    with pytest.raises(Exception, match="XML name"):
        export.write(store, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
