"""Dumps: the whole graph as one gzipped file, made once for each state of the graph.

A process of its own writes them, so that the site answers meanwhile.
"""

from __future__ import annotations

import asyncio
import gzip
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from careerkg.bounded import Source
from careerkg.bounded.confine import die_with_parent
from careerkg.bounded.crew import python
from careerkg.web.description import DUMP_FORMATS
from careerkg.web.negotiation import has_already
from careerkg.web.once import Once
from careerkg.web.replies import Problem

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from careerkg.web.site import Site

__all__ = ["Dumps"]

PATIENCE = 5.0
"""Seconds that a client waits for a dump that is being made before it is told to come again."""


class Dumps:
    """The dumps of a site, in a temporary folder that goes with it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._made = {name: Once(site, partial(self._make, name)) for name in DUMP_FORMATS}

    async def path(self, format_: str) -> Path:
        """Return the file of a dump. Raises Problem: 404 for no such format, 503 while it is being made."""
        once = self._made.get(format_)
        if once is None:
            raise Problem(404, f"no such dump; there are: {', '.join(DUMP_FORMATS)}")
        try:
            return await asyncio.wait_for(once.get(), PATIENCE)
        except TimeoutError:
            raise Problem(
                503, "this dump is being made; try again soon", headers=[("retry-after", "10")]
            ) from None

    async def respond(self, request: Request) -> Response:
        """Answer a request for a dump: ranges and conditions included."""
        from starlette.responses import FileResponse, Response

        format_ = str(request.path_params["format"])
        path = await self.path(format_)
        headers = {"cache-control": "no-cache", "etag": f'"{path.name}"'}
        if has_already(request.headers.get("if-none-match"), headers["etag"]):
            return Response(status_code=304, headers=headers)
        return FileResponse(
            path, media_type="application/gzip", filename=f"careerkg.{format_}.gz", headers=headers
        )

    async def _make(self, format_: str) -> Path:
        """Write a dump. Raises Problem if that fails."""
        source = self.site.settings.source
        async with self._one_at_a_time:
            if self._temporary is None:
                self._temporary = tempfile.TemporaryDirectory(
                    prefix="careerkg-dumps-", ignore_cleanup_errors=True
                )
            folder = Path(self._temporary.name)
            path = folder / f"{self.site.state}.{format_}.gz"
            for old in folder.glob(f"*.{format_}.gz"):
                old.unlink()
            self._process = await asyncio.create_subprocess_exec(
                *python(
                    "from careerkg.web.dumps import main; main(*sys.argv[2:])",
                    *(format_, str(path), source.folder or "", *source.files),
                ),
                stdin=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            status = await self._process.wait()
        if status != 0:
            raise Problem(503, "this dump could not be made")
        return path

    def close(self) -> None:
        """Stop what is being made and remove all dumps."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        if self._temporary is not None:
            self._temporary.cleanup()


def main(format_: str, output: str, folder: str, *files: str) -> None:
    """Write a dump to the file ``output``, of the source with a folder (or none: empty) and files."""
    import os

    die_with_parent()
    with suppress(OSError):
        os.nice(5)
    graph = Source(folder or None, files).open()
    from careerkg.export import serialize

    partial_file = Path(f"{output}.partial")
    with partial_file.open("wb") as raw, gzip.GzipFile("", "wb", 5, raw, mtime=0) as stream:
        for piece in serialize(graph.store, format_, prefixes=graph.prefixes):
            stream.write(piece)
    partial_file.replace(output)
