"""Pages as bytes: templates, headers, and a bounded memory of what was rendered."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from careerkg.web.negotiation import has_already

__all__ = ["PageCache", "Rendered", "Renderer", "not_acceptable", "respond", "with_charset"]

_WEB = Path(__file__).resolve().parents[1]
_STATIC = _WEB / "static"

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'{scripts}; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load and do: nothing from another host, and no script in the page itself."""


@dataclass(frozen=True)
class Rendered:
    """A body with what HTTP says about it."""

    body: bytes
    media_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """A strong validator: the digest of the body, so that several processes agree on it."""
        return f'"{hashlib.blake2b(self.body, digest_size=12).hexdigest()}"'


class PageCache:
    """What was rendered, by a key that has the state of the store in it; the least used goes first."""

    def __init__(self, capacity: int = 32_000_000) -> None:
        self._capacity = capacity
        self._size = 0
        self._entries: OrderedDict[Hashable, tuple[Rendered, str]] = OrderedDict()

    def get(self, key: Hashable) -> tuple[Rendered, str] | None:
        """Return what was kept under a key, with its validator."""
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def put(self, key: Hashable, rendered: Rendered) -> tuple[Rendered, str]:
        """Keep a page, and return it with its validator."""
        entry = (rendered, rendered.etag)
        if len(rendered.body) <= self._capacity // 8 and key not in self._entries:
            self._entries[key] = entry
            self._size += len(rendered.body) + 1_000
            while self._size > self._capacity:
                _, (oldest, _) = self._entries.popitem(last=False)
                self._size -= len(oldest.body) + 1_000
        return entry


class Renderer:
    """Compiled templates and the files that pages need."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_WEB / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
            auto_reload=False,
        )
        self.assets = {
            path.name: (path.read_bytes(), mimetypes.guess_type(path.name)[0] or "application/octet-stream")
            for path in sorted(_STATIC.iterdir())
            if path.is_file()
        }
        self._versions = {
            name: hashlib.blake2b(data, digest_size=6).hexdigest() for name, (data, _) in self.assets.items()
        }
        self._environment.globals |= {
            "asset": self.asset_path,
            "console": console_path,
            "here": "",
            "body_class": "",
        }

    def asset_path(self, name: str) -> str:
        """Return the address of a file, with its version in it, so that browsers may keep it for good."""
        return f"/static/{name}?v={self._versions[name]}"

    def version(self, name: str) -> str:
        """Return the digest of a file."""
        return self._versions[name]

    def page(
        self,
        template: str,
        context: Mapping[str, Any],
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        json_ld: str | None = None,
    ) -> Rendered:
        """Return a page. ``json_ld`` is a data block that the page embeds; its digest joins the policy."""
        scripts = ""
        if json_ld is not None:
            json_ld = json_ld.replace("<", "\\u003c")
            digest = base64.b64encode(hashlib.sha256(json_ld.encode()).digest()).decode()
            scripts = f" 'sha256-{digest}'"
        text = self._environment.get_template(template).render(**context, jsonld=json_ld)
        return Rendered(
            text.encode(),
            "text/html; charset=utf-8",
            status,
            {"content-security-policy": _POLICY.format(scripts=scripts), **(headers or {})},
        )


def console_path(sparql: str) -> str:
    """Return the address of the console with a query in its editor."""
    return f"/console?query={quote(sparql, safe='')}"


def with_charset(media_type: str) -> str:
    """Return a media type with its charset where it is a text."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def not_acceptable(offered: Sequence[str]) -> Response:
    """Return 406 with the media types that there are."""
    return PlainTextResponse(
        f"none of the formats asked for is there; there are: {', '.join(offered)}\n", 406, {"vary": "Accept"}
    )


def respond(request: Request, rendered: Rendered, etag: str | None = None) -> Response:
    """Return the response to a request: the body, or 304 where the client has it already."""
    etag = etag or rendered.etag
    headers = {
        "etag": etag,
        "vary": "Accept",
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        **rendered.headers,
    }
    if rendered.status == 200 and has_already(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    # Starlette leaves out the body of an answer to HEAD by itself, the length stays.
    return Response(rendered.body, rendered.status, {**headers, "content-type": rendered.media_type})
