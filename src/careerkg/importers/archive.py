"""Where a release lies: folders, ``.zip`` archives and single files, ``.gz`` members, as one list of members.

Nothing is unpacked to disk. What an archive says of itself is not believed: members whose names leave it,
symbolic links, encrypted members and decompression bombs are refused
(:class:`~careerkg.errors.UnsafeArchive`).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, NamedTuple, cast

from careerkg.errors import SourceFileError, UnsafeArchive

__all__ = ["Archive", "Limits", "Member"]


_HIDDEN = (".", "__MACOSX", "~$")
"""What names of files begin with that systems and spreadsheets leave behind."""


class Limits(NamedTuple):
    """How far compressed members may grow: bytes in all, and times their compressed size.

    The ratio counts only beyond ``free`` bytes: a short table of zeros compresses well and harms nobody.
    """

    total: int = 8 * 1024**3
    ratio: int = 200
    free: int = 16 * 1024**2


class Member(NamedTuple):
    """A file of a release: its name without ``.gz``, and where it lies.

    ``name`` is the path inside the folder or archive, with ``/``; ``place`` is what errors show.
    """

    name: str
    place: str
    path: Path
    inside: str | None
    packed: bool

    @property
    def base(self) -> str:
        """The name without folders: ``Task Statements.txt``."""
        return self.name.rpartition("/")[2]


class Archive:
    """The members of one or more folders, archives and files.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "Skills.txt").write_text("a")
    ...     with Archive([Path(folder)]) as archive:
    ...         [member.base for member in archive.members], archive.find("skills.txt").base
    (['Skills.txt'], 'Skills.txt')
    """

    def __init__(self, paths: Sequence[Path], *, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.place = paths[0] if paths else Path("-")
        """The first of the paths: what an error names that is about all of them."""
        self.read = 0
        self._zips: dict[Path, zipfile.ZipFile] = {}
        self._digests: dict[str, str] = {}
        try:
            self.members: tuple[Member, ...] = tuple(
                member for path in paths for member in sorted(self._list(path))
            )
        except BaseException:
            self.close()
            raise
        if not self.members:
            raise SourceFileError(self.place, None, "there are no files in it")

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the archives."""
        for opened in self._zips.values():
            opened.close()
        self._zips.clear()

    def find(self, *names: str) -> Member | None:
        """Return the first member of one of these names (without folders, ``.gz`` and case), or None."""
        wanted = {name.casefold() for name in names}
        return next((member for member in self.members if member.base.casefold() in wanted), None)

    def matching(self, pattern: str) -> list[Member]:
        """Return the members whose name without folders matches a whole regular expression, case ignored."""
        compiled = re.compile(pattern, re.IGNORECASE)
        return [member for member in self.members if compiled.fullmatch(member.base)]

    def open(self, member: Member) -> BinaryIO:
        """Return the bytes of a member, unpacked and counted against the limits while they are read.

        Raises SourceFileError if it cannot be read, and UnsafeArchive (while reading) if it grows too much.
        """
        size, stream = self._raw(member)
        streams = [stream]
        if member.packed:
            streams.insert(0, cast(IO[bytes], gzip.GzipFile(fileobj=stream)))
        packed = member.packed or member.inside is not None
        counted = _Counted(self, member, streams, size if packed else None)
        return cast(BinaryIO, io.BufferedReader(counted, 1 << 18))

    def content(self, member: Member) -> bytes:
        """Return the whole content of a member; see :meth:`open`."""
        with self.open(member) as stream:
            return stream.read()

    def lines(self, member: Member, faults: list[str] | None = None) -> Iterator[str]:
        """Yield the lines of a member with their ends, decoded from UTF-8; a byte order mark is dropped.

        Raises SourceFileError with the line that is not UTF-8; with ``faults``, what is wrong with it is put
        there instead, before the line comes with marks in place of the wrong bytes.
        """
        number = 0
        with self.open(member) as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    text = line.decode("utf-8")
                except UnicodeDecodeError as error:
                    reason = f"not UTF-8: byte 0x{line[error.start]:02x} at position {error.start + 1}"
                    if faults is None:
                        raise SourceFileError(member.place, number, reason) from None
                    faults.append(reason)
                    text = line.decode("utf-8", "replace")
                yield text.removeprefix("\ufeff") if number == 1 else text

    def digest(self, member: Member) -> str:
        """Return the SHA-256 of a member as it lies there (packed, if it is)."""
        known = self._digests.get(member.place)
        if known is None:
            _, stream = self._raw(member)
            with stream:
                known = hashlib.file_digest(cast(io.BytesIO, stream), "sha256").hexdigest()
            self._digests[member.place] = known
        return known

    def _raw(self, member: Member) -> tuple[int, IO[bytes]]:
        """Return packed size and bytes of a member; what is inside a zip is unpacked once."""
        try:
            if member.inside is None:
                return member.path.stat().st_size, member.path.open("rb")
            opened = self._zips[member.path]
            information = opened.getinfo(member.inside)
            return information.compress_size, opened.open(information)
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise SourceFileError(member.place, None, f"cannot be read: {error}") from error

    def _list(self, path: Path) -> Iterable[Member]:
        """Yield the members of a folder, archive or file. Raises SourceFileError or UnsafeArchive."""
        if path.is_dir():
            return self._in_folder(path)
        if not path.is_file():
            raise SourceFileError(path, None, "there is no such file or folder")
        if path.suffix.lower() == ".zip" or (not path.suffix and zipfile.is_zipfile(path)):
            return self._in_zip(path)
        if re.search(r"\.(tar(\.\w+)?|tgz|7z|rar)$", path.name, re.IGNORECASE):
            raise SourceFileError(path, None, "archives of this kind are not read: unpack it into a folder")
        return [_member(path.name, str(path), path, None)]

    def _in_folder(self, folder: Path) -> Iterator[Member]:
        """Yield the files of a folder, deep, and those in its zip archives.

        Hidden ones are passed over, links out of it refused.
        """
        home = folder.resolve()
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if any(part.startswith(_HIDDEN) for part in relative.parts):
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(home):
                raise UnsafeArchive(path, None, "a symbolic link that leaves its folder")
            if path.is_file() and path.suffix.lower() == ".zip":
                yield from self._in_zip(path)
            elif path.is_file():
                yield _member(relative.as_posix(), str(path), path, None)

    def _in_zip(self, path: Path) -> Iterator[Member]:
        """Yield the files of a zip archive after a look at all its names and sizes."""
        try:
            opened = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise SourceFileError(path, None, f"not a zip archive: {error}") from error
        self._zips[path] = opened
        for information in opened.infolist():
            name = information.filename
            place = f"{path}!{name}"
            inside = PurePosixPath(name.replace("\\", "/"))
            if inside.is_absolute() or ".." in inside.parts or re.match(r"[A-Za-z]:", name):
                raise UnsafeArchive(place, None, "a member whose name leaves the archive")
            if information.external_attr >> 16 & 0o170000 == 0o120000:
                raise UnsafeArchive(place, None, "a member that is a symbolic link")
            if information.flag_bits & 1:
                raise SourceFileError(place, None, "a member that is encrypted")
            if information.is_dir() or any(part.startswith(_HIDDEN) for part in inside.parts):
                continue
            self._check(place, information.file_size, information.compress_size)
            yield _member(inside.as_posix(), place, path, name)
        if sum(each.file_size for each in opened.infolist()) > self.limits.total:
            raise UnsafeArchive(path, None, f"unpacks to more than {self.limits.total:,} bytes")

    def _check(self, place: str, size: int, packed: int) -> None:
        """Raise UnsafeArchive if so many bytes of so few are too many."""
        if size > self.limits.free and size > max(packed, 1) * self.limits.ratio:
            raise UnsafeArchive(place, None, f"grows more than {self.limits.ratio} times when unpacked")

    def _count(self, member: Member, taken: int, so_far: int, packed: int | None) -> None:
        """Count bytes that were read. Raises UnsafeArchive when they are too many."""
        if packed is None:
            return
        self.read += taken
        self._check(member.place, so_far, packed)
        if self.read > self.limits.total:
            raise UnsafeArchive(
                member.place, None, f"unpacks to more than {self.limits.total:,} bytes in all"
            )


class _Counted(io.RawIOBase):
    """A stream that reports what is read from it, and tells errors of decompression as ours."""

    def __init__(
        self, archive: Archive, member: Member, streams: Sequence[IO[bytes]], packed: int | None
    ) -> None:
        self._archive, self._member, self._streams, self._packed = archive, member, streams, packed
        self._so_far = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            chunk = self._streams[0].read(len(view))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise SourceFileError(self._member.place, None, f"damaged: {error}") from error
        view[: len(chunk)] = chunk
        self._so_far += len(chunk)
        self._archive._count(self._member, len(chunk), self._so_far, self._packed)
        return len(chunk)

    def close(self) -> None:
        for stream in self._streams:
            stream.close()
        super().close()


def _member(name: str, place: str, path: Path, inside: str | None) -> Member:
    """Return a member; a final ``.gz`` is taken off its name."""
    packed = name.lower().endswith(".gz")
    return Member(name[:-3] if packed else name, place, path, inside, packed)
