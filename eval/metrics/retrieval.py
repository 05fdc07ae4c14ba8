"""Retrieval figures over passages with exact offsets, through ir-measures.

In: the ranked passages of one question and the gold regions. Out: one value a figure, or
nothing where there is no gold. A passage finds a region when they share at least half of the
shorter of the two. It then counts once, for the regions no earlier passage found: its grade
is the sum of theirs, so that the same words found twice do not score twice.

MacAvaney, Macdonald & Ounis, Streamlining Evaluation with ir-measures, ECIR 2022.
"""

from __future__ import annotations

from collections.abc import Sequence

import ir_measures
from ir_measures import RR, Success, nDCG

from eval.metrics.answers import contains, short_answers
from eval.sets import Gold
from rag.types import Passage, Span

WORD_BUDGET = 600
HIT_RANKS = (1, 5, 10)
_MEASURES = {
    **{f"hit@{k}": Success @ k for k in HIT_RANKS},
    "mrr@10": RR @ 10,
    "ndcg@10": nDCG @ 10,
}
_QUESTION = "q"


def retrieval_scores(passages: Sequence[Passage], gold: Sequence[Gold]) -> dict[str, float]:
    """hit@1, hit@5, hit@10, mrr@10, ndcg@10 and recall within 600 words; {} without gold.

    hit@k is Success@k: 1 where one of the first k passages finds a region.
    """
    if not gold:
        return {}
    grades, missed = _grades(passages, gold)
    judged = [
        *(ir_measures.Qrel(_QUESTION, _name(n), grade) for n, grade in enumerate(grades)),
        *(ir_measures.Qrel(_QUESTION, f"missed {n}", gold[n].grade) for n in missed),
    ]
    ranked = [
        ir_measures.ScoredDoc(_QUESTION, _name(n), float(len(passages) - n))
        for n in range(len(passages))
    ]
    figures = ir_measures.calc_aggregate(list(_MEASURES.values()), judged, ranked)
    scores = {name: float(figures[measure]) for name, measure in _MEASURES.items()}
    return {**scores, f"recall@{WORD_BUDGET}w": budget_recall(passages, gold)}


def budget_recall(
    passages: Sequence[Passage], gold: Sequence[Gold], words: int = WORD_BUDGET
) -> float:
    """The share of gold regions found by the passages that fit into the first `words` words.

    Recall at an equal number of words handed on: bigger passages win nothing by being bigger.
    The passage that crosses the budget is cut there, not dropped.
    """
    kept = within_budget(passages, words)
    return sum(any(finds(p, g) for p in kept) for g in gold) / len(gold)


def answer_within_budget(
    passages: Sequence[Passage], answers: Sequence[str], words: int = WORD_BUDGET
) -> float | None:
    """1.0 where a gold answer's words are in the first `words` words handed on, else 0.0.

    The answer recall of DPR (Karpukhin et al., EMNLP 2020) at a budget of words; None where
    there is no short gold answer. Weak: the words may stand there in another sense.
    """
    wanted = short_answers(answers)
    if not wanted:
        return None
    texts = [passage.text for passage in within_budget(passages, words)]
    return max((contains(text, wanted, cap=words) for text in texts), default=0.0)


def within_budget(passages: Sequence[Passage], words: int) -> list[Passage]:
    """The passages, best first, as far as `words` words go; the last one cut to fit."""
    kept: list[Passage] = []
    for passage in passages:
        if words <= 0:
            break
        length = len(passage.text.split())
        kept.append(passage if length <= words else _cut(passage, words))
        words -= length
    return kept


def finds(passage: Passage, gold: Gold) -> bool:
    """Whether the passage, or a copy of it elsewhere, holds at least half of the gold region."""
    places = (passage.span, *passage.copies)
    return any(overlaps(place, span) for place in places for span in gold.spans)


def overlaps(first: Span, second: Span) -> bool:
    """Whether two spans share at least half of the shorter one (and at least one code point)."""
    if first.article_id != second.article_id:
        return False
    shared = min(first.end, second.end) - max(first.start, second.start)
    shorter = min(first.end - first.start, second.end - second.start)
    return shared > 0 and 2 * shared >= shorter


def _grades(passages: Sequence[Passage], gold: Sequence[Gold]) -> tuple[list[int], list[int]]:
    """The grade of each passage, and the numbers of the gold regions none of them found."""
    open_gold = dict(enumerate(gold))
    grades = []
    for passage in passages:
        found = [n for n, item in open_gold.items() if finds(passage, item)]
        grades.append(sum(open_gold.pop(n).grade for n in found))
    return grades, list(open_gold)


def _cut(passage: Passage, words: int) -> Passage:
    kept = passage.text.split(maxsplit=words)[:words]
    position = 0
    for word in kept:
        position = passage.text.index(word, position) + len(word)
    span = Span(passage.span.article_id, passage.span.start, passage.span.start + position)
    return Passage(span, passage.text[:position], passage.score)


def _name(rank: int) -> str:
    return f"passage {rank:04}"
