"""The chat's HTML: everything of an article or a question is text, and never markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import render
from rag.conversations import Kept
from rag.export import export
from rag.highlight import Mark
from rag.overview import name_sources
from rag.shelf import Shelf
from rag.turn import Talk, Turn
from rag.types import (
    Answer,
    Article,
    ArticleInfo,
    Candidate,
    Checked,
    Citation,
    Passage,
    Sentence,
    Span,
    Trace,
)

HOSTILE = Path(__file__).parents[2] / "shared" / "data" / "hostile"
EVIL = '<script>x()</script><img src=http://192.0.2.1/a.png onerror="x()"> \' " & {{7*7}} ${7*7}'

OUR_TAGS = set(
    re.findall(
        r"\w+",
        "a article blockquote button caption cite code dd details div dl dt form h1 h2 h3 header i"
        " input label li mark nav ol option p pre q section select span summary sup table tbody td"
        " th thead time tr ul",
    )
)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("supported", ""), ("partly", "partly supported"), ("unsupported", "not supported")],
)
def test_a_verdict_stands_in_words_beside_its_sentence(verdict, words):
    quote = Citation(Span("a", 0, 12), "It was sold.", None)
    answer = Answer(
        question="Was it?",
        query="Was it?",
        sentences=(Sentence("It was sold in May.", (quote,), verdict),),
        passages=(),
        abstained=False,
        model="writer-1",
    )
    shown = Page(render.show_turn(Turn("Was it?", answer=answer), 0))
    beside = "It was sold in May.1" + words
    assert beside in " ".join(shown.text.split())
    assert any(attributes.get("class") == "verdict" for _, attributes in shown.tags) is bool(words)


class Page(HTMLParser):
    """Reads HTML back as a browser does: the tags, their attributes, the text of one element."""

    def __init__(self, html: str, wanted: str = "chosen") -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.chosen: str | None = None
        self._wanted = wanted
        self._depth = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if self._depth and tag not in ("input", "br", "img"):
            self._depth += 1
        if attributes.get("id") == self._wanted:
            self._depth, self.chosen = 1, ""

    def handle_endtag(self, tag):
        self._depth = max(0, self._depth - 1)

    def handle_data(self, data):
        self.text += data
        if self._depth:
            self.chosen += data


def article_of(text: str, **fields: str) -> Article:
    return Article(id=fields.pop("id", "a"), text=text, **fields)


def info_of(article: Article) -> ArticleInfo:
    return ArticleInfo(
        article.id,
        article.title,
        article.source,
        article.published,
        article.version,
        len(article.text),
    )


def answer_of(article: Article, *quotes: str, question: str = "Why?") -> Answer:
    sentences = []
    for quote in quotes:
        start = article.text.index(quote)
        span = Span(article.id, start, start + len(quote), article.version)
        sentences.append(Sentence(quote, (Citation(span, quote, 1.0),), "supported"))
    return Answer(
        question, question, tuple(sentences), (), False, "quote", articles=(info_of(article),)
    )


def refusal_of(article: Article) -> Answer:
    passage = Passage(Span(article.id, 0, len(article.text), article.version), article.text, 1.0)
    return Answer("Why?", "Why?", (), (passage,), True, "quote", articles=(info_of(article),))


def traced(answer: Answer, text: str) -> Answer:
    """The answer with the text everywhere in its trace."""
    candidates = (Candidate(answer.citations[0].span, 1, 0.5, dropped=text),)
    checked = (Checked(text, "unsupported", "dropped", text, 0.1),)
    trace = Trace(candidates, prompt=text, checked=checked, answerable=0.7, threshold=0.5)
    return replace(answer, trace=trace, model=text, notice=text, timings={text: 0.1})


def assert_only_our_markup(html: str) -> None:
    for tag, attributes in Page(html).tags:
        assert tag in OUR_TAGS, tag
        assert not [name for name in attributes if name.startswith("on")], attributes
        assert "style" not in attributes
        assert "src" not in attributes


def everything_with(text: str) -> list[str]:
    """Every piece of HTML there is, with the text wherever it could come from outside."""
    article = article_of(text, title=text, source=text, id=text)
    cited = answer_of(article, text, question=text)
    whole = Mark(1, 0, len(text))
    return [
        render.show_turn(Turn(text, answer=cited), 0, last=True),
        render.show_turn(Turn(text, answer=refusal_of(article)), 0),
        render.show_turn(Turn(text, query=text + "?", partial=text), 0),
        render.show_turn(Turn(text, answer=traced(cited, text), vote="down", reason=text), 0),
        render.show_turn(Turn(text, error=text), 0, last=True),
        render.show_outbox("1", "a.md", "text/plain", text),
        render.show_reader(article, [whole], 1, turn=0, total=1),
        render.show_reader(article, kind="none"),
        render.show_reader_changed(text, text),
        render.show_reader_failure(text, "1"),
        render.show_library([info_of(article)] * 2, Shelf((text,)), may_edit=True),
        render.show_masthead("ready", text, Talk((Turn(text),), text, 1, text, text)),
        render.show_talks([Kept(text, text, text)], text, text),
        render.show_answerers([text, "quote"]),
        render.show_follow_ups([text]),
        render.show_welcome("failed", text, (), text),
        render.show_welcome("missing", text, (), text),
        render.show_welcome("ready", "", (text,), text),
    ]


def test_hostile_text_is_shown_as_itself_and_never_as_markup():
    for html in everything_with(EVIL):
        assert_only_our_markup(html)


@given(st.text(min_size=1, max_size=60))
def test_no_text_becomes_markup(text):
    for html in everything_with(text):
        assert_only_our_markup(html)


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="../shared/data/hostile is not here")
def test_no_known_attack_becomes_markup():
    attacks = json.loads((HOSTILE / "blns.json").read_text(encoding="utf-8"))
    for attack in attacks:
        if attack.strip():
            for html in everything_with(attack):
                assert_only_our_markup(html)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_the_highlight_reads_back_as_the_quotation(quote):
    article = article_of(f"Before. {quote} After.")
    html = render.show_reader(article, [Mark(1, 8, 8 + len(quote))], 1, turn=0, total=1)
    assert Page(html).chosen == quote


def test_what_no_document_can_hold_is_shown_as_the_replacement_character():
    html = render.show_reader(article_of("a\0b\ud800c"), kind="none")
    assert "a\ufffdb\ufffdc" in html


def test_each_sentence_has_its_footnote_and_each_footnote_its_source():
    article = article_of("One is true. Two is true.", title="Numbers", published="2024-07-26")
    page = Page(
        render.show_turn(Turn("Why?", answer=answer_of(article, *article.text.split(". ")[:1])), 0)
    )
    chips = [attributes for tag, attributes in page.tags if attributes.get("class") == "chip"]
    assert [chip["data-note"] for chip in chips] == ["1"]
    assert chips[0]["data-tip"] == "One is true"
    assert "Numbers" in page.text
    assert "26 July 2024" in page.text


def test_a_refusal_has_no_footnote_and_shows_the_nearest_passage():
    page = Page(render.show_turn(Turn("Why?", answer=refusal_of(article_of("Cats purr."))), 0))
    assert "The articles do not say." in page.text
    assert "Cats purr." in page.text
    assert not [a for _, a in page.tags if a.get("data-do") == "cite"]


COLUMNS = {
    "Meaning": ("dense_rank", "dense_score"),
    "Keywords": ("keyword_rank", "keyword_score"),
    "Both": ("fused_rank", "fused_score"),
    "Reranked": ("rerank_rank", "rerank_score"),
    "Read": ("read_rank", "read_score"),
}


def considered(answer: Answer) -> list[dict[str, str]]:
    """The table of "Why this answer" as a reader sees it, a dictionary a row."""
    html = render.show_turn(Turn("Why?", answer=answer), 0)
    table = html.split("<table>")[1].split("</table>")[0]
    heads = re.findall(r"<th [^>]*>(.*?)</th>", table)
    rows = re.findall(r"<tr>(<td.*?)</tr>", table)
    return [
        dict(zip(heads, (Page(cell).text for cell in re.findall(r"<td.*?</td>", row)), strict=True))
        for row in rows
    ]


def test_why_this_answer_shows_each_figure_under_its_own_head(seed_assistant):
    # every figure differs, so that none can stand in another's place unseen
    figures = {
        name: place + 1 if place % 2 == 0 else (place + 1) / 100
        for place, name in enumerate(name for pair in COLUMNS.values() for name in pair)
    }
    distinct = Candidate(
        Span("a", 0, 4), used=False, dropped="a copy of a better passage", **figures
    )
    made = replace(refusal_of(article_of("Cats purr.")), trace=Trace(candidates=(distinct,)))
    real = seed_assistant.ask("Why did the Hanoi summit end without an agreement?")
    for answer in (made, real):
        shown = considered(answer)
        assert len(shown) == len(answer.trace.candidates) > 0
        for row, candidate in zip(shown, answer.trace.candidates, strict=True):
            for head, (rank, score) in COLUMNS.items():
                place, value = getattr(candidate, rank), getattr(candidate, score)
                figure = "" if value is None else f" {value:.2f}"
                assert row[head] == ("–" if place is None else f"{place}{figure}"), head
            outcome = "used" if candidate.used else "dropped"
            reason = f": {candidate.dropped}" if candidate.dropped else ""
            assert row["Outcome"] == outcome + reason


@pytest.mark.parametrize(
    ("model", "chosen", "said"),
    [
        ("quote", "quote", "quotations"),
        ("small-1", "endpoint", "a model server (small-1)"),
        ("small-1", "embedded", "a small model on this machine (small-1)"),
    ],
)
def test_of_a_refusal_nobody_says_that_it_was_quoted_or_written(model, chosen, said):
    answer = replace(refusal_of(article_of("Cats purr.")), model=model)
    text = Page(render.show_turn(Turn("Why?", answer=answer, answerer=chosen), 0)).text
    assert "Quoted" not in text
    assert "Written" not in text
    assert f"Answerer{said}" in text


def test_an_error_says_so_and_does_not_look_like_a_refusal():
    html = render.show_turn(Turn("Why?", error="the model is down"), 0)
    assert 'role="alert"' in html
    assert "the model is down" in html
    assert "The articles do not say" not in html


def test_the_folders_of_the_server_are_not_shown():
    article = article_of("Text.", source="/home/editor/secret/story.txt", title="Story")
    answered = Turn("Why?", answer=answer_of(article, "Text."))
    refused = Turn("Who?", answer=refusal_of(article))
    shown = [
        *(render.show_library([info_of(article)]), render.show_reader(article)),
        # the answers with what Copy puts on the clipboard
        *(render.show_turn(answered, 0), render.show_turn(refused, 1)),
        *(export([answered, refused], form)[2] for form in ("markdown", "json")),
    ]
    assert all("story.txt" in text for text in shown)
    assert "secret" not in "".join([*shown, export([answered, refused], "html")[2]])


def test_nor_are_they_in_what_is_said_beside_an_answer():
    article = article_of("Text.", source="/home/editor/secret/story.txt", title="Story")
    answer = replace(answer_of(article, "Text."), notice=name_sources([info_of(article)]))
    html = render.show_turn(Turn("Where is this from?", answer=answer), 0)
    assert "Source: story.txt." in html
    assert "secret" not in html


def test_a_web_address_stays_whole_for_its_footnotes_lead_there():
    article = article_of("Text.", source="https://example.org/news/story.txt", title="Story")
    (_, _, text) = export([Turn("Why?", answer=answer_of(article, "Text."))], "markdown")
    assert "https://example.org/news/story.txt#:~:text=Text" in text


def test_a_long_article_shows_the_surroundings_of_the_chosen_words():
    text = "\n\n".join(f"Paragraph {n} says {n}." for n in range(20_000))
    start = text.index("Paragraph 15000 ")
    html = render.show_reader(article_of(text), [Mark(1, start, start + 15)], 1, turn=0, total=1)
    assert Page(html).chosen == text[start : start + 15]
    assert len(html) < 4 * render.READER_WINDOW


def test_an_article_of_one_long_paragraph_shows_the_surroundings_too():
    text = "A sentence of no weight. " * 40_000
    html = render.show_reader(article_of(text), [Mark(1, 500_000, 500_024)], 1, turn=0, total=1)
    assert Page(html).chosen == text[500_000:500_024]
    assert len(html) < 2 * render.READER_WINDOW


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("https://example.org/a#top", "https://example.org/a#top:~:text=well%2Dknown%20words"),
        ("javascript:alert(1)", ""),
        ("notes.txt", ""),
    ],
)
def test_only_web_articles_link_to_the_live_words(source, link):
    article = article_of("The well-known words.", source=source)
    html = render.show_reader(article, [Mark(1, 4, 20)], 1, turn=0, total=1)
    links = [a["href"] for tag, a in Page(html).tags if tag == "a"]
    assert links == ([link] if link else [])
