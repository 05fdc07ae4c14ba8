"""The articles as MCP tools, called by the protocol's own client."""

from __future__ import annotations

import asyncio
import sys

import pytest
from serving import ROOT, environment_for, make_index

from rag import Assistant
from rag.errors import SettingsError
from rag.tools import make_server

WHY = "Why did the Hanoi summit end without an agreement?"


def call(assistant: Assistant, tool: str, **arguments):
    from mcp import Client

    async def once():
        async with Client(make_server(assistant)) as client:
            names = {found.name for found in (await client.list_tools()).tools}
            assert names == {"ask", "search", "articles"}
            return await client.call_tool(tool, arguments)

    return asyncio.run(once())


def test_a_question_gives_the_answer_with_the_words_that_support_it(seed_assistant) -> None:
    pytest.importorskip("mcp", reason="the extra `mcp` is not installed")
    answer = call(seed_assistant, "ask", question=WHY).structured_content
    assert answer["abstained"] is False
    assert "sanctions relief" in answer["citations"][0]["quote"]


def test_articles_and_passages_are_listed(seed_assistant) -> None:
    pytest.importorskip("mcp", reason="the extra `mcp` is not installed")
    (article,) = call(seed_assistant, "articles").structured_content["result"]
    assert article["id"] == "000_f7661af205ce43e5.txt"
    passages = call(seed_assistant, "search", query="sanctions relief", k=2)
    assert len(passages.structured_content["result"]) == 2


def test_what_is_wrong_is_said_to_the_other_end(seed_assistant) -> None:
    pytest.importorskip("mcp", reason="the extra `mcp` is not installed")
    result = call(seed_assistant, "ask", question=WHY, since="soon")
    assert result.is_error
    assert "soon" in result.content[0].text


def test_the_command_serves_them_over_its_input_and_output(tmp_path) -> None:
    pytest.importorskip("mcp", reason="the extra `mcp` is not installed")
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    environment = environment_for(make_index(tmp_path, ROOT / "seeds"))
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "rag", "mcp"], env=environment, cwd=ROOT
    )

    async def once():
        async with stdio_client(server) as streams, ClientSession(*streams) as session:
            await session.initialize()
            return await session.call_tool("ask", {"question": WHY})

    answer = asyncio.run(once()).structured_content
    assert "sanctions relief" in answer["citations"][0]["quote"]


def test_without_the_extra_the_command_says_what_to_install(monkeypatch, seed_assistant) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mcp.server", None)
    with pytest.raises(SettingsError, match=r"pip install .*\[mcp\]"):
        make_server(seed_assistant)
