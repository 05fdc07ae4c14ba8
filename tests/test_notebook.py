"""An Answer as Markdown and as a notebook card; article text stays text in both."""

from __future__ import annotations

import datetime
import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from rag.notebook import (
    answer_to_html,
    answer_to_markdown,
    escape_markdown,
    quote_in_context,
)
from rag.types import Answer, ArticleInfo, Citation, Passage, Sentence, Span, text_version

TEXT = "The summit failed. Both sides left early & angry. Talks may resume in May."
VERSION = text_version(TEXT)


def span(quote: str, text: str = TEXT) -> Span:
    start = text.index(quote)
    return Span("a.txt", start, start + len(quote), text_version(text))


def passage(text: str = TEXT) -> Passage:
    return Passage(Span("a.txt", 0, len(text), text_version(text)), text, score=1.0)


def citation(quote: str, text: str = TEXT) -> Citation:
    return Citation(span(quote, text), quote, support=1.0)


def info(title: str = "A summit", source: str = "a.txt") -> ArticleInfo:
    return ArticleInfo("a.txt", title, source, datetime.date(2024, 7, 26), VERSION, len(TEXT))


def answer(*sentences: Sentence, text: str = TEXT, **changes: object) -> Answer:
    values: dict[str, object] = {
        "question": "Why?",
        "query": "Why?",
        "sentences": sentences,
        "passages": (passage(text),),
        "abstained": not sentences,
        "model": "quote",
        "articles": (info(),),
    }
    return Answer(**{**values, **changes})  # type: ignore[arg-type]


def two_sentences() -> Answer:
    failed, left = citation("The summit failed."), citation("Both sides left early & angry.")
    return answer(
        Sentence("The summit failed.", (failed,), "supported"),
        Sentence("They left, and it failed.", (left, failed), "supported"),
    )


# -- Markdown ---------------------------------------------------------------------------


def test_markdown_has_a_footnote_for_each_quotation() -> None:
    assert answer_to_markdown(two_sentences()) == (
        "The summit failed.[^1] They left, and it failed.[^2][^1]\n\n"
        "[^1]: “The summit failed.” — *A summit*, 2024-07-26, a.txt\n\n"
        "[^2]: “Both sides left early \\& angry.” — *A summit*, 2024-07-26, a.txt\n"
    )


def test_a_refusal_as_markdown_shows_the_nearest_passages_and_no_footnote() -> None:
    markdown = answer_to_markdown(answer())
    assert markdown.startswith("**The articles do not say.**\n\nThe nearest passages:\n\n> The")
    assert "[^" not in markdown


def test_markdown_says_what_is_said_beside_the_answer() -> None:
    markdown = answer_to_markdown(
        answer(*two_sentences().sentences, notice="1 article.", complete=False, query="Why fail?")
    )
    for line in ("*1 article.*", "*The language model did not finish", "*Searched for: Why fail?*"):
        assert line in markdown


def test_a_web_source_is_a_link_and_no_other_scheme_is() -> None:
    shown = answer(*two_sentences().sentences, articles=(info(source="https://example.org/a"),))
    assert "<https://example.org/a#:~:text=The%20summit%20failed.>" in answer_to_markdown(shown)
    assert 'href="https://example.org/a#:~:text=The%20summit%20failed."' in answer_to_html(shown)
    hostile = answer(*two_sentences().sentences, articles=(info(source="javascript:alert(1)"),))
    assert "javascript:" not in answer_to_html(hostile)
    assert links(answer_to_markdown(hostile)) == []


def render(markdown: str) -> str:
    """CommonMark with tables and strikethrough, the parts of GitHub's that change text."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)


def links(markdown: str) -> list[str]:
    return re.findall(r"<(?:a|img)\b[^>]*>", render(markdown))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
@example("# heading")
@example("1. item")
@example("- item\n- item")
@example("a\n===\nb")
@example("    code")
@example("[x](javascript:alert(1)) ![y](https://example.org/p.png)")
@example("<img src=x onerror=alert(1)> <!-- c --> &amp; &lt;")
@example("`code` ``` ~~~ ~~gone~~ **bold** _em_ \\*")
@example("a | b\n--|--\nc | d")
@example("[^1]: note\n\n[x]: https://example.org")
@example("www.example.org https://example.org someone@example.org")
def test_escaped_text_is_rendered_as_the_very_same_words(text: str) -> None:
    rendered = render(escape_markdown(text)).strip().replace("<!-- -->", "")
    line = re.sub(r"[ \t\n\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]+", " ", text).strip(" ")
    # The one paragraph holds the text and no tag; the renderer trims other kinds of space.
    inside = re.fullmatch(r"(?:<p>)?([^<>]*)(?:</p>)?", rendered, re.DOTALL)
    assert inside is not None, rendered
    assert html.unescape(inside.group(1)).strip() == line.strip()


@pytest.mark.parametrize("address", ["https://a.example", "WWW.a.example", "name@a.example"])
def test_a_bare_address_in_an_article_does_not_become_a_link(address: str) -> None:
    # GitHub links these even when escaped; an empty comment in the middle stops it.
    assert not re.search(r"://|(?i:www)\.|@\w", escape_markdown(f"see {address} now"))


# -- HTML -------------------------------------------------------------------------------


class Card(HTMLParser):
    """The tags with their attributes, and the text of each `mark`."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.marked: list[str] = []
        self._in_mark = False
        self.feed(source)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        self._in_mark = tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        self._in_mark = False

    def handle_data(self, data: str) -> None:
        if self._in_mark:
            self.marked.append(data)

    def attributes(self, tag: str, name: str) -> list[str | None]:
        return [found[name] for kind, found in self.tags if kind == tag and name in found]


