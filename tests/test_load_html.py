"""Web pages: the article without the site around it, and the date that the page states."""

from __future__ import annotations

import datetime
import time

import pytest
from load_samples import REPAIRS, STORM, page

from rag.clean import Cleaned
from rag.errors import LoadError
from rag.load.blocks import blocks_of, parse_html
from rag.load.html import page_to_article, published_of, read_html
from rag.load.limits import Limits

BODY = f"<p>{STORM}</p><p>{REPAIRS}</p>"


def read(markup: str, url: str = "") -> Cleaned:
    return page_to_article("page.html", markup, limits=Limits(), url=url)


def test_the_article_comes_out_without_the_site_around_it() -> None:
    article = read(
        page(
            '<h1>Storm hits coast</h1><p class="byline">By Jane Doe</p>'
            '<div class="share">Share this article on Facebook</div>'
            f"<p>{STORM}</p><div class='newsletter'>Sign up for our newsletter</div>"
            f"<p>{REPAIRS}</p><p>Support independent journalism. Donate now.</p>",
            "<title>Storm hits coast | The Daily</title>"
            '<meta property="og:title" content="Storm hits coast">',
        )
    )
    assert article.title == "Storm hits coast"
    assert article.text == f"By Jane Doe\n\n{STORM}\n\n{REPAIRS}"


def test_quotes_lists_tables_and_headings_are_kept() -> None:
    article = read(
        page(
            f"<p>{STORM}</p><blockquote><p>We have never seen anything like this.</p></blockquote>"
            "<h2>What was lost</h2><ul><li>Power in <b>all</b> villages</li>"
            "<li>Roads<ul><li>the A30</li></ul></li></ul><ol><li>One</li><li>Two</li></ol>"
            "<table><tr><th>Town</th><th>Wind</th></tr><tr><td>Looe</td><td>90</td></tr></table>"
            f"<p>{REPAIRS}</p>"
        )
    )
    assert article.text == (
        f"{STORM}\n\nWe have never seen anything like this.\n\nWhat was lost\n\n"
        "- Power in all villages\n- Roads\n- the A30\n\n1. One\n2. Two\n\n"
        f"Town | Wind\nLooe | 90\n\n{REPAIRS}"
    )


@pytest.mark.parametrize(
    "figure",
    [
        '<figure><img src="a.jpg"><figcaption>Waves over the <b>wall</b></figcaption></figure>',
        '<div class="wp-caption"><img src="a.jpg">'
        '<p class="wp-caption-text">Waves over the <b>wall</b></p></div>',
    ],
)
def test_captions_stay_in_their_place_and_are_marked(figure: str) -> None:
    article = read(page(f"<p>{STORM}</p>{figure}<p>{REPAIRS}</p>"))
    assert article.text == f"{STORM}\n\nWaves over the wall\n\n{REPAIRS}"
    ((start, end),) = article.captions
    assert article.text[start:end] == "Waves over the wall"


def test_two_line_breaks_end_a_paragraph_and_one_a_line() -> None:
    article = read(page(f"<p>{STORM}<br><br>{REPAIRS}<br>\n<br>The end<br>of it.</p>"))
    assert article.text == f"{STORM}\n\n{REPAIRS}\n\nThe end\nof it."


def test_a_byline_only_in_the_metadata_is_kept_too() -> None:
    article = read(page(BODY, '<meta name="author" content="Jane Doe">'))
    assert article.text.startswith("By Jane Doe\n\nA storm")


def test_a_page_too_short_for_the_extractor_is_still_read() -> None:
    assert read("<html><body><p>The dam broke.</p></body></html>").text == "The dam broke."


def test_nothing_of_scripts_and_hidden_parts_is_read() -> None:
    markup = (
        "<body><script>alert(1)</script><style>p{}</style><template><p>t</p></template>"
        "<p hidden>h</p><noscript>n</noscript><svg><text>s</text></svg><p>The dam broke.</p>"
    )
    assert read(markup).text == "The dam broke."


def test_a_page_that_is_only_drawn_by_scripts_has_no_article() -> None:
    page = "<body><noscript><p>You need to enable JavaScript.</p></noscript><div></div></body>"
    assert read(page).text == ""


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta property="article:published_time" content="2024-07-26T10:00:00Z">', "2024-07-26"),
        ('<meta name="DC.date.issued" content="2024/07/26">', "2024-07-26"),
        ('<meta name="DC.date" content="26/07/2024">', "2024-07-26"),
        ('<meta name="DC.date" content="03/04/2024">', None),
        ('<meta name="pubdate" content="Fri, 26 Jul 2024 10:00:00 GMT">', "2024-07-26"),
        ('<link rel="canonical" href="https://a.example/2024/07/26/storm">', "2024-07-26"),
        (
            '<script type="application/ld+json">{"@graph":[{"@type":"WebPage","dateModified":'
            '"2025-01-02"},{"@type":"NewsArticle","datePublished":"2024-07-26"}]}</script>',
            "2024-07-26",
        ),
        ('<script type="application/ld+json">{"datePublished": broken</script>', None),
        ('<meta property="article:modified_time" content="2025-01-02">', None),
        ("", None),
    ],
)
def test_the_date_is_the_one_the_page_states(head: str, expected: str | None) -> None:
    published = read(page(BODY, head)).published
    assert (published and published.isoformat()) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<time datetime="2024-07-26T10:00">Friday</time>', "2024-07-26"),
        ('<p itemprop="datePublished" content="2024-07-26">Friday</p>', "2024-07-26"),
        ("<p>Published: 26 July 2024</p>", "2024-07-26"),
        ('<p>Updated <time datetime="2025-01-02">2 January</time></p>', None),
        ('<aside><time datetime="2023-01-02">2 January</time></aside>', None),
    ],
)
def test_a_date_in_the_article_counts_where_it_is_its_own(body: str, expected: str | None) -> None:
    published = read(page(body + BODY)).published
    assert (published and published.isoformat()) == expected


