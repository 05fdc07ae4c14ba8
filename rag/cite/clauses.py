"""What stands behind a "because", a "than" or a "when", and what before it. Pure.

"The firm closed because the mill burned" does not say that the mill burned because it closed.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.cite.faults import Fault
from rag.cite.matching import Alignment
from rag.cite.reading import Reading, Word
from rag.cite.roles import MODALS

_GROUPS = (
    frozenset(["because", "since"]),
    frozenset(["after", "following"]),
    frozenset(["before", "until"]),
    frozenset(["than"]),
)
"""Conjunctions that say much the same of what follows them."""

_CAUSES = """because due owing caused cause causes causing led leads lead blame blamed thanks result
resulted forced prompted drove over sparked triggered amid following"""
_CAUSING = frozenset(_CAUSES.split())
_FLATLY = frozenset(["because", "caused", "due", "owing"])
_WHEN = frozenset(["once", "when"])
_IF = frozenset(["if", "unless", "provided", "long", "condition", "should"])
"""What begins a condition; the "long" of "as long as", the "should" of "Should it rain, …"."""

_BEHIND = 3
"""How many words behind its "will" a verb may be."""

_UNTIL_THEN = _WHEN | _IF | frozenset(["until", "only", "after"])


def clause_faults(alignment: Alignment) -> Iterator[Fault]:
    """Cause and effect, or the two sides of a comparison, that are exchanged; a cause that the
    evidence does not name; a condition that the claim leaves out."""
    claim, evidence = alignment.claim, alignment.evidence
    for word in claim.words:
        group = next((group for group in _GROUPS if word.folded in group), None)
        there = [other for other in evidence.words if group and other.folded in group]
        if there and all(_is_exchanged(alignment, word, other) for other in there):
            yield Fault(f"what is behind {word.text!r} is before it in the evidence")
    causal = [word for word in claim.words if word.folded in _FLATLY]
    if causal and not evidence.folded & _CAUSING:
        yield Fault(f"{causal[0].text!r} is not in the evidence", wrong=False)
    if condition := _left_out(alignment):
        yield Fault(f"the evidence says {condition.text!r}, the claim does not", wrong=False)


def _is_exchanged(alignment: Alignment, mine: Word, theirs: Word) -> bool:
    """Whether something behind the claim's word stands before it there, and the reverse."""
    behind, inside = _behind(alignment.claim, mine), _behind(alignment.evidence, theirs)
    sentence = [word.place for word in alignment.claim.words if word.sentence == mine.sentence]
    moved = {True: False, False: False}
    for word, answers in alignment.pairs:
        if word.place not in sentence or any(one.sentence != theirs.sentence for one in answers):
            continue
        within = [answer.place in inside for answer in answers]
        is_behind = word.place in behind
        if not any(within) if is_behind else all(within):
            moved[is_behind] = True
    return all(moved.values())


def _behind(reading: Reading, conjunction: Word) -> frozenset[int]:
    """Places of what follows a conjunction in its clause."""
    return frozenset(
        word.place
        for word in reading.words[conjunction.place + 1 :]
        if word.clause == conjunction.clause and word.sentence == conjunction.sentence
    )


def _left_out(alignment: Alignment) -> Word | None:
    """The "once" of "will be paid once a deal is reached", if the claim has nothing of it."""
    evidence = alignment.evidence
    bound = any(_is_on_condition(evidence, word) for word in evidence.words)
    if not (bound or _is_possible(alignment)) or alignment.claim.folded & _UNTIL_THEN:
        return None
    for word in evidence.words:
        before = evidence.words[: word.place]
        possible = any(w.folded in MODALS and w.sentence == word.sentence for w in before)
        if not _is_condition(evidence, word, possible):
            continue
        counted = {w.place for w in evidence.content if w.place in _behind(evidence, word)}
        told = counted & alignment.answering
        if counted and 2 * len(told) < len(counted):
            return word
    return None


def _is_on_condition(evidence: Reading, word: Word) -> bool:
    before = evidence.before(word)
    return word.folded == "condition" and before is not None and before.folded == "on"


def _is_possible(alignment: Alignment) -> bool:
    """Whether something claimed stands behind a "will" or a "may" in the evidence."""
    modals = [word for word in alignment.evidence.words if word.folded in MODALS]
    return any(
        0 < answer.place - modal.place <= _BEHIND
        for _, answers in alignment.pairs
        for answer in answers
        for modal in modals
    )


def _is_condition(evidence: Reading, word: Word, possible: bool) -> bool:
    """Whether a word begins what a "will" before or behind it depends on."""
    beside = evidence.words[word.place + 1 : word.place + 2]
    if word.folded == "long":
        return any(other.folded == "as" for other in beside)
    if word.folded in ("should", "were", "had"):
        return word.opens
    if word.folded == "subject":
        return any(other.folded == "to" for other in beside)
    if word.folded == "provided":
        return any(other.folded in ("that", "he", "she", "it", "they", "the") for other in beside)
    return word.folded in _IF or (word.folded in _WHEN and possible)
