"""What there is without the reader: the sentence of a passage nearest to the question by MiniLM.

In: what `rag.reader.Reader` takes. Out: what it gives, so that both are measured by the same
code. The words found are whole sentences, best first; `answerable` orders as the cosine does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from rag.chunk import split_sentences
from rag.embed import cut, load_embedder
from rag.reader import ALTERNATIVES, Found, Reading

Vector = np.ndarray  # of one text, of length 1


class SimilarityReader:
    """Reads by similarity alone. Vectors of passages read before are kept."""

    name = "similarity"

    def __init__(self) -> None:
        self._embedder = load_embedder()
        self._sentences = lru_cache(maxsize=20_000)(self._embed)

    def read(
        self, question: str, passages: Sequence[str], headers: Sequence[str] | None = None
    ) -> list[Reading]:
        """One Reading a passage, in the order given; titles and dates are not looked at."""
        asked = self._embedder.embed_query(question)
        return [self._read(passage, asked) for passage in passages]

    def _read(self, passage: str, asked: Vector) -> Reading:
        spans, vectors = self._sentences(passage)
        if not spans:
            return Reading(0, 0, 0.0, 0.0)
        cosines = vectors @ asked
        found = tuple(
            Found(*spans[place], float(cosines[place]))
            for place in np.argsort(-cosines)[:ALTERNATIVES]
        )
        best = found[0]
        return Reading(best.start, best.end, best.score, (1 + best.score) / 2, found)

    def _embed(self, passage: str) -> tuple[list[tuple[int, int]], Vector]:
        spans = split_sentences(passage)
        texts = cut([passage[start:end] for start, end in spans], self._embedder)
        return spans, self._embedder.embed_passages(texts)
