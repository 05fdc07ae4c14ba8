"""The verdict on one claim and the words that are to support it. Pure.

supported     every rule is content, and enough of the claim is in the evidence
partly        nothing is wrong, but the claim goes further than the evidence
unsupported   the evidence says otherwise, or does not say it
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.cite.dates import DateMention, match_date
from rag.cite.faults import Fault
from rag.cite.figures import figure_faults
from rag.cite.matching import Alignment, align
from rag.cite.numbers import Quantity, match_number
from rag.cite.polarity import polarity_faults
from rag.cite.reading import Word, fold, read
from rag.cite.roles import is_surely_verb, role_faults
from rag.types import Verdict

SUPPORTED = 0.70
PARTLY = 0.45
"""The least support for each verdict; fitted by `python -m bench claims` (docs/citing.md)."""

_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{3,}?)[\"”“»]")
_JOINS = frozenset(["and", "but", "while", "whereas"])
_BEFORE_ANOTHER = frozenset(["the", "a", "an", "mr", "mrs", "ms"])
_PRONOUNS = frozenset("he she they it him her them his their its this these those".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Check:
    """A verdict, how sure it is (0..1), and the first reason in one line."""

    verdict: Verdict
    support: float
    reason: str


def check(
    claim: str,
    evidence: str,
    *,
    similarity: float,
    published: datetime.date | None = None,
    context: str = "",
) -> Check:
    """Whether the evidence supports the claim.

    `similarity` is a Scorer's, 0..1. `published` resolves "last week" in the evidence;
    `context` is the passage round it, which may complete a name ("Trump", "Donald Trump").
    Words copied whole are supported whatever the score.
    """
    claimed, found = read(claim, published), read(evidence, published)
    if holds_copy(claim, evidence):
        return Check("supported", 1.0, "the very words")
    alignment = align(claimed, found, read(context, published) if context else None)
    support = score(alignment, similarity)
    faults = list(find_faults(alignment))
    if wrong := next((fault for fault in faults if fault.wrong), None):
        return Check("unsupported", support / 2, wrong.reason)
    if support < PARTLY:
        return Check("unsupported", support, "too little of it is in the evidence")
    if faults:
        return Check("partly", min(support, SUPPORTED), faults[0].reason)
    if support < SUPPORTED:
        return Check("partly", support, "the evidence means something else, as far as one can see")
    return Check("supported", support, "the evidence says so")


def find_faults(alignment: Alignment) -> Iterator[Fault]:
    """Everything the rules object to, figures and names first."""
    yield from figure_faults(alignment)
    yield from _misquotations(alignment)
    yield from _name_faults(alignment)
    yield from role_faults(alignment)
    yield from polarity_faults(alignment)
    yield from _pronoun_faults(alignment)


def score(alignment: Alignment, similarity: float) -> float:
    """How well the evidence covers the claim, 0..1, by words and by sense.

    The weights are those of a logistic regression on the first half of WiCE's claims, the
    scale such that a claim which is all there and means much the same comes to 0.9.
    """
    return 1 / (1 + math.exp(7.4 - 6.0 * alignment.coverage - 5.0 * similarity))


def links(alignment: Alignment, *, neighbours: bool = False) -> float:
    """The share of neighbours in the claim that one sentence of the evidence holds both of: each
    two words, and each number or date with the word and the verb nearest to it.

    Words gathered from sentences that have nothing to do with each other have no links. Where
    the claim itself goes on to another thing ("… and the tunnel closed") none is asked for; where
    the sentences are `neighbours` it may go on to more of the same ("… and injured 30").
    """
    parts = _parts(alignment, neighbours)
    kept = [
        _meet(left, right)
        for (word, left), (after, right) in pairwise(alignment.pairs)
        if word.sentence == after.sentence and parts[word.place] == parts[after.place]
    ]
    kept += [_meet(found, near) for found, near in _figures_and_neighbours(alignment, parts)]
    return sum(kept) / len(kept) if kept else 1.0


def has_two_parts(alignment: Alignment) -> bool:
    """Whether the claim goes on to another thing with a verb of its own: "… opened and the
    tunnel closed"."""
    parts = _parts(alignment, neighbours=False)
    said = {parts[word.place] for word in alignment.claim.words if is_surely_verb(word)}
    return len(said) > 1


