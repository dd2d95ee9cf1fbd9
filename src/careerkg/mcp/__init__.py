"""The graph for assistants: a server of the Model Context Protocol. Needs the extra ``mcp``.

(The package of that protocol is called ``mcp``, too; imports here are absolute, so that they do not meet.)
"""

from __future__ import annotations

from careerkg.mcp.served import Served
from careerkg.mcp.server import build_server, serve_http, serve_stdio

__all__ = ["Served", "build_server", "serve_http", "serve_stdio"]
