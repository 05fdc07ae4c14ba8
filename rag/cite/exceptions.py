"""What a statement leaves out: "every country except Hungary", "all but two". Pure."""

from __future__ import annotations

from collections.abc import Iterator

from rag.cite.faults import Fault
from rag.cite.figures import agree, words_of
from rag.cite.matching import Alignment
from rag.cite.reading import Reading, Word
from rag.cite.roles import is_surely_verb

_WORDS = frozenset(["except", "excluding", "barring", "unlike", "bar", "minus"])
_TWO_WORDS = "apart from|other than|exception of|place of|but for|save for"
_PHRASES = frozenset(tuple(phrase.split()) for phrase in _TWO_WORDS.split("|"))
_EVERYBODY = """all every everyone everybody everything any anyone anybody no nobody none nothing
each entire whole everywhere anywhere nowhere"""
_ALL = frozenset(_EVERYBODY.split())
_WITHOUT_EXCEPTION = """all every everyone everybody everything entire whole each any never none
nobody nothing everywhere anywhere nowhere"""
_WHOLE = frozenset(_WITHOUT_EXCEPTION.split())
_BACK = 5
"""How many words before a "but" its "every" may be: "every big city but Leeds"."""


def exception_faults(alignment: Alignment) -> Iterator[Fault]:
    """What the evidence says of all but this, or of what is unlike it, and the claim of this."""
    claim, evidence = alignment.claim, alignment.evidence
    excepted = _excepted(evidence)
    if not excepted or _excepted(claim):
        return
    if whole := next((word for word in claim.words if word.folded in _WHOLE), None):
        yield Fault(f"the evidence says {whole.text!r} with an exception", wrong=False)
    for word, answers in alignment.pairs:
        if all(answer.place in excepted for answer in answers):
            yield Fault(f"{word.text!r} is an exception in the evidence", wrong=False)
    for number in claim.numbers:
        same = [other for other in evidence.numbers if agree(number, other)]
        written = [word.place for other in same for word in words_of(evidence.words, other)]
        if written and excepted.issuperset(written):
            yield Fault("a figure is of what is excepted in the evidence", wrong=False)


def _excepted(reading: Reading) -> frozenset[int]:
    """Places of what comes after an "except": up to the verb, or the "of" of "all but two of"."""
    return frozenset(
        place
        for word in reading.words
        if _excepts(reading, word)
        for place in _after(reading, word)
    )


def _excepts(reading: Reading, word: Word) -> bool:
    if word.folded in _WORDS:
        return True
    if word.folded == "not":  # "to the firm, not to its rival"
        earlier = reading.before(word)
        return earlier is not None and earlier.clause < word.clause and not _states(reading, word)
    if word.folded in ("but", "save"):
        before = reading.words[max(0, word.place - _BACK) : word.place]
        return any(other.folded in _ALL and other.clause == word.clause for other in before)
    before_it = reading.before(word)
    return before_it is not None and (before_it.folded, word.folded) in _PHRASES


def _states(reading: Reading, word: Word) -> bool:
    """Whether there is a verb behind a word in its clause."""
    after = reading.words[word.place + 1 :]
    return any(is_surely_verb(other) for other in after if other.clause == word.clause)


def _after(reading: Reading, word: Word) -> Iterator[int]:
    for other in reading.words[word.place + 1 :]:
        counted = other.folded == "of" and reading.words[other.place - 1].kind == "figure"
        if other.clause != word.clause or is_surely_verb(other) or counted:
            return
        yield other.place