def test_the_card_marks_the_exact_words_in_their_context() -> None:
    source = answer_to_html(two_sentences())
    card = Card(source)
    assert card.marked == ["The summit failed.", "Both sides left early & angry."]
    assert "The summit failed. <mark>Both sides left early &amp; angry.</mark> Talks" in source


def test_a_chip_shows_its_quotation_and_leads_to_its_source() -> None:
    card = Card(answer_to_html(two_sentences()))
    titles = ["“The summit failed.”", "“Both sides left early & angry.”"]
    assert card.attributes("a", "title") == [titles[0], titles[1], titles[0]]
    targets = [f"#{name}" for name in card.attributes("li", "id")]
    assert card.attributes("a", "href") == [targets[0], targets[1], targets[0]]


def test_without_styles_the_card_still_says_and_links_everything() -> None:
    source = answer_to_html(two_sentences())
    plain = re.sub(r"<style>.*?</style>| class=\"[^\"]*\"", "", source, flags=re.DOTALL)
    tree = lxml_html.fromstring(plain)
    words = " ".join(tree.text_content().split())
    for said in ("The summit failed.", "Both sides left early & angry.", "Talks"):
        assert said in words
    for link in tree.xpath("//a[starts-with(@href, '#')]"):
        assert link.text_content().strip("[]").isdigit()  # a footnote's number
        (target,) = tree.xpath(f"//*[@id='{link.get('href')[1:]}']")
        assert target.xpath(".//mark")


def test_the_card_of_a_refusal_has_no_chip_and_shows_the_nearest_passage() -> None:
    source = answer_to_html(answer())
    assert "<strong>The articles do not say.</strong>" in source
    assert "footnote-chip" not in Card(source).attributes("a", "class")
    assert "<summary>The nearest passage</summary>" in source


def test_a_doubtful_sentence_says_so_in_words() -> None:
    partly = Sentence("It failed in May.", (citation("The summit failed."),), "partly")
    assert "(partly supported)" in answer_to_html(answer(partly))
    assert "(partly supported)" in answer_to_markdown(answer(partly))


@given(st.text(max_size=80))
@example('"><script>alert(1)</script>')
@example("' onmouseover=alert(1) x='")
@example("</style><script>alert(1)</script><img src=//x>")
@example("\ud800 lone surrogate")
def test_nothing_an_article_holds_becomes_markup(hostile: str) -> None:
    expected = sorted({"style", "div", "p", "span", "sup", "a", "ol", "li"})
    expected = sorted({*expected, "blockquote", "mark", "cite", "bdi", "time", "small"})
    text = f"Before. {hostile} After."
    cited = Sentence(hostile, (citation(text, text),), "supported")
    shown = answer(cited, text=text, articles=(info(title=hostile, source=hostile),), model=hostile)
    card = Card(answer_to_html(shown))
    assert sorted({tag for tag, _ in card.tags}) == expected
    allowed = {"class", "dir", "href", "title", "aria-label", "id", "datetime"}
    assert {name for _, found in card.tags for name in found} <= allowed
    answer_to_html(shown).encode()


def test_the_same_answer_makes_the_same_card() -> None:
    assert answer_to_html(two_sentences()) == answer_to_html(two_sentences())


def test_a_card_shown_twice_keeps_its_links_within_itself() -> None:
    shown = two_sentences()
    cards = [Card(shown._repr_html_()) for _ in range(2)]
    ids = [{found["id"] for _, found in card.tags if found.get("id")} for card in cards]
    links = [
        {found["href"] for _, found in card.tags if found.get("href", "").startswith("#")}
        for card in cards
    ]
    assert not ids[0] & ids[1]
    for own, leading in zip(ids, links, strict=True):
        assert leading == {f"#{name}" for name in own}


def test_a_quotation_outside_every_passage_is_shown_alone() -> None:
    elsewhere = Citation(Span("other", 0, 4, VERSION), "Word", support=1.0)
    assert quote_in_context(elsewhere, (passage(),)) == ("", "Word", "")


def test_context_is_cut_between_words() -> None:
    # The 10 code points after are " words aft": the piece of a word is dropped.
    text = "There are six fine QUOTE words after it here."
    before, quote, after = quote_in_context(citation("QUOTE", text), (passage(text),), width=10)
    assert (before, quote, after) == ("… six fine ", "QUOTE", " words …")


@given(st.text(max_size=60), st.text(min_size=1, max_size=20), st.text(max_size=60))
def test_context_is_the_text_around_the_quotation(before: str, quote: str, after: str) -> None:
    text = before + quote + after
    start = len(before)
    cited = Citation(Span("a.txt", start, start + len(quote), text_version(text)), quote, 1.0)
    left, middle, right = quote_in_context(cited, (passage(text),), width=20)
    assert middle == quote
    assert before.endswith(left.removeprefix("…"))
    assert after.startswith(right.removesuffix("…"))
