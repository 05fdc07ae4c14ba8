"""Words that qualify another: "former", "Vice", "non-", "second" before "largest". Pure.

What the evidence qualifies, the claim must qualify as well; and a title is the same one or none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.cite.faults import Fault
from rag.cite.matching import Alignment
from rag.cite.reading import COURTESIES, TITLES, Reading, Word

_QUALIFY = """former ex deputy vice acting assistant would-be self-proclaimed so-called supposed
alleged suspected failed potential possible future proposed attempted fake planned accused
aspiring self-styled purported then less"""
_QUALIFIERS = frozenset(_QUALIFY.split())
_PREFIX = "co non anti pro counter ex pre post self semi quasi half near un"
_PREFIXES = frozenset(_PREFIX.split())
_RANK = "second third fourth fifth sixth seventh eighth ninth tenth next"
_RANKS = frozenset(_RANK.split())
_SUPERLATIVE = ("est", "worst")
_ALL = "all every always only entire completely everyone none most ever mostly"
_UNIVERSALS = frozenset(_ALL.split())
_PLACES = 8  # of one word in the evidence are looked at: a text may repeat it without end
_OF_OTHERS = frozenset("among one include including includes included other another".split())  # noqa: SIM905
_NOT_QUITE = frozenset(["nearly", "almost", "practically", "virtually", "not"])

_SHORT = {
    **{"prof": "professor", "dr": "doctor", "sen": "senator", "rep": "representative"},
    **{"gov": "governor", "gen": "general", "capt": "captain"},
}
_CIVIL = frozenset("mr mrs ms miss republican democrat democratic".split())  # noqa: SIM905
"""What a name may have that the evidence does not give it."""

_BACK = 5
"""Words before a name that may be its titles and its other parts."""


def qualifier_faults(alignment: Alignment) -> Iterator[Fault]:
    """ "president" for "former president", "fatal" for "non-fatal", "largest" for "second
    largest"; "all" and "only" that the evidence does not say."""
    claim, evidence = alignment.claim, alignment.evidence
    for word, answers in alignment.pairs:
        if _is_among(alignment, word, answers):
            yield Fault(f"{word.text!r} is one of several in the evidence", wrong=False)
        there = [_modifiers(evidence, answer) for answer in answers[:_PLACES]]
        if all(found and not found & claim.forms for found in there):
            yield Fault(f"{word.text!r} is qualified in the evidence", wrong=False)
        if _prefixes(word) - evidence.forms:
            yield Fault(f"{word.text!r} is qualified in the claim", wrong=False)
    whole = {
        form for word in evidence.words if not _falls_short(evidence, word) for form in word.forms
    }
    for word in claim.words:
        said = evidence.forms if _falls_short(claim, word) else whole
        if word.folded in _UNIVERSALS and word.folded not in said:
            yield Fault(f"{word.text!r} is not in the evidence", wrong=False)
        if _is_superlative(word) and _is_one_of(alignment, word):
            yield Fault(f"{word.text!r} is one of several in the evidence", wrong=False)
    yield from _title_faults(alignment)


def _is_superlative(word: Word) -> bool:
    return word.folded.endswith(_SUPERLATIVE) or word.folded in ("best", "most", "least", "first")


def _is_one_of(alignment: Alignment, word: Word) -> bool:
    """Whether the evidence has "one of the largest" or "among the best" for the claim's "the"."""
    there = [other for other in alignment.evidence.words if other.folded == word.folded]
    return (
        bool(there)
        and all(_is_of_several(alignment.evidence, other) for other in there)
        and not _is_of_several(alignment.claim, word)
    )


def _is_among(alignment: Alignment, word: Word, answers: Sequence[Word]) -> bool:
    """Whether "the victim" is "among the victims" there, and the claim names no others."""
    before = alignment.claim.words[max(0, word.place - 3) : word.place]
    single = not word.folded.endswith("s") and any(other.folded == "the" for other in before)
    if not single or alignment.claim.folded & _OF_OTHERS:
        return False
    return all(_is_of_several(alignment.evidence, one) for one in answers[:_PLACES])


def _is_of_several(reading: Reading, word: Word) -> bool:
    near = reading.words[max(0, word.place - 4) : word.place]
    before = {other.folded for other in near if other.clause == word.clause}
    return "among" in before or before >= {"one", "of"}


def _falls_short(reading: Reading, word: Word) -> bool:
    """Whether it is "nearly all", or "not all"."""
    before = reading.before(word)
    return before is not None and before.folded in _NOT_QUITE


def _modifiers(reading: Reading, word: Word) -> frozenset[str]:
    """What qualifies a word: the word before it, or the first part of its own compound."""
    before = reading.before(word)
    found = set(_prefixes(word))
    if before and before.sentence == word.sentence:
        found |= before.forms & _QUALIFIERS
        if word.folded.endswith(_SUPERLATIVE):
            found |= {before.folded} & _RANKS
        earlier = reading.before(before)
        if earlier and before.folded in ("most", "least"):
            found |= {earlier.folded} & _RANKS
    return frozenset(found)


def _prefixes(word: Word) -> frozenset[str]:
    """The "non" of "non-fatal", the "second" of "second-largest"."""
    *first, last = word.folded.split("-")
    ranks = _RANKS if last.endswith(_SUPERLATIVE) else frozenset()
    return frozenset(first) & (_PREFIXES | _QUALIFIERS | ranks)


# --------------------------------------------------------------------------------- titles


def _title_faults(alignment: Alignment) -> Iterator[Fault]:
    """ "President Vance" for "Vice President Vance", "King" for "Prince Charles"."""
    of = {word.place: answers for word, answers in alignment.pairs}
    for group in alignment.claim.name_groups:
        mine = _titles(alignment.claim, group[0])
        answers = of.get(group[-1].place, ())
        added = _titles(alignment.claim, group[0], _CIVIL)
        if answers and _in_full(added) - _in_full(alignment.evidence.folded):
            yield Fault(f"{group[-1].text!r} has no such title in the evidence", wrong=False)
        theirs = [found for word in answers if (found := _titles(alignment.evidence, word))]
        if mine and theirs and not any(_same_title(mine, found) for found in theirs):
            yield Fault(f"{group[-1].text!r} has another title in the evidence", wrong=False)


def _in_full(words: frozenset[str]) -> set[str]:
    return {_SHORT.get(word, word) for word in words}


def _same_title(claimed: frozenset[str], found: frozenset[str]) -> bool:
    return claimed <= found and not (found - claimed) & (_QUALIFIERS | {"prime"})


def _titles(
    reading: Reading, name: Word, courtesies: frozenset[str] = COURTESIES
) -> frozenset[str]:
    """The titles before a name and its other parts, with what qualifies them; no courtesies."""
    found: set[str] = set()
    for word in reversed(reading.words[max(0, name.place - _BACK) : name.place]):
        parts = set(word.folded.split("-"))
        if word.clause != name.clause or word.sentence != name.sentence:
            break
        if parts <= TITLES | _QUALIFIERS:
            found |= parts
        elif word.kind != "name":
            break
    return frozenset(found - courtesies)
