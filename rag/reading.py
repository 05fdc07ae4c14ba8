"""What the reader pane shows: an article at a footnote's words, at a passage, or from its top.

Each function gives HTML and never raises for a footnote, passage or article that is not there
(any more): the pane then says so.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from rag import render
from rag.desk import Desk
from rag.errors import Error, UnknownArticle
from rag.highlight import Mark
from rag.turn import Turn
from rag.types import Answer, Span


def read_footnote(desk: Desk, turns: Sequence[Turn], place: int, number: int) -> str:
    """Footnote `number` (from 1) of the turn at `place`, all of its answer's quotations marked."""
    answer = _answer(turns, place)
    if answer is None or not 1 <= number <= len(answer.citations):
        return render.show_reader_empty()
    cited = answer.citations[number - 1]
    marks = [
        Mark(n, other.span.start, other.span.end)
        for n, other in enumerate(answer.citations, start=1)
        if other.span.article_id == cited.span.article_id
        and other.span.version == cited.span.version
    ]
    shown = {"turn": place, "total": len(answer.citations), "kind": "quote"}
    return _open(desk, cited.span, cited.quote, marks, number, shown)


def read_passage(desk: Desk, turns: Sequence[Turn], place: int, at: int) -> str:
    """Passage `at` (from 0) of the turn at `place`: near the question, but no answer to it."""
    answer = _answer(turns, place)
    if answer is None or not 0 <= at < len(answer.passages):
        return render.show_reader_empty()
    passage = answer.passages[at]
    marks = [Mark(at + 1, passage.span.start, passage.span.end)]
    shown = {"turn": place, "kind": "near"}
    return _open(desk, passage.span, passage.text, marks, at + 1, shown)


def read_article(desk: Desk, article_id: str) -> str:
    """An article from its top, nothing marked."""
    try:
        return render.show_reader(desk.assistant().article(article_id), kind="none")
    except Error as error:
        return _failed(desk, error)


def _failed(desk: Desk, error: Error) -> str:
    return render.show_reader_failure(desk.said(error), secrets.token_hex(4))


def _answer(turns: Sequence[Turn], place: int) -> Answer | None:
    return turns[place].answer if 0 <= place < len(turns) else None


def _open(
    desk: Desk, span: Span, words: str, marks: Sequence[Mark], chosen: int, shown: dict[str, Any]
) -> str:
    """The article at a span, or the words alone where it is no longer the same."""
    try:
        article = desk.assistant().article(span.article_id)
    except UnknownArticle:
        return render.show_reader_changed(span.article_id, words)
    except Error as error:
        return _failed(desk, error)
    if span.version and span.version != article.version:
        return render.show_reader_changed(render.article_name(article), words)
    return render.show_reader(article, marks, chosen, **shown)
