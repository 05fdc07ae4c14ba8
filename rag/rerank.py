"""The candidates in a better order, by what is at hand without another model.

In: a question and its candidates, each with its cosine, its BM25 and its text. Out: a score for
each, higher is better. Pure. Every part is put on a scale from 0 to 1 within the candidates of
the question, so that no part outweighs another because of its unit (Bruch, Gai & Ingber, An
Analysis of Fusion Functions for Hybrid Retrieval, TOIS 2023). What each part brings is in
docs/retrieval.md; the weights were chosen by hand on the first half of news-2025.
"""

from __future__ import annotations

import datetime
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from rag.words import FUNCTION_WORDS, stem

Item = TypeVar("Item", str, tuple[str, str])

_PASSAGE_LENGTH = 800  # characters, about what a passage has

WEIGHTS = {
    "meaning": 1.0,
    "keywords": 0.25,
    "coverage": 0.25,
    "pairs": 0.25,
    "lead": 0.25,
    "article": 0.25,
    "recent": 0.7,
}

_RECENT = datetime.timedelta(30)  # an article so much older than the question is half as recent
_LATE = datetime.timedelta(3)  # a page may bear a day so long after that of the question
_UNDATED = 0.5  # as an article of `_RECENT` before the question
_LEAST_RANGE = 0.25  # of the cosines: between two passages much alike, a hundredth is no verdict
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a candidate. `keywords` is None where the keyword search did not find it.

    `start` is where the passage begins in its article, in code points; `title` is what it was
    indexed with, `article` whatever tells articles apart, `published` its day if it is known.
    """

    text: str
    title: str
    article: str
    start: int
    meaning: float
    keywords: float | None
    published: datetime.date | None = None


def rerank(
    question: str, candidates: Sequence[Evidence], asked: datetime.date | None = None
) -> list[float]:
    """The score of each candidate, in the order given: the weighted sum of its parts.

    `asked` is the day of the question, where it is known.
    """
    parts = measure(question, candidates, asked)
    return [
        math.fsum(weight * parts[name][n] for name, weight in WEIGHTS.items())
        for n in range(len(candidates))
    ]


def measure(
    question: str, candidates: Sequence[Evidence], asked: datetime.date | None = None
) -> dict[str, list[float]]:
    """Each part of the score, 0..1 for each candidate.

    `meaning` and `keywords` are the scores of the two searches; `coverage` the share of the
    question's topic words in the passage or its title, rare ones counting more; `pairs` the
    same of topic words that follow one another in the question and in the passage; `lead` is
    1 for the beginning of an article, where news says what happened, and falls with the
    distance from it; `article` is the coverage of all candidates of the article together;
    `recent` is how near the article's day is to that of the question, or to the latest.
    """
    stems = [stem(word) for word in _words(question)]
    topic = {stem(word) for word in _words(question) if word not in FUNCTION_WORDS} or set(stems)
    texts = [[stem(word) for word in _words(candidate.text)] for candidate in candidates]
    titles = [{stem(word) for word in _words(candidate.title)} for candidate in candidates]
    held = [topic & (title | set(text)) for title, text in zip(titles, texts, strict=True)]
    rarity = _rarity(topic, held)
    pairs = {
        (one, other): min(rarity[one], rarity[other])
        for one, other in pairwise(stems)
        if one in topic and other in topic
    }
    together: dict[str, set[str]] = defaultdict(set)
    for candidate, found in zip(candidates, held, strict=True):
        together[candidate.article] |= found
    return {
        "meaning": scaled([candidate.meaning for candidate in candidates], _LEAST_RANGE),
        "keywords": scaled([candidate.keywords for candidate in candidates]),
        "coverage": [_share(found, rarity) for found in held],
        "pairs": [_share(pairs.keys() & set(pairwise(text)), pairs) for text in texts],
        "lead": [1 / (1 + candidate.start / _PASSAGE_LENGTH) for candidate in candidates],
        "article": [_share(together[candidate.article], rarity) for candidate in candidates],
        "recent": recency(question, [candidate.published for candidate in candidates], asked),
    }


def recency(
    question: str, days: Sequence[datetime.date | None], asked: datetime.date | None = None
) -> list[float]:
    """1 for the day of the question, 1/2 for 30 days before it, 1/3 for 60 and so on.

    Who asks news a question that names no time means the latest (Li & Croft, Time-Based
    Language Models, CIKM 2003). Where all is more than 30 days older than the question, the
    latest counts as 30 days old. Where the day on which it was `asked` is not known, that of the
    latest stands for it, and half of the distance from 1/2 remains: it is a guess. A day that is
    not known, or that had not come when the question was asked, is 1/2. All are equal where the
    question names a year.
    """
    end = min(asked, datetime.date.max - _LATE) + _LATE if asked else datetime.date.max
    known = [day for day in days if day and day <= end]
    if not known or _YEAR.search(question):
        return [_UNDATED] * len(days)
    latest = max(known)
    now = latest + min(asked - latest, _RECENT) if asked else latest
    sure = 1.0 if asked else 0.5
    return [
        _UNDATED + sure * (1 / (1 + (now - min(day, now)) / _RECENT) - _UNDATED)
        if day and day <= end
        else _UNDATED
        for day in days
    ]


def scaled(scores: Sequence[float | None], least_range: float = 0.0) -> list[float]:
    """The scores from 0, the least, to 1, the greatest; None is 0, and so are equal ones.

    Where they are closer together than `least_range`, that is what stands for 1.
    """
    known = [score for score in scores if score is not None]
    least = min(known, default=0.0)
    size = max(max(known, default=0.0) - least, least_range)
    return [0.0 if score is None or not size else (score - least) / size for score in scores]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _rarity(topic: Iterable[str], held: Sequence[set[str]]) -> dict[str, float]:
    """How much a word says, from how many of the candidates hold it."""
    frequency = Counter(word for found in held for word in found)
    return {word: math.log(1 + len(held) / (1 + frequency[word])) for word in topic}


def _share(found: Iterable[Item], weights: Mapping[Item, float]) -> float:
    total = math.fsum(weights.values())
    return math.fsum(weights[item] for item in found) / total if total else 0.0
