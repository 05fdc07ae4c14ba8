"""Answers and articles as HTML for the web chat. Pure: values in, strings out.

    show_turn(turn, index, …)        one question and what became of it
    show_reader(article, marks, …)   an article with quotations highlighted
    show_library(articles, …)        the list of articles
    show_masthead, show_welcome      the frame around them

The markup lives in `rag/web/*.html`. Every value is escaped there by Jinja's autoescape, so
nothing of a question, a title or an article can become markup: text is only ever text.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from rag.conversations import Kept
from rag.feedback import REASONS
from rag.fragment import live_link
from rag.highlight import Block, Mark, blocks
from rag.language import (
    day,
    day_and_time,
    decimal,
    gettext,
    mark,
    ngettext,
    spoken,
    translate,
)
from rag.load.sources import KINDS
from rag.settings import Settings
from rag.shelf import ALL, PAGE, Shelf, listing
from rag.site import source_name, without_folders
from rag.turn import AskingState, Talk, Turn
from rag.types import Answer, Article, ArticleInfo, Span

if TYPE_CHECKING:
    from rag import library

WEB = Path(__file__).parent / "web"

# A reader pane holds at most about this many characters; of a longer article it shows the
# surroundings of the chosen words.
READER_WINDOW = 120_000

_KINDS = {
    "text": mark("text"),
    "markdown": "Markdown",
    "html": mark("web pages"),
    "pdf": "PDF",
    "docx": "Word",
    "feed": mark("feeds"),
}
_REPORTED = {
    "added": mark("%(count)s added"),
    "updated": mark("%(count)s updated"),
    "unchanged": mark("%(count)s unchanged"),
    "skipped": mark("%(count)s skipped"),
}

_WORDS = {
    "ask": mark("Ask"),
    "ask_instead": mark("Ask instead"),
    "placeholder": mark("Ask the articles…"),
    "many_wait": mark("Many questions are waiting. Try again in a moment."),
    "stop": mark("Stop"),
    "cancel": mark("Cancel"),
    "your_question": mark("Your question"),
}
# What retrieval says of a passage it did not use.
_DROPPED = (
    mark("a copy of a better passage"),
    mark("not among the %(number)s best"),
    mark("not among the %(number)s reranked"),
)

_SURROGATE = re.compile("[\ud800-\udfff]")

Kind = Literal["quote", "near", "none"]  # what a reader's marks are: footnotes, a nearest passage


def show_turn(turn: Turn, index: int, *, last: bool = False) -> str:
    """One turn. `index` is its place in the conversation; a last turn can be retried and edited."""
    answer = without_folders(turn.answer) if turn.answer else None
    return _fill(
        "turn.html",
        turn=turn,
        index=index,
        last=last,
        answer=answer,
        titles=titles(answer),
        rewritten=_rewritten(turn),
        verbatim=_verbatim(answer),
        shown=_shown_whole(answer),
        trace=answer.trace if answer else None,
        excerpts=_excerpts(answer),
        markdown=answer.to_markdown() if answer else "",
        reasons=REASONS,
    )


def show_turns(conversation: Sequence[Turn], first: int = 0) -> str:
    """Several turns, none of them the last."""
    return "".join(show_turn(item, first + place) for place, item in enumerate(conversation))


def show_reader(
    article: Article,
    marks: Sequence[Mark] = (),
    chosen: int | None = None,
    *,
    turn: int | None = None,
    total: int = 0,
    kind: Kind = "quote",
) -> str:
    """The reader pane: the article, its marks highlighted, the chosen one as one element.

    The element with the id `chosen` has exactly `article.text[mark.start:mark.end]` as its
    text content. `total` is how many footnotes the answer has. `kind` says whether marks are
    footnotes or a refusal's nearest passage.
    """
    strong = next((mark for mark in marks if mark.number == chosen), None)
    window = _window(len(article.text), strong)
    shown = blocks(article.text, marks, chosen, within=window)
    return _fill(
        "reader.html",
        article=article,
        blocks=[(block, _is_caption(block, article)) for block in shown],
        cut=window != (0, len(article.text)),
        chosen=chosen,
        turn=turn,
        kind=kind,
        total=total,
        live=_live_link(article, strong),
    )


def show_reader_empty() -> str:
    """The reader pane before anything was opened."""
    return _fill("reader_empty.html")


def show_reader_changed(title: str, quote: str) -> str:
    """The reader pane for a quotation whose article has since changed or gone."""
    return _fill("reader_changed.html", title=title, quote=quote)


def show_reader_failure(message: str, serial: str) -> str:
    """The reader pane when an article could not be opened. `serial` shows a second time as one."""
    return _fill("reader_failure.html", message=message, serial=serial)


def show_library(
    articles: Sequence[ArticleInfo],
    shelf: Shelf = ALL,
    status: str = "ready",
    *,
    may_edit: bool = False,
) -> str:
    """A page of the list of articles, as `shelf` has it.

    `status` is "loading", "ready", "missing" or "failed".
    """
    shown = listing(articles, shelf)
    page = shown.first // PAGE
    return _fill(
        "library.html", listing=shown, shelf=shelf, page=page, status=status, may_edit=may_edit
    )


def show_library_tools(settings: Settings | None = None, *, empty: bool = False) -> str:
    """What stands above the list: adding, where the settings allow it, a search, dates."""
    return _fill(
        "library_tools.html",
        may_edit=settings is not None and settings.may_edit,
        allow_url=settings is not None and settings.allow_url,
        megabytes=settings.max_upload_mb if settings else 0,
        most=settings.max_upload_files if settings else 0,
        kinds=sorted(KINDS),
        named_kinds=", ".join(
            sorted({gettext(_KINDS[kind]) for kind in KINDS.values()}, key=str.lower)
        ),
        open=empty,
    )


def show_adding(step: library.Step) -> str:
    """How far an addition is, or what came of it."""
    said = []
    if step.report:
        counts = {name: getattr(step.report, name) for name in ("added", "updated", "unchanged")}
        counts["skipped"] = len(step.report.skipped)
        said = [gettext(_REPORTED[k]) % {"count": decimal(n)} for k, n in counts.items() if n]
    return _fill("adding.html", step=step, counts=said, removed="", error=step.error)


def show_removed(name: str, error: str = "", left: Sequence[str] = ()) -> str:
    """That an article is out, or why it is not; `left` are files that could not be deleted."""
    return _fill("adding.html", removed=name, error=error, left=left)


def show_masthead(
    status: str, detail: str = "", talk: Talk | None = None, *, asking: AskingState = ""
) -> str:
    """The page's header with what state the chat is in, and what its conversation can be told.

    `talk` is None in a page whose conversation is not known yet. By `asking` the style sheet shows
    the buttons beside the box.
    """
    return _fill("masthead.html", status=status, detail=detail, talk=talk, asking=asking)


def show_talks(
    talks: Sequence[Kept],
    current: str = "",
    unkept: str = "",
    *,
    keeping: bool = True,
    signed_in: bool = False,
) -> str:
    """The list of conversations; `current` is the id of the one on the page.

    `unkept` says why the one on the page is not in it, `keeping` whether any are kept at all,
    `signed_in` whether their owner gave a password and can sign out.
    """
    return _fill(
        "talks.html",
        talks=talks,
        current=current,
        unkept=unkept,
        keeping=keeping,
        signed_in=signed_in,
    )


def show_answerers(answerers: Sequence[str], chosen: str = "") -> str:
    """The choice of who answers the next question; nothing where there is no choice."""
    if len(answerers) < 2:
        return ""
    return _fill("answerers.html", answerers=answerers, chosen=chosen or answerers[0])


def show_follow_ups(questions: Sequence[str]) -> str:
    """What to ask next, under the newest answer."""
    return _fill("follow_ups.html", questions=questions) if questions else ""


def show_outbox(serial: str, name: str, media_type: str, text: str) -> str:
    """A file for the page's script to save. `serial` makes each one new."""
    return _fill("outbox.html", serial=serial, name=name, media_type=media_type, text=text)


