"""Which verb a word belongs to: "signed in 1987, came into force later". Pure.

A claim made of words that the evidence has may still put together what belongs to two statements.
So between a word and its verb the evidence may have no verb that the claim has not there as well.
All of this is "unsure": the quotation shows what belongs to what.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.cite.faults import Fault
from rag.cite.figures import agree, figures_of, words_of
from rag.cite.matching import Alignment
from rag.cite.reading import Reading, Word
from rag.cite.roles import BE, MODALS, is_past_form, is_verb

_RELATIVE = frozenset("who which that where whose whom".split())  # noqa: SIM905
_JOIN = """when after before as because while if whether until since and but or that who which where
whose than"""
_CONJUNCTIONS = frozenset(_JOIN.split())
_SUBJECTS = frozenset("i he she they we it who which that this these those".split())  # noqa: SIM905
_BESIDE = 3
"""How many words after a noun its own "who" may be."""

_PLACES = 6  # of one word are looked at: a text may repeat it without end
Pair = tuple[Word, Sequence[Word]]


def attachment_faults(alignment: Alignment) -> Iterator[Fault]:
    """A word whose verb in the claim is not its verb in the evidence."""
    verbs = [pair for pair in alignment.pairs if _is_finite(alignment.claim, pair[0])]
    held = {answer.place: word.place for word, found in alignment.pairs for answer in found}
    others = [pair for pair in alignment.pairs if not _is_finite(alignment.claim, pair[0])]
    for word, answers in [*others, *_figures(alignment)]:
        verb = _verb_of(alignment.claim, word, verbs)
        if verb is None:
            continue
        between = _range(word, verb[0])
        ways = ((answer, there) for answer in answers[:_PLACES] for there in verb[1][:_PLACES])
        if not any(
            _belongs(alignment, answer, there, between, held, word) for answer, there in ways
        ):
            yield Fault(f"{word.text!r} belongs to another verb than {verb[0].text!r}", wrong=False)
            return


def _figures(alignment: Alignment) -> Iterator[Pair]:
    """The first words of the claim's figures, with those of the evidence that agree."""
    claim, evidence = alignment.claim, alignment.evidence
    for figure in figures_of(claim):
        same = [other for other in figures_of(evidence) if agree(figure, other)]
        there = [words_of(evidence.words, other)[:1] for other in same]
        if there and (mine := words_of(claim.words, figure)):
            yield mine[0], [word for words in there for word in words]


def _verb_of(claim: Reading, word: Word, verbs: Sequence[Pair]) -> Pair | None:
    """The claim's nearest verb before a word; the next one if a new clause begins between."""
    near = [pair for pair in verbs if pair[0].sentence == word.sentence]
    before = [pair for pair in near if pair[0].place < word.place]
    following = next((pair for pair in near if pair[0].place > word.place), None)
    if not before or _begins_clause(claim.words[before[-1][0].place + 1 : word.place]):
        return following
    own = following and following[0].clause == word.clause != before[-1][0].clause
    return following if own else before[-1]


def _is_finite(reading: Reading, word: Word) -> bool:
    """A verb by its ending: "signed", "won", "signing", or behind a "will"; "drills" and "update"
    may be nouns."""
    if not is_verb(word):
        return False
    before = reading.before(word)
    helped = before is not None and before.folded in MODALS | BE
    return helped or is_past_form(word) or word.folded.endswith("ing")


def _begins_clause(words: Sequence[Word]) -> bool:
    """Whether a "when", an "and", or a "to" before a verb is among these."""
    infinitive = any(word.folded == "to" and is_verb(after) for word, after in pairwise(words))
    return infinitive or any(word.folded in _CONJUNCTIONS for word in words)


def _range(one: Word, other: Word) -> range:
    first, last = sorted((one.place, other.place))
    return range(first, last + 1)


def _belongs(
    alignment: Alignment,
    word: Word,
    verb: Word,
    between: range,
    held: dict[int, int],
    claimed: Word,
) -> bool:
    """Whether nothing parts a word of the evidence from a verb there, but what is in the claim."""
    evidence = alignment.evidence
    if word.sentence != verb.sentence or not _is_finite(evidence, verb):
        return True  # other rules see to what hangs together, and to nouns ("a rebuke")
    moved = word.place < verb.place and claimed.place == between[-1] != between[0]
    if moved and (own := _verb_before(evidence, word)) and held.get(own.place) not in between:
        return False
    first, last = sorted((word.place, verb.place))
    parting = [one for one in evidence.words[first + 1 : last] if _parts(evidence, one, verb)]
    if word.place < verb.place:
        if _shares_subject(evidence, verb):
            return True
        aside, own = _aside(evidence, word), _relative_verb(evidence, word)
        parting = [one for one in parting if one.clause not in aside and one is not own]
    return all(held.get(one.place) in between for one in parting)


def _parts(evidence: Reading, verb: Word, other: Word) -> bool:
    """Whether a verb states something of its own: not "agreeing", nor, where the other verb is
    "sign", the "managed" of "managed to sign"."""
    if not _is_finite(evidence, verb) or _is_participle(evidence, verb):
        return False
    after = evidence.words[verb.place + 1 : verb.place + 2]
    return not any(to.folded == "to" for to in after) or other.place < verb.place


def _is_participle(evidence: Reading, verb: Word) -> bool:
    before = evidence.words[max(0, verb.place - 2) : verb.place]
    return verb.folded.endswith("ing") and not any(other.folded in BE for other in before)


def _shares_subject(evidence: Reading, verb: Word) -> bool:
    """Whether a verb has its subject from the one before: "and killed", ", destroying"."""
    if _is_participle(evidence, verb):
        return True
    for other in reversed(evidence.words[max(0, verb.place - _BESIDE) : verb.place]):
        if other.folded in ("and", "but", "then"):
            return True
        if other.kind != "function" or other.folded in _SUBJECTS:
            return False
    return False


def _verb_before(evidence: Reading, word: Word) -> Word | None:
    """The nearest verb before a word in its clause."""
    before = (w for w in reversed(evidence.words[: word.place]) if w.clause == word.clause)
    return next((other for other in before if _is_finite(evidence, other)), None)


def _relative_verb(evidence: Reading, word: Word) -> Word | None:
    """The "banned" of "the law that banned tents was repealed"."""
    after = evidence.words[word.place + 1 :]
    if not after or after[0].folded not in _RELATIVE:
        return None
    return next((other for other in after if _is_finite(evidence, other)), None)


def _aside(evidence: Reading, word: Word) -> frozenset[int]:
    """The clauses that say more of a noun: ", who has led it," and ", stolen in 1998,"."""
    found = set()
    for before, other in pairwise(evidence.words[word.place :]):
        if other.clause > before.clause and other.folded in _RELATIVE:
            found.add(other.clause)
    for other in evidence.words[word.place + 1 : word.place + 1 + _BESIDE]:
        opens = other.clause > word.clause and evidence.words[other.place - 1].clause < other.clause
        if other.folded in _RELATIVE or (opens and _is_finite(evidence, other)):
            found.add(other.clause)
    return frozenset(found - {word.clause})
