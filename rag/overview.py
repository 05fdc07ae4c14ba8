"""Questions about the articles as such: which there are, how old they are, what they are about.

No sentence of an article answers "which articles do you have?": the catalog does, in the
answer's `notice`. "What is this about?" is answered by how each article begins: news puts
its gist first, and a quotation of it is exact where a summary of ours would not be.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rag.chunk import split_sentences
from rag.types import Article, ArticleInfo, Citation, Sentence, Span

About = Literal["list", "dates", "gist"]

MOST_SUMMARISED = 3
MOST_LISTED = 20
_LEAD_SENTENCES = 2

_ARTICLES = r"(?:articles?|stories|story|reports?|texts?|documents?|sources?|news)"
_THIS = rf"(?:this|that|these|those|it|they|them|the|your|all|my)(?: the)?(?: {_ARTICLES})?"
_PATTERNS: tuple[tuple[About, re.Pattern[str]], ...] = (
    (
        "list",
        re.compile(
            rf"(?:which|what) {_ARTICLES} (?:do you (?:have|know|hold)|have you got|are there"
            rf"|are (?:here|in (?:here|there|the index))|can i ask about)"
            rf"|(?:list|show)(?: me)?(?: all)?(?: (?:the|your|my))? {_ARTICLES}"
            rf"|how many {_ARTICLES} (?:do you have|are there|are in (?:here|the index))",
            re.IGNORECASE,
        ),
    ),
    (
        "dates",
        re.compile(
            rf"when (?:was|were|is|are) {_THIS} (?:published|written|posted|from|dated)"
            rf"|(?:what is|what's) the (?:publication )?date of {_THIS}"
            rf"|how (?:old|recent|current|new) (?:is|are) {_THIS}",
            re.IGNORECASE,
        ),
    ),
    (
        "gist",
        re.compile(
            rf"what(?: is|'s|’s| are) {_THIS} (?:all )?about"
            rf"|(?:please )?(?:summari[sz]e|sum up)(?: {_THIS})?(?: (?:please|for me|briefly))?"
            rf"|(?:please )?(?:give|write)(?: me)? a (?:short |brief |quick )?summary"
            rf"(?: of {_THIS})?|(?:a |the )?summary(?: please)?|tl;?dr"
            rf"|what (?:does|do) {_THIS} say",
            re.IGNORECASE,
        ),
    ),
)


def asked_about(question: str) -> About | None:
    """What a question wants to know of the articles as such; None for any other question."""
    bare = " ".join(question.split()).strip(" ?!.,")
    return next((about for about, pattern in _PATTERNS if pattern.fullmatch(bare)), None)


def list_articles(infos: Sequence[ArticleInfo]) -> str:
    """Which articles there are, in one line for people."""
    if not infos:
        return "There are no articles here."
    named = [f"“{info.title or info.id}”{_dated(info)}" for info in infos[:MOST_LISTED]]
    more = f" and {len(infos) - MOST_LISTED} more" if len(infos) > MOST_LISTED else ""
    count = "one article" if len(infos) == 1 else f"{len(infos)} articles"
    return f"There {'is' if len(infos) == 1 else 'are'} {count}: {'; '.join(named)}{more}."


def date_articles(infos: Sequence[ArticleInfo]) -> str:
    """When the articles were published, in one line for people."""
    dates = sorted(info.published for info in infos if info.published)
    if not dates:
        return "The articles carry no date of publication."
    if dates[0] == dates[-1]:
        return f"Published on {dates[0]:%d %B %Y}."
    return f"Published between {dates[0]:%d %B %Y} and {dates[-1]:%d %B %Y}."


def lead(article: Article) -> tuple[Sentence, ...]:
    """How an article begins: its first sentences that are no caption, word for word."""
    found: list[Sentence] = []
    for start, end in split_sentences(article.text):
        if any(first <= start < last for first, last in article.captions):
            continue
        span = Span(article.id, start, end, article.version)
        text = article.text[start:end]
        found.append(Sentence(text, (Citation(span, text, 1.0),), "supported"))
        if len(found) == _LEAD_SENTENCES:
            break
    return tuple(found)


def _dated(info: ArticleInfo) -> str:
    return f" ({info.published:%d %B %Y})" if info.published else ""
