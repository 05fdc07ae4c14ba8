"""Cleaning: what is dropped, what is kept, and what the text is like afterwards."""

from __future__ import annotations

import datetime
import gzip
import json
import unicodedata
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.boilerplate import boilerplate_positions, is_boilerplate
from rag.clean import Block, clean, clean_blocks, clean_text, is_caption, normalize
from rag.dates import find_date, parse_date

ROOT = Path(__file__).parent.parent
NEWS = ROOT.parent / "shared" / "data" / "news-2025" / "articles.jsonl.gz"


# -- The article the project starts with --------------------------------------------------------


def test_the_seed_article_comes_out_clean() -> None:
    raw = (ROOT / "seeds" / "000_f7661af205ce43e5.txt").read_text("utf-8")
    article = clean(raw)
    assert article.published == datetime.date(2024, 7, 26)
    assert article.text.startswith("North Korea delivered a stinging rebuke to Donald Trump")
    assert article.text.endswith("rather than engaging directly with the Kim regime.")
    assert article.title == (
        "North Korea delivered a stinging rebuke to Donald Trump for flaunting his supposedly "
        "friendly…"
    )
    assert [article.text[start:end] for start, end in article.captions] == [
        "Kim Jong-un with Donald Trump at the border village of Panmunjom in the Korean "
        "Demilitarized Zone in 2019 ( AP )",
        "Donald Trump shaking hands with Kim Jong-un in Hanoi in February 2019 ( AFP via Getty )",
    ]
    for gone in ("journalism", "contribution", "$5", "Louise Thomas", "Find out more", "2024-07"):
        assert gone not in article.text
    assert article.text.count("\n\n") == 14  # 15 paragraphs
    assert "\n\n\n" not in article.text


# -- What is boilerplate and what is not --------------------------------------------------------

BOILERPLATE = [
    "Support truly independent journalism",
    "Support us to deliver journalism without an agenda.",
    "Whether $5 or $50, every contribution counts.",
    "Whether it's £10 or £100, your gift makes a difference.",
    "Your support helps us to tell the story.",
    "Your donation makes all the difference.",
    "If you value our reporting, please consider supporting us.",
    "Sign up for our free weekly newsletter to get the best stories in your inbox.",
    "Get the latest headlines delivered to your inbox.",
    "By signing up you agree to our Terms of Service and Privacy Policy.",
    "Already a subscriber? Log in",
    "Subscribe to continue reading",
    "You have 2 free articles remaining this month.",
    "We use cookies to improve your experience on our site.",
    "Accept all cookies",
    "By continuing to use this site, you agree to our use of cookies.",
    "Read more: Storm hits the coast",
    "RELATED: What to know about the storm",
    "You may also like: ten photographs of the storm",
    "Share this article",
    "Share Tweet Email Print",
    "Facebook | Twitter | WhatsApp | Copy link",
    "Follow us on Twitter for more",
    "Follow Jane Doe on Twitter: @janedoe",
    "Skip to main content",
    "Story continues below advertisement",
    "Advertisement",
    "Image source, Getty Images",
    "© 2024 The Daily. All rights reserved.",
    "This material may not be published, broadcast, rewritten or redistributed.",
    "Download our free app on the App Store or Google Play.",
]

ARTICLE = [
    "The charity said donations had doubled since the flood.",
    "Every donation was returned, the campaign's lawyer told the court.",
    "She donated $5 million to support independent journalism in the region.",
    "Support for local journalism has fallen by a third since 2010.",
    "“Support independent journalism,” she told the crowd.",
    "Whether $5 billion or $50 billion, the fine will not change how the company works.",
    "Louise Thomas, the editor of the newspaper, resigned on Monday.",
    "Letters to the Editor",
    "The newsletter reaches two million subscribers a day.",
    "Subscribers will pay $3 more a month from January.",
    "The site told users it would stop using cookies to track them.",
    "We use the word cookies for what others call biscuits.",
    "Residents can sign up for flood alerts at the town hall.",
    "To read more of the report, investigators had to wait until May.",
    "He shared the article on Facebook, where it was seen by millions.",
    "Share prices fell by 4% on Friday.",
    "Related companies must file a joint return.",
    "Advertisement spending fell in the second quarter.",
    "The comments were close to what the minister had said before.",
    "The app is free to download, but users pay for each message.",
    "Copyright law has not kept up with such machines.",
    "Follow the river north and the mine comes into view.",
    "Our mission is to bring the crew home, the director said.",
    "Photo editors choose from 3,000 pictures a day.",
    "Most popular of all was the red one.",
    "Search",
    "Comments",
    "Home",
    "Close",
]


