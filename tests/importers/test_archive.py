"""Archives: folders, zips and packed members read alike; what would leave them or blow up is refused."""

from __future__ import annotations

import gzip
import stat
import zipfile
from pathlib import Path

import pytest

from careerkg.errors import SourceFileError, UnsafeArchive
from careerkg.importers.archive import Archive, Limits


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def read(*paths: Path, limits: Limits | None = None) -> dict[str, bytes]:
    with Archive(paths, limits=limits) as archive:
        return {member.name: archive.content(member) for member in archive.members}


def test_folder_zip_and_packed_members_read_alike(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"one\n")
    (folder / "deep" / "b.txt.gz").write_bytes(gzip.compress(b"two\n"))
    archive = zipped(tmp_path / "x.zip", {"a.txt": b"one\n", "deep/b.txt.gz": gzip.compress(b"two\n")})
    expected = {"a.txt": b"one\n", "deep/b.txt": b"two\n"}
    assert read(folder) == read(archive) == expected
    assert read(folder / "deep" / "b.txt.gz") == {"b.txt": b"two\n"}
    assert read(folder / "a.txt", archive) == expected


def test_members_are_found_by_name_without_folder_and_case(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "Task Statements.txt").touch()
    with Archive([tmp_path]) as archive:
        found = archive.find("Nothing.txt", "task statements.TXT")
        assert found is not None
        assert found.name == "db/Task Statements.txt"
        assert archive.find("Task") is None
        assert archive.matching(r"task .*\.txt") == [found]


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").touch()
    (tmp_path / "a.txt").touch()
    archive = zipped(tmp_path / "x.zip", {"__MACOSX/a": b"", ".hidden": b"", "b.txt": b""})
    assert list(read(archive)) == ["b.txt"]
    archive.unlink()
    assert list(read(tmp_path)) == ["a.txt"]


@pytest.mark.parametrize("name", ["../up.txt", "a/../../up.txt", "/etc/x.txt", "C:\\x.txt", "..\\up.txt"])
def test_member_that_leaves_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(UnsafeArchive, match="leaves the archive"):
        read(path)


def test_symbolic_links_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, b"/etc/passwd")
    with pytest.raises(UnsafeArchive, match="symbolic link"):
        read(path)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "out.txt").symlink_to(path)
    with pytest.raises(UnsafeArchive, match="leaves its folder"):
        read(folder)
    (folder / "out.txt").unlink()
    (folder / "a.txt").write_bytes(b"x")
    (folder / "in.txt").symlink_to(folder / "a.txt")
    assert read(folder) == {"a.txt": b"x", "in.txt": b"x"}


BOMB = b"\0" * 3_000_000
TIGHT = Limits(total=10_000_000, ratio=100, free=1_000_000)


def test_bomb_in_a_zip_is_refused_unread(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"bomb": BOMB})
    with pytest.raises(UnsafeArchive, match="grows more than 100 times"), Archive([path], limits=TIGHT):
        pytest.fail("opened")


def test_bomb_in_a_packed_member_is_refused_while_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "bomb.txt.gz"
    path.write_bytes(gzip.compress(BOMB))
    with Archive([path], limits=TIGHT) as archive, pytest.raises(UnsafeArchive, match="grows more than"):
        archive.content(archive.members[0])
    inside = zipped(tmp_path / "x.zip", {"bomb.txt.gz": gzip.compress(BOMB)})
    with Archive([inside], limits=TIGHT) as archive, pytest.raises(UnsafeArchive, match="grows more than"):
        archive.content(archive.members[0])


def test_many_small_bombs_hit_the_total(tmp_path: Path) -> None:
    limits = Limits(total=2_000_000, ratio=100_000, free=1_000_000)
    path = zipped(tmp_path / "x.zip", {f"m{n}": b"\0" * 900_000 for n in range(3)})
    with pytest.raises(UnsafeArchive, match="more than 2,000,000 bytes"):
        read(path, limits=limits)
    folder = tmp_path / "folder"
    folder.mkdir()
    for n in range(3):
        (folder / f"m{n}.gz").write_bytes(gzip.compress(b"\0" * 900_000))
    with pytest.raises(UnsafeArchive, match="in all"):
        read(folder, limits=limits)


def test_byte_order_mark_is_dropped_and_wrong_encoding_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\ntw\xc3\xb6\nca\xe9\n")
    with Archive([path]) as archive:
        lines = archive.lines(archive.members[0])
        assert [next(lines), next(lines)] == ["one\n", "twö\n"]
        with pytest.raises(SourceFileError, match=r"a\.txt:3: not UTF-8: byte 0xe9 at position 3"):
            next(lines)
        faults: list[str] = []
        assert list(archive.lines(archive.members[0], faults)) == ["one\n", "twö\n", "ca\ufffd\n"]
        assert faults == ["not UTF-8: byte 0xe9 at position 3"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.zip", b"no archive", "not a zip archive"),
        ("x.txt.gz", b"no archive", "damaged"),
        ("y.txt.gz", gzip.compress(b"abc" * 1000)[:-12], "damaged"),
    ],
)
def test_damage_is_told_with_the_file(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceFileError, match=message) as caught:
        read(path)
    assert caught.value.path == str(path)


def test_zip_archives_in_a_folder_are_opened(tmp_path: Path) -> None:
    zipped(tmp_path / "x.zip", {"top/a.txt": b"1"})
    (tmp_path / "b.txt").write_bytes(b"2")
    assert read(tmp_path) == {"b.txt": b"2", "top/a.txt": b"1"}


def test_zip_archive_may_have_a_name_without_ending(tmp_path: Path) -> None:
    assert read(zipped(tmp_path / "download", {"b.txt": b"2"})) == {"b.txt": b"2"}


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tgz", "a.tar", "a.7z"])
def test_archives_of_other_kinds_are_told_from_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(SourceFileError, match="unpack it into a folder"):
        read(tmp_path / name)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(SourceFileError, match="no files"):
        read(tmp_path)
    with pytest.raises(SourceFileError, match="no such file"):
        read(tmp_path / "absent")


def test_digest_is_that_of_the_file_as_it_lies_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")
    with Archive([path]) as archive:
        assert archive.digest(archive.members[0]) == (
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
