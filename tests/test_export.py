"""A conversation as a file: every footnote is in it, and text stays text."""

from __future__ import annotations

import json
import re

from rag.export import export
from rag.turn import Turn
from rag.types import Answer, ArticleInfo, Citation, Sentence, Span

QUOTE = "A [^1] <img src=x> claim."
INFO = ArticleInfo("a", "Title <b>", "a.txt", None, "", 30)


def answered(question: str) -> Turn:
    sentence = Sentence(QUOTE, (Citation(Span("a", 0, len(QUOTE)), QUOTE, 1.0),), "supported")
    answer = Answer(question, question, (sentence,), (), False, "quote", articles=(INFO,))
    return Turn(question, answer=answer)


CONVERSATION = [answered("One <i>?"), answered("Two?"), Turn("Three?", error="down")]


def test_markdown_gives_each_question_its_own_footnotes():
    name, media_type, text = export(CONVERSATION, "markdown")
    assert (name, media_type) == ("conversation.md", "text/markdown")
    labels = re.findall(r"(?<!\\)\[\^([\d-]+)\]:", text)
    assert labels == ["1-1", "2-1"]
    assert "Failed: down" in text


def test_the_web_page_shows_text_as_text():
    name, _, text = export(CONVERSATION, "html")
    assert name == "conversation.html"
    assert "<h2>One &lt;i&gt;?</h2>" in text
    assert "<img" not in text
    assert "src=x" in text


def test_the_same_answer_twice_has_footnotes_of_its_own_each_time():
    _, _, text = export([answered("One?"), answered("One?")], "html")
    ids = re.findall(r'id="([^"]+)"', text)
    assert len(ids) == len(set(ids)) == 2
    assert re.findall(r'href="#([^"]+)"', text) == ids


def test_json_holds_the_whole_answers():
    _, _, text = export(CONVERSATION, "json")
    rows = json.loads(text)
    assert [row["question"] for row in rows] == ["One <i>?", "Two?", "Three?"]
    assert rows[0]["answer"] == CONVERSATION[0].answer.to_dict()
    assert (rows[2]["answer"], rows[2]["error"]) == (None, "down")