@pytest.mark.parametrize("paragraph", BOILERPLATE)
def test_what_a_site_says_to_its_visitor_is_dropped(paragraph: str) -> None:
    assert is_boilerplate(paragraph)


@pytest.mark.parametrize("paragraph", ARTICLE)
def test_what_an_article_says_about_such_things_is_kept(paragraph: str) -> None:
    assert not is_boilerplate(paragraph)


def test_a_paragraph_with_one_sentence_of_the_article_is_kept_whole() -> None:
    assert not is_boilerplate("The dam broke at noon. Sign up for our newsletter.")


def test_an_editors_name_goes_only_with_an_appeal_beside_it() -> None:
    appeal, credit, text = "Every contribution counts.", "Louise Thomas Editor", "The dam broke."
    assert boilerplate_positions([appeal, credit, text]) == {0, 1}
    assert boilerplate_positions([text, credit, text]) == frozenset()


def test_an_appeal_torn_in_two_by_a_line_break_is_found() -> None:
    torn = ["Support truly", "independent journalism Support Now Find out more", "The dam broke."]
    assert boilerplate_positions(torn) == {0, 1}


def test_the_sites_own_voice_between_two_appeals_goes_with_them() -> None:
    paragraphs = [
        "Your support helps us to tell the story.",
        "We are on the ground when the story breaks, and our reporters go where others do not.",
        "Whether $5 or $50, every contribution counts.",
        "The dam broke at noon, and the village below it was gone.",
        "Your support makes all the difference.",
    ]
    assert boilerplate_positions(paragraphs) == {0, 1, 2, 4}


@pytest.mark.skipif(not NEWS.exists(), reason="needs ../shared/data/news-2025")
def test_almost_nothing_of_clean_news_is_dropped() -> None:
    """Over all 5,386 articles 434 of 258,470 paragraphs go (0.17 %), and all were read by eye."""
    paragraphs = dropped = 0
    with gzip.open(NEWS, "rt", encoding="utf-8") as lines:
        for line in islice(lines, 0, None, 20):
            article = clean(json.loads(line)["text"])
            paragraphs += article.text.count("\n\n") + 1
            dropped += len(article.dropped)
    assert paragraphs > 10_000
    assert dropped < 0.004 * paragraphs


# -- Captions, titles, header lines -------------------------------------------------------------


@pytest.mark.parametrize(
    "caption",
    [
        "The bridge after the flood ( AP )",
        "The bridge after the flood (AFP via Getty Images)",
        "The bridge after the flood (Jane Doe/Reuters)",
        "The bridge after the flood. Jane Doe/AP",
        "The bridge after the flood. Photo: Jane Doe",
        "The bridge after the flood [Photo by Jane Doe]",
        "Image caption, The bridge after the flood",
    ],
)
def test_a_picture_credit_makes_a_caption(caption: str) -> None:
    assert is_caption(caption)


@pytest.mark.parametrize(
    "text",
    [
        "LONDON (AP) — The bridge fell on Friday.",
        "The bridge fell, according to The Associated Press (AP), at noon.",
        "She joined the Socialist Party (PS).",
        "He sold the photo: nobody knows to whom.",
    ],
)
def test_naming_an_agency_in_passing_does_not(text: str) -> None:
    assert not is_caption(text)


def test_captions_are_kept_in_the_text_and_marked() -> None:
    article = clean("The dam broke.\n\nThe dam at noon (AP)\n\nNobody was hurt.")
    # "The dam broke." is 14 characters, then a blank line: the caption starts at 16.
    assert article.captions == ((16, 36),)
    assert article.text[16:36] == "The dam at noon (AP)"


