"""Which noun a statement is about: "the minister's brother" is not the minister. Pure.

A word that belongs to another in the evidence ("Mr Kerr's wife", "an aide to the president", "near
Madrid") may not stand for it in the claim. All of this is "unsure": the quotation says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.cite.faults import Fault
from rag.cite.matching import Alignment
from rag.cite.reading import TITLES, Reading, Word
from rag.cite.roles import is_noun, is_past_form, is_surely_verb, is_verb

_BELONGING = frozenset("of to for with from in at on by near".split())  # noqa: SIM905
_RELATIVE = frozenset("who that which whose".split())  # noqa: SIM905
_ASIDE = "near outside off beyond towards toward opposite bordering beside"
_AWAY = frozenset(_ASIDE.split())
"""Where something is that is not in the place itself."""

_WAYS = frozenset("way route road flight coast outskirts edge border".split())  # noqa: SIM905
_LOOSE = """city town village state county province region republic kingdom island port district
capital area suburb price cost month year day end start group number hundred thousand million
dozen couple pair lot majority kind sort type piece series team crowd set range part most many
some all any one each both several half none few rest short"""
TRANSPARENT = frozenset(_LOOSE.split())
"""Nouns that say little beside what depends on them: "the city of Leeds", "dozens of men"."""

_SKIPPED = frozenset("the a an this that his her its their our my two three four".split())  # noqa: SIM905
_COMPASS = """new north south east west northern southern eastern western central north-east
north-west south-east south-west"""
_PARTS_OF_NAMES = frozenset(_COMPASS.split())

_ENDS = {"to": "from", "from": "to"}
_BACK = 5
"""How many words before a noun the preposition that governs it may be."""


def head_faults(alignment: Alignment) -> Iterator[Fault]:
    """A noun or name that depends on another one in the evidence, and on none in the claim."""
    claim, evidence = alignment.claim, alignment.evidence
    for word, answers in alignment.pairs:
        if not (word.kind == "name" or is_noun(word)) or is_surely_verb(word):
            continue
        told = alignment.answering
        if _stands_alone(claim, word) and all(_belongs(evidence, one, told) for one in answers):
            yield Fault(f"it is said of what belongs to {word.text!r} there", wrong=False)
            return
        named = word.kind == "name"
        if named and not _away(claim, word) and all(_away(evidence, one) for one in answers):
            yield Fault(f"{word.text!r} is not the place itself there", wrong=False)
            return
        if _turned_round(alignment, word, answers):
            yield Fault(f"{word.text!r} is at the other end there", wrong=False)
            return
        if named and _is_another_place(alignment, word, answers):
            yield Fault(f"{word.text!r} is part of a longer name there", wrong=False)
            return


def _stands_alone(claim: Reading, word: Word) -> bool:
    """Whether a word of the claim owns nothing there, and no preposition governs it."""
    return not has_ending(word) and _leading(claim, word) is None


def _belongs(evidence: Reading, word: Word, told: frozenset[int]) -> bool:
    """Whether a word of the evidence depends on one there that is not told of."""
    return (
        _is_owner(evidence, word, told)
        or _depends_on_another(evidence, word, told)
        or _is_in_a_clause_of_another(evidence, word, told)
    )


def has_ending(word: Word) -> bool:
    return word.text.replace("’", "'").endswith(("'s", "s'"))


def _is_owner(reading: Reading, word: Word, told: frozenset[int]) -> bool:
    """The "Kerr's" of "Mr Kerr's wife", if that is not told of."""
    if not has_ending(word):
        return False
    owned: list[Word] = []
    for other in reading.words[word.place + 1 : word.place + 4]:
        doing = is_surely_verb(other) and not other.folded.endswith("ing")  # "cleaning contractor"
        if other.clause != word.clause or not other.counts or doing:
            break
        owned.append(other)
    return bool(owned) and not any(other.place in told for other in owned)


def _depends_on_another(reading: Reading, word: Word, told: frozenset[int]) -> bool:
    """The "president" of "an aide to the president", if no aide is told of."""
    leading = _leading(reading, word)
    if leading is None or leading.folded not in _BELONGING:
        return False
    head = reading.before(leading)
    if head is None or head.clause != word.clause or not head.counts or head.place in told:
        return False
    transparent = bool(head.forms & TRANSPARENT)
    doing = is_past_form(head) and is_verb(head)
    return (head.kind == "name" or is_noun(head)) and not transparent and not doing


def _leading(reading: Reading, word: Word) -> Word | None:
    """The preposition that governs a noun: before its article, its adjectives and its names."""
    for other in reversed(reading.words[max(0, word.place - _BACK) : word.place]):
        if other.clause != word.clause:
            return None
        if other.folded in _BELONGING | _AWAY:
            return other
        skipped = other.folded in _SKIPPED | TITLES or other.kind in ("figure", "name")
        if not skipped and not _is_adjective(reading, other, word):
            return None
    return None


def _is_adjective(reading: Reading, word: Word, noun: Word) -> bool:
    """Whether a word right before a noun may be its adjective: the "jailed" of "the jailed man"."""
    if word.kind != "content" or word.place + 1 != noun.place:
        return False
    before = reading.before(word)
    return not is_past_form(word) or (before is not None and before.folded in _SKIPPED)


def _is_in_a_clause_of_another(reading: Reading, word: Word, told: frozenset[int]) -> bool:
    """The "pupil" of "the teacher who reported the pupil was praised", if no teacher is told of."""
    before = [w for w in reading.words[: word.place] if w.sentence == word.sentence]
    relative = next((w for w in reversed(before) if w.folded in _RELATIVE), None)
    if relative is None or relative.clause != word.clause:
        return False
    between = reading.words[relative.place + 1 : word.place]
    after = reading.words[word.place + 1 : word.place + 3]
    head = reading.before(relative)
    return (
        head is not None
        and head.counts
        and not is_surely_verb(head)
        and head.place not in told
        and any(is_verb(other) for other in between)
        and any(is_surely_verb(other) and other.place in told for other in after)
    )


def _away(reading: Reading, word: Word) -> Word | None:
    """The "near" of "near Madrid", the "off" of "off the coast of Spain", the "way" to it."""
    for other in reversed(reading.words[max(0, word.place - _BACK) : word.place]):
        if other.clause != word.clause:
            return None
        if other.folded in _AWAY or other.forms & _WAYS:
            return other
        if other.kind == "content":
            return None
    return None


def _turned_round(alignment: Alignment, word: Word, answers: Sequence[Word]) -> bool:
    """Whether the claim has "to" before a place where the evidence has "from", or the reverse."""
    mine = _leading(alignment.claim, word)
    other = _ENDS.get(mine.folded) if mine else None
    if other is None:
        return False
    theirs = (_leading(alignment.evidence, one) for one in answers)
    return all(found is not None and found.folded == other for found in theirs)


def _is_another_place(alignment: Alignment, word: Word, answers: Sequence[Word]) -> bool:
    """Whether the evidence has "New Mexico" or "South Sudan" alone for the claim's "Mexico"."""
    if _first(alignment.claim, word) in _PARTS_OF_NAMES:
        return False
    return all(_first(alignment.evidence, other) in _PARTS_OF_NAMES for other in answers)


def _first(reading: Reading, word: Word) -> str:
    """The word right before a name, if it is written with a capital, too."""
    before = reading.before(word)
    beside = before is not None and before.sentence == word.sentence
    return before.folded if beside and before and before.text[:1].isupper() else ""
