"""A session with an MCP server for tests that are not asynchronous."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio.from_thread
from anyio.from_thread import BlockingPortal
from mcp import Client, StdioServerParameters
from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, ListToolsResult, TextContent


class Session:
    """A connected client."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self.portal, self.client = portal, client

    def run(self, method: str, *arguments: Any) -> Any:
        """Return what a method of the client gives."""
        return self.portal.call(getattr(self.client, method), *arguments)

    def tools(self) -> ListToolsResult:
        """Return the tools."""
        found: ListToolsResult = self.run("list_tools")
        return found

    def result(self, tool: str, **arguments: Any) -> CallToolResult:
        """Return the result of a call."""
        found: CallToolResult = self.run("call_tool", tool, arguments)
        return found

    def answer(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return the structured answer to a call that must succeed; its text must say the same."""
        result = self.result(tool, **arguments)
        text = said(result)
        assert not result.is_error, text
        assert json.loads(text) == result.structured_content
        content: dict[str, Any] = result.structured_content
        return content

    def error(self, tool: str, **arguments: Any) -> str:
        """Return the message of a call that must fail: one line, without what only we would understand."""
        result = self.result(tool, **arguments)
        text = said(result)
        assert result.is_error, text
        assert "\n" not in text
        assert "Traceback" not in text
        return text


def said(result: CallToolResult) -> str:
    """Return the one text of a result."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


@contextmanager
def connected(server: MCPServer | StdioServerParameters | str, mode: str = "auto") -> Iterator[Session]:
    """Yield a session with a server: one in this process, one to be started, or one at a URL."""
    with anyio.from_thread.start_blocking_portal() as portal:
        client = Client(server, mode=mode)
        with portal.wrap_async_context_manager(client):
            yield Session(portal, client)
