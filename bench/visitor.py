"""Someone at the web chat's page, as far as its server can tell: what the page's script sends.

    visitor = Visitor(address)
    await visitor.arrive()                 opens the page and waits for its first look
    shown = await visitor.ask("…")         the answer's turn as it stands on the page at last
    await visitor.begin_anew()             "New conversation"

As in a browser, the suggestions for what to ask next are sent for when an answer is over.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
from gradio_client.utils import apply_diff
from lxml import html

_KNOWN = 4  # of the parts an event hands in, those that the server remembers; then the text


@dataclass(frozen=True)
class Shown:
    """A turn on the page: its state, the question, the answer's text and the titles it cites."""

    state: str
    question: str
    text: str
    cited: frozenset[str]


class Visitor:
    """One page in one browser. Raises RuntimeError where the server says that something failed."""

    def __init__(self, address: str) -> None:
        self._client = httpx.AsyncClient(base_url=address, timeout=120)
        self._session = secrets.token_hex(6)
        self._events: dict[str, tuple[int, int, int]] = {}

    async def arrive(self) -> None:
        """Opens the page: its cookie, its parts, its first look."""
        (await self._client.get("/")).raise_for_status()
        config = (await self._client.get("/config")).json()
        names = {part["id"]: part["props"].get("elem_id") for part in config["components"]}
        for event in config["dependencies"]:
            shown = [names[part] for part in event["outputs"]]
            if "current" not in shown:
                continue
            for part, kind in event["targets"]:
                key = f"{names.get(part)} {kind}"
                known = (event["id"], part, shown.index("current"))
                # of what is done on opening a page the last shows it; what follows an event looks
                # for suggestions, after each in the same way
                if kind == "load" or key not in self._events:
                    self._events[key] = known
        await self._over(await self._send("None load"))
        await self._over(await self._send("None tick"))
        await self._send("None then")

    async def ask(self, question: str) -> Shown:
        """Types a question, and waits until its answer is over."""
        data = await self._over(await self._send("question submit", question))
        shown = _read(data[self._events["question submit"][2]])
        await self._send("None then")
        return shown

    async def begin_anew(self) -> None:
        await self._over(await self._send("panel-masthead fresh"))

    async def leave(self) -> None:
        await self._client.aclose()

    async def _send(self, event: str, text: str = "") -> str:
        """The id of an event of the page that is on its way."""
        number, part, _ = self._events[event]
        sent = {
            "data": [*[None] * _KNOWN, text],
            "event_data": None,
            "fn_index": number,
            "trigger_id": part,
            "session_hash": self._session,
        }
        answer = await self._client.post("/gradio_api/queue/join", json=sent)
        answer.raise_for_status()
        return str(answer.json()["event_id"])

    async def _over(self, event: str) -> list[Any]:
        """What an event leaves the parts of the page with; None for one that it does not show."""
        now: list[Any] = []
        shown: list[Any] = []
        async for message in self._messages():
            if message.get("event_id") != event or not message["msg"].startswith("process_"):
                continue
            if not message.get("success", True):
                raise RuntimeError(str(message["output"]))
            if message["msg"] == "process_starts":
                continue
            sent = message["output"]["data"]
            is_whole = message["msg"] == "process_completed" or not now
            now = sent if is_whole else list(map(apply_diff, now, sent))
            before = shown or [None] * len(now)
            shown = [
                new if isinstance(new, str) else old for new, old in zip(now, before, strict=True)
            ]
            if message["msg"] == "process_completed":
                return shown
        raise RuntimeError("the stream ended without an answer")

    async def _messages(self) -> AsyncIterator[dict[str, Any]]:
        where = {"session_hash": self._session}
        async with self._client.stream("GET", "/gradio_api/queue/data", params=where) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))


def _read(markup: Any) -> Shown:
    if not isinstance(markup, str):
        raise RuntimeError(f"no answer is shown, but {markup}")
    turn = html.fromstring(markup)
    state = turn.get("class", "").removeprefix("turn ").split()[0]
    question = "".join(turn.xpath(".//h2[contains(@class,'question')]//text()"))
    text = "".join(turn.xpath(".//p[contains(@class,'prose')]//span//text()"))
    cited = turn.xpath(".//button[contains(@class,'chip')]/@data-from")
    return Shown(state, question, text, frozenset(map(str, cited)))