@pytest.mark.parametrize(
    ("raw", "title", "text"),
    [
        ("Dam breaks in the north\n\nThe dam broke on Friday.", "Dam breaks in the north", 0),
        ("Title: Dam breaks\n\nThe dam broke on Friday.", "Dam breaks", 0),
        ("The dam broke on Friday.\n\nNobody was hurt.", "The dam broke on Friday.", 1),
        ("LONDON —\n\nThe dam broke on Friday.", "The dam broke on Friday.", 2),
        ("Jane Doe\n\nThe dam broke on Friday.", "The dam broke on Friday.", 3),
        ("By Jane Doe and John Roe\n\nThe dam broke on Friday.", "The dam broke on Friday.", 4),
    ],
)
def test_the_title_is_the_headline_or_the_first_sentence(raw: str, title: str, text: int) -> None:
    texts = [
        "The dam broke on Friday.",
        "The dam broke on Friday.\n\nNobody was hurt.",
        "LONDON —\n\nThe dam broke on Friday.",
        "Jane Doe\n\nThe dam broke on Friday.",
        "By Jane Doe and John Roe\n\nThe dam broke on Friday.",
    ]
    article = clean(raw)
    assert (article.title, article.text) == (title, texts[text])


def test_a_long_first_sentence_is_cut_between_words() -> None:
    title = clean("The very old dam " * 20).title
    assert len(title) <= 100
    assert title.endswith("dam…") or title.endswith("old…") or title.endswith("very…")


@pytest.mark.parametrize("first", ["首都は東京です。", "“We will rebuild.”", "यह राजधानी है।"])
def test_a_first_paragraph_that_is_a_sentence_stays_in_the_text(first: str) -> None:
    assert clean(f"{first}\n\nA second paragraph is below it.").text.startswith(first)


def test_a_headline_given_with_the_page_is_not_repeated_in_the_text() -> None:
    blocks = [Block("Dam breaks!"), Block("By Jane Doe"), Block("The dam broke.")]
    assert clean_blocks(blocks, title="Dam breaks").text == "By Jane Doe\n\nThe dam broke."


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("date 2024-07-26", ("2024-07-26", "")),
        ("date 2024-07-26 Dam breaks", ("2024-07-26", "Dam breaks")),
        ("Published: 26 July 2024", ("2024-07-26", "")),
        ("Published on July 26, 2024 at 10:15 am", ("2024-07-26", "")),
        ("PUBLISHED: Fri, 26 Jul 2024 10:15:00 GMT", ("2024-07-26", "")),
        ("First published: 2024-07-26T10:15:00+02:00", ("2024-07-26", "")),
        ("Jan. 20, 2025, 8:10 p.m. ET", ("2025-01-20", "")),
        ("Date: 26.07.2024", ("2024-07-26", "")),
        ("Date: 03/04/2024", None),  # March or April
        ("Date: 2024-02-30", None),
        ("Updated: 26 July 2024", None),
        ("Published 26 July 2024 in the Gazette, the report says little.", None),
        ("date 2024-07-26, the day of the flood", None),
        ("The date 2024-07-26 was chosen", None),
        ("2024", None),
    ],
)
def test_header_lines_with_a_date(line: str, expected: tuple[str, str] | None) -> None:
    found = find_date(line)
    assert (found and (found[0].isoformat(), found[1])) == expected


def test_header_lines_leave_the_text() -> None:
    raw = "Title: Dam breaks\nPublished: 26 July 2024\nURL: https://a.example/1\n\nThe dam broke."
    article = clean(raw)
    assert (article.title, article.published) == ("Dam breaks", datetime.date(2024, 7, 26))
    assert article.text == "The dam broke."


@pytest.mark.parametrize("between", ["\n\n", "\n"])
def test_the_date_may_stand_below_headline_and_byline(between: str) -> None:
    head = between.join(("A storm and then a flood hit the coast", "By Jane Doe", "26 July 2024"))
    article = clean(f"{head}\n\nThe dam broke.\n\nNobody was hurt.")
    assert article.title == "A storm and then a flood hit the coast"
    assert article.published == datetime.date(2024, 7, 26)
    assert article.text == "By Jane Doe\n\nThe dam broke.\n\nNobody was hurt."


