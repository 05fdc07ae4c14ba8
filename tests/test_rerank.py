"""The order of the candidates: each part worked by hand, then what always holds."""

from __future__ import annotations

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.rerank import WEIGHTS, Evidence, measure, recency, rerank, scaled

QUESTION = "Who opened the harbour bridge?"


def evidence(
    text: str,
    *,
    title: str = "",
    article: str = "a",
    start: int = 0,
    meaning: float = 0.5,
    keywords: float | None = None,
) -> Evidence:
    return Evidence(text, title, article, start, meaning, keywords)


def test_scores_are_put_between_the_least_and_the_greatest() -> None:
    # 3 is 2 of the 4 between 1 and 5; what was not found is as low as the least.
    assert scaled([1.0, 3.0, None, 5.0]) == [0.0, 0.5, 0.0, 1.0]
    assert scaled([2.0, 2.0, None]) == [0.0, 0.0, 0.0]
    assert scaled([None, None]) == [0.0, 0.0]
    assert scaled([]) == []
    # Of a range of at least 4, the 1 between 2 and 3 is a quarter; the 5 between 0 and 5 is all.
    assert scaled([2.0, 3.0], 4.0) == [0.0, 0.25]
    assert scaled([0.0, 5.0], 4.0) == [0.0, 1.0]
    assert scaled([None], 4.0) == [0.0]


def test_coverage_counts_title_and_text_and_rare_words_more() -> None:
    # Topic words: open, harbour, bridge. "harbour" is in two of the three candidates and weighs
    # ln(1 + 3/3) = .693; "open" and "bridge" are in one each: ln(1 + 3/2) = .916; all: 2.526.
    found = measure(
        QUESTION,
        [
            evidence("The harbour was quiet.", article="a"),
            evidence("It opens in May.", title="A bridge for the harbour", article="b"),
            evidence("Nothing to the point.", article="c"),
        ],
    )

    assert found["coverage"] == pytest.approx([0.693 / 2.526, 1.0, 0.0], abs=1e-3)


def test_words_that_follow_one_another_count_where_they_do_so_again() -> None:
    apart = evidence("The bridge was seen from the harbour, and it opened.")
    together = evidence("The harbour bridge was opened.")

    assert measure(QUESTION, [apart, together])["pairs"] == [0.0, 1.0]


def test_an_article_is_worth_what_its_candidates_hold_together() -> None:
    parts = [
        evidence("The harbour.", article="a"),
        evidence("Opened: the bridge.", article="a"),
        evidence("The bridge.", article="b"),
    ]
    first, second, other = measure(QUESTION, parts)["article"]

    assert first == second == 1.0
    assert other < 1.0


def test_the_beginning_of_an_article_comes_before_its_end() -> None:
    parts = [evidence("same", start=start) for start in (0, 800, 8000)]

    assert measure(QUESTION, parts)["lead"] == pytest.approx([1.0, 1 / 2, 1 / 11])


def test_a_question_of_function_words_alone_is_taken_at_its_words() -> None:
    parts = [evidence("It is what it is."), evidence("A harbour.")]
    better, worse = measure("What is it?", parts)["coverage"]
    assert better == 1.0 > worse


def test_the_latest_comes_first_unless_the_question_names_a_year() -> None:
    # From 31 January: the same day, 30 days before (1 / (1 + 30/30)), 90 before, unknown.
    days = [*map(datetime.date.fromisoformat, ("2025-01-31", "2025-01-01", "2024-11-02")), None]
    asked = datetime.date(2025, 1, 31)

    assert recency("Who won?", days, asked) == [1.0, 1 / 2, 1 / 4, 0.5]
    # Not told the day: as if on the latest, and half as far from 1/2.
    assert recency("Who won?", days) == [0.75, 1 / 2, 3 / 8, 0.5]
    assert recency("Who won in 2024?", days, asked) == [0.5] * 4
    assert recency("Who won?", [None, None], asked) == [0.5, 0.5]
    assert recency("Who won?", []) == []


def test_what_had_not_appeared_when_the_question_was_asked_is_not_the_latest() -> None:
    days = [datetime.date(2025, 6, 1), datetime.date(2025, 1, 4), datetime.date(2024, 12, 2)]

    # A page may be dated up to three days late; 2 December is 30 days before 1 January.
    assert recency("Who won?", days, datetime.date(2025, 1, 1)) == [0.5, 1.0, 1 / 2]
    assert recency("Who won?", days[:1], datetime.date(2025, 1, 1)) == [0.5]
    last = datetime.date.max
    assert recency("Who won?", [last, *days], last)[0] == 1.0


def test_articles_that_end_long_before_the_question_are_not_all_alike() -> None:
    # Asked in 2025 of articles that end on 31 January 2019: as if on 2 March, 30 days later.
    # 1 / (1 + 30/30) and 1 / (1 + 60/30); without a day an article is as recent as the latest.
    days = [datetime.date(2019, 1, 31), datetime.date(2019, 1, 1), None]

    assert recency("Who won?", days, datetime.date(2025, 1, 1)) == [1 / 2, 1 / 3, 1 / 2]


texts = st.text(alphabet="abc opensharbuidg.\n\ud800é", max_size=60)
candidates = st.lists(
    st.builds(
        Evidence,
        texts,
        texts,
        st.sampled_from("xyz"),
        st.integers(0, 10**7),
        st.floats(-1, 1),
        st.none() | st.floats(-50, 50),
        st.none() | st.dates(),
    ),
    max_size=6,
)


@given(texts, candidates, st.none() | st.dates())
def test_every_part_is_between_0_and_1_for_any_text(
    question: str, candidates: list[Evidence], asked: datetime.date | None
) -> None:
    parts = measure(question, candidates, asked)

    assert parts.keys() == WEIGHTS.keys()
    for values in parts.values():
        assert len(values) == len(candidates)
        assert all(0.0 <= value <= 1.0 + 1e-9 for value in values)
    scores = rerank(question, candidates, asked)
    assert all(math.isfinite(score) for score in scores)
    # The order they come in changes nothing.
    assert rerank(question, candidates[::-1], asked)[::-1] == pytest.approx(scores)
