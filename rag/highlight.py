"""Where to draw the highlights in an article's text. Pure; offsets are code points, half-open.

    blocks(text, marks, chosen)   -> the text as paragraphs of pieces, each plain or marked

Every piece is text[start:end], the pieces of a block follow each other without a gap, and
between two blocks lie only blank characters. The chosen mark is always one piece, so its text
is exactly the quotation, even where other marks overlap it or it crosses a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_BLANK_LINE = re.compile(r"[^\S\n]*\n[^\S\n]*\n\s*")


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the text to highlight, with the number it answers to."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part:
    """Text with the numbers of the marks that cover it; none for plain text."""

    text: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """Parts drawn as one element. `chosen` is true for the one mark that was asked for."""

    parts: tuple[Part, ...]
    numbers: tuple[int, ...]
    chosen: bool = False

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or several where a mark runs across the blank line between them."""

    start: int
    end: int
    pieces: tuple[Piece, ...]


def blocks(
    text: str,
    marks: Sequence[Mark],
    chosen: int | None = None,
    *,
    within: tuple[int, int] | None = None,
) -> tuple[Block, ...]:
    """The text as blocks of pieces; `within` keeps only the blocks that touch that range, and of a
    block longer than the range what is in it, without cutting a mark.

    `chosen` is the number of the mark to draw as one piece. Marks that are empty or lie
    outside the text are left out.
    """
    usable = tuple(mark for mark in marks if 0 <= mark.start < mark.end <= len(text))
    strong = next((mark for mark in usable if mark.number == chosen), None)
    low, high = within or (0, len(text))
    ranges = ((start, end) for start, end in _ranges(text, usable) if start < high and end > low)
    clipped = (_clipped(start, end, low, high, usable) for start, end in ranges)
    return tuple(
        Block(start, end, tuple(_pieces(text, start, end, usable, strong)))
        for start, end in clipped
    )


def _clipped(start: int, end: int, low: int, high: int, marks: Sequence[Mark]) -> tuple[int, int]:
    """A block, or of one longer than the range from `low` to `high` what is in that."""
    if end - start <= high - low:
        return start, end
    low = min([low, *(mark.start for mark in marks if mark.start < low < mark.end)])
    high = max([high, *(mark.end for mark in marks if mark.start < high < mark.end)])
    return max(start, low), min(end, high)


def _ranges(text: str, marks: Sequence[Mark]) -> Iterator[tuple[int, int]]:
    """The blocks: split at blank lines, but never inside a mark."""
    start = len(text) - len(text.lstrip("\n\r\t "))
    start = min([start, *(mark.start for mark in marks)])
    for gap in _BLANK_LINE.finditer(text, start):
        if any(mark.start < gap.end() and mark.end > gap.start() for mark in marks):
            continue
        if gap.start() > start:
            yield start, gap.start()
        start = gap.end()
    if start < len(text):
        yield start, len(text)


def _pieces(
    text: str, start: int, end: int, marks: Sequence[Mark], strong: Mark | None
) -> Iterator[Piece]:
    if strong is None or strong.end <= start or strong.start >= end:
        yield from _plain_pieces(text, start, end, marks)
        return
    yield from _plain_pieces(text, start, strong.start, marks)
    parts = tuple(_parts(text, strong.start, strong.end, marks))
    yield Piece(parts, (strong.number,), chosen=True)
    yield from _plain_pieces(text, strong.end, end, marks)


def _plain_pieces(text: str, start: int, end: int, marks: Sequence[Mark]) -> Iterator[Piece]:
    for part in _parts(text, start, end, marks):
        yield Piece((part,), part.numbers)


def _parts(text: str, start: int, end: int, marks: Sequence[Mark]) -> Iterator[Part]:
    """text[start:end] cut wherever a mark begins or ends."""
    touching = [mark for mark in marks if mark.start < end and mark.end > start]
    edges = {start, end, *(mark.start for mark in touching), *(mark.end for mark in touching)}
    cuts = sorted(edge for edge in edges if start <= edge <= end)
    for left, right in pairwise(cuts):
        numbers = (mark.number for mark in touching if mark.start <= left and mark.end >= right)
        yield Part(text[left:right], tuple(sorted(set(numbers))))