@pytest.mark.parametrize(
    "headline",
    [
        "Will the dam hold? What you should know.",
        "Dam breaks in the north: what we know so ...",
        "Dam breaks in the north | CNN Business",
        "The dam broke.",
    ],
)
@pytest.mark.parametrize("byline", ["", "By Jane Doe\n\n"])
def test_what_stands_above_a_labelled_date_is_the_headline(headline: str, byline: str) -> None:
    body = "The dam broke at noon.\n\nNobody fled."
    article = clean(f"{headline}\n\n{byline}Published: 2024-07-26\n\n{body}")
    assert (article.title, article.published) == (headline, datetime.date(2024, 7, 26))
    assert article.text == byline + body


def test_a_sentence_above_a_bare_date_or_two_above_a_labelled_one_are_no_headline() -> None:
    diary = "The dam broke.\n\n26 July 2024\n\nNobody was hurt in the flood."
    report = "The dam broke.\n\nNobody was hurt.\n\nPublished: 26 July 2024\n\nThe flood went on."
    for raw in (diary, report):
        article = clean(raw)
        assert (article.published, article.text) == (None, raw)


def test_a_name_above_a_labelled_date_is_no_headline() -> None:
    article = clean("Jane Doe\n\nPublished: 26 July 2024\n\nThe dam broke on Friday.")
    assert article.published == datetime.date(2024, 7, 26)
    assert article.text == "Jane Doe\n\nThe dam broke on Friday."


def test_a_date_further_down_is_part_of_the_article() -> None:
    article = clean("The dam broke.\n\nPublished: 26 July 2024")
    assert article.published is None
    assert article.text.endswith("Published: 26 July 2024")


@pytest.mark.parametrize(
    "nonsense", ["", "soon", "2024", "31 June 2024", "99999-01-01", "0000-01-01"]
)
def test_no_date_is_no_date(nonsense: str) -> None:
    assert parse_date(nonsense) is None


# -- What the text is like ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a\x00b", "ab"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a  \t b\u00a0c", "a b c"),
        ("one\n \n\n\t\ntwo", "one\n\ntwo"),
        ("zero\u200bwidth\u202e\ufeff", "zerowidth"),
        ("hid\U000e0041den", "hidden"),
        ("pair \ud83d\ude00", "pair 😀"),
        ("lone \ud83d!", "lone \ufffd!"),
        ("e\u0301", "é"),
        ("family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧"),
    ],
)
def test_normalize(raw: str, expected: str) -> None:
    assert normalize(raw) == expected


any_text = st.text(st.characters() | st.sampled_from("\n\r\t \x00\ud800\u200b\u00a0.“”"))


@given(any_text)
def test_normalized_text_has_nothing_unseen_and_stays_as_it_is(raw: str) -> None:
    text = normalize(raw)
    text.encode("utf-8")
    assert "\n\n\n" not in text
    assert "  " not in text
    assert text == text.strip()
    assert not any(unicodedata.category(c) == "Cc" and c != "\n" for c in text)
    assert normalize(text) == text


@given(any_text)
@settings(max_examples=200)
def test_cleaning_keeps_captions_inside_the_text_and_makes_a_title(raw: str) -> None:
    article = clean(raw)
    assert article.text == normalize(article.text)
    assert all(0 <= start < end <= len(article.text) for start, end in article.captions)
    assert "\n" not in article.title
    assert bool(article.title) or not article.text


@given(st.lists(st.text("abc .", min_size=1), max_size=5))
def test_words_without_boilerplate_all_survive(paragraphs: list[str]) -> None:
    raw = "\n\n".join(paragraphs)
    article = clean(raw)
    kept = (article.text if article.text.startswith(clean_text(raw)) else "") or ""
    everything = f"{article.title} {kept}".split()
    assert set(raw.split()) <= set(everything)


def test_lines_broken_at_a_width_are_joined() -> None:
    raw = (
        "The dam above the village broke at noon on Friday, and the water\n"
        "reached the first houses less than ten minutes later, before any\n"
        "warning.\n\nNobody was hurt."
    )
    assert "and the water reached the first houses" in clean(raw).text
    assert clean(raw).text.count("\n") == 2


def test_lists_and_verse_keep_their_lines() -> None:
    raw = "To take along:\n\n- a lamp\n- a rope\n- bread\n\nRoses are red\nViolets are blue"
    assert clean(raw).text == raw
