"""The vectors of an index that is gone with the process: plain arrays, searched exactly.

Chroma's own memory is one for the whole process and outlives its clients; here nothing is
shared, and what nobody holds any more is gone.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from rag.catalog import Generation
from rag.embed import Vectors
from rag.vectors import Hit, Rows

_Numbers = np.ndarray[Any, np.dtype[np.int64]]


class MemoryVectors:
    """The generations of one index in memory, with the methods of `VectorStore`. Thread-safe."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[_Numbers, _Numbers, Vectors]] = {}

    def build(self, portions: Iterable[Rows], size: int) -> Generation:
        name = f"generation-{uuid.uuid4().hex}"
        numbers, articles, vectors = zip(*portions, strict=True)
        self._rows[name] = np.concatenate(numbers), np.concatenate(articles), np.vstack(vectors)
        return Generation(name, size, {})

    def open(self, generations: Sequence[Generation]) -> None:
        """Nothing to open."""

    def search(
        self,
        generations: Sequence[Generation],
        vector: Vectors,
        k: int,
        articles: Collection[int] | None = None,
    ) -> list[Hit]:
        hits: list[Hit] = []
        for generation in generations:
            numbers, owners, vectors = self._rows[generation.folder]
            scores = vectors @ vector
            if articles is not None:
                scores = np.where(np.isin(owners, list(articles)), scores, -np.inf)
            best = np.argsort(-scores, kind="stable")[:k]
            hits += [(int(numbers[row]), float(scores[row])) for row in best]
        found = [hit for hit in hits if hit[1] > -np.inf]
        found.sort(key=lambda hit: (-hit[1], hit[0]))
        return found[:k]

    def problems(self, generations: Sequence[Generation]) -> dict[str, str]:
        return {}

    def sweep(self, keep: Collection[str]) -> None:
        for name in self._rows.keys() - set(keep):
            del self._rows[name]

    def close(self) -> None:
        self._rows.clear()