def _parts(alignment: Alignment, neighbours: bool) -> list[int]:
    """For each word of the claim which of its parts it is in, counted from 0."""
    parts = [0] * len(alignment.claim.words)
    for (word, _), (after, _) in pairwise(alignment.pairs):
        if _goes_on(alignment, word, after, neighbours):
            for place in range(_join(alignment, word, after), len(parts)):
                parts[place] += 1
    return parts


def _join(alignment: Alignment, word: Word, after: Word) -> int:
    """The place of the "and" between two words of the claim."""
    between = alignment.claim.words[word.place + 1 : after.place]
    return next((other.place for other in between if other.folded in _JOINS), after.place)


def _goes_on(alignment: Alignment, word: Word, after: Word, neighbours: bool) -> bool:
    """Whether "and the" or "while a name" stands between two words of the claim."""
    between = [other.folded for other in alignment.claim.words[word.place + 1 : after.place]]
    if not any(other in _JOINS for other in between):
        return False
    return neighbours or between[-1] in _BEFORE_ANOTHER or after.kind == "name"


def _meet(left: Iterable[Word], right: Iterable[Word]) -> bool:
    return bool({one.sentence for one in left} & {one.sentence for one in right})


def _figures_and_neighbours(
    alignment: Alignment, parts: Sequence[int]
) -> Iterator[tuple[list[Word], tuple[Word, ...]]]:
    """For each number and date of the claim that the evidence holds: where it holds it, and
    where it holds the claim's nearest word, and its nearest verb, of the same part."""
    claim, evidence = alignment.claim, alignment.evidence
    for figure, ranges in _held_figures(alignment):
        here = next((w for w in claim.words if w.start < figure.end and figure.start < w.end), None)
        there = [w for w in evidence.words if any(a < w.end and w.start < b for a, b in ranges)]
        if here is None or not there:
            continue
        near = [pair for pair in alignment.pairs if parts[pair[0].place] == parts[here.place]]
        for pairs in (near, [pair for pair in near if is_surely_verb(pair[0])]):
            if pairs:
                yield there, min(pairs, key=lambda pair: _gap(pair[0], figure))[1]


Figure = Quantity | DateMention


def _held_figures(alignment: Alignment) -> Iterator[tuple[Figure, list[tuple[int, int]]]]:
    """Each number and date of the claim, with where the evidence has it."""
    claim, evidence = alignment.claim, alignment.evidence
    for n in claim.numbers:
        found = [m for m in evidence.numbers if match_number(n, [m]) != "missing"]
        yield n, [(m.start, m.end) for m in found]
    for date in claim.dates:
        days = [m for m in evidence.dates if match_date(date, [m])]
        yield date, [(m.start, m.end) for m in days]


def _gap(word: Word, figure: Figure) -> int:
    """Characters between a word and a figure."""
    return max(figure.start - word.end, word.start - figure.end)


def holds_copy(claim: str, evidence: str) -> bool:
    """Whether the claim is the whole evidence, word for word (marks and spaces aside)."""
    return _bare(claim) == _bare(evidence) != ()


def _bare(text: str) -> tuple[str, ...]:
    return tuple(fold(word.text) for word in read(text).words)


def _misquotations(alignment: Alignment) -> Iterator[Fault]:
    """Words between quotation marks that the evidence does not have so."""
    said = _bare(alignment.evidence.text)
    for match in _QUOTED.finditer(alignment.claim.text):
        words = _bare(match[1])
        places = range(len(said) - len(words) + 1)
        if not any(said[place : place + len(words)] == words for place in places):
            yield Fault(f"nobody says {match[0]} in the evidence")


def _name_faults(alignment: Alignment) -> Iterator[Fault]:
    """Names the evidence does not hold; a capital that opens the claim may be one."""
    for word in alignment.missing:
        if word.kind == "name":
            yield Fault(f"the name {word.text} is not in the evidence")
        else:
            yield Fault(f"{word.text!r} is not in the evidence", wrong=False)


def _pronoun_faults(alignment: Alignment) -> Iterator[Fault]:
    """ "He" opens the claim, and the evidence does not: whom it means is anybody's guess."""
    first = alignment.claim.words[0] if alignment.claim.words else None
    if first and first.folded in _PRONOUNS and first.folded not in alignment.evidence.folded:
        yield Fault(f"whom or what {first.text!r} means is not said", wrong=False)
