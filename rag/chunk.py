"""Article -> sentences -> passages, built from offsets, never by searching for the text afterwards.

    split_sentences(text)            [(start, end), ...]: every non-blank character, in order, once
    chunk(article, count_tokens)     [Span, ...]: the same, in pieces that fit the embedder

Pure. Sentence ends come from sentencex (Wikimedia, MIT): of those tried it alone keeps "Lt. Gov."
and "Kim Jong-un." right, knows ? and 。 and ؟, counts code points, and reads 50 million characters
in seconds. What it does not do is done here: paragraphs, lists, a quotation of many sentences.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import sentencex  # type: ignore[import-untyped]

from rag.types import Article, Span

CountTokens = Callable[[Sequence[str]], list[int]]
Offsets = tuple[int, int]

CHARACTERS_PER_WORD = 20
"""A passage holds at most this many characters for each word allowed: no endless "words"."""

_FULL_ENOUGH = 0.5
"""A passage that holds this share of what it may ends at a paragraph's end rather than later."""

_BLOCK = 20_000
"""Characters handed to sentencex at once: open quotation marks cost it quadratic time."""

_LONG_QUOTATION = 300
"""A sentence longer than this is split inside its quotation marks as well."""

_PARAGRAPH_END = re.compile(
    r"(?>\r\n|[\r\n\u0085\u2028])[^\S\r\n\u0085\u2028]*(?>\r\n|[\r\n\u0085\u2028])\s*|[\u2029\f]"
    r"|(?>\r\n|[\r\n])(?=[ \t]*(?:[•●▪◦‣*–—-]|\d{1,3}[.)]|\#{1,6})[ \t])"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARKS = re.compile(r'["“”„«»()]')
_DANGLING_OPENER = re.compile(r"(?<=\s)[\"“„«‘'(\[]+\s*$")
_HOUR = re.compile(r"\b[ap]\. ?m\.\s*$", re.IGNORECASE)
_DAY_OR_ZONE = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"[a-z]*\.? \d|[ECMP][SD]?T|GMT|UTC|BST|CET)\b(?!['’]s|\s(?:is|was|will|has|had|saw|brought)\b)"
)
_NOT_ALONE = re.compile(r"[\W_]*|\s*\d{1,3}[.)]\s*")


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[Offsets]:
    """Half-open offsets of the sentences of `text[start:end]`, without white space around them.

    In order, never overlapping, and together every non-blank character. A blank line, and a
    line break before an item of a list, always ends a sentence; another line break does not.
    """
    stop = len(text) if end is None else min(end, len(text))
    return [
        sentence
        for paragraph_start, paragraph_end in _paragraphs(text, start, stop)
        for sentence in _sentences_of_paragraph(text, paragraph_start, paragraph_end)
    ]


def ends_in_hour(text: str) -> bool:
    """Whether it ends in "8 p.m.", which a day or a zone may follow in the same sentence."""
    return _HOUR.search(text) is not None


def chunk(
    article: Article, count_tokens: CountTokens, max_tokens: int = 200, max_words: int = 200
) -> list[Span]:
    """Passages of whole sentences that together hold every non-blank character of the article.

    None has more than `max_tokens` tokens (as `count_tokens` counts, a list of texts at a time) or
    more than `max_words` words between white space. A passage ends with a paragraph where that
    leaves it reasonably full; a sentence too long for one passage is split between words, a word
    too long between characters. (One character is kept even if it were more than `max_tokens`.)
    """
    limits = _Limits(max_tokens, max_words, max_words * CHARACTERS_PER_WORD)
    units = _fitting(
        article.text, _sentence_units(article.text, count_tokens), count_tokens, limits
    )
    packed = _pack(units, limits)
    # A tokenizer may count a whole as more than its parts: what is still too long is halved.
    final = _fitting(
        article.text, _measured(article.text, packed, count_tokens), count_tokens, limits
    )
    return [Span(article.id, unit.start, unit.end, article.version) for unit in final]


@dataclass(frozen=True, slots=True)
class _Limits:
    tokens: int
    words: int
    characters: int

    def hold(self, unit: _Unit) -> bool:
        return (
            unit.tokens <= self.tokens
            and unit.words <= self.words
            and unit.end - unit.start <= self.characters
        )

    def share(self, unit: _Unit) -> float:
        """How full a passage of this unit alone would be: 1.0 is full."""
        return max(
            unit.tokens / self.tokens,
            unit.words / self.words,
            (unit.end - unit.start) / self.characters,
        )


@dataclass(frozen=True, slots=True)
class _Unit:
    """A piece of text that is not split further unless it breaks a limit by itself."""

    start: int
    end: int
    tokens: int
    words: int
    ends_paragraph: bool = False

    def joined(self, other: _Unit) -> _Unit:
        return _Unit(
            self.start,
            other.end,
            self.tokens + other.tokens,
            self.words + other.words,
            other.ends_paragraph,
        )


# ------------------------------------------------------------------------------ sentences


def _paragraphs(text: str, start: int, end: int) -> Iterator[Offsets]:
    position = start
    for gap in _PARAGRAPH_END.finditer(text, start, end):
        yield from _stripped(text, position, gap.start())
        position = gap.end()
    yield from _stripped(text, position, end)


