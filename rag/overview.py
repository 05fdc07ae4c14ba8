"""Questions about the articles as such: which, how old, where from, what about.

No sentence of an article answers "which articles do you have?": the catalog does, in the
answer's `notice`. "What is this about?" is answered by how each article begins: news puts
its gist first, and a quotation of it is exact where a summary of ours would not be.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rag.catalog import Filters, View
from rag.chunk import split_sentences
from rag.history import Turns
from rag.instructions import gives_orders
from rag.types import Article, ArticleInfo, Citation, Sentence, Span

About = Literal["list", "dates", "gist", "sources", "help"]

HELP = "Ask about the articles: every sentence of an answer shows the words that support it."
NO_ARTICLES = "There are no articles here."
NOTHING_WITHIN = "No article is within these limits."
MOST_SUMMARISED = 3
MOST_LISTED = 20
_LEAD_SENTENCES = 2

_ARTICLES = r"(?:articles?|stories|story|reports?|texts?|documents?|sources?|news)"
_THIS = rf"(?:this|that|these|those|it|they|them|the|your|all|my)(?: the)?(?: {_ARTICLES})?"
_THIS_ARTICLE = rf"(?:this|that|these|those|the|your|all)(?: the)? {_ARTICLES}"
_PLEASE = r"(?:please )?(?:(?:can|could|would|will) you )?(?:please )?"
_HOW_MANY = r"(?:an?|one|two|three|four|five|six|ten|a few|several|\d+)"
_UNITS = r"(?:sentences?|words?|lines?|paragraphs?|(?:bullet )?points?|bullets?)"
_MANNER = (
    r"(?:,? (?:please|for me|briefly|quickly|in (?:brief|short|a nutshell)|as short as possible"
    r"|(?:in|with|as) (?:(?:about|at most|no more than|under) )?"
    rf"(?:{_HOW_MANY} )?(?:short )?{_UNITS}"
    r"|in (?:plain|simple) (?:words|terms|english|language)))*"
)
_PATTERNS: tuple[tuple[About, re.Pattern[str]], ...] = (
    (
        "list",
        re.compile(
            rf"(?:which|what) {_ARTICLES} (?:do you (?:have|know|hold)|have you got|are there"
            rf"|are (?:here|in (?:here|there|the index))|can i ask about)"
            rf"|(?:list|show)(?: me)?(?: all)?(?: (?:the|your|my))? {_ARTICLES}"
            rf"|how many {_ARTICLES} (?:do you have|are there|are in (?:here|the index))"
            rf"|(?:which|what) {_ARTICLES} (?:can|do) you (?:answer (?:questions )?about|use|read)"
            r"|what (?:can|should|may) i ask(?: you)?(?: about)?|what do you know(?: about)?",
            re.IGNORECASE,
        ),
    ),
    (
        "dates",
        re.compile(
            rf"when (?:was|were|is|are) {_THIS} (?:published|written|posted|from|dated)"
            rf"|(?:what is|what's) the (?:publication )?date of {_THIS}"
            rf"|how (?:old|recent|current|new|up to date) (?:is|are) {_THIS}"
            rf"|(?:what|which) (?:date|day|month|year|time) (?:is|are|was|were) {_THIS} from",
            re.IGNORECASE,
        ),
    ),
    (
        "gist",
        re.compile(
            rf"(?:what(?: is|'s|’s| are) {_THIS} (?:all )?about"
            rf"|{_PLEASE}(?:(?:briefly|quickly) )?(?:summari[sz]e|sum up)(?: {_THIS})?(?: up)?"
            rf"|{_PLEASE}(?:tell me|what can you tell me) about {_THIS_ARTICLE}"
            rf"|{_PLEASE}(?:(?:give|tell|show) me |list |what are |what(?: is|'s|’s) )?the "
            rf"(?:main|key|most important) (?:points?|ideas?|topics?|facts|takeaways?|message)"
            rf"(?: (?:of|in) {_THIS})?"
            rf"|what (?:happens|happened|is said|is reported) in {_THIS_ARTICLE}"
            rf"|(?:{_PLEASE}(?:give|write|show)(?: me)? |what(?: is|'s|’s) )?(?:an? |the )?"
            rf"(?:(?:short|brief|quick|[\w-]+[- ](?:sentence|word|line)) )?"
            rf"(?:summary|overview|gist|recap)(?: of {_THIS})?|tl;?dr"
            rf"|what (?:does|do) {_THIS} say){_MANNER}",
            re.IGNORECASE,
        ),
    ),
    (
        "sources",
        re.compile(
            rf"(?:what|which)(?: is|'s|’s| are) the sources?(?: of {_THIS})?"
            rf"|where (?:is|are|was|were|does|do|did) {_THIS} (?:come )?from"
            rf"|who (?:published|printed|reported) {_THIS}",
            re.IGNORECASE,
        ),
    ),
    (
        "help",
        re.compile(
            r"(?:hello|hi|hey|good (?:morning|afternoon|evening))(?: there)?|thanks?(?: you)?"
            r"(?: (?:very|so) much| a lot)?|(?:who|what) are you|what (?:can|do) you do"
            r"|(?:how (?:do|does) (?:you|this) work)|help(?: me)?",
            re.IGNORECASE,
        ),
    ),
)


_IT = r"(?:it|they|them|this|that|these|those|the (?:reports?|documents?|texts?|stor(?:y|ies)))"
_LEANING = re.compile(
    rf"how (?:old|recent|current|new|up to date) (?:is|are) {_IT}"
    rf"|(?:what|which) (?:date|day|month|year|time) (?:is|are|was|were) {_IT} from"
    rf"|where (?:is|are|was|were|does|do|did) {_IT} (?:come )?from|what (?:does|do) {_IT} say"
    rf"|who (?:published|printed|reported) {_IT}"
    r"|when (?:was|were) the (?:reports?|documents?|texts?) (?:published|written|posted|dated)",
    re.IGNORECASE,
)
"""Questions that point at what was said before, where something was."""


def asked_about(question: str, turns: Turns = ()) -> About | None:
    """What a question wants to know of the articles as such; None for any other question.

    After a question about something else, "How old is it?" and "What does the report say?" may be
    about that.
    """
    bare = " ".join(question.split()).strip(" ?!.,")
    before = next((text for role, text in reversed(turns) if role == "user"), "")
    if before and _LEANING.fullmatch(bare) and asked_about(before) is None:
        return None
    return next((about for about, pattern in _PATTERNS if pattern.fullmatch(bare)), None)


def list_articles(infos: Sequence[ArticleInfo]) -> str:
    """Which articles there are, in one line for people."""
    if not infos:
        return NO_ARTICLES
    named = [f"“{info.title or info.id}”{_dated(info)}" for info in infos[:MOST_LISTED]]
    more = f" and {len(infos) - MOST_LISTED} more" if len(infos) > MOST_LISTED else ""
    count = "one article" if len(infos) == 1 else f"{len(infos)} articles"
    return f"There {'is' if len(infos) == 1 else 'are'} {count}: {'; '.join(named)}{more}."


def date_articles(infos: Sequence[ArticleInfo]) -> str:
    """When the articles were published, in one line for people."""
    dates = sorted(info.published for info in infos if info.published)
    if not infos:
        return NO_ARTICLES
    if not dates:
        return "The articles carry no date of publication."
    undated = len(infos) - len(dates)
    others = f"; {undated} without a date" if undated else ""
    if dates[0] == dates[-1]:
        return f"Published on {dates[0]:%d %B %Y}{others}."
    return f"Published between {dates[0]:%d %B %Y} and {dates[-1]:%d %B %Y}{others}."


def name_sources(infos: Sequence[ArticleInfo]) -> str:
    """Where the articles are from, in one line for people."""
    if not infos:
        return list_articles(infos)
    named = [f"{info.source or 'unknown'}{_dated(info)}" for info in infos[:MOST_LISTED]]
    more = f" and {len(infos) - MOST_LISTED} more" if len(infos) > MOST_LISTED else ""
    return f"{'Source' if len(infos) == 1 else 'Sources'}: {'; '.join(named)}{more}."


def overview(
    view: View, about: About, filters: Filters
) -> tuple[list[ArticleInfo], tuple[Sentence, ...]]:
    """The articles in question, and how they begin if that was asked and they are few."""
    infos = view.matching(filters)
    if about != "gist" or len(infos) > MOST_SUMMARISED:
        return infos, ()
    articles = [view.article(info.id) for info in infos]
    return infos, tuple(sentence for article in articles if article for sentence in lead(article))


def nothing_to_search(view: View, filters: Filters) -> str:
    """Why nothing is found, where that is not for what the articles say; "" where it is."""
    articles, _ = view.counts()
    if not articles:
        return NO_ARTICLES
    return NOTHING_WITHIN if filters.active and not view.article_numbers(filters) else ""


def describe(about: About, infos: Sequence[ArticleInfo], filters: Filters) -> str:
    """What the catalog says to such a question, in one line or two for people."""
    if filters.active and not infos:
        return NOTHING_WITHIN
    if about == "dates":
        return date_articles(infos)
    if about == "sources":
        return name_sources(infos)
    return f"{HELP} {list_articles(infos)}" if about == "help" else list_articles(infos)


def lead(article: Article) -> tuple[Sentence, ...]:
    """How an article begins: its first sentences that are no caption and no order, verbatim."""
    found: list[Sentence] = []
    for start, end in split_sentences(article.text):
        if any(first <= start < last for first, last in article.captions):
            continue
        span = Span(article.id, start, end, article.version)
        text = article.text[start:end]
        if gives_orders(text):
            continue
        found.append(Sentence(text, (Citation(span, text, 1.0),), "supported"))
        if len(found) == _LEAD_SENTENCES:
            break
    return tuple(found)


def _dated(info: ArticleInfo) -> str:
    return f" ({info.published:%d %B %Y})" if info.published else ""
