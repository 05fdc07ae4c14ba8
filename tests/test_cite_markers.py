"""A draft becomes plain sentences, each with the passages it marks."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.cite import DraftSentence, plain_text, split_draft
from tests.conftest import DATA


@pytest.mark.parametrize(
    ("draft", "markers"),
    [
        ("It ended [1].", (1,)),
        ("It ended.[1]", (1,)),
        ("It ended. [1]", (1,)),
        ("[1] It ended.", (1,)),
        ("[1]: It ended.", (1,)),
        ("It [1] ended.", (1,)),
        ("It ended [1, 2].", (1, 2)),
        ("It ended [1][2].", (1, 2)),
        ("It ended [1] [2].", (1, 2)),
        ("It ended [1-3].", (1, 2, 3)),
        ("It ended [1 and 3].", (1, 3)),
        ("It ended 【1】.", (1,)),
        ("It ended 【4†source】.", (4,)),
        ("It ended (1).", (1,)),
        ("It ended (1, 2).", (1, 2)),
        ("It ended [^1].", (1,)),
        ("It ended.[^2]", (2,)),
        ("It ended.¹", (1,)),
        ("It ended.¹²", (12,)),
        ("It ended [passage 2].", (2,)),
        ("It ended (see [1]).", (1,)),
        ("It ended (Source: 3).", (3,)),
        ("It ended [[1]].", (1,)),
        ("It ended [[1]](https://example.com/a).", (1,)),
        ("It ended [1](https://example.com/a).", (1,)),
        ("It ended<sup>1</sup>.", (1,)),
        ("It ended [1] .", (1,)),
        ("It ended![1]", (1,)),
        ("It ended<sup>12</sup>.", (12,)),
        ("According to passage 2, it ended.", ()),
        ("It ended [0].", ()),
    ],
)
def test_every_form_of_marker_is_read_and_taken_out(draft: str, markers: tuple[int, ...]) -> None:
    (sentence,) = split_draft(draft)
    assert sentence.markers == markers
    assert sentence.text.strip(".!").lower() == "it ended"


@pytest.mark.parametrize(
    "text",
    [
        "Smith (42) left in 2018 (her last year).",
        "He ran 5 km (3 miles).",
        "The dose (150) was high.",
        "The dose was 10⁶ cells, or 4 × 10^14 joules.",
        "It has 40 m² and x² and 3 km³.",
        "It has 40 m² and x² and 3 km².",
    ],
)
def test_numbers_in_brackets_that_are_no_markers_stay(text: str) -> None:
    assert split_draft(text) == [DraftSentence(text)]


@pytest.mark.parametrize(
    ("draft", "texts"),
    [
        ("It ended![1] Nobody came.[2]", ["It ended!", "Nobody came."]),
        ("It was in 2019¹. She posted it on X².", ["It was in 2019.", "She posted it on X."]),
        ("There are 10<sup>6</sup> cells in 40 m<sup>2</sup>.", ["There are 10⁶ cells in 40 m²."]),
        ("They signed [1]: Kim and Trump.", ["They signed: Kim and Trump."]),
        ("Kim left [1]\nTrump stayed [2]", ["Kim left", "Trump stayed"]),
        ("![1](https://example.com/a.png) Kim left.", ["Kim left."]),
    ],
)
def test_what_stands_round_a_marker_stays(draft: str, texts: list[str]) -> None:
    assert [sentence.text for sentence in split_draft(draft)] == texts


def test_each_marker_goes_to_its_own_sentence() -> None:
    draft = "Kim left [1]. Trump stayed. [2] Both signed【3】.\n\n[4] Nobody came."
    assert split_draft(draft) == [
        DraftSentence("Kim left.", (1,)),
        DraftSentence("Trump stayed.", (2,)),
        DraftSentence("Both signed.", (3,)),
        DraftSentence("Nobody came.", (4,)),
    ]


def test_a_draft_that_is_still_being_written_keeps_its_sentences() -> None:
    draft = "Kim left. [1] Trump stayed [2]."
    whole = split_draft(draft)
    for end in range(len(draft)):
        begun = split_draft(draft[:end])[:-1]
        assert begun == whole[: len(begun)], draft[:end]


def test_a_list_is_one_sentence_an_item() -> None:
    draft = (
        "- Kim left [1]\n- **Trump** stayed [2]\n\nSources:\n[1] example.com/a\n[2] example.com/b"
    )
    assert split_draft(draft) == [
        DraftSentence("Kim left", (1,)),
        DraftSentence("Trump stayed", (2,)),
    ]


def test_a_footnote_says_where_it_is_from_so_the_draft_need_not() -> None:
    (sentence,) = split_draft("Here is the answer: According to the article, they signed [1].")
    assert sentence == DraftSentence("They signed.", (1,))


@pytest.mark.parametrize(
    ("draft", "plain"),
    [
        ("See [the page](https://evil.example/x?a=b) now.", "See the page now."),
        ("![alt](https://evil.example/p.png)Kim left.", "Kim left."),
        ("Kim <b>left</b> <img src=x onerror=alert(1)>today.", "Kim left today."),
        ("Kim left https://evil.example/a.", "Kim left."),
        ("**Kim** left `now`.", "Kim left now."),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Kim left.", " Kim left."),
        ("Kim left<|im_end|>.", "Kim left."),
        ("5 < 6 and 3*4 stay apart.", "5 < 6 and 3 4 stay apart."),
        ("A\u202eB\u200bC", "ABC"),
        ("Kim javascript:alert(1) left.", "Kim  left."),
        ("Kim java<b>script:alert(1) left.", "Kim  left."),
        ("Kim vbscript:MsgBox(1) left.", "Kim  left."),
        ("Kim data:text/html;base64,PHN2Zz4= left.", "Kim  left."),
        ("Kim data:,hello left.", "Kim  left."),
        ("Kim file:///etc/passwd left.", "Kim  left."),
        ("Kim mailto:a@b.example?body=x left.", "Kim  left."),
    ],
)
def test_links_and_markup_are_taken_out(draft: str, plain: str) -> None:
    assert plain_text(draft) == plain


@pytest.mark.parametrize(
    "text",
    [
        "According to the data: 40 people died in the fire.",
        "According to the data:40 people died in the fire.",
        "According to the data:40,000 people died in the fire.",
        "The police file: 12 officers took bribes.",
        "He knows JavaScript: it is a language.",
        "The mailto: link is one of many.",
    ],
)
def test_a_word_before_a_colon_is_no_link(text: str) -> None:
    assert split_draft(f"{text[:-1]} [1].") == [DraftSentence(text, (1,))]


def assert_inert(text: str) -> None:
    assert not re.search(r"<[a-z!/?]", text, re.IGNORECASE)
    assert "](" not in text
    assert "://" not in text
    assert not re.search(r"[\x00-\x08\u202a-\u202e\u2066-\u2069]", text)


MARKUP = [
    "<",
    ">",
    "[",
    "]",
    "(",
    ")",
    "!",
    "&lt;",
    "&amp;",
    "script",
    "img src=",
    "http",
    "://",
    "*",
]
pieces = st.lists(st.one_of(st.sampled_from(MARKUP), st.text(max_size=5)), max_size=30)


@given(pieces.map("".join))
@settings(deadline=None)
def test_no_draft_whatever_leaves_markup(draft: str) -> None:
    assert_inert(plain_text(draft))
    for sentence in split_draft(draft):
        assert_inert(sentence.text)


@pytest.mark.parametrize(
    "piece", ["<script", "[", "![", "](", "*", "[1", "(1, ", "<a ", "_a", "a."]
)
@pytest.mark.timeout(120)  # seconds where it is linear, hours where it is not
def test_a_hostile_draft_takes_no_longer_than_its_length(piece: str) -> None:
    for sentence in split_draft(piece * 3000):
        assert_inert(sentence.text)


def test_no_known_attack_leaves_markup() -> None:
    folder = DATA / "hostile"
    if not folder.is_dir():
        pytest.skip("the attack strings in ../shared/data/hostile are not here")
    for file in sorted(folder.glob("*.json")):
        for attack in strings(json.loads(file.read_text("utf-8"))):
            for sentence in split_draft(f"Kim left [1]. {attack} Trump stayed [2]."):
                assert_inert(sentence.text)


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    children = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    )
    return [text for child in children for text in strings(child)]


@pytest.mark.parametrize(
    ("draft", "plain"),
    [
        ("The answer to the question is: it ended early.", "It ended early."),
        ("The answer is that it ended early.", "It ended early."),
        ("The article states that it ended early.", "It ended early."),
        ("The answer is Hanoi.", "Hanoi."),
        ("The answer was clear.", "The answer was clear."),
        ("The article says nothing of it.", "The article says nothing of it."),
    ],
)
def test_what_only_announces_an_answer_is_left_out(draft: str, plain: str) -> None:
    assert [sentence.text for sentence in split_draft(draft)] == [plain]


def test_an_age_is_no_marker_where_there_are_fewer_passages() -> None:
    (sentence,) = split_draft("Smith (25) left (2).", highest=8)
    assert (sentence.text, sentence.markers) == ("Smith (25) left.", (2,))


@pytest.mark.parametrize("filler", ["\n", " ", "-", "- ", "|-", "-|", "-:|", "[", "a.", "1.", "a-"])
def test_a_draft_of_nothing_but_filler_is_read_at_once(filler: str) -> None:
    """It is read anew with every piece of a stream; line ends alone once took minutes."""
    sentences = split_draft(f"A man left. {filler * 3000} He came back.")
    assert sentences[0].text == "A man left."


def test_a_raised_number_without_end_is_no_error() -> None:
    assert split_draft("A man left." + "\u00b9" * 5000)[0].text == "A man left."
