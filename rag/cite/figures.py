"""Rules for numbers and dates: each must be in the evidence, and beside the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag import lexicon
from rag.cite.dates import DateMention, match_date
from rag.cite.faults import Fault
from rag.cite.matching import Alignment
from rag.cite.numbers import Quantity, find_split, match_number
from rag.cite.reading import Reading, Word

_REACH = 4
"""How many words a number's own noun or verb may be away from it."""

_WAY = re.compile(
    r"\b(by|to|from)\s+(?:(?:about|around|nearly|almost|some|over|up to|more than)\s+)?"
    r"(?:an?\s+)?$",
    re.IGNORECASE,
)
"""Whether something rose by as much, to it, or from it."""

_WHEN = re.compile(
    r"\b(before|prior to|after|since|until|till|by)\s+(?:(?:early|late|mid)[\s-])?$", re.IGNORECASE
)
"""What puts a date before or after what happened."""

_RATE = re.compile(
    r"\d[\d.,]*%?(?: [\w-]+){0,2} (?:an?|per|each|every) "
    r"(hour|day|night|week|month|year|person|head)\b(?! (?:ago|later|after|before|earlier|and)\b)",
    re.IGNORECASE,
)
"""The "month" of "9 euros a month"; "3% a year ago" is none."""

_MORE = frozenset(["more", "less", "fewer", "above", "below"])
_TIMES = frozenset(["twice", "double", "treble", "triple", "times"])
_CHANGES = "increase rise drop decline decrease fall jump cut gain growth reduction"
_CHANGED = frozenset(_CHANGES.split())

Figure = Quantity | DateMention
Held = tuple[Figure, list[Figure]]
"""A figure of the claim, and where the evidence holds it."""


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
    yield from _cut_short(alignment)
    yield from _rate_faults(alignment)
    yield from _misplaced(alignment)
    shared = [*_held(alignment)]
    yield from _led_otherwise(alignment, shared)
    yield from _compared(alignment, shared)


def _cut_short(alignment: Alignment) -> Iterator[Fault]:
    """ "a year" where the evidence has no year but that of "a year and a half"."""
    claim, evidence = alignment.claim, alignment.evidence
    untold = [n for n in find_split(evidence.text) if not any(agree(o, n) for o in claim.numbers)]
    part = [word for number in untold for word in words_of(evidence.words, number)]
    inside = {word.place for word in part}
    forms = {form for word in part for form in word.forms}
    forms -= {f for word in evidence.words if word.place not in inside for f in word.forms}
    written = [word for number in claim.numbers for word in words_of(claim.words, number)]
    for word in claim.words:
        if word.kind == "content" and word.forms & forms and word not in written:
            reason = f"{word.text!r} is part of another figure in the evidence"
            yield Fault(reason, wrong=False)


def _rate_faults(alignment: Alignment) -> Iterator[Fault]:
    """ "9 euros" where the evidence says "9 euros a month", or "a year" where it says none."""
    claimed, found = (
        {match[1].lower() for match in _RATE.finditer(reading.text)}
        for reading in (alignment.claim, alignment.evidence)
    )
    if claimed - found or (found - claimed and alignment.claim.numbers):
        rate = min(claimed - found or found - claimed)
        yield Fault(f"only one of the two is a rate: {rate!r}", wrong=False)


def _led_otherwise(alignment: Alignment, held: Sequence[Held]) -> Iterator[Fault]:
    """ "rose by 50" where it says "to 50", "in 2019" where it says "before 2019"."""
    for figure, others in held:
        leading = _WAY if isinstance(figure, Quantity) else _WHEN
        mine = _lead(alignment.claim, figure, leading)
        theirs = {_lead(alignment.evidence, other, leading) for other in others}
        if mine in theirs:
            continue
        elsewhere = leading is _WAY and mine == "to" and _rises_to_another(alignment, others)
        if leading is _WAY and not (mine and all(theirs)) and not elsewhere:
            continue
        written = alignment.claim.text[figure.start : figure.end]
        yield Fault(f"{written!r} is led in otherwise in the evidence", wrong=leading is _WAY)


def _rises_to_another(alignment: Alignment, others: Sequence[Figure]) -> bool:
    """Whether the evidence has another figure that something falls or rises to."""
    rest = [number for number in alignment.evidence.numbers if number not in others]
    return any(_lead(alignment.evidence, number, _WAY) == "to" for number in rest)


def _lead(reading: Reading, figure: Figure, leading: re.Pattern[str]) -> str:
    """The preposition before a figure; none before a date that is of another word ("after the
    2020 vote")."""
    match = leading.search(reading.text[max(0, figure.start - 30) : figure.start])
    after = next((word for word in reading.words if word.start >= figure.end), None)
    beside = after is not None and reading.text[figure.end : after.start].isspace()
    of_another = leading is _WHEN and beside and after is not None and after.counts
    return match[1].lower() if match and not of_another else ""


def _compared(alignment: Alignment, held: Sequence[Held]) -> Iterator[Fault]:
    """ "was 80%" where the evidence says "80% lower"."""
    said = alignment.claim.forms
    times = next((word for word in alignment.evidence.words if _is_multiple(alignment, word)), None)
    if times is not None and times.folded not in alignment.claim.folded:
        yield Fault(f"the evidence says {times.text!r} as much", wrong=False)
    for figure, others in held:
        compared = [_comparison(alignment, other) for other in others]
        if all(word and not word.forms & said for word in compared):
            written = alignment.claim.text[figure.start : figure.end]
            yield Fault(f"{written!r} is a comparison in the evidence", wrong=False)


def _is_multiple(alignment: Alignment, word: Word) -> bool:
    """The "twice" of "twice as many men as women"."""
    after = alignment.evidence.words[word.place + 1 : word.place + 2]
    return word.folded in _TIMES and any(other.folded == "as" for other in after)


def _comparison(alignment: Alignment, figure: Figure) -> Word | None:
    """The "lower" of "80% lower", the "more" of "5 more", the "rise" of "a 5% rise"."""
    words = alignment.evidence.words
    inside = words_of(words, figure)
    if not inside or not isinstance(figure, Quantity):
        return None
    for word in words[inside[-1].place + 1 : inside[-1].place + 2]:
        changed = word.forms & _CHANGED and word.place not in alignment.answering
        if word.folded in _MORE or _is_comparative(word) or changed:
            return word
    return None


def _is_comparative(word: Word) -> bool:
    known = lexicon.entry(word.folded)
    bases = [lexicon.entry(form) for form in word.forms - {word.folded}]
    return (
        word.folded.endswith("er")
        and (known is None or "n" not in known.parts)
        and any(base and "a" in base.parts for base in bases)
    )


def _held(alignment: Alignment) -> Iterator[Held]:
    """The claim's figures that the evidence holds, each with where it does."""
    for figure in figures_of(alignment.claim):
        others = [other for other in figures_of(alignment.evidence) if agree(figure, other)]
        if others:
            yield figure, others


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
