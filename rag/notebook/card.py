"""An Answer as a card for a notebook: HTML without a script. Pure but for the style sheet.

The card takes its colours from the page around it, and stays readable where a viewer strips
its styles. Whatever an article says stays text.
"""

from __future__ import annotations

import hashlib
import html
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from rag.fragment import live_link
from rag.notebook.parts import (
    article_name,
    encodable,
    infos_of,
    quote_in_context,
    remark,
    remarks,
)
from rag.types import ABSTENTION, Answer, ArticleInfo, Citation, Passage, Span

# How often each answer was shown by this process: its cards in one notebook are told apart.
_shown: Counter[str] = Counter()


def next_card(answer: Answer) -> str:
    """The answer as a card whose links lead nowhere but into itself, however often it is shown.

    A notebook that is run again from its start gets the same cards, so that it does not change.
    """
    key = _key(answer)
    _shown[key] += 1
    return answer_to_html(answer, _shown[key])


def answer_to_html(answer: Answer, number: int = 1) -> str:
    """The answer as a card: sentences with numbered chips, then every source in its context.

    Pointing at a chip shows the quotation; following it leads to the source below. `number`
    tells the cards of the same answer on one page apart. The same answer with the same number
    always gives the same text.
    """
    prefix = f"footnote-{_key(answer)}" + (f"-card{number}" if number > 1 else "")
    infos = infos_of(answer)
    said = "".join(f"<p><em>{escape(line)}</em></p>" for line in remarks(answer))
    body = _html_refusal(answer, infos) if answer.abstained else _html_answer(answer, infos, prefix)
    return in_card(f"{body}{said}\n<p><small>Answerer: {escape(answer.model)}</small></p>")


def _key(answer: Answer) -> str:
    text = repr((answer.question, answer.text))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def in_card(body: str) -> str:
    """Markup of ours in the frame of a card, with the style sheet that makes it one."""
    return f'<style>{_style_sheet()}</style>\n<div class="footnote-card">\n{body}\n</div>'


@cache
def _style_sheet() -> str:
    return files("rag").joinpath("web/notebook.css").read_text("utf-8").strip()


def _html_answer(answer: Answer, infos: Mapping[str, ArticleInfo], prefix: str) -> str:
    citations = answer.citations
    sentences = " ".join(
        f'<span dir="auto">{escape(sentence.text)}</span>{remark(sentence)}'
        + "".join(_html_chip(citations[number - 1], number, prefix) for number in numbers)
        for sentence, numbers in answer.numbered()
    )
    sources = "\n".join(
        f'<li id="{prefix}-{number}">{_html_quotation(citation, answer.passages)}'
        f"{html_source(citation.span, infos, words=citation.quote)}</li>"
        for number, citation in enumerate(citations, start=1)
    )
    return f'<p dir="auto">{sentences}</p>\n<ol>\n{sources}\n</ol>\n'


def _html_chip(citation: Citation, number: int, prefix: str) -> str:
    quote = escape(f"“{citation.quote}”")
    return (
        f'<sup><a class="footnote-chip" href="#{prefix}-{number}" title="{quote}" '
        f'aria-label="Footnote {number}: {quote}">[{number}]</a></sup>'
    )


def _html_quotation(citation: Citation, passages: Sequence[Passage]) -> str:
    before, quote, after = quote_in_context(citation, passages)
    return (
        f'<blockquote dir="auto">{escape(before)}<mark>{escape(quote)}</mark>'
        f"{escape(after)}</blockquote>"
    )


def _html_refusal(answer: Answer, infos: Mapping[str, ArticleInfo]) -> str:
    refusal = f"<p><strong>{ABSTENTION}</strong></p>\n"
    if not answer.passages:
        return refusal
    nearest = "\n".join(
        f'<blockquote dir="auto">{escape(passage.text)}</blockquote>'
        f"{html_source(passage.span, infos, words=passage.text)}"
        for passage in answer.passages
    )
    count = len(answer.passages)
    label = "The nearest passage" if count == 1 else f"The {count} nearest passages"
    return f"{refusal}<details>\n<summary>{label}</summary>\n{nearest}\n</details>\n"


def html_source(
    span: Span, infos: Mapping[str, ArticleInfo], more: str = "", *, words: str = ""
) -> str:
    """Where words are from: the article's name, its date, and more.

    An article on the web is linked, at the words.
    """
    info = infos.get(span.article_id)
    name = f"<cite><bdi>{escape(article_name(span.article_id, info))}</bdi></cite>"
    if info and (link := live_link(info.source, words)):
        name = f'<a href="{escape(link)}" rel="noopener noreferrer" target="_blank">{name}</a>'
    if info and info.published:
        date = info.published.isoformat()
        name += f', <time datetime="{date}">{date}</time>'
    return f"<p>{name}{' · ' if more else ''}{escape(more)}</p>"


def escape(text: str) -> str:
    """Text as HTML that shows it, in an element or an attribute."""
    return html.escape(encodable(text), quote=True)
