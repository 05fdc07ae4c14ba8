"""What supports a drafted sentence: ranges of the passages, and what is cited of them. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.chunk import split_sentences
from rag.types import Citation, Passage

Dates = Mapping[str, datetime.date | None]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sentences of the passages, as ranges: one range, or two that belong to different places."""

    pieces: tuple[tuple[int, int, int], ...]
    """(index of the passage, start, end) for each range, offsets within the passage's text."""

    def text(self, passages: Sequence[Passage]) -> str:
        return " ".join(passages[index].text[start:end] for index, start, end in self.pieces)

    def context(self, passages: Sequence[Passage]) -> str:
        return "\n\n".join(passages[index].text for index in {piece[0] for piece in self.pieces})

    def citations(self, passages: Sequence[Passage], support: float) -> tuple[Citation, ...]:
        return tuple(
            _citation(passages[index], start, end, support) for index, start, end in self.pieces
        )


@lru_cache(maxsize=512)
def sentences_of(text: str) -> tuple[tuple[int, int], ...]:
    """The sentences of a passage as ranges, remembered."""
    return tuple(split_sentences(text))


def _citation(passage: Passage, start: int, end: int, support: float) -> Citation:
    span = replace(passage.span, start=passage.span.start + start, end=passage.span.start + end)
    return Citation(span, passage.text[start:end], support)