def show_welcome(
    status: str, detail: str = "", starters: Sequence[str] = (), index: str = ""
) -> str:
    """What stands in the chat before the first question."""
    return _fill("welcome.html", status=status, detail=detail, starters=starters, index=index)


def word(name: str) -> str:
    """A word that stands on the page outside of its templates."""
    return gettext(_WORDS[name])


def titles(answer: Answer | None) -> Mapping[str, ArticleInfo]:
    """The articles of an answer by id."""
    return {info.id: info for info in answer.articles} if answer else {}


def article_name(info: Article | ArticleInfo | None) -> str:
    """What to call an article: its title, else its source, else its id."""
    if info is None:
        return gettext("An article no longer in the index")
    return info.title or source_name(info.source) or info.id


def used_at(text: str) -> str:
    """A moment in ISO form for people, in UTC: 26 July 2024, 14:05; "" for no such moment."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return ""
    return day_and_time(moment)


def took(seconds: float) -> str:
    """A duration for people: 12 ms or 1.4 s."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{decimal(seconds, 1)} s"


def _rewritten(turn: Turn) -> str:
    """The question as searched for, where it is not what was asked."""
    query = turn.answer.query if turn.answer else turn.query
    return query if query.strip() and query.strip() != turn.question.strip() else ""


def _verbatim(answer: Answer | None) -> tuple[bool, ...]:
    """For each sentence, whether it is itself the quotation."""
    if answer is None:
        return ()
    return tuple(
        any(citation.quote.strip() == sentence.text.strip() for citation in sentence.citations)
        for sentence in answer.sentences
    )


