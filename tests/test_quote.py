"""Quoting: which sentences are chosen, and the signals they are chosen by, worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from rag.quote import Fit, Quotable, bar, kind_asked, select, sentences_of, topic_coverage
from rag.types import Passage, Span


def quotable(text: str, score: float, start: int = 0, article: str = "a") -> Quotable:
    return Quotable(Span(article, start, start + len(text), "v"), text, 1, score=score)


def test_the_likelihood_is_a_logistic_regression() -> None:
    # -1 + 2 * .5 + 1 * 0 = 0, and the logistic function of 0 is .5
    assert Fit((2.0, 1.0), -1.0, 0.3).likelihood([0.5, 0.0]) == 0.5
    # -1 + 2 * 1 + 1 * 1 = 2: 1 / (1 + e^-2) = .8808
    assert Fit((2.0, 1.0), -1.0, 0.3).likelihood([1.0, 1.0]) == pytest.approx(0.8808, abs=1e-4)


def test_coverage_counts_rare_words_more() -> None:
    # Topic words: "summit" in both texts, "hanoi" in one. Weights: ln(1 + 2/(1+2)) = .5108
    # and ln(1 + 2/(1+1)) = .6931. The first text has both, the second .5108 / 1.2040 = .4243.
    texts = ["The Hanoi summit failed.", "The summits went well."]
    first, second = topic_coverage("What was the Hanoi summit?", texts)

    assert first == 1.0
    assert second == pytest.approx(math.log(5 / 3) / (math.log(5 / 3) + math.log(2)))


def test_a_second_sentence_is_quoted_only_if_it_is_likely_too_and_fits() -> None:
    best = quotable("He resigned on Monday.", 0.8, start=50)
    near = quotable("The reason was his health.", 0.6, start=10)  # .7 x .8 = .56
    far = quotable("It rained.", 0.5)
    long = quotable("word " * 60, 0.7)

    assert select([best, near, far]) == [near, best]  # in the order of the text
    assert select([best, far]) == [best]
    assert select([best, long]) == [best]
    assert select([long]) == [long]  # one sentence is never cut
    assert select([]) == []


def test_where_the_best_is_unsure_more_is_quoted_beside_it() -> None:
    best = quotable("He may resign.", 0.4)
    near, far = quotable("His health fails.", 0.15), quotable("It rained.", 0.13)  # .35 x .4 = .14

    assert select([best, near, far]) == [best, near]


@pytest.mark.parametrize(
    ("question", "coverage", "expected"),
    [
        ("hanoi summit sanctions", 1.0, 0.1),  # words to search for: half of .2
        ("hanoi summit sanctions", 0.8, 0.2),  # one of them is not in the sentence
        ("hanoi", 1.0, 0.2),  # one word says too little
        ("hanoi summit sanctions?", 1.0, 0.2),
        ("why hanoi summit sanctions", 1.0, 0.2),
        ("the long hanoi summit on nuclear sanctions", 1.0, 0.2),  # seven words
    ],
)
def test_words_that_ask_nothing_are_searched_for(
    question: str, coverage: float, expected: float
) -> None:
    found = replace(quotable("The Hanoi summit was about sanctions.", 0.15), coverage=coverage)
    assert bar(question, [found], 0.2) == expected
    assert bar(question, [], 0.2) == 0.2


def test_the_same_words_are_not_quoted_twice() -> None:
    one, two = quotable("It rained.", 0.8), quotable("It rained.", 0.8, article="b")
    assert select([one, two]) == [one]


def test_sentences_keep_their_offsets_in_the_article() -> None:
    passage = Passage(Span("a", 100, 125, "v"), "It rained. 🌧️ It stopped.", 1.0)
    for sentence in sentences_of(passage, rank=1):
        begin, end = sentence.span.start - 100, sentence.span.end - 100
        assert passage.text[begin:end] == sentence.text


@pytest.mark.parametrize(
    ("question", "holds", "lacks"),
    [
        ("How many died?", "Of them twelve died.", "People died."),
        ("How many came?", "Some 1,900 came.", "They came in 1900."),
        ("How old is he?", "Berg, 41, is the mayor.", "He was mayor in 2019."),
        ("When did it open?", "It opened in 1911.", "It opened early."),
        ("Who won?", "The race was won by Ada King.", "the race was won by a nurse."),
        ("Why did he leave?", "He left because of the rain.", "He left."),
    ],
)
def test_a_question_asks_for_a_kind_of_thing(question: str, holds: str, lacks: str) -> None:
    pattern = kind_asked(question)

    assert pattern is not None
    assert pattern.search(holds)
    assert not pattern.search(lacks)


def test_an_open_question_asks_for_no_kind() -> None:
    assert kind_asked("What happened in Hanoi?") is None