def _stripped(text: str, start: int, end: int) -> Iterator[Offsets]:
    """The range without white space around it; nothing if it holds nothing else."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    if left < len(piece):
        yield start + left, start + len(piece.rstrip())


def _sentences_of_paragraph(text: str, start: int, end: int) -> Iterator[Offsets]:
    while start < end:
        block_end = min(end, start + _BLOCK)
        sentences = _sentences_of_block(text, start, block_end)
        if block_end < end and len(sentences) > 1:
            block_end = sentences.pop()[0]  # the last may go on after the block: read it again
        yield from sentences
        start = block_end


def _sentences_of_block(text: str, start: int, end: int) -> list[Offsets]:
    piece = text[start:end]
    cuts = [0, *_cuts(piece), len(piece)]
    for left, right in pairwise(tuple(cuts)):
        if right - left > _LONG_QUOTATION:
            inner = _MARKS.sub(" ", piece[left:right])
            cuts += [left + cut for cut in _cuts(inner)]
    cuts = _repaired(piece, sorted(set(cuts)))
    return [
        (start + left, start + right)
        for cut in pairwise(cuts)
        for left, right in _stripped(piece, *cut)
    ]


def _cuts(piece: str) -> Iterator[int]:
    """Where sentencex sees a sentence end, as offsets within `piece`."""
    # It does not know the character …, and lone surrogates have no UTF-8: others keep the offsets.
    readable = _SURROGATE.sub("\ufffd", piece).replace("…", ".")
    for boundary in sentencex.get_sentence_boundaries("en", readable):
        yield boundary["end_index"]


def _repaired(piece: str, cuts: Sequence[int]) -> list[int]:
    """The cuts without those that leave a bare mark or number, part a quote from its mark, or
    "8 p.m." from "Sunday"."""
    kept = [0]
    for cut in cuts[1:-1]:
        if _DAY_OR_ZONE.match(piece, cut) and ends_in_hour(piece[kept[-1] : cut]):
            continue
        if opener := _DANGLING_OPENER.search(piece, kept[-1], cut):
            cut = opener.start()
        if not _NOT_ALONE.fullmatch(piece, kept[-1], cut):
            kept.append(cut)
    if len(kept) > 1 and _NOT_ALONE.fullmatch(piece, kept[-1]):
        kept.pop()  # a closing mark, or a number, belongs to the sentence before
    return [*kept, len(piece)]


# ------------------------------------------------------------------------------- passages


def _sentence_units(text: str, count_tokens: CountTokens) -> list[_Unit]:
    offsets = split_sentences(text)
    units = _measured(text, offsets, count_tokens)
    following = [*(start for start, _ in offsets[1:]), len(text)]
    return [
        replace(unit, ends_paragraph=bool(_PARAGRAPH_END.search(text, unit.end, next_start)))
        for unit, next_start in zip(units, following, strict=False)
    ]


def _measured(text: str, offsets: Iterable[Offsets], count_tokens: CountTokens) -> list[_Unit]:
    ranges = list(offsets)
    pieces = [text[start:end] for start, end in ranges]
    if not pieces:
        return []
    return [
        _Unit(start, end, tokens, len(piece.split()))
        for (start, end), piece, tokens in zip(ranges, pieces, count_tokens(pieces), strict=True)
    ]


def _fitting(
    text: str, units: Sequence[_Unit], count_tokens: CountTokens, limits: _Limits
) -> list[_Unit]:
    """The units, those over a limit halved until they fit."""
    fitting: list[_Unit] = []
    for unit in units:
        if limits.hold(unit) or unit.end - unit.start == 1:
            fitting.append(unit)
            continue
        halves = _measured(text, _halves(text, unit.start, unit.end), count_tokens)
        halves[-1] = replace(halves[-1], ends_paragraph=unit.ends_paragraph)
        fitting += _fitting(text, halves, count_tokens, limits)
    return fitting


def _halves(text: str, start: int, end: int) -> list[Offsets]:
    """Both halves of a piece, parted at the white space nearest to its middle, if it has any."""
    middle = (start + end) // 2
    before = max((gap.start() for gap in re.finditer(r"\s", text[start:middle])), default=None)
    after = re.compile(r"\s").search(text, middle, end)
    gaps = [start + before] if before is not None else []
    gaps += [after.start()] if after else []
    cut = min(gaps, key=lambda gap: abs(gap - middle)) if gaps else _between(text, start, middle)
    return [*_stripped(text, start, cut), *_stripped(text, cut, end)]


def _between(text: str, start: int, middle: int) -> int:
    """A place to part a word at or before `middle`, not in front of a combining mark."""
    cut = middle
    while cut > start + 1 and (unicodedata.combining(text[cut]) or text[cut] in "\u200d\ufe0f"):
        cut -= 1
    return cut


def _pack(units: Sequence[_Unit], limits: _Limits) -> list[Offsets]:
    """Consecutive units put together, each group as full as it may be."""
    groups: list[Offsets] = []
    first = 0
    while first < len(units):
        last = _group_end(units, first, limits)
        groups.append((units[first].start, units[last].end))
        first = last + 1
    return groups


def _group_end(units: Sequence[_Unit], first: int, limits: _Limits) -> int:
    """Index of the last unit of the group that begins at `first`."""
    group = units[first]
    paragraph_end: int | None = None
    last = first
    while True:
        if group.ends_paragraph and limits.share(group) >= _FULL_ENOUGH:
            paragraph_end = last
        if last + 1 == len(units):
            return last
        wider = group.joined(units[last + 1])
        if not limits.hold(wider):
            return last if paragraph_end is None else paragraph_end
        group, last = wider, last + 1
