"""Which of a text stands between quotation marks, as another's words, or is a question. Pure.

"The election was stolen." between quotation marks is what somebody said: no article says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from rag.cite.assertion import reports
from rag.cite.faults import Fault
from rag.cite.matching import Alignment
from rag.cite.reading import Reading

_BETWEEN_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_MARK = re.compile(r"[“”„«»\"]")
_SINGLE = re.compile(r"(?<!\w)[‘'](?=\w)[^\n]{3,600}?[.,!?…][’'](?!\w)")
"""Between single quotation marks, which are apostrophes, too: only what ends in another mark."""

_ASKING = re.compile(r"[?？؟][!?.…！？]*\Z")
_AROUND = "\"'“”„‘’«»()[] \n\t"
_BEFORE_OPENING = (" ", "\n", "\t", "(", "[", "—", "–", "-", "‘", "'", "")

_OPENING, _CLOSING = "“„«\"‘'", "”»\"“’'"

Range = tuple[int, int]


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
    return mark in "”»" or (mark == '"' and text[max(0, place - 1) : place] not in _BEFORE_OPENING)


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
    if not is_quoted(text, start, end) or (shown[0] in _OPENING and shown[-1] in _CLOSING):
        return shown
    return f"“{shown.lstrip(_OPENING).rstrip(_CLOSING)}”"


def asks(text: str) -> bool:
    """Whether a text is a question, also "…?!"; a title that ends in "?" makes none of it."""
    around = _AROUND if is_quoted(text, 0, len(text)) else "()[] \n\t"
    return bool(_ASKING.search(text.rstrip(around)))


def same_manner(claim: str, evidence: str, context: str = "") -> bool:
    """Whether both are questions or neither is, and both are somebody's words or neither is."""
    quoted = is_quoted(claim, 0, len(claim)) == stands_quoted(evidence, context)
    return quoted and asks(claim) == asks(evidence)


@lru_cache(maxsize=4096)
def stands_quoted(text: str, context: str) -> bool:
    """Whether a text is all quoted; wherever it is found in its context, if it is found there."""
    if is_quoted(text, 0, len(text)):
        return True
    places = [match.start() for match in re.finditer(re.escape(text), context)] if text else []
    return bool(places) and all(is_quoted(context, place, place + len(text)) for place in places)


def speech_faults(alignment: Alignment, context: str) -> Iterator[Fault]:
    """What the claim states, and the evidence has in a sentence that is all quoted, or asked.

    A sentence that says who speaks ("…," he said) is none of these: other rules judge it.
    """
    claim, evidence = alignment.claim, alignment.evidence
    sentences = [evidence.text[start:end] for start, end in evidence.sentences]
    quoted = {number for number, one in enumerate(sentences) if stands_quoted(one.strip(), context)}
    asked = set() if asks(claim.text) else {n for n, one in enumerate(sentences) if asks(one)}
    if quoted and not reports(claim) and _rests_on(alignment, quoted, _unquoted(claim)):
        yield Fault("the evidence has it as somebody's words", wrong=False)
    if asked and _rests_on(alignment, asked, set(range(len(claim.words)))):
        yield Fault("the evidence asks it", wrong=False)


def _unquoted(claim: Reading) -> set[int]:
    """Places of the claim's words that are its own."""
    return {word.place for word in claim.words if not is_quoted(claim.text, word.start, word.end)}


def _rests_on(alignment: Alignment, sentences: set[int], places: set[int]) -> bool:
    """Whether the evidence has a word of the claim in these sentences alone."""
    return any(
        word.place in places and all(answer.sentence in sentences for answer in answers)
        for word, answers in alignment.pairs
    )
