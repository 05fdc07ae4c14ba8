"""How an Answer looks in a notebook, as Markdown, and what `%%ask` does.

In: an Answer. Out: text, made without I/O but for the style sheet beside this file. Whatever
an article says stays text: it never becomes a tag, a link, an image or a heading. The card
needs no script, takes its colours from the page around it, and stays readable where a viewer
strips its styles.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from rag.errors import InputError
from rag.types import ABSTENTION, Answer, ArticleInfo, Citation, Passage, Sentence, Span

CONTEXT = 160  # code points shown on each side of a quotation

BROKEN_OFF = "The language model broke off; quotations stand in for the rest."
_REMARKS = {"supported": "", "partly": "partly supported", "unsupported": "not supported"}

# -- Markdown ---------------------------------------------------------------------------

_LINE_BREAKS = re.compile(r"[ \t\n\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]+")
_MARKUP = re.compile(r"([\\`*_\[\]<>&~|$])")
_BLOCK_START = re.compile(r"^(?:[#+=-]|\d{1,9}(?=[.)]))")
_AUTOLINK = re.compile(r"://|(?i:\bwww)(?=\.)|@")
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\\x00-\x20\x7f-\x9f]+")


def answer_to_markdown(answer: Answer) -> str:
    """The answer with a footnote to each quotation; refused answers show the nearest passages.

    Runs of line breaks in a quotation become one space, and what Markdown would read as
    markup is escaped, so that a renderer shows the very words of the article.
    """
    infos = _infos(answer)
    if answer.abstained:
        blocks = [f"**{ABSTENTION}**", *_markdown_nearest(answer, infos)]
    else:
        blocks = [_markdown_sentences(answer), *_markdown_footnotes(answer, infos)]
    blocks[1:1] = [f"*{escape_markdown(line)}*" for line in _remarks(answer)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def escape_markdown(text: str) -> str:
    """Text that a Markdown renderer shows as it is, on one line.

    An empty comment keeps bare addresses from becoming links, which GitHub makes of them
    even where the punctuation is escaped.
    """
    line = _LINE_BREAKS.sub(" ", _encodable(text)).strip(" ")
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
        where = _markdown_source(citation.span, infos)
        yield f"[^{number}]: “{escape_markdown(citation.quote)}” — {where}"


def _markdown_nearest(answer: Answer, infos: Mapping[str, ArticleInfo]) -> Iterable[str]:
    if answer.passages:
        yield "The nearest passages:"
    for passage in answer.passages:
        where = _markdown_source(passage.span, infos)
        yield f"> {escape_markdown(passage.text)}\n>\n> — {where}"


def _markdown_source(span: Span, infos: Mapping[str, ArticleInfo]) -> str:
    info = infos.get(span.article_id)
    parts = [f"*{escape_markdown(article_name(span.article_id, info))}*"]
    if info and info.published:
        parts.append(info.published.isoformat())
    if info and info.source and info.source != article_name(span.article_id, info):
        is_web = _WEB_ADDRESS.fullmatch(info.source)
        parts.append(f"<{info.source}>" if is_web else escape_markdown(info.source))
    return ", ".join(parts)


# -- HTML -------------------------------------------------------------------------------


def answer_to_html(answer: Answer) -> str:
    """The answer as a card: sentences with numbered chips, then every source in its context.

    Pointing at a chip shows the quotation; following it leads to the source below. The same
    answer always gives the same text, so that a notebook does not change when it is run again.
    """
    key = hashlib.sha256(repr((answer.question, answer.text)).encode("utf-8", "replace"))
    prefix = f"footnote-{key.hexdigest()[:8]}"
    infos = _infos(answer)
    remarks = "".join(f"<p><em>{_escape(line)}</em></p>" for line in _remarks(answer))
    body = _html_refusal(answer, infos) if answer.abstained else _html_answer(answer, infos, prefix)
    return (
        f'<style>{_style_sheet()}</style>\n<div class="footnote-card">\n{body}{remarks}\n'
        f"<p><small>Answerer: {_escape(answer.model)}</small></p>\n</div>"
    )


@cache
def _style_sheet() -> str:
    return files("rag").joinpath("web/notebook.css").read_text("utf-8").strip()


def _html_answer(answer: Answer, infos: Mapping[str, ArticleInfo], prefix: str) -> str:
    citations = answer.citations
    sentences = " ".join(
        f'<span dir="auto">{_escape(sentence.text)}</span>{remark(sentence)}'
        + "".join(_html_chip(citations[number - 1], number, prefix) for number in numbers)
        for sentence, numbers in answer.numbered()
    )
    sources = "\n".join(
        f'<li id="{prefix}-{number}">{_html_quotation(citation, answer.passages)}'
        f"{_html_source(citation.span, infos)}</li>"
        for number, citation in enumerate(citations, start=1)
    )
    return f'<p dir="auto">{sentences}</p>\n<ol>\n{sources}\n</ol>\n'


def _html_chip(citation: Citation, number: int, prefix: str) -> str:
    quote = _escape(f"“{citation.quote}”")
    return (
        f'<sup><a class="footnote-chip" href="#{prefix}-{number}" title="{quote}" '
        f'aria-label="Footnote {number}: {quote}">[{number}]</a></sup>'
    )


def _html_quotation(citation: Citation, passages: Sequence[Passage]) -> str:
    before, quote, after = quote_in_context(citation, passages)
    return (
        f'<blockquote dir="auto">{_escape(before)}<mark>{_escape(quote)}</mark>'
        f"{_escape(after)}</blockquote>"
    )


def _html_refusal(answer: Answer, infos: Mapping[str, ArticleInfo]) -> str:
    refusal = f"<p><strong>{ABSTENTION}</strong></p>\n"
    if not answer.passages:
        return refusal
    nearest = "\n".join(
        f'<blockquote dir="auto">{_escape(passage.text)}</blockquote>'
        f"{_html_source(passage.span, infos)}"
        for passage in answer.passages
    )
    count = len(answer.passages)
    label = "The nearest passage" if count == 1 else f"The {count} nearest passages"
    return f"{refusal}<details>\n<summary>{label}</summary>\n{nearest}\n</details>\n"


def _html_source(span: Span, infos: Mapping[str, ArticleInfo]) -> str:
    info = infos.get(span.article_id)
    name = f"<cite><bdi>{_escape(article_name(span.article_id, info))}</bdi></cite>"
    if info and _WEB_ADDRESS.fullmatch(info.source):
        address = _escape(info.source)
        name = f'<a href="{address}" rel="noopener noreferrer" target="_blank">{name}</a>'
    if info and info.published:
        date = info.published.isoformat()
        name += f', <time datetime="{date}">{date}</time>'
    return f"<p>{name}</p>"


def _escape(text: str) -> str:
    return html.escape(_encodable(text), quote=True)


# -- What both forms share ----------------------------------------------------------------


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


def _infos(answer: Answer) -> dict[str, ArticleInfo]:
    return {info.id: info for info in answer.articles}


def _remarks(answer: Answer) -> list[str]:
    searched = f"Searched for: {answer.query}" if answer.query != answer.question else ""
    broken_off = "" if answer.complete else BROKEN_OFF
    return [line for line in (answer.notice, broken_off, searched) if line]


def remark(sentence: Sentence) -> str:
    """What is said after a sentence that its quotation does not wholly support, else ""."""
    text = _REMARKS[sentence.verdict]
    return f" ({text})" if text else ""


def _encodable(text: str) -> str:
    """Without lone surrogates, which no file or page can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


# -- IPython ------------------------------------------------------------------------------


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext rag` adds `%%ask`: the cell is the question, `assistant` answers it.

    A name after `%%ask` takes the assistant from that variable; `%ask …` asks in one line.
    """
    ipython.register_magic_function(_ask_magic(ipython), "line_cell", "ask")


def _ask_magic(ipython: Any) -> Callable[[str, str | None], Answer]:
    def ask(line: str, cell: str | None = None) -> Answer:
        name = "assistant" if cell is None else line.strip() or "assistant"
        question = line if cell is None else cell
        if name not in ipython.user_ns:
            raise InputError(
                f"there is no variable {name!r}; make one with "
                f'{name} = rag.Assistant.from_sources(["seeds/"])'
            )
        answer: Answer = ipython.user_ns[name].ask(question.strip())
        return answer

    return ask
