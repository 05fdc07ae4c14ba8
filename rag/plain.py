"""Answers and passages as plain text, and as JSON: what the commands print. Pure.

No terminal obeys what comes out of `printable` and `json_text`: whatever an article holds,
it cannot colour, move, clear or retitle anything.
"""

from __future__ import annotations

import datetime
import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rag.notebook import BROKEN_OFF, article_name, remark
from rag.types import Answer, ArticleInfo, Passage, Sentence, Span

# Escape sequences, other control characters, bidirectional overrides and lone surrogates.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Text that no terminal obeys: control characters become visible, or are replaced.

    Line ends become line feeds; line feeds and tabs stay.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub(lambda found: _visible(found.group()), lines)


def _visible(control: str) -> str:
    code = ord(control)
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def json_text(value: Any, *, ascii_only: bool = False) -> str:
    """One JSON value; reading it gives the very same text, control characters too."""
    text = json.dumps(value, indent=2, ensure_ascii=ascii_only)
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def answer_text(answer: Answer) -> str:
    """The answer with numbered footnotes; a refusal with the nearest passages."""
    infos = {info.id: info for info in answer.articles}
    return "\n\n".join(block for block in _blocks(answer, infos) if block)


def _blocks(answer: Answer, infos: Mapping[str, ArticleInfo]) -> Iterator[str]:
    if answer.abstained:
        yield answer.text
    else:
        yield " ".join(_with_markers(*numbered) for numbered in answer.numbered())
    yield answer.notice
    yield "" if answer.complete else BROKEN_OFF
    for number, citation in enumerate(answer.citations, start=1):
        quotation = _indented(f"“{citation.quote}”")
        yield f"[{number}] {_where(citation.span, infos)}\n{quotation}"
    if answer.abstained and answer.passages:
        yield "The nearest passages:"
        yield passages_text(answer.passages, infos)


def _with_markers(sentence: Sentence, numbers: Sequence[int]) -> str:
    return sentence.text + remark(sentence) + "".join(f" [{number}]" for number in numbers)


def passages_text(passages: Sequence[Passage], infos: Mapping[str, ArticleInfo]) -> str:
    """Numbered passages, each under the title and date of its article."""
    return "\n\n".join(
        f"({number}) {_where(passage.span, infos)}\n{_indented(passage.text)}"
        for number, passage in enumerate(passages, start=1)
    )


def passage_dict(passage: Passage, infos: Mapping[str, ArticleInfo]) -> dict[str, Any]:
    """A passage ready for JSON, with what is known of its article."""
    info = infos.get(passage.span.article_id)
    return {**asdict(passage), "article": article_dict(info) if info else None}


def article_dict(article: ArticleInfo) -> dict[str, Any]:
    """An article without its text, ready for JSON; the date in ISO form."""
    published = article.published.isoformat() if article.published else None
    return {**asdict(article), "published": published}


def one_line(text: str) -> str:
    """Text with every run of spaces and line ends as one space."""
    return " ".join(text.split())


def day(published: datetime.date | None) -> str:
    """A date, or as many characters that say there is none."""
    return published.isoformat() if published else "no date   "


def _where(span: Span, infos: Mapping[str, ArticleInfo]) -> str:
    info = infos.get(span.article_id)
    date = f" ({info.published.isoformat()})" if info and info.published else ""
    return f"{one_line(article_name(span.article_id, info))}{date}"


def _indented(text: str) -> str:
    return textwrap.indent(printable(text), "    ")
