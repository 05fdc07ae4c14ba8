"""A conversation as a file to keep: Markdown, a web page, or JSON. Pure.

export(turns, "markdown" | "html" | "json") -> (file name, media type, text)
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from string import Template
from typing import Literal

from rag.notebook import answer_to_html, answer_to_markdown, escape_markdown
from rag.render import WEB
from rag.site import without_folders
from rag.turn import Turn

Format = Literal["markdown", "html", "json"]

_LABEL = re.compile(r"(?<!\\)\[\^(\d+)\]")  # a footnote; one in an article's text is escaped


def export(turns: Sequence[Turn], form: Format) -> tuple[str, str, str]:
    """The file's name, its media type and its text. Turns without an answer say why."""
    turns = [
        replace(turn, answer=without_folders(turn.answer)) if turn.answer else turn
        for turn in turns
    ]
    if form == "json":
        return "conversation.json", "application/json", _as_json(turns)
    if form == "html":
        return "conversation.html", "text/html", _as_html(turns)
    return "conversation.md", "text/markdown", _as_markdown(turns)


def _as_markdown(turns: Sequence[Turn]) -> str:
    parts = ["# Conversation\n"]
    for place, turn in enumerate(turns, start=1):
        parts.append(f"## {escape_markdown(turn.question)}\n")
        if turn.answer is not None:
            # labels are unique in the file: footnote 2 of question 1 is [^1-2]
            parts.append(_LABEL.sub(rf"[^{place}-\1]", answer_to_markdown(turn.answer)))
        else:
            parts.append(f"*{escape_markdown(_instead(turn))}*\n")
    return "\n".join(parts)


def _as_html(turns: Sequence[Turn]) -> str:
    cards = [
        f"<h2>{html.escape(turn.question)}</h2>\n"
        + (
            answer_to_html(turn.answer, place)
            if turn.answer
            else f"<p>{html.escape(_instead(turn))}</p>"
        )
        for place, turn in enumerate(turns, start=1)
    ]
    page = Template((WEB / "conversation.html").read_text(encoding="utf-8"))
    return page.substitute(cards="\n".join(cards))


def _as_json(turns: Sequence[Turn]) -> str:
    rows = [
        {
            "question": turn.question,
            "answer": turn.answer.to_dict() if turn.answer else None,
            "error": turn.error,
        }
        for turn in turns
    ]
    return json.dumps(rows, ensure_ascii=True, indent=2) + "\n"


def _instead(turn: Turn) -> str:
    return f"Failed: {turn.error}" if turn.error else "Stopped."
