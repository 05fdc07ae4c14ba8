"""What the evidence says of a part, or of few, is not to be claimed of all. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.cite.faults import Fault
from rag.cite.figures import agree, words_of
from rag.cite.heads import has_ending
from rag.cite.matching import Alignment
from rag.cite.reading import Reading, Word

_PARTS = """most half some many few several one part majority minority none third thirds quarter
quarters two-thirds three-quarters portion fraction each"""
_SHARES = frozenset(_PARTS.split())
_LOOSE = frozenset("some many several part portion fraction".split())  # noqa: SIM905
"""What may be said of any share; "most", or another figure, may not be."""

_WHOLE = frozenset("the these those its their his her our all".split())  # noqa: SIM905
_SCARCE = frozenset(["few", "little"])
_SOME = frozenset("a the his her its their".split())  # noqa: SIM905
_NONE = frozenset("few little no not hardly scarcely barely never".split())  # noqa: SIM905


def share_faults(alignment: Alignment) -> Iterator[Fault]:
    """ "The 500 died" where it says "most of the 500"; "many voters" where it says "few"."""
    claimed = alignment.claim.folded
    for word in alignment.evidence.words:
        if word.folded in ("of", "half") and (whole := _whole(alignment, word)):
            share = _share(alignment.evidence, word)
            if share and not _says_a_share(alignment, share):
                yield Fault(f"it is said of a part of {whole.text!r} there", wrong=False)
        if word.folded in _SCARCE and not claimed & _NONE and _makes_scarce(alignment, word):
            yield Fault(f"the evidence says {word.text!r}, the claim does not", wrong=False)


def _whole(alignment: Alignment, of: Word) -> Word | None:
    """The claim's own word, or figure, that the evidence has after this "of"."""
    words = _after(alignment.evidence, of)
    whole = next((word for word in words if word.counts or word.kind == "figure"), None)
    alone = [found[0].place for _, found in alignment.pairs if len(found) == 1]
    if whole is None or whole.place in alone:
        return whole
    return whole if whole.kind == "figure" and _has_figure(alignment, whole) else None


def _after(reading: Reading, of: Word) -> Sequence[Word]:
    words = reading.words[of.place + 1 : of.place + 4]
    return [word for word in words if word.clause == of.clause]


def _share(reading: Reading, of: Word) -> Word | None:
    """The "half" of "half of the soldiers"; "Of" itself in "Of the 30 people, 12 died"; "half"
    itself in "half the soldiers"."""
    if of.folded == "half":
        beside = any(word.folded in _WHOLE for word in _after(reading, of)[:1])
        return of if of.kind == "figure" and beside else None
    before = reading.before(of)
    whole = any(word.folded in _WHOLE or has_ending(word) for word in _after(reading, of)[:1])
    if of.opens:
        counted = any(word.kind == "figure" for word in _after(reading, of)[:1])
        return of if whole or counted else None
    if before is None or before.sentence != of.sentence:
        return None
    numbers = [one for one in reading.numbers if before in words_of(reading.words, one)]
    counted = any(whole or number.unit == "%" for number in numbers)
    return before if before.folded in _SHARES or counted else None


def _says_a_share(alignment: Alignment, share: Word) -> bool:
    """Whether the claim names a part as well: any word for one of "most", of a figure the same."""
    claimed = alignment.claim.folded
    if share.folded == "of":
        return "of" in claimed
    if share.kind == "figure":
        return _has_figure(alignment, share) or bool(claimed & _LOOSE)
    return bool(claimed & _SHARES) or any("%" in number.unit for number in alignment.claim.numbers)


def _has_figure(alignment: Alignment, written: Word) -> bool:
    """Whether the claim has the figure that this word of the evidence is written in."""
    evidence = alignment.evidence
    there = [one for one in evidence.numbers if written in words_of(evidence.words, one)]
    return any(agree(number, one) for number in alignment.claim.numbers for one in there)


def _makes_scarce(alignment: Alignment, word: Word) -> bool:
    """Whether "few" or "little" says how few there are of what is claimed; "a few" does not."""
    before = alignment.evidence.before(word)
    if before and before.folded in _SOME:
        return False
    after = alignment.evidence.words[word.place + 1 : word.place + 3]
    return any(other.place in alignment.answering for other in after if other.counts)