def _excerpts(answer: Answer | None) -> Mapping[Span, str]:
    """The beginning of each passage, on one line."""
    passages = answer.passages if answer else ()
    return {p.span: f"{' '.join(p.text[:120].split())}…" for p in passages}


def _shown_whole(answer: Answer | None) -> frozenset[Span]:
    """The spans whose quotation already stands in the answer word for word."""
    sentences = answer.sentences if answer else ()
    return frozenset(
        citation.span
        for sentence in sentences
        for citation in sentence.citations
        if citation.quote.strip() == sentence.text.strip()
    )


def _window(length: int, strong: Mark | None) -> tuple[int, int]:
    if length <= READER_WINDOW:
        return 0, length
    middle = (strong.start + strong.end) // 2 if strong else 0
    start = max(0, min(middle - READER_WINDOW // 2, length - READER_WINDOW))
    return start, start + READER_WINDOW


def _is_caption(block: Block, article: Article) -> bool:
    return any(start < block.end and end > block.start for start, end in article.captions)


def _live_link(article: Article, strong: Mark | None) -> str:
    """Where the article lives on the web, at the chosen words; "" for anything but http(s)."""
    if strong is None:
        return live_link(article.source)
    before, words = article.text[: strong.start], article.text[strong.start : strong.end]
    return live_link(article.source, words, before)


def _text(value: Any) -> Any:
    """Escapes a string so that the browser's text is the same, code point for code point.

    A carriage return becomes a reference, since HTML parsers turn it into a newline. NUL and
    lone surrogates cannot be in a document and are shown as U+FFFD.
    """
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    visible = _SURROGATE.sub("\ufffd", value.replace("\0", "\ufffd"))
    return Markup(str(escape(visible)).replace("\r", "&#13;"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(WEB),
        autoescape=True,
        finalize=_text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        all_quoted=lambda answer: all(_verbatim(answer)),
        day=day,
        decimal=decimal,
        named=article_name,
        site=source_name,
        text=_text,
        took=took,
        translated=translate,
        used_at=used_at,
    )
    return environment


def _fill(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(lang=spoken(), **values)
