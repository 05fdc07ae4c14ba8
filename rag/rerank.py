"""The candidates in a better order, by what is at hand without another model.

In: a question and its candidates, each with its cosine, its BM25 and its text. Out: a score for
each, higher is better. Pure. Every part is put on a scale from 0 to 1 within the candidates of
the question, so that no part outweighs another because of its unit (Bruch, Gai & Ingber, An
Analysis of Fusion Functions for Hybrid Retrieval, TOIS 2023). What each part brings is in
docs/retrieval.md; the weights were chosen by hand on the first half of news-2025.
"""

from __future__ import annotations

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
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a candidate. `keywords` is None where the keyword search did not find it.

    `start` is where the passage begins in its article, in code points; `title` is what it was
    indexed with, `article` whatever tells articles apart.
    """

    text: str
    title: str
    article: str
    start: int
    meaning: float
    keywords: float | None


def rerank(question: str, candidates: Sequence[Evidence]) -> list[float]:
    """The score of each candidate, in the order given: the weighted sum of its parts."""
    parts = measure(question, candidates)
    return [
        math.fsum(weight * parts[name][n] for name, weight in WEIGHTS.items())
        for n in range(len(candidates))
    ]


def measure(question: str, candidates: Sequence[Evidence]) -> dict[str, list[float]]:
    """Each part of the score, 0..1 for each candidate.

    `meaning` and `keywords` are the scores of the two searches; `coverage` the share of the
    question's topic words in the passage or its title, rare ones counting more; `pairs` the
    same of topic words that follow one another in the question and in the passage; `lead` is
    1 for the beginning of an article, where news says what happened, and falls with the
    distance from it; `article` is the coverage of all candidates of the article together.
    """
    asked = [stem(word) for word in _words(question)]
    topic = {stem(word) for word in _words(question) if word not in FUNCTION_WORDS} or set(asked)
    texts = [[stem(word) for word in _words(candidate.text)] for candidate in candidates]
    titles = [{stem(word) for word in _words(candidate.title)} for candidate in candidates]
    held = [topic & (title | set(text)) for title, text in zip(titles, texts, strict=True)]
    rarity = _rarity(topic, held)
    pairs = {
        (one, other): min(rarity[one], rarity[other])
        for one, other in pairwise(asked)
        if one in topic and other in topic
    }
    together: dict[str, set[str]] = defaultdict(set)
    for candidate, found in zip(candidates, held, strict=True):
        together[candidate.article] |= found
    return {
        "meaning": scaled([candidate.meaning for candidate in candidates]),
        "keywords": scaled([candidate.keywords for candidate in candidates]),
        "coverage": [_share(found, rarity) for found in held],
        "pairs": [_share(pairs.keys() & set(pairwise(text)), pairs) for text in texts],
        "lead": [1 / (1 + candidate.start / _PASSAGE_LENGTH) for candidate in candidates],
        "article": [_share(together[candidate.article], rarity) for candidate in candidates],
    }


def scaled(scores: Sequence[float | None]) -> list[float]:
    """The scores from 0, the least, to 1, the greatest; None is 0, and so are equal ones."""
    known = [score for score in scores if score is not None]
    if not known or max(known) == min(known):
        return [0.0] * len(scores)
    least, greatest = min(known), max(known)
    return [0.0 if score is None else (score - least) / (greatest - least) for score in scores]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _rarity(topic: Iterable[str], held: Sequence[set[str]]) -> dict[str, float]:
    """How much a word says, from how many of the candidates hold it."""
    frequency = Counter(word for found in held for word in found)
    return {word: math.log(1 + len(held) / (1 + frequency[word])) for word in topic}


def _share(found: Iterable[Item], weights: Mapping[Item, float]) -> float:
    total = math.fsum(weights.values())
    return math.fsum(weights[item] for item in found) / total if total else 0.0
