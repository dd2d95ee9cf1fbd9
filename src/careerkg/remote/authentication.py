"""HTTP authentication: the answer to a server's challenge, Basic (RFC 7617) or Digest (RFC 7616).

Nothing is sent before a server asks for it, so that a password never goes in clear to a server that would
have taken its digest.
"""

from __future__ import annotations

import hashlib
import os
import re
from base64 import b64encode
from collections.abc import Callable
from threading import Lock
from urllib.parse import urlsplit

__all__ = ["Authenticator"]

_PARAMETER = re.compile(r'([a-zA-Z]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_HASHES: dict[str, Callable[[bytes], hashlib._Hash]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False),
    "SHA-256": hashlib.sha256,
}


class Authenticator:
    """Makes the ``Authorization`` header for one user, once a server has said what it wants."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._scheme: str | None = None
        self._challenge: dict[str, str] = {}
        self._count = 0
        self._lock = Lock()

    def accept(self, challenges: str) -> bool:
        """Take the challenges of a 401, Digest before Basic; return whether one of them can be answered."""
        for part in re.split(r",\s*(?=(?:Basic|Digest|Negotiate|Bearer)\b)", challenges, flags=re.IGNORECASE):
            scheme, _, rest = part.strip().partition(" ")
            if scheme.lower() != "digest":
                continue
            given = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(rest)}
            algorithm = given.get("algorithm", "MD5").upper().removesuffix("-SESS")
            if algorithm in _HASHES and "auth" in re.split(r"\s*,\s*", given.get("qop", "auth")):
                self._scheme, self._challenge, self._count = "digest", given, 0
                return True
        if re.search(r"\bBasic\b", challenges, re.IGNORECASE):
            self._scheme = "basic"
            return True
        return False

    def header(self, method: str, url: str) -> str | None:
        """Return the header of a request, None while no server has asked for one."""
        if self._scheme == "basic":
            return "Basic " + b64encode(f"{self._user}:{self._password}".encode()).decode("ascii")
        return self._digest(method, url) if self._scheme == "digest" else None

    def _digest(self, method: str, url: str) -> str:
        """Return the digest of a request (RFC 7616, section 3.4)."""
        given = self._challenge
        algorithm = given.get("algorithm", "MD5").upper()
        hashed = _HASHES[algorithm.removesuffix("-SESS")]

        def digest(*parts: str) -> str:
            return hashed(":".join(parts).encode()).hexdigest()

        with self._lock:
            self._count += 1
            number = self._count
        count, once = f"{number:08x}", os.urandom(8).hex()
        split = urlsplit(url)
        target = (split.path or "/") + (f"?{split.query}" if split.query else "")
        realm, nonce = given.get("realm", ""), given.get("nonce", "")
        secret = digest(self._user, realm, self._password)
        if algorithm.endswith("-SESS"):
            secret = digest(secret, nonce, once)
        response = digest(secret, nonce, count, once, "auth", digest(method, target))
        fields = {
            "username": self._user,
            "realm": realm,
            "nonce": nonce,
            "uri": target,
            "response": response,
            "cnonce": once,
            **({"opaque": given["opaque"]} if "opaque" in given else {}),
        }
        quoted = ", ".join(f'{name}="{value}"' for name, value in fields.items())
        return f"Digest {quoted}, algorithm={algorithm}, qop=auth, nc={count}"
