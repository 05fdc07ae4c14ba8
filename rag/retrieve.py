"""Retrieval: dense and keyword candidates, fused, reranked, near-identical copies folded.

In: a question and filters. Out: passages, best first, and how each candidate fared at every
step. Everything is read from one revision of the catalog.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from rag.catalog import Filters, StoredPassage, View, keyword_header, match_any, words
from rag.cross_encoder import CrossEncoder, load_cross_encoder
from rag.embed import Vectors
from rag.errors import InputError
from rag.index import Index
from rag.rerank import Evidence, rerank
from rag.types import ArticleInfo, Candidate, Passage, parse_published
from rag.words import FUNCTION_WORDS

CANDIDATES = 60  # from each engine
ENCODED_ACROSS = 20  # a cross-encoder reads this many of the best, or twice as many as are wanted
_LARGE = 20_000  # passages: from here on the time of the keyword search is felt
_COMMON = 0.05  # a word in a larger share of the passages finds none by itself in a large index
_FIGURE = re.compile(r"\d+")
_COPY_OVERLAP = 0.6  # of the shorter passage's three-word shingles: the two tell the same story

Ranking = Sequence[tuple[int, float]]
Search = tuple[str, Vectors, Ranking, Ranking]
"""What is searched for, its vector, and what the dense and the keyword search found."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """The passages to answer from, what articles they are of, and how each candidate fared."""

    passages: tuple[Passage, ...]
    candidates: tuple[Candidate, ...]
    articles: Mapping[str, ArticleInfo]


def fuse(rankings: Sequence[Sequence[int]], k: int = 60) -> list[tuple[int, float]]:
    """Reciprocal rank fusion: score(d) = sum over rankings of 1 / (k + rank(d)), rank from 1.

    Returns numbers, best first; ties keep the order of the first ranking.
    Cormack, Clarke & Büttcher, SIGIR 2009.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, number in enumerate(ranking, start=1):
            scores[number] = scores.get(number, 0.0) + 1.0 / (k + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


def retrieve(
    index: Index,
    query: str,
    k: int,
    filters: Filters,
    context: str = "",
    asked: datetime.date | None = None,
) -> Retrieval:
    """The k best passages for a question. `context` is what was said before it, if it matters.
    `asked` is its day, where that is known (see `rerank.recency`).

    With a context there are two searches, for the question and for both, fused as equals.
    Raises InputError for an empty question, UnknownArticle for a filter that names an article
    which is not there, IndexDamaged if the vectors cannot be read,
    IndexMismatch if another process has encoded the index with another model since.
    """
    if not query.strip():
        raise InputError("the question is empty: ask something")
    # the question first: a text too long for the embedder loses its end
    texts = [query, f"{query} {context}"] if context.strip() else [query]
    questions = [(text, index.embedder.embed_query(text)) for text in texts]
    return index.read(lambda view: _retrieve(index, view, questions, k, filters, asked))


def parse_filters(
    articles: Iterable[str] | None,
    since: datetime.date | str | None,
    until: datetime.date | str | None,
) -> Filters:
    """Filters from what a caller gives.

    Raises InputError for a date that is none, or a first day after the last.
    """
    if isinstance(articles, str):
        articles = [articles]
    first, last = parse_published(since), parse_published(until)
    if first and last and first > last:
        raise InputError(f"no article is both since {first} and until {last}: exchange the two")
    return Filters(
        articles=None if articles is None else tuple(articles),
        since=first.isoformat() if first else None,
        until=last.isoformat() if last else None,
    )


def _retrieve(
    index: Index,
    view: View,
    questions: Sequence[tuple[str, Vectors]],
    k: int,
    filters: Filters,
    asked: datetime.date | None,
) -> Retrieval:
    allowed = view.article_numbers(filters) if filters.active else None
    wanted = max(CANDIDATES, 3 * k)
    searches = [
        (
            text,
            vector,
            dense_search(index, view, vector, wanted, allowed),
            keyword_search(view, text, wanted, allowed),
        )
        for text, vector in questions
    ]
    fused = fuse([[n for n, _ in ranking] for _, _, *both in searches for ranking in both])
    stored = view.passages([number for number, _ in fused])
    infos = {i.id: i for i in view.infos({p.span.article_id for p in stored.values()})}
    candidates = _candidates(stored, searches[0], fused)
    scores = _scores(view, searches, [stored[number] for number, _ in fused], infos, asked)
    ordered = reordered(candidates, scores)
    if index.settings.reranker:
        encoder = load_cross_encoder(index.settings.reranker)
        ordered, beyond = _encoded_across(encoder, searches[0][0], ordered, stored, infos, k)
    else:
        beyond = []
    passages, marked = collapse(ordered, stored, k)
    ids = {span.article_id for p in passages for span in (p.span, *p.copies)}
    shown = {info.id: info for info in infos.values() if info.id in ids}
    return Retrieval(passages, (*marked, *beyond), shown)


def _scores(
    view: View,
    searches: Sequence[Search],
    passages: Sequence[StoredPassage],
    infos: Mapping[str, ArticleInfo],
    asked: datetime.date | None,
) -> list[float]:
    """What `rerank` makes of each passage, over all searches."""
    if not passages:
        return []
    vectors = view.vectors([passage.number for passage in passages])
    found: list[list[float]] = []
    for text, vector, _, keyword in searches:
        keywords = dict(keyword)
        evidence = [
            Evidence(
                text=passage.text,
                title=keyword_header(infos[passage.span.article_id]),
                article=passage.span.article_id,
                start=passage.span.start,
                meaning=float(cosine),
                keywords=keywords.get(passage.number),
                published=infos[passage.span.article_id].published,
            )
            for passage, cosine in zip(passages, vectors @ vector, strict=True)
        ]
        found.append(rerank(text, evidence, asked))
    return [combined(scores) for scores in zip(*found, strict=True)]


def combined(scores: Sequence[float]) -> float:
    """A passage's score from several searches: half their mean and half the best of them.

    So what one search is sure of is not lost where another finds nothing in it.
    """
    return (fmean(scores) + max(scores)) / 2


def reordered(candidates: Sequence[Candidate], scores: Sequence[float]) -> list[Candidate]:
    """The candidates by these scores, best first, rank and score noted; ties stay as they are."""
    ranked = sorted(zip(scores, candidates, strict=True), key=lambda pair: -pair[0])
    return [
        replace(candidate, rerank_rank=rank, rerank_score=score)
        for rank, (score, candidate) in enumerate(ranked, start=1)
    ]


def _encoded_across(
    encoder: CrossEncoder,
    question: str,
    ordered: Sequence[Candidate],
    stored: Mapping[int, StoredPassage],
    infos: Mapping[str, ArticleInfo],
    k: int,
) -> tuple[list[Candidate], list[Candidate]]:
    """The best candidates as the cross-encoder orders them, and those it did not read."""
    most = max(ENCODED_ACROSS, 2 * k)
    texts = {passage.span: passage.text for passage in stored.values()}
    best = ordered[:most]
    headed = [f"{keyword_header(infos[c.span.article_id])}\n{texts[c.span]}" for c in best]
    beyond = [replace(c, dropped=f"not among the {most} reranked") for c in ordered[most:]]
    return reordered(best, encoder.scores(question, headed)), beyond


def dense_search(
    index: Index, view: View, vector: Vectors, k: int, allowed: Sequence[int] | None
) -> list[tuple[int, float]]:
    """The k nearest active passages: (number, cosine). Removed ones in Chroma are left out."""
    generations = view.generations()
    held = sum(generation.size for generation in generations)
    active = set(view.passage_numbers(allowed)) if allowed is not None else None
    asked = k
    while True:
        hits = index.store.search(generations, vector, asked, allowed)
        if active is None:
            alive: Mapping[int, object] = view.passages([number for number, _ in hits])
            hits = [hit for hit in hits if hit[0] in alive]
        else:
            hits = [hit for hit in hits if hit[0] in active]
        if len(hits) >= k or asked >= held or (active is not None and len(hits) == len(active)):
            return hits[:k]
        asked = min(held, 4 * asked)


def keyword_search(
    view: View, query: str, k: int, allowed: Sequence[int] | None
) -> list[tuple[int, float]]:
    """The k best active passages by BM25 over the question's topic words: (number, score)."""
    found = words(query)
    # Common words would make the search slow and change no rank.
    topic = [word for word in found if word not in FUNCTION_WORDS] or found
    size = sum(generation.size for generation in view.generations())
    held = view.document_frequencies(topic) if size >= _LARGE else {}
    return view.keyword_search(keyword_expression(topic, held, size, k), k, allowed)


def keyword_expression(topic: Sequence[str], held: Mapping[str, int], size: int, k: int) -> str:
    """What to match: any topic word, and in a large index one of the rarer ones in any case.

    The time of a keyword search is that of the passages it scores, and most of those hold
    nothing but a common word. `held` is in how many of the `size` passages each word is; where
    the rarer words are in too few to choose from, or `held` is empty, any word will do.
    """
    rare = [word for word in topic if 0 < held.get(word, 0) <= _COMMON * size]
    if len(rare) == len(topic) or sum(held[word] for word in rare) < 4 * k:
        return match_any(topic)
    return f"({match_any(rare)}) AND ({match_any(topic)})"


def collapse(
    candidates: Sequence[Candidate], stored: Mapping[int, StoredPassage], k: int
) -> tuple[tuple[Passage, ...], list[Candidate]]:
    """The first k candidates, each near-identical later one folded into the first as a copy."""
    texts = {passage.span: passage.text for passage in stored.values()}
    kept: list[tuple[Passage, frozenset[str]]] = []
    marked: list[Candidate] = []
    for candidate in candidates:
        text = texts[candidate.span]
        shingles = _shingles(text)
        twin = next((i for i, (_, other) in enumerate(kept) if _same(shingles, other)), None)
        if twin is not None:
            first, its_shingles = kept[twin]
            kept[twin] = replace(first, copies=(*first.copies, candidate.span)), its_shingles
            marked.append(replace(candidate, dropped="a copy of a better passage"))
        elif len(kept) < k:
            kept.append((Passage(candidate.span, text, candidate.rerank_score or 0.0), shingles))
            marked.append(replace(candidate, used=True))
        else:
            marked.append(replace(candidate, dropped=f"not among the {k} best"))
    return tuple(passage for passage, _ in kept), marked


def _candidates(
    stored: Mapping[int, StoredPassage], search: Search, fused: Ranking
) -> list[Candidate]:
    _, _, dense, keyword = search
    dense_at = {number: (rank, score) for rank, (number, score) in enumerate(dense, start=1)}
    keyword_at = {number: (rank, score) for rank, (number, score) in enumerate(keyword, start=1)}
    found: list[Candidate] = []
    for rank, (number, score) in enumerate(fused, start=1):
        dense_rank, dense_score = dense_at.get(number, (None, None))
        keyword_rank, keyword_score = keyword_at.get(number, (None, None))
        found.append(
            Candidate(
                span=stored[number].span,
                dense_rank=dense_rank,
                dense_score=dense_score,
                keyword_rank=keyword_rank,
                keyword_score=keyword_score,
                fused_rank=rank,
                fused_score=score,
            )
        )
    return found


def _shingles(text: str) -> frozenset[str]:
    found = re.findall(r"\w+", text.lower())
    return frozenset(" ".join(found[i : i + 3]) for i in range(max(1, len(found) - 2)))


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two passages tell the same in nearly the same words. Of two market reports of one
    wording each has figures that the other lacks: a copy lacks some at most on one side."""
    if len(one & other) < _COPY_OVERLAP * min(len(one), len(other)):
        return False
    figures = [set(_FIGURE.findall(" ".join(shingles))) for shingles in (one, other)]
    return figures[0] <= figures[1] or figures[1] <= figures[0]
