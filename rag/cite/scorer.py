"""How alike a claim and its evidence are in sense: a number the rules cannot see. Pure.

A trained model takes the embedder's place by having the one method of `Scorer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from rag.embed import Embedder, cut


class Scorer(Protocol):
    """Scores pairs of (claim, evidence), 0..1, one number a pair in their order."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]: ...


class EmbeddingScorer:
    """The cosine of claim and evidence, none below 0."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        embedded = self._embedder.embed_passages(cut(texts, self._embedder))
        vectors = dict(zip(texts, embedded, strict=True))
        return [
            float(np.clip(vectors[claim] @ vectors[evidence], 0.0, 1.0))
            for claim, evidence in pairs
        ]