def test_the_clock_of_a_page_is_not_its_date() -> None:
    today = datetime.date.today()
    clock = f'<div class="today date">{today:%d %B %Y}</div><p>© {today:%Y} The Daily</p>'
    assert read(f"<body>{clock}{page(BODY)}</body>").published is None
    header = f"<header><time datetime='{today}'>Today</time></header>"
    assert read(f"<body>{header}{page(BODY)}</body>").published is None
    dated = page(f"<header><time datetime='2024-07-26'>Friday</time></header>{BODY}")
    assert read(f"<body>{header}{dated}</body>").published == datetime.date(2024, 7, 26)


@pytest.mark.parametrize(
    "sentence",
    [
        "It begins at <time datetime='20:00'>20:00</time> on Friday, in the <b>old</b> hall.",
        "It begins <b>at</b> <time>20:00 on Friday, in the old hall.</time>",
    ],
)
def test_a_time_within_a_sentence_is_part_of_it(sentence: str) -> None:
    article = read(page(f"<p>{STORM}</p><p>{sentence}</p><p>{REPAIRS}</p>"))
    assert article.text.split("\n\n")[1].replace("the old hall", "hall") == (
        "It begins at 20:00 on Friday, in hall."
    )
    assert article.published is None


def test_a_long_caption_is_kept_as_one() -> None:
    long = "The wall of the harbour in spring. " * 40
    article = read(
        page(f"<p>{STORM}</p><figure><img src='a'><figcaption>{long}</figcaption></figure>")
    )
    ((start, end),) = article.captions
    assert article.text[start:end] == long.strip()


@pytest.mark.parametrize(
    "markup", ["<div class='has-captions'>{}</div>", "<div class='Captions'><p>{}</p></div>"]
)
def test_an_article_in_an_element_that_is_called_captions_is_kept(markup: str) -> None:
    sentences = " ".join(f"Witness {n} saw the wave come over wall number {n}." for n in range(40))
    article = read(f"<html><body><h1>Storm</h1>{markup.format(sentences)}</body></html>")
    assert sentences in article.text
    assert article.captions == ()


def test_quotes_and_tables_that_are_set_as_figures_are_kept() -> None:
    quote = "<blockquote><p>We have never seen it, she said.</p></blockquote>"
    table = "<table><tr><td>Looe</td><td>90</td></tr></table>"
    article = read(
        page(
            f"<p>{STORM}</p><figure class='wp-block-pullquote'>{quote}</figure><p>{REPAIRS}</p>"
            f"<figure class='wp-block-table'>{table}<figcaption>Gusts</figcaption></figure>"
        )
    )
    assert article.text == (
        f"{STORM}\n\nWe have never seen it, she said.\n\n{REPAIRS}\n\nLooe | 90\n\nGusts"
    )


def test_the_address_of_a_page_may_state_its_date() -> None:
    tree = parse_html(page(BODY))
    expected = datetime.date(2024, 7, 26)
    assert published_of(tree, "https://a.example/news/2024/07/26/storm") == expected
    assert published_of(tree, "https://a.example/news/2024/storm") is None


def test_the_encoding_a_page_declares_is_used() -> None:
    markup = page(BODY + "<p>Буря обрушилась на побережье.</p>").replace("utf-8", "windows-1251")
    article = read_html("a.html", markup.encode("cp1251"), limits=Limits())
    assert article.text.endswith("Буря обрушилась на побережье.")


# -- Pages made to do harm ----------------------------------------------------------------------

HOSTILE = {
    "deep": "<div>" * 100_000 + BODY,
    "deep quotes": "<blockquote>" * 5_000 + BODY,
    "deep lists": "<ul><li>" * 5_000 + "x",
    "deep tables": "<table><tr><td>" * 3_000 + BODY,
    "attributes": "<div " + " ".join(f"a{n}=1" for n in range(50_000)) + ">" + BODY,
    "one line": f"<p>{'word ' * 200_000}</p>",
    "entities": '<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><p>&b;</p>' + BODY,
    "comments": "<!--" * 20_000 + BODY,
    "breaks": f"<p>{'<br>' * 20_000}x</p>" + BODY,
    "linked data": f'<script type="application/ld+json">{"[" * 50_000}</script>' + BODY,
    "surrogates": "<p>&#xd800; lone \ud800</p>" + BODY,
    "nothing": "",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_read_or_refused_within_seconds(name: str) -> None:
    start = time.process_time()
    try:
        text = read(HOSTILE[name]).text
    except LoadError as error:
        text = error.reason
    text.encode("utf-8")
    assert "\x00" not in text
    assert time.process_time() - start < 20


def test_a_page_of_too_many_tags_is_refused() -> None:
    with pytest.raises(LoadError, match="more than 1,000 tags"):
        page_to_article("a.html", "<p>x</p>" * 2_000, limits=Limits(elements=1_000))


def test_white_space_of_markup_is_what_a_browser_shows() -> None:
    root = parse_html("<p>one\n  two</p>\n<div>three<p>four</p>five</div><pre>a\n  b</pre>")
    texts = [block.text for block in blocks_of(root)]
    assert texts == ["one two", "three", "four", "five", "a\n  b"]
