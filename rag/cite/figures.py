"""Rules for numbers and dates: each must be in the evidence, and beside the same words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.cite.dates import DateMention, match_date
from rag.cite.faults import Fault
from rag.cite.matching import Alignment
from rag.cite.numbers import Quantity, match_number
from rag.cite.reading import Reading, Word

_REACH = 4
"""How many words a number's own noun or verb may be away from it."""

Figure = Quantity | DateMention


def figures_of(reading: Reading) -> tuple[Figure, ...]:
    """Its numbers, then its dates."""
    return (*reading.numbers, *reading.dates)


def agree(claimed: Figure, found: Figure) -> bool:
    """Whether both are numbers, or dates, and what is found says what is claimed."""
    if isinstance(claimed, Quantity):
        return isinstance(found, Quantity) and match_number(claimed, [found]) != "missing"
    return isinstance(found, DateMention) and match_date(claimed, [found])


def words_of(words: Sequence[Word], figure: Figure) -> list[Word]:
    """The words that a figure is written in."""
    return [word for word in words if word.start < figure.end and figure.start < word.end]


def figure_faults(alignment: Alignment) -> Iterator[Fault]:
    """Numbers and dates of the claim that the evidence does not hold, or holds of another thing."""
    claim, evidence = alignment.claim, alignment.evidence
    for figure, held in zip(figures_of(claim), alignment.figures, strict=True):
        written = claim.text[figure.start : figure.end].strip()
        if not held:
            yield Fault(f"{written!r} is not in the evidence")
        elif isinstance(figure, Quantity) and match_number(figure, evidence.numbers) == "vague":
            yield Fault(f"{written!r} is meant less exactly in the evidence", wrong=False)
    yield from _misplaced(alignment)


def _misplaced(alignment: Alignment) -> Iterator[Fault]:
    """Figures that the evidence ties to another word: "12 died, 30 were hurt" for "30 died"."""
    claim, evidence = alignment.claim, alignment.evidence
    for number in claim.numbers:
        others = [other for other in evidence.numbers if other.unit == number.unit]
        yield from _tied_elsewhere(alignment, number, others)
    for date in claim.dates:
        yield from _tied_elsewhere(alignment, date, evidence.dates)


def _tied_elsewhere(
    alignment: Alignment, figure: Figure, others: Sequence[Figure]
) -> Iterator[Fault]:
    same = [other for other in others if agree(figure, other)]
    different = [other for other in others if not agree(figure, other)]
    if not same or not different:
        return
    words = alignment.evidence.words
    nearest = True
    for word, answers in _neighbours(alignment, figure):
        near = min(_distance(words, answer, other) for answer in answers for other in same)
        far = min(_distance(words, answer, other) for answer in answers for other in different)
        if far < near and (nearest or word.kind == "name"):
            written = alignment.claim.text[figure.start : figure.end]
            reason = f"the evidence ties {word.text!r} to another figure than {written!r}"
            yield Fault(reason, wrong=nearest)
            return
        nearest = False


def _neighbours(alignment: Alignment, figure: Figure) -> list[tuple[Word, tuple[Word, ...]]]:
    """The claim's words near a figure that the evidence answers to, nearest first."""
    words = alignment.claim.words
    near = [
        (_distance(words, word, figure), word, answers)
        for word, answers in alignment.pairs
        if _distance(words, word, figure) <= _REACH
    ]
    return [(word, answers) for _, word, answers in sorted(near, key=lambda found: found[0])]


def _distance(words: Sequence[Word], word: Word, figure: Figure) -> float:
    """Words between a word and a figure; what is in another sentence is far, in a clause, near."""
    inside = words_of(words, figure)
    if not inside:
        return 99.0
    gap = min(abs(word.place - other.place) for other in inside)
    apart = 20 if inside[0].sentence != word.sentence else 0
    return gap + apart + 2 * abs(inside[0].clause - word.clause)
