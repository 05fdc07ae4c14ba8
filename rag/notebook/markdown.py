"""An Answer as Markdown with footnotes. Pure.

Whatever an article says stays text: it never becomes a tag, a link, an image or a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rag.fragment import live_link
from rag.notebook.parts import (
    article_name,
    encodable,
    infos_of,
    remark,
    remarks,
)
from rag.types import ABSTENTION, Answer, ArticleInfo, Span

_LINE_BREAKS = re.compile(r"[ \t\n\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]+")
_MARKUP = re.compile(r"([\\`*_\[\]<>&~|$])")
_BLOCK_START = re.compile(r"^(?:[#+=-]|\d{1,9}(?=[.)]))")
_AUTOLINK = re.compile(r"://|(?i:\bwww)(?=\.)|@")


def answer_to_markdown(answer: Answer) -> str:
    """The answer with a footnote to each quotation; refused answers show the nearest passages.

    Runs of line breaks in a quotation become one space, and what Markdown would read as
    markup is escaped, so that a renderer shows the very words of the article.
    """
    infos = infos_of(answer)
    if answer.abstained:
        blocks = [f"**{ABSTENTION}**", *_markdown_nearest(answer, infos)]
    else:
        blocks = [_markdown_sentences(answer), *_markdown_footnotes(answer, infos)]
    blocks[1:1] = [f"*{escape_markdown(line)}*" for line in remarks(answer)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def escape_markdown(text: str) -> str:
    """Text that a Markdown renderer shows as it is, on one line.

    An empty comment keeps bare addresses from becoming links, which GitHub makes of them
    even where the punctuation is escaped.
    """
    line = _LINE_BREAKS.sub(" ", encodable(text)).strip(" ")
    escaped = _MARKUP.sub(r"\\\1", line)
    escaped = _BLOCK_START.sub(_escape_block_start, escaped)
    return _AUTOLINK.sub(_break_link, escaped)


def _escape_block_start(match: re.Match[str]) -> str:
    start = match.group()
    return f"{start}\\" if start.isdigit() else f"\\{start}"


def _break_link(match: re.Match[str]) -> str:
    found = match.group()
    return ":<!-- -->//" if found == "://" else f"{found}<!-- -->"


def _markdown_sentences(answer: Answer) -> str:
    return " ".join(
        escape_markdown(sentence.text) + remark(sentence) + "".join(f"[^{n}]" for n in numbers)
        for sentence, numbers in answer.numbered()
    )


def _markdown_footnotes(answer: Answer, infos: Mapping[str, ArticleInfo]) -> Iterable[str]:
    for number, citation in enumerate(answer.citations, start=1):
        where = _markdown_source(citation.span, infos, citation.quote)
        yield f"[^{number}]: “{escape_markdown(citation.quote)}” — {where}"


def _markdown_nearest(answer: Answer, infos: Mapping[str, ArticleInfo]) -> Iterable[str]:
    if answer.passages:
        yield "The nearest passages:"
    for passage in answer.passages:
        where = _markdown_source(passage.span, infos, passage.text)
        yield f"> {escape_markdown(passage.text)}\n>\n> — {where}"


def _markdown_source(span: Span, infos: Mapping[str, ArticleInfo], words: str) -> str:
    """The name of an article, its date, and its source: on the web, a link to the words."""
    info = infos.get(span.article_id)
    parts = [f"*{escape_markdown(article_name(span.article_id, info))}*"]
    if info and info.published:
        parts.append(info.published.isoformat())
    if info and (link := live_link(info.source, words)):
        parts.append(f"<{link}>")
    elif info and info.source and info.source != article_name(span.article_id, info):
        parts.append(escape_markdown(info.source))
    return ", ".join(parts)
