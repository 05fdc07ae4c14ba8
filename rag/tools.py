"""The articles as tools for other programs' models, by the Model Context Protocol: `rag mcp`.

    ask       one Answer.to_dict(): sentences with the exact words that support each, or none
    search    the passages nearest to a query
    articles  the articles there are

Needs the extra `mcp` (in a checkout: `pip install -c constraints.txt -e ".[mcp]"`). It speaks over
standard input and output with the program that started it, and listens nowhere. Gradio's own MCP
server is not used: what it needs pins pydantic below the version that the rest runs on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rag.errors import Error, SettingsError
from rag.plain import article_dict, passage_dict

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from rag.assistant import Assistant

_INSTALL = '.venv/bin/python -m pip install -c constraints.txt -e ".[mcp]" in the checkout'
_ABOUT = (
    "Answers questions from the articles of one index. Each sentence of an answer comes with the "
    "exact words that support it; `abstained` is true where the articles do not say."
)


def serve(assistant: Assistant) -> None:
    """Serves the tools until the program at the other end hangs up. Raises SettingsError."""
    make_server(assistant).run("stdio")


def make_server(assistant: Assistant) -> MCPServer[Any]:
    """The server with its three tools. Raises SettingsError where the extra is missing."""
    try:
        from mcp.server import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
    except ImportError as error:
        raise SettingsError(f"MCP is an extra: {_INSTALL}") from error
    server: MCPServer[Any] = MCPServer("footnote", instructions=_ABOUT)

    @server.tool()
    def ask(question: str, since: str | None = None, until: str | None = None) -> dict[str, Any]:
        """Answer a question from the articles. Dates (YYYY-MM-DD) limit when they appeared."""
        with _said(ToolError):
            return assistant.ask(question, since=since, until=until).to_dict()

    @server.tool()
    def search(query: str, k: int = 10) -> list[dict[str, Any]]:
        """The k passages of the articles nearest to a query, best first."""
        with _said(ToolError):
            infos = {info.id: info for info in assistant.articles()}
            found = assistant.retrieve(query, k=max(1, min(k, 50)))
        return [passage_dict(passage, infos) for passage in found]

    @server.tool()
    def articles() -> list[dict[str, Any]]:
        """Every article: id, title, source, date of publication."""
        with _said(ToolError):
            return [article_dict(info) for info in assistant.articles()]

    return server


@contextmanager
def _said(failure: type[Exception]) -> Iterator[None]:
    """What goes wrong on purpose reaches the other end in words."""
    try:
        yield
    except Error as error:
        raise failure(str(error)) from error
