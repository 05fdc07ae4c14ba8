"""What an answer's forms share: quotations in their context, names, remarks. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.types import Answer, ArticleInfo, Citation, Passage, Sentence, Span

CONTEXT = 160  # code points shown on each side of a quotation

BROKEN_OFF = "The language model did not finish its answer."

_REMARKS = {"supported": "", "partly": "partly supported", "unsupported": "not supported"}


def quote_in_context(
    citation: Citation, passages: Sequence[Passage], width: int = CONTEXT
) -> tuple[str, str, str]:
    """The words before, of and after a quotation, from the passage that holds it.

    Each side has at most `width` code points besides the ellipsis that says more was there,
    and is cut between words. Both sides are empty if no passage holds the quotation.
    """
    span = citation.span
    passage = next((p for p in passages if _holds(p.span, span)), None)
    if passage is None:
        return "", citation.quote, ""
    start, end = span.start - passage.span.start, span.end - passage.span.start
    before, after = passage.text[:start], passage.text[end:]
    if len(before) > width:
        before = "…" + re.sub(r"^\S*(?=\s)", "", before[-width:])
    if len(after) > width:
        after = re.sub(r"(?<=\s)\S*$", "", after[:width]) + "…"
    return before, citation.quote, after


def _holds(outer: Span, inner: Span) -> bool:
    same_text = (outer.article_id, outer.version) == (inner.article_id, inner.version)
    return same_text and outer.start <= inner.start and inner.end <= outer.end


def article_name(article_id: str, info: ArticleInfo | None) -> str:
    """What an article is called: its title, else its source, else its id."""
    return (info.title or info.source if info else "") or article_id


def infos_of(answer: Answer) -> dict[str, ArticleInfo]:
    """The articles of an answer by id."""
    return {info.id: info for info in answer.articles}


def remarks(answer: Answer) -> list[str]:
    """What is said beside an answer, a line each."""
    searched = f"Searched for: {answer.query}" if answer.query != answer.question else ""
    broken_off = "" if answer.complete else BROKEN_OFF
    return [line for line in (answer.notice, broken_off, searched) if line]


def remark(sentence: Sentence) -> str:
    """What is said after a sentence that its quotation does not wholly support, else ""."""
    text = _REMARKS[sentence.verdict]
    return f" ({text})" if text else ""


def encodable(text: str) -> str:
    """Without lone surrogates, which no file or page can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
