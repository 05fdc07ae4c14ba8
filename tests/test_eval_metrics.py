"""The metrics against values worked out by hand; the arithmetic stands beside each."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.bootstrap import mean_interval, paired_interval, percentile_interval
from eval.metrics.agreement import agreement, cohen_kappa
from eval.metrics.answers import contains, point_recall, short_answers
from eval.metrics.citations import (
    citation_precision,
    citation_recall,
    evidence_precision,
    evidence_recall,
    exactness,
)
from eval.metrics.refusals import Case, area_under_risk_coverage, auroc, risk_coverage
from eval.metrics.retrieval import answer_within_budget, retrieval_scores, within_budget
from eval.metrics.squad import best_scores, exact, f1, normalise, official_scores
from eval.sets import Gold
from rag.types import Answer, Citation, Passage, Sentence, Span

# -- SQuAD 2.0 --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The  Cat's pyjamas!", "cats pyjamas"),
        ("an apple a day", "apple day"),
        ("Theatre, a.k.a. The Globe", "theatre aka globe"),
        ("1,240", "1240"),
        ("the", ""),
        ("caf\u00e9 \u2014 \u201cLa\u201d", "caf\u00e9 \u2014 \u201cla\u201d"),  # only ASCII goes
    ],
)
def test_normalising_is_that_of_the_official_script(text: str, normalised: str) -> None:
    assert normalise(text) == normalised


@pytest.mark.parametrize(
    ("gold", "prediction", "expected"),
    [
        ("Denver Broncos", "the Denver Broncos!", 1.0),
        # 2 of 3 predicted tokens right, 2 of 2 gold tokens found: 2 * 2/3 * 1 / (5/3) = 4/5
        ("Denver Broncos", "Denver Broncos team", 0.8),
        # A token counts as often as it is in both: 1 of 2, 1 of 1 -> 2 * 1/2 * 1 / (3/2) = 2/3
        ("ha", "ha ha", 2 / 3),
        ("Denver", "Carolina", 0.0),
        ("", "Denver", 0.0),
        ("Denver", "", 0.0),
        ("", "", 1.0),
        ("the", "an", 1.0),  # both without a token
    ],
)
def test_f1_by_hand(gold: str, prediction: str, expected: float) -> None:
    assert f1(gold, prediction) == pytest.approx(expected, abs=1e-15)


def test_the_best_of_several_gold_answers_counts() -> None:
    assert best_scores(["Oslo", "the city of Oslo"], "city of Oslo") == (1, 1.0)
    assert best_scores([], "") == (1, 1.0)
    assert best_scores(["the", "..."], "") == (1, 1.0)  # no token left: silence is right
    assert exact("A.B.", "ab") == 1


# Twelve questions, every branch of evaluate-v2.0.py. `p` is the probability of no answer.
OFFICIAL = {
    # id: (gold answers, prediction, p)           exact  f1
    "q01": (["Oslo"], "Oslo", 0.05),  #               1  1
    "q02": (["the Oslo fjord"], "Oslo", 0.10),  #     0  2/3   (1 of 1, 1 of 2)
    "q03": (["1905"], "in 1907", 0.15),  #            0  0
    "q04": ([], "", 0.90),  #                         1  1
    "q05": ([], "Bergen", 0.20),  #                   0  0
    "q06": (["Ibsen", "Henrik Ibsen"], "Henrik Ibsen", 0.12),  # 1  1
    "q07": (["Peer Gynt"], "", 0.80),  #              0  0     declined by mistake
    "q08": (["the"], "", 0.60),  #                    1  1     gold without a token: has an answer
    "q09": ([], "the", 0.30),  #                      1  1     no token is like no answer
    "q10": (["red and blue"], "blue, red", 0.25),  #  0  4/5   (2 of 2, 2 of 3)
    "q11": (["ha ha"], "ha", 0.02),  #                0  2/3
    "q12": ([], "Tromsø", 0.95),  #                   0  0
}


def test_official_scores_to_the_last_digit() -> None:
    gold = {key: answers for key, (answers, _, _) in OFFICIAL.items()} | {"q13": ["unanswered"]}
    said = {key: prediction for key, (_, prediction, _) in OFFICIAL.items()}
    sure = {key: p for key, (_, _, p) in OFFICIAL.items()}
    scores = official_scores(gold, said, sure)
    # q13 has no prediction and is left out, as in the script (which says so).
    # exact: q01, q04, q06, q08, q09 = 5 of 12.
    assert scores["exact"] == 100.0 * 5 / 12
    # f1: 1 + 2/3 + 0 + 1 + 0 + 1 + 0 + 1 + 1 + 4/5 + 2/3 + 0
    assert scores["f1"] == pytest.approx(100.0 * (5 + 4 / 3 + 4 / 5) / 12, abs=1e-12)
    assert scores["total"] == 12
    # With an answer: q01 q02 q03 q06 q07 q08 q10 q11; exact q01, q06, q08.
    assert scores["HasAns_exact"] == 100.0 * 3 / 8
    assert scores["HasAns_f1"] == pytest.approx(100.0 * (3 + 4 / 3 + 4 / 5) / 8, abs=1e-12)
    assert scores["HasAns_total"] == 8
    # Without: q04 q05 q09 q12; right: q04 q09.
    assert scores["NoAns_exact"] == scores["NoAns_f1"] == 50.0
    assert scores["NoAns_total"] == 4
    # Best threshold. Declining all is right for the 4 without an answer: 4. Then by p:
    #         q11   q01   q02   q06   q03   q05   q10   q09   q08   q07   q04   q12
    # p       .02   .05   .10   .12   .15   .20   .25   .30   .60   .80   .90   .95
    # exact    +0    +1    +0    +1    +0    -1    +0    -1    +1    +0     0    -1
    # so far    4     5     5     6     6     5     5     4     5     5     5     4
    assert (scores["best_exact"], scores["best_exact_thresh"]) == (100.0 * 6 / 12, 0.12)
    # f1     +2/3    +1  +2/3    +1    +0    -1  +4/5    -1    +1    +0     0    -1
    # so far 4.67  5.67  6.33  7.33  7.33  6.33  7.13  6.13  7.13  7.13  7.13  6.13
    assert scores["best_f1"] == pytest.approx(100.0 * (4 + 2 / 3 + 1 + 2 / 3 + 1) / 12, abs=1e-12)
    assert scores["best_f1_thresh"] == 0.12
    # The very digits that the script's own arithmetic gives for these twelve.
    digits = ("exact", "f1", "HasAns_f1", "best_exact", "best_f1")
    assert [scores[name] for name in digits] == [
        *(41.666666666666664, 59.444444444444436, 64.16666666666667),
        *(50.0, 61.111111111111114),
    ]


def test_questions_above_the_threshold_count_as_declined() -> None:
    gold = {key: answers for key, (answers, _, _) in OFFICIAL.items()}
    said = {key: prediction for key, (_, prediction, _) in OFFICIAL.items()}
    sure = {key: p for key, (_, _, p) in OFFICIAL.items()}
    scores = official_scores(gold, said, sure, threshold=0.25)
    # Above .25: q04 q09 q12 without an answer, now right; q07 q08 with one, now wrong.
    # exact: q01 q06, and q04 q09 q12 = 5 of 12; with an answer 2 of 8; without 3 of 4.
    assert (scores["exact"], scores["HasAns_exact"]) == (100.0 * 5 / 12, 100.0 * 2 / 8)
    assert scores["NoAns_exact"] == scores["NoAns_f1"] == 75.0
    # f1 with an answer: 1 + 2/3 + 0 + 1 + 0 + 0 + 4/5 + 2/3
    assert scores["HasAns_f1"] == pytest.approx(100.0 * (2 + 4 / 3 + 4 / 5) / 8, abs=1e-12)
    # The best threshold does not depend on the one that was set.
    assert (scores["best_exact"], scores["best_exact_thresh"]) == (50.0, 0.12)


def test_official_scores_without_probabilities_or_one_of_the_sides() -> None:
    scores = official_scores({"a": ["x"]}, {"a": "x"})
    names = {"exact", "f1", "total", "HasAns_exact", "HasAns_f1", "HasAns_total"}
    assert scores.keys() == names
    assert official_scores({"a": ["x"]}, {}) == {}


def test_the_best_threshold_is_zero_where_declining_everything_is_best() -> None:
    scores = official_scores({"a": [], "b": []}, {"a": "x", "b": "y"}, {"a": 0.1, "b": 0.2, "c": 0})
    assert (scores["best_f1"], scores["best_f1_thresh"]) == (100.0, 0.0)


@given(st.text(), st.text())
def test_f1_is_between_exact_match_and_one_and_symmetric(a: str, b: str) -> None:
    assert exact(a, b) <= f1(a, b) <= 1.0
    assert f1(a, b) == pytest.approx(f1(b, a))


# -- Gold words in an answer -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        ("It was in Milwaukee.", ["Milwaukee"], 1.0),
        ("It was in 2022.", ["22"], 0.0),  # words, not letters
        ("Trump’s “dotard”", ["Trump's dotard"], 1.0),
        ("the US–North Korea border", ["North Korea"], 1.0),
        ("1,610 colonies", ["1610"], 1.0),
        ("A bridge", ["the"], 0.0),  # nothing is left of the gold
        ("会议在河内举行", ["河内"], 1.0),
        ("nothing of the kind", [], 0.0),
    ],
)
def test_contains_looks_for_words(text: str, answers: list[str], expected: float) -> None:
    assert contains(text, answers) == expected


def test_contains_stops_at_the_cap() -> None:
    assert contains("word " * 59 + "gold", ["gold"]) == 1.0  # the 60th
    assert contains("word " * 60 + "gold", ["gold"]) == 0.0
    assert contains("word " * 59 + "red gold", ["red gold"]) == 0.0  # cut in the middle


def test_long_references_are_no_gold_words() -> None:
    assert short_answers(["two words", "w " * 13, "the", ""]) == ["two words"]


def test_points_count_once_each_by_any_alternative() -> None:
    # Found: "84 million" and, by its second alternative, the third point. 2 of 3.
    points = [["84 million"], ["97 million"], ["crowns", "kroner"]]
    assert point_recall("It cost 84 million kroner.", points) == pytest.approx(2 / 3)


# -- Retrieval ---------------------------------------------------------------------------


def passage(start: int, end: int, article: str = "a", text: str = "w") -> Passage:
    return Passage(Span(article, start, end), text, 0.0)


def gold(*spans: tuple[int, int], article: str = "a", grade: int = 1) -> Gold:
    return Gold(tuple(Span(article, start, end) for start, end in spans), grade)


def test_retrieval_by_hand() -> None:
    # Gold: 0-10 and 100-120. Ranks: 1 nothing, 2 holds 0-10 whole, 3 again 0-10 (counts no
    # more), 4 holds 12 of the 20 characters of 100-120 (at least half: found).
    passages = [passage(30, 50), passage(0, 20), passage(5, 25), passage(80, 112)]
    scores = retrieval_scores(passages, [gold((0, 10)), gold((100, 120))])
    assert scores["hit@1"] == 0.0
    assert scores["hit@5"] == scores["hit@10"] == 1.0
    assert scores["mrr@10"] == 0.5
    # DCG 1/log2(3) + 1/log2(5); ideal 1/log2(2) + 1/log2(3).
    ideal = 1 + 1 / math.log2(3)
    assert scores["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert scores["recall@600w"] == 1.0


def test_a_passage_that_finds_nothing_more_than_a_sliver_finds_nothing() -> None:
    scores = retrieval_scores([passage(0, 104)], [gold((100, 120))])
    assert set(scores.values()) == {0.0}


def test_alternatives_and_copies_find_the_same_gold() -> None:
    either = Gold((Span("a", 0, 10), Span("b", 0, 10)))
    assert retrieval_scores([passage(0, 50, "b")], [either])["hit@1"] == 1.0
    copied = Passage(Span("c", 7, 57), "w", 0.0, copies=(Span("a", 0, 50),))
    assert retrieval_scores([copied], [gold((0, 10))])["hit@1"] == 1.0


def test_grades_weigh_in_ndcg() -> None:
    # Found in the wrong order: grade 1 first, grade 3 second, as ir-measures counts gains:
    # DCG 1/log2(2) + 3/log2(3), ideal 3/log2(2) + 1/log2(3).
    scores = retrieval_scores(
        [passage(0, 10), passage(20, 30)], [gold((0, 10)), gold((20, 30), grade=3)]
    )
    expected = (1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3))
    assert scores["ndcg@10"] == pytest.approx(expected)


def test_recall_counts_only_what_fits_into_the_budget_of_words() -> None:
    # 500 words in the first passage, so only 100 words of the second are handed on.
    long, second = "word " * 499 + "word", "word " * 150 + "gold" + " word" * 49
    passages = [passage(0, len(long), text=long), passage(5000, 5000 + len(second), text=second)]
    late = gold((5000 + 750, 5000 + 754))  # where "gold" stands, its 151st word
    early = gold((5000, 5004))
    assert retrieval_scores(passages, [early, late])["recall@600w"] == 0.5
    assert retrieval_scores(passages, [early, late])["hit@5"] == 1.0
    kept = within_budget(passages, 600)
    assert [len(p.text.split()) for p in kept] == [500, 100]
    assert kept[1].text == second[: kept[1].span.end - kept[1].span.start]
    assert answer_within_budget(passages, ["gold"]) == 0.0
    assert answer_within_budget(passages, ["word"]) == 1.0


def test_without_gold_retrieval_has_no_score() -> None:
    assert retrieval_scores([passage(0, 10)], []) == {}
    assert answer_within_budget([passage(0, 10)], []) is None


def test_nothing_retrieved_is_a_miss_where_there_is_gold() -> None:
    assert set(retrieval_scores([], [gold((0, 10))]).values()) == {0.0}


# -- Citations ---------------------------------------------------------------------------


def said(*sentences: tuple[str, list[str]]) -> Answer:
    """An answer of sentences with quotes; each quote lies at its own place in article "a"."""
    built, position = [], 0
    for text, quotes in sentences:
        citations = []
        for words in quotes:
            citations.append(Citation(Span("a", position, position + len(words)), words, 1.0))
            position += len(words)
        built.append(Sentence(text, tuple(citations), "supported"))
    return Answer("?", "?", tuple(built), (), abstained=not built, model="test")


def every_word(claim: str, evidence: str) -> bool:
    """A judge for these tests: evidence supports a claim whose every word it holds."""
    return set(claim.split()) <= set(evidence.split())


def test_alce_by_hand() -> None:
    answer = said(
        ("red", ["red"]),  # supported; its one citation is needed
        ("red blue", ["red", "blue"]),  # only both together: both needed
        ("red", ["red", "green"]),  # green neither supports it nor is missed: not needed
        ("red", ["blue"]),  # not supported, so its citation does not count
        ("red", []),  # no citation: not supported
    )
    assert citation_recall(answer, every_word) == pytest.approx(3 / 5)
    assert citation_precision(answer, every_word) == pytest.approx((1 + 2 + 1) / (1 + 2 + 2 + 1))


def test_two_citations_that_both_support_a_sentence_are_both_right() -> None:
    answer = said(("red", ["red", "red green"]))
    assert citation_precision(answer, every_word) == 1.0


def test_an_answer_without_sentences_has_no_citation_score_and_one_without_citations_none() -> None:
    assert citation_recall(said(), every_word) is None
    assert citation_precision(said(), every_word) is None
    assert citation_precision(said(("red", [])), every_word) == 0.0


def test_exactness_compares_quotes_and_passages_with_the_source() -> None:
    answer = said(("x", ["red", "blue"]))  # at 0-3 and 3-7
    assert exactness(answer, lambda _: "redblue") == 1.0
    assert exactness(answer, lambda _: "red blue") == 0.5
    assert exactness(said(), lambda _: "") is None


def test_evidence_by_hand() -> None:
    answer = said(("x", ["red", "blue"]))  # cited: 0-3 and 3-7
    # 0-3 is met; 100-110 is not: recall 1 of 2. One of two citations meets gold.
    both = [gold((0, 3)), gold((100, 110))]
    assert evidence_recall(answer, both) == 0.5
    assert evidence_precision(answer, both) == 0.5
    assert evidence_recall(said(), both) == 0.0  # silent where there is evidence
    assert evidence_precision(said(), both) is None
    assert evidence_recall(answer, []) is None


# -- Refusals ----------------------------------------------------------------------------


def test_risk_and_coverage_by_hand() -> None:
    cases = [
        Case(0.9, answered=True, wrong=0.0),
        Case(0.8, answered=True, wrong=1.0),
        Case(0.7, answered=True, wrong=0.0),
        Case(0.7, answered=True, wrong=0.0),  # the same confidence: enters with the one above
        Case(0.2, answered=False, wrong=0.0),
    ]
    points = risk_coverage(cases)
    assert [(p.coverage, p.risk) for p in points] == [(0.2, 0.0), (0.4, 0.5), (0.8, 0.25)]
    # (0.2 * 0 + 0.2 * 0.5 + 0.4 * 0.25) / 0.8 = 0.25
    assert area_under_risk_coverage(points) == pytest.approx(0.25)
    assert area_under_risk_coverage([]) is None


def test_auroc_by_hand() -> None:
    # Of 2 * 2 pairs 2 are won and one is a tie: 2.5 of 4.
    assert auroc([0.9, 0.4], [0.4, 0.5]) == pytest.approx(2.5 / 4)
    assert auroc([], [0.1]) is None


# -- Agreement and intervals ---------------------------------------------------------------


def test_agreement_by_hand() -> None:
    first, second = [True, True, False, False], [True, False, False, False]
    assert agreement(first, second) == 0.75
    # By chance 1/2 * 1/4 + 1/2 * 3/4 = 1/2, so kappa is (3/4 - 1/2) / (1 - 1/2) = 1/2.
    assert cohen_kappa(first, second) == pytest.approx(0.5)
    assert cohen_kappa([True], [True]) is None
    assert agreement([], []) is None


def test_a_mean_has_an_interval_that_narrows_with_more_questions() -> None:
    few, many = mean_interval([0.0, 1.0] * 5), mean_interval([0.0, 1.0] * 500)
    assert few is not None
    assert many is not None
    assert few.value == many.value == 0.5
    assert few.low < many.low < 0.5 < many.high < few.high
    # The standard error of a coin over 1,000 throws is 0.0158; 1.96 of them are 0.031.
    assert many.high - 0.5 == pytest.approx(0.031, abs=0.004)
    assert mean_interval([]) is None
    assert mean_interval([1.0] * 9) == mean_interval([1.0] * 9)


def test_paired_intervals_see_a_small_steady_gain() -> None:
    before = [0.1 * (n % 10) for n in range(40)]
    change = paired_interval(before, [value + 0.05 for value in before])
    assert change is not None
    assert (change.low, change.value, change.high) == pytest.approx((0.05, 0.05, 0.05))
    with pytest.raises(ValueError, match="shorter"):
        paired_interval([1.0, 2.0], [1.0])


def test_percentiles_lie_between_the_two_nearest() -> None:
    median, p95 = percentile_interval([1, 2, 3, 10], 50), percentile_interval(range(101), 95)
    assert median is not None
    assert p95 is not None
    assert (median.value, p95.value) == (2.5, 95.0)
