"""Reading: the passages found are read with the question, and the best of them handed on.

In: what was retrieved, more passages than are wanted. Out: the wanted ones in a better order,
and what the reader says of each. The order is the retrieval's score plus a share of the
reader's log-odds that the passage answers: each knows what the other does not (the words of
the question and the day of the article; what the sentence says). The share was chosen on the
first half of news-2025 (docs/retrieval.md).
"""

from __future__ import annotations

from dataclasses import replace

from rag.reader import PassageReader, Reading, header_of
from rag.retrieve import Retrieval
from rag.types import ArticleInfo, Candidate

SHARE = 0.3  # of the reader's log-odds, beside the sum of the parts of `rerank`


def wanted(k: int) -> int:
    """How many passages to read so that the best k of them are handed on."""
    return k + (k + 1) // 2


def read(
    question: str, found: Retrieval, reader: PassageReader, k: int, share: float = SHARE
) -> tuple[Retrieval, list[Reading]]:
    """The k best passages with a reading each, best first. Ties keep the retrieval's order, and
    so does a `share` of 0: a cross-encoder's, for one, which has the last word."""
    passages = found.passages
    headers = [_header(found.articles.get(passage.span.article_id)) for passage in passages]
    readings = reader.read(question, [passage.text for passage in passages], headers)
    scores = [p.score + share * r.readable for p, r in zip(passages, readings, strict=True)]
    order = sorted(range(len(passages)), key=lambda n: -scores[n])
    best = order[:k]
    ranks = {passages[n].span: (rank, n) for rank, n in enumerate(order, start=1)}
    candidates = tuple(
        _marked(candidate, ranks[candidate.span][0], readings[ranks[candidate.span][1]], k)
        if candidate.span in ranks
        else candidate
        for candidate in found.candidates
    )
    handed_on = tuple(replace(passages[n], score=scores[n]) for n in best)
    ids = {span.article_id for p in handed_on for span in (p.span, *p.copies)}
    articles = {id_: info for id_, info in found.articles.items() if id_ in ids}
    return Retrieval(handed_on, candidates, articles), [readings[n] for n in best]


def _marked(candidate: Candidate, rank: int, reading: Reading, k: int) -> Candidate:
    used = rank <= k
    dropped = "" if used else f"not among the {k} best"
    return replace(
        candidate,
        read_rank=rank,
        read_score=reading.answerable,
        used=used,
        dropped=dropped,
    )


def _header(info: ArticleInfo | None) -> str:
    return header_of(info.title, info.published) if info else ""
