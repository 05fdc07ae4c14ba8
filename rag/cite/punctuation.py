"""Which of a text stands between quotation marks, and what is a question. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

Range = tuple[int, int]

_BETWEEN_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_OPENERS, _CLOSERS = "“«‹「『", "”»›」』"
_MARK = re.compile(rf"[{_OPENERS}{_CLOSERS}„\"]")
_SINGLE = re.compile(
    r"(?<!\w)[‘'](?=\w)[^\n]{3,600}?[.,!?…][’'](?!\w)"
    r"|(?<!\w)[‘'](?=[^\W\d])[^\n‘'’]{3,80}[’'](?!\w)"
)
"""Between single quotation marks, which are apostrophes, too: what ends in another mark, or is
short and has no apostrophe in it ("Mayor 'took bribes'")."""

_ASKING = re.compile(r"[?？؟][!?.…！？]*\Z")
_ALL_MARKS = f"{_OPENERS}{_CLOSERS}„\"‘'’"
_BRACKETS = "()[] \n\t"
_BEFORE_OPENING = "([—–-:‘'"


@lru_cache(maxsize=512)
def quotations(text: str) -> tuple[Range, ...]:
    """What is quoted, with its marks. A quotation that is not closed ends with its paragraph,
    and one that is not opened begins with it."""
    return tuple(sorted([*_double(text), *(match.span() for match in _SINGLE.finditer(text))]))


def _double(text: str) -> Iterator[Range]:
    ends = [match.start() for match in _BETWEEN_PARAGRAPHS.finditer(text)]
    for start, end in pairwise([0, *ends, len(text)]):
        opened, begun = None, start
        for mark in _MARK.finditer(text, start, end):
            if not _closes(text, mark.start(), opened):
                opened = mark.start() if opened is None else opened
            elif opened is not None:
                yield opened, mark.end()
                opened = None
            elif begun == start and mark[0] != '"':  # a straight one may be of inches
                yield begun, mark.end()
            begun = mark.end()
        if opened is not None:
            yield opened, end


def _closes(text: str, place: int, opened: int | None) -> bool:
    """Whether a mark closes: “ does after „, a straight one after a word or another mark."""
    mark = text[place]
    if mark == "“":
        return opened is not None and text[opened] == "„"
    if mark in "«»‹›" and opened is not None:  # either of a pair may come first
        return text[opened] != mark
    begins = _may_open(text[max(0, place - 1) : place])
    return mark in "”」』" or (mark in '"»›' and not begins)


def _may_open(before: str) -> bool:
    """Whether a straight mark that stands behind this sign, or behind none, opens."""
    return not before or before.isspace() or before in _BEFORE_OPENING


def is_quoted(text: str, start: int, end: int) -> bool:
    """Whether all words of a range stand within quotations."""
    inside = quotations(text)
    if not inside:
        return False
    written = [place for place in range(start, end) if text[place].isalnum()]
    return bool(written) and all(any(a <= place < b for a, b in inside) for place in written)


def with_marks(text: str, start: int, end: int) -> str:
    """A range of a text, between quotation marks if it is part of a longer quotation."""
    shown = text[start:end]
    if not is_quoted(text, start, end) or (shown[0] in _ALL_MARKS and shown[-1] in _ALL_MARKS):
        return shown
    return f"“{shown.strip(_ALL_MARKS)}”"


def asks(text: str) -> bool:
    """Whether a text is a question, also "…?!"; a title that ends in "?" makes none of it."""
    around = _ALL_MARKS + _BRACKETS if is_quoted(text, 0, len(text)) else _BRACKETS
    return bool(_ASKING.search(text.rstrip(around)))


def ends_asking(text: str) -> bool:
    """Whether a text ends in a question, be it somebody's between quotation marks."""
    return bool(_ASKING.search(text.rstrip(_ALL_MARKS + _BRACKETS)))
