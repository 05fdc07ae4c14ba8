"""Fusion and the folding of copies, worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.catalog import StoredPassage
from rag.retrieve import collapse, combined, fuse, keyword_expression
from rag.types import Candidate, Span


def test_fusion_adds_reciprocal_ranks() -> None:
    # 7: 1/(60+1) + 1/(60+3) = .016393 + .015873 = .032266
    # 8: 1/(60+2) + 1/(60+1) = .016129 + .016393 = .032522
    # 9: 1/(60+2) = .016129, in the second ranking alone
    fused = fuse([[7, 8], [8, 9, 7]])

    assert [number for number, _ in fused] == [8, 7, 9]
    assert [score for _, score in fused] == pytest.approx([0.032522, 0.032266, 0.016129], abs=1e-6)


def test_ties_keep_the_order_of_the_first_ranking() -> None:
    assert [number for number, _ in fuse([[1, 2], [2, 1]])] == [1, 2]


@given(st.lists(st.lists(st.integers(0, 30), unique=True), max_size=4))
def test_fusion_keeps_every_candidate_once(rankings: list[list[int]]) -> None:
    fused = [number for number, _ in fuse(rankings)]
    assert sorted(fused) == sorted({number for ranking in rankings for number in ranking})


def stored(number: int, article: str, text: str) -> StoredPassage:
    return StoredPassage(number, Span(article, 0, len(text), "v"), text)


def test_what_one_search_is_sure_of_is_not_lost_where_another_finds_nothing() -> None:
    # (0.5 + 0.9) / 2 = 0.7, and (0.5 + 0.5) / 2 = 0.5 of two that are half sure
    assert combined([0.9, 0.1]) == pytest.approx(0.7)
    assert combined([0.5, 0.5]) == 0.5
    assert combined([0.3]) == 0.3


def test_copies_are_folded_into_the_better_hit() -> None:
    wire = "The dam broke at dawn on Tuesday and the valley below it was flooded within the hour."
    passages = {
        1: stored(1, "a", wire),
        2: stored(2, "b", wire + " Reuters"),  # holds all 15 of its shingles
        3: stored(3, "c", "An entirely different story about a school play."),
        4: stored(4, "d", "Shares of the builder of the dam fell by a tenth."),
    }
    candidates = [Candidate(span=p.span, rerank_score=1 / n) for n, p in passages.items()]

    found, marked = collapse(candidates, passages, k=2)

    assert [passage.span.article_id for passage in found] == ["a", "c"]
    assert [span.article_id for span in found[0].copies] == ["b"]
    assert [c.used for c in marked] == [True, False, True, False]
    assert marked[1].dropped == "a copy of a better passage"
    assert marked[3].dropped == "not among the 2 best"


def test_two_reports_of_one_wording_and_other_figures_are_no_copies() -> None:
    report = "The exchange closed at {} points after a quiet day on which few shares changed hands"
    passages = {
        1: stored(1, "monday", report.format("7,512")),
        2: stored(2, "friday", report.format("7,640")),
        3: stored(3, "short", report.format("7,512").removesuffix(" few shares changed hands")),
    }
    candidates = [Candidate(span=p.span, rerank_score=1 / n) for n, p in passages.items()]

    found, _ = collapse(candidates, passages, k=3)

    assert [passage.span.article_id for passage in found] == ["monday", "friday"]
    assert [span.article_id for span in found[0].copies] == ["short"]


@pytest.mark.parametrize(("shared", "copies"), [(8, ["b"]), (7, [])])
def test_a_copy_has_six_tenths_of_the_shorter_passage(shared: int, copies: list[str]) -> None:
    # The shorter has 12 words, so 10 shingles; of 8 words in common there are 6, of 7 there are 5.
    words = [f"word{n}" for n in range(12)]
    other = [*words[:shared], *(f"other{n}" for n in range(30))]
    passages = {1: stored(1, "a", " ".join(words)), 2: stored(2, "b", " ".join(other))}
    candidates = [Candidate(span=p.span, rerank_score=1 / n) for n, p in passages.items()]

    found, _ = collapse(candidates, passages, k=2)

    assert [span.article_id for span in found[0].copies] == copies


def test_in_a_large_index_a_common_word_finds_nothing_by_itself() -> None:
    # A twentieth of 20,000 passages is 1,000: "president" is common, "summit" is not.
    held = {"president": 9000, "summit": 400}
    both = ["president", "summit"]

    assert keyword_expression(both, held, 20_000, 60) == '("summit") AND ("president" OR "summit")'
    # Nothing left out: no counts, common words alone, rare ones alone.
    assert keyword_expression(both, {}, 20_000, 60) == '"president" OR "summit"'
    assert keyword_expression(["president"], held, 20_000, 60) == '"president"'
    assert keyword_expression(["summit"], held, 20_000, 60) == '"summit"'
    # "xyzzy" is nowhere and "summit" in fewer than four times the passages wanted.
    few = {"president": 9000, "summit": 239, "xyzzy": 0}
    anything = '"president" OR "summit" OR "xyzzy"'
    assert keyword_expression([*both, "xyzzy"], few, 20_000, 60) == anything
