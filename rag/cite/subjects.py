"""Whose doing a verb is: "while Vestby closed two plants and cut jobs" is not Holmgard's. Pure.

The subject of a verb is what stands right before it in its clause, with what that depends on ("the
head of the union"); that of an "and cut" is the one of the verb before. Where claim and evidence
both have one, they have to share a word. All of this is "unsure": the quotation shows who did it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.cite.faults import Fault
from rag.cite.matching import Alignment
from rag.cite.reading import TITLES, Reading, Word
from rag.cite.roles import BE, SYMMETRIC, is_done_to, is_past_form, is_surely_verb, is_verb

_HELPING = """has have had do does did will would may might can could shall should must not never
also then later already now still just only even first once again"""
_HELPERS = BE | frozenset(_HELPING.split())
_UNCHANGED = frozenset("cut put set hit shut let quit hurt split shed spread".split())  # noqa: SIM905
"""Verbs whose past is as their present, and is a noun as well."""

_JOINS = frozenset(["and", "but", "then"])
_RELATIVE = frozenset(["who", "which", "that"])
_SPEAKING = frozenset(["say", "tell", "add", "write", "report", "announce", "explain"])
_BEFORE_NOUNS = frozenset("the a an its his her their our my and or no some all any".split())  # noqa: SIM905
_DEPENDING = frozenset("of in from at for on with to near under against".split())  # noqa: SIM905
_PLACES = 6  # of one word are looked at: a text may repeat it without end
_FAR = 12
"""How many words a subject may go back."""


def subject_faults(alignment: Alignment) -> Iterator[Fault]:
    """A verb that one does in the claim and another in the evidence."""
    answers, evidence = dict(alignment.pairs), alignment.evidence
    for verb, found in alignment.pairs:
        if verb.forms & SYMMETRIC or not _is_finite(alignment.claim, verb):
            continue
        mine, suffered = _subject(alignment.claim, verb), _is_suffered(alignment.claim, verb)
        same = {place.place for word in mine for place in answers.get(word, ())}
        near = found[:_PLACES]
        if same and all(_is_anothers(evidence, one, same, suffered) for one in near):
            yield Fault(f"it is not {mine[-1].text!r} who {verb.text!r} there", wrong=False)
            return


def _is_anothers(evidence: Reading, verb: Word, same: set[int], suffered: bool) -> bool:
    """Whether a verb of the evidence has a subject, and not the claim's; a passive is compared with
    a passive alone."""
    if not _is_finite(evidence, verb) or _is_suffered(evidence, verb) != suffered:
        return False
    theirs = _subject(evidence, verb)
    return bool(theirs) and not any(word.place in same for word in theirs)


def _is_finite(reading: Reading, word: Word) -> bool:
    """Whether a word states something: "sold", "is testing", the "cut" of "and cut"."""
    before = reading.before(word)
    if word.folded in _UNCHANGED:
        return before is not None and before.folded in _JOINS
    if word.folded.endswith("ing"):
        near = reading.words[max(0, word.place - 3) : word.place]
        return is_verb(word) and any(other.folded in BE for other in near)
    return is_surely_verb(word) and is_past_form(word)


def _subject(reading: Reading, verb: Word) -> list[Word]:
    """The words of weight in a verb's subject; [] where it has none of its own, or a pronoun."""
    verb = _first_of(reading, verb)
    place = _before(reading, verb)
    if place < 0 or reading.words[place].sentence != verb.sentence:
        return []
    if reading.words[place].folded in _RELATIVE:
        return before_an_aside(reading, place - 1)
    if reading.words[place].clause == verb.clause:
        return _noun_phrase(reading, place)
    return [] if verb.forms & _SPEAKING else before_an_aside(reading, place)


def _first_of(reading: Reading, verb: Word) -> Word:
    """The verb that has the subject of this one: the "closed" of "closed two plants and cut"."""
    for _ in range(_PLACES):
        place = _before(reading, verb)
        before = _verb_before(reading, verb) if place >= 0 else None
        if before is None or reading.words[place].folded not in _JOINS:
            break
        verb = before
    return verb


def _before(reading: Reading, verb: Word) -> int:
    """The place of the word before a verb and its "has" and "quietly"; -1 for none."""
    place = verb.place - 1
    while place >= 0 and _helps(reading.words[place], verb):
        place -= 1
    return place


def _is_suffered(reading: Reading, verb: Word) -> bool:
    """Whether a verb is a passive, by itself or with the one before: "was dug and paid for"."""
    return is_done_to(reading, _first_of(reading, verb))


def _helps(word: Word, verb: Word) -> bool:
    """Whether a word before a verb belongs to it: "has", "also", "quietly"."""
    helping = word.folded in _HELPERS or word.folded.endswith("ly")
    return helping and word.clause == verb.clause


def before_an_aside(reading: Reading, place: int) -> list[Word]:
    """The subject of a verb behind a comma: "the mayor, Carol Dunne,", "the men, who fled,"."""
    if place < 0:
        return []
    last = reading.words[place]
    before = reading.words[: place + 1]
    aside = [w for w in before if (w.clause, w.sentence) == (last.clause, last.sentence)]
    head = _noun_phrase(reading, aside[0].place - 1)
    return head if aside[0].folded in _RELATIVE else head + _noun_phrase(reading, place)


def _noun_phrase(reading: Reading, place: int) -> list[Word]:
    """The words of weight from a place back, over prepositions, to where the phrase begins."""
    found: list[Word] = []
    if place < 0:
        return found
    last = reading.words[place]
    for word in reversed(reading.words[max(0, place + 1 - _FAR) : place + 1]):
        if word.clause != last.clause or word.sentence != last.sentence:
            break
        if word.counts and is_surely_verb(word) and not word.folded.endswith("ing"):
            return _relative_head(reading, word) + found
        if word.counts:
            found.insert(0, word)
        elif not (word.kind == "figure" or word.folded in _BEFORE_NOUNS | _DEPENDING | TITLES):
            break
    return found


def _relative_head(reading: Reading, verb: Word) -> list[Word]:
    """The "law" of "the law that banned tents was repealed"; [] where no "that" is before."""
    before = reading.before(verb)
    if before is None or before.folded not in _RELATIVE:
        return []
    return _noun_phrase(reading, before.place - 1)


def _verb_before(reading: Reading, verb: Word) -> Word | None:
    """The nearest finite verb before one, in its sentence."""
    for word in reversed(reading.words[: verb.place]):
        if word.sentence != verb.sentence:
            return None
        if word.folded in _UNCHANGED or _is_finite(reading, word):
            return word
    return None
