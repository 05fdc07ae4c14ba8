"""How alike a claim and its evidence are in sense: a number the rules cannot see. Pure.

A trained model takes the embedder's place by having the one method of `Scorer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from rag.embed import Embedder


class Scorer(Protocol):
    """Scores pairs of (claim, evidence), 0..1, one number a pair in their order."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]: ...


class EmbeddingScorer:
    """The cosine of claim and evidence, none below 0."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        vectors = dict(zip(texts, self._embedder.embed_passages(self._cut(texts)), strict=True))
        return [
            float(np.clip(vectors[claim] @ vectors[evidence], 0.0, 1.0))
            for claim, evidence in pairs
        ]

    def _cut(self, texts: Sequence[str]) -> list[str]:
        """Each text as far as the embedder reads it; one that is longer loses its end."""
        counts = self._embedder.count_tokens(texts)
        limit = self._embedder.max_tokens
        # A word has more pieces than one; the share of characters that fits, less a tenth, does.
        return [
            text if count <= limit else text[: int(0.9 * len(text) * limit / count)]
            for text, count in zip(texts, counts, strict=True)
        ]
