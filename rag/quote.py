"""Quoting: the sentences of the passages that answer the question, word for word.

In: a question and passages. Out: sentences with their exact spans, each with the likelihood
that it answers, best first. The likelihood is a logistic regression over a handful of
signals: how near the sentence's meaning is to the question's, which of the question's topic
words it holds, whether it holds the kind of thing asked for, and, where there is a reader,
what the reader says of the passage and finds in the sentence. Its weights and the threshold
below which to abstain are in `rag/data/quote.json`, fitted by `python -m training.quote`.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from rag.chunk import split_sentences
from rag.embed import Embedder
from rag.instructions import asks_for_orders, gives_orders
from rag.names import VERBS
from rag.reader import Reading
from rag.types import ArticleInfo, Citation, Passage, Sentence, Span
from rag.words import FUNCTION_WORDS, stem

FIT = Path(__file__).parent / "data" / "quote.json"
MOST_SENTENCES = 3
MOST_WORDS = 60
_NEAR_A_SURE_ONE = 0.7  # a further sentence is quoted if it is this likely beside the best,
_NEAR_AN_UNSURE_ONE = 0.35  # or this likely, where the best is likelier not to answer
_MAY_ANSWER = 0.5  # a model's sentence may rest on one that is this likely beside the best
_UNRELATED = 0.15  # the cosine below which a sentence without a word of the question is left out
_ALL_WORDS = 0.999  # of the question's topic words, as shares add up
_LONGEST_SEARCH = 6  # words
_ASKING = frozenset("what which who whom whose when where why how tell give show list".split())  # noqa: SIM905
_NOT_FOUND = -12.0  # the span score of a sentence in which the reader finds nothing


@dataclass(frozen=True, slots=True)
class Quotable:
    """A sentence of a passage with its signals; `score` is the likelihood (0..1) that it answers.

    `similarity` is a cosine. `coverage` is the share (0..1) of the question's topic words in the
    sentence, `context` in it, the sentence before and the title: "the bridge" goes by its name
    there. `kind` is 1 if it holds the kind of thing asked for, -1 if not, 0 if that is open.
    `rank` is the passage's, from 1. `readable` is the reader's score of the passage, `found` of
    the words it finds in this sentence (both logits), `fitting` the kind of those words; None
    without a reader. `words` are their offsets in `text`.
    """

    span: Span
    text: str
    rank: int
    similarity: float = 0.0
    coverage: float = 0.0
    context: float = 0.0
    kind: float = 0.0
    readable: float | None = None
    found: float | None = None
    fitting: float = 0.0
    words: tuple[int, int] | None = None
    score: float = 0.0

    def signals(self) -> list[float]:
        """The numbers the regression reads; four more where there is a reader."""
        plain = [self.similarity, self.coverage, self.context, self.kind, 1 / self.rank]
        if self.readable is None or self.found is None:
            return plain
        is_found = float(self.found > _NOT_FOUND)
        return [*plain, self.readable, self.found, is_found, self.fitting]


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted regression, and the likelihood below which the articles do not say."""

    weights: tuple[float, ...]
    bias: float
    threshold: float

    def likelihood(self, signals: Sequence[float]) -> float:
        total = self.bias + sum(w * s for w, s in zip(self.weights, signals, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


@lru_cache
def load_fit(with_reader: bool) -> Fit:
    """The fit that comes with the package, for use with or without a reader."""
    stored: Mapping[str, Any] = json.loads(FIT.read_text(encoding="utf-8"))
    chosen = stored["reader" if with_reader else "plain"]
    return Fit(tuple(chosen["weights"]), chosen["bias"], chosen["threshold"])


def score_sentences(
    question: str,
    passages: Sequence[Passage],
    infos: Mapping[str, ArticleInfo],
    embedder: Embedder,
    readings: Sequence[Reading] | None = None,
) -> list[Quotable]:
    """Every sentence of the passages with the likelihood that it answers, best first; none that
    tells whoever answers what to write, unless that is asked, and none that has nothing to do with
    the question ("ok", "Tell me a joke").

    `readings` are what the reader says of each passage, None without a reader.
    """
    quotables = [q for rank, p in enumerate(passages, 1) for q in sentences_of(p, rank)]
    if not asks_for_orders(question):
        quotables = [quotable for quotable in quotables if not gives_orders(quotable.text)]
    if not quotables:
        return []
    compared = _compared(question, quotables, infos, embedder)
    quotables = [quotable for quotable in compared if not _is_unrelated(question, quotable)]
    if readings is not None:
        quotables = [
            _with_reading(question, q, passages[q.rank - 1], readings[q.rank - 1])
            for q in quotables
        ]
    fit = load_fit(readings is not None)
    scored = [replace(q, score=fit.likelihood(q.signals())) for q in quotables]
    return sorted(scored, key=lambda quotable: -quotable.score)


def sentences_of(passage: Passage, rank: int) -> list[Quotable]:
    """The sentences of a passage with their spans in the article."""
    span = passage.span
    return [
        Quotable(
            Span(span.article_id, span.start + start, span.start + end, span.version),
            passage.text[start:end],
            rank,
        )
        for start, end in split_sentences(passage.text)
    ]


def select(scored: Sequence[Quotable]) -> list[Quotable]:
    """The sentences to quote: the best, and up to two nearly as likely, in text order.

    Where the best is unsure the others may be less likely beside it. All of them have at most
    MOST_WORDS words, unless the best alone has more.
    """
    near_enough = _NEAR_A_SURE_ONE if answerable(scored) >= 0.5 else _NEAR_AN_UNSURE_ONE
    chosen: list[Quotable] = []
    length = 0
    for quotable in scored:
        words = len(quotable.text.split())
        fits = len(chosen) < MOST_SENTENCES and length + words <= MOST_WORDS
        near = quotable.score >= near_enough * scored[0].score
        if not chosen or (fits and near and all(quotable.text != c.text for c in chosen)):
            chosen.append(quotable)
            length += words
    if len({quotable.span.article_id for quotable in chosen}) == 1:
        chosen.sort(key=lambda quotable: quotable.span.start)
    return chosen


def is_likely(
    sentence: Sentence, scored: Sequence[Quotable], chosen: Sequence[Quotable] = ()
) -> bool:
    """Whether a sentence of an answer cites one that might be quoted: one that is `chosen`, or at
    least half as likely to answer as the best of those `scored`, or has the same words."""
    best = max((quotable.score for quotable in scored), default=0.0)
    likely = [*chosen, *(q for q in scored if q.score >= _MAY_ANSWER * best)]
    return any(
        _overlap(citation.span, quotable.span) or quotable.text == citation.quote
        for citation in sentence.citations
        for quotable in likely
    )


def _overlap(one: Span, other: Span) -> bool:
    same = one.article_id == other.article_id
    return same and one.start < other.end and other.start < one.end


def quotation(quotable: Quotable) -> Sentence:
    """A sentence of the article as a sentence of the answer: verbatim, so supported."""
    return Sentence(quotable.text, (Citation(quotable.span, quotable.text, 1.0),), "supported")


def answerable(scored: Sequence[Quotable]) -> float:
    """How likely the best sentence answers the question, 0..1."""
    return scored[0].score if scored else 0.0


def bar(question: str, scored: Sequence[Quotable], threshold: float) -> float:
    """The likelihood from which the best sentence is quoted: the threshold, or half of it where no
    question is asked ("hanoi summit sanctions") and the sentence has every word of it: who searches
    asks where the words stand."""
    found = bool(scored) and scored[0].coverage > _ALL_WORDS
    return threshold / 2 if found and _is_search(question) else threshold


def _is_search(question: str) -> bool:
    """Whether this is two to six words, and neither a question nor a request."""
    words = re.findall(r"\w+", question.lower())
    asks = "?" in question or any(word in VERBS or word in _ASKING for word in words)
    return not asks and len(topic_words(question)) > 1 and len(words) <= _LONGEST_SEARCH


def kind_asked(question: str) -> re.Pattern[str] | None:
    """What an answer to this question must hold, as a pattern; None where that is open."""
    for asked, pattern in _KINDS:
        if asked.search(question):
            return pattern
    return None


def topic_coverage(question: str, texts: Sequence[str]) -> list[float]:
    """For each text the share of the question's topic words in it, rare words counting more."""
    wanted = {stem(word) for word in topic_words(question)}
    sets = [{stem(word) for word in re.findall(r"\w+", text.lower())} for text in texts]
    frequency = Counter(word for words in sets for word in words & wanted)
    weights = {word: math.log(1 + len(texts) / (1 + frequency[word])) for word in wanted}
    total = math.fsum(weights.values())  # fsum: sets have no order, the sum must not depend on it
    return [
        math.fsum(weights[word] for word in wanted & words) / total if total else 0.0
        for words in sets
    ]


def topic_words(text: str) -> list[str]:
    """The words of a text that carry its topic, lower case."""
    return [word for word in re.findall(r"\w+", text.lower()) if word not in FUNCTION_WORDS]


def _compared(
    question: str,
    quotables: Sequence[Quotable],
    infos: Mapping[str, ArticleInfo],
    embedder: Embedder,
) -> list[Quotable]:
    """The signals that need no reader."""
    texts = [quotable.text for quotable in quotables]
    groups = [[q.text for q in group] for _, group in groupby(quotables, lambda q: q.rank)]
    vectors = np.vstack([embedder.embed_passages(group) for group in groups])
    similarities = vectors @ embedder.embed_query(question)
    coverages = topic_coverage(question, texts)
    contexts = topic_coverage(question, _with_context(quotables, infos))
    return [
        replace(
            quotable,
            similarity=float(similarity),
            coverage=coverage,
            context=context,
            kind=_kind(question, quotable.text),
        )
        for quotable, similarity, coverage, context in zip(
            quotables, similarities, coverages, contexts, strict=True
        )
    ]


def _is_unrelated(question: str, quotable: Quotable) -> bool:
    """Whether a sentence shares neither a word nor its sense with the question: then the reader
    says nothing of use. The embedder knows English alone: a question in other letters is left."""
    far = quotable.similarity < _UNRELATED and quotable.context == 0.0
    return far and question.replace("’", "'").isascii()


def _with_context(quotables: Sequence[Quotable], infos: Mapping[str, ArticleInfo]) -> list[str]:
    """Each sentence with the one before it in its passage, and its article's title."""
    found: list[str] = []
    for index, quotable in enumerate(quotables):
        info = infos.get(quotable.span.article_id)
        before = quotables[index - 1] if index else quotable
        lead_in = before.text if before.rank == quotable.rank else ""
        found.append(" ".join((info.title if info else "", lead_in, quotable.text)))
    return found


def _kind(question: str, text: str) -> float:
    pattern = kind_asked(question)
    if pattern is None:
        return 0.0
    return 1.0 if pattern.search(text) else -1.0


def _with_reading(
    question: str, quotable: Quotable, passage: Passage, reading: Reading
) -> Quotable:
    """The reader's verdict on a sentence: of the words it found, those that begin in it."""
    first = quotable.span.start - passage.span.start
    end = first + len(quotable.text)
    inside = [found for found in reading.found if first <= found.start < end]
    if not inside:
        return replace(quotable, readable=reading.readable, found=_NOT_FOUND)
    best = max(inside, key=lambda found: found.score)
    words = best.start - first, min(best.end, end) - first
    # Led in by a space, a name at the beginning of the words counts as a name.
    fitting = _kind(question, f" {quotable.text[slice(*words)]}")
    score = max(_NOT_FOUND, best.score)
    return replace(quotable, readable=reading.readable, found=score, fitting=fitting, words=words)


_AGE = r"\b(?:aged?|years? old|year-old|born|birthday)\b|, \d{1,3},"
_NUMBER = (  # a year alone is no quantity
    r"(?<![\d.,])(?!(?:19|20)\d\d(?![\d,.]\d|%))\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|"
    r"thousands?|millions?|billions?|half|third|quarter|twice|first|second)\b"
)
_DATE = (
    r"\d{4}|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|(?:Mon|Tues|Wednes|Thurs|Fri|"
    r"Satur|Sun)day|\b(?:century|years?|months?|weeks?|days?|today|yesterday|tomorrow|morning|night)"
)
_NAME = r"(?<!^)(?<![.!?] )\b[A-Z][\w’'-]+"
_REASON = (
    r"\b(?:because|due to|since|over|after|owing|reason|caused?|led to|so that|in order|"
    r"as a result|thanks to|blam\w+|cit(?:ed|ing)|amid|to \w+)\b"
)
_ASKED = (
    (r"\bhow old\b|\bwhat age\b", _AGE),
    (
        r"\bhow (?:many|much|long|far|high|tall|often|large|big)\b"
        r"|\bwhat (?:number|percent|percentage|share|score|price)\b",
        _NUMBER,
    ),
    (r"^\W*when\b|\b(?:what|which) (?:year|date|day|month|century|decade)\b", _DATE),
    (
        r"^\W*(?:who|whom|whose|where)\b|\b(?:what|which) (?:city|country|state|company|team"
        r"|person|actor|president|minister|organi[sz]ation|university)\b",
        _NAME,
    ),
    (r"^\W*why\b|\bwhat (?:caused|reason)\b|\bfor what reason\b", _REASON),
)
_KINDS = tuple((re.compile(q, re.IGNORECASE), re.compile(pattern)) for q, pattern in _ASKED)
