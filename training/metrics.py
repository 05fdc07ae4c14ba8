"""The measures that the recipe uses. Pure."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

import numpy as np

ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(text: str) -> str:
    """Lower case, no punctuation, no a/an/the, single blanks. Rajpurkar et al., EMNLP 2016."""
    return " ".join(ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split())


def exact_match(found: str, answers: Sequence[str]) -> float:
    """1.0 if it is one of the answers; with no answers, if nothing was found."""
    return float(any(normalise(found) == normalise(answer) for answer in answers or [""]))


def word_f1(found: str, answers: Sequence[str]) -> float:
    """The best overlap of words with an answer, as F1; with no answers, as `exact_match`."""
    return max(_f1(normalise(found).split(), normalise(a).split()) for a in answers or [""])


def _f1(found: list[str], answer: list[str]) -> float:
    if not found or not answer:
        return float(found == answer)
    same = sum((Counter(found) & Counter(answer)).values())
    return 2 * same / (len(found) + len(answer))


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """How often a positive scores above a negative; ties count half. Needs one of each."""
    order = np.asarray(scores, dtype=np.float64)
    truth = np.asarray(labels, dtype=bool)
    _, inverse, counts = np.unique(order, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives = int(truth.sum())
    above = ranks[truth].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(truth) - positives)))
