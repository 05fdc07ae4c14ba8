"""Words and phrases that turn round what follows them: "not", "refused", "far from". Pure."""

from __future__ import annotations

from collections.abc import Sequence, Set

from rag.cite.reading import Reading, Word
from rag.cite.roles import is_verb

_NOT = """not no never without neither nor none nobody nothing hardly cannot can't won't don't
didn't doesn't isn't wasn't aren't weren't couldn't wouldn't shouldn't hasn't haven't hadn't
barely scarcely"""
_CANCEL = """reject deny refuse dismiss doubt dispute refute fail avoid prevent stop cancel
abandon oppose block lack halt suspend scrap ban unable unlikely impossible false untrue myth
withdraw quit cease postpone delay resist ignore acquit exonerate debunk disprove avert thwart
wrongly wrongfully"""
_SPARE = "escape overturn miss"
_RESTRAIN = """sanction ban curfew restriction embargo blockade siege tariff limit suspension
lockdown freeze moratorium injunction"""
_DENYING = "far from | anything but | yet to"
_TURNING = "verge of | brink of | clear of | rather than | instead of | rule out"
_LEADING = "in of at from for to on by with near under over into onto through off against than as"

_NEGATIONS = frozenset(_NOT.split())
_CANCELLERS = frozenset(_CANCEL.split())
_DETERMINERS = frozenset("the a an this that his her its their our my".split())  # noqa: SIM905
_OBJECT_ALONE = frozenset(["escape", "miss"])
_SPARING = frozenset(_SPARE.split())
"""Verbs that cancel their object alone: "escaped collapse", not "escaped from prison"."""

_RESTRAINTS = frozenset(_RESTRAIN.split())
"""What is over once it is lifted; a cup or a price that is lifted is not."""

_NOT_PHRASES = frozenset(tuple(phrase.split()) for phrase in _DENYING.split("|"))
"""Phrases that mean no more and no less than a "not"."""

_PHRASES = frozenset(tuple(phrase.split()) for phrase in _TURNING.split("|"))
_PREPOSITIONS = frozenset(_LEADING.split())

_SAVED = 4
"""How many words "saved … from" may be apart: "saved the old bank from collapse"."""


_LIFTED = 5
"""How many words after "lifted" its object may be: "a decade-old arms embargo"."""


def is_not(reading: Reading, word: Word) -> bool:
    """Whether a word is a "not", or ends a phrase that is one: the "to" of "has yet to"."""
    if word.folded in _NEGATIONS or word.folded.endswith("n't"):
        return True
    return _ends(reading, word, _NOT_PHRASES) and not _is_distance(reading, word)


def _is_distance(reading: Reading, word: Word) -> bool:
    """The "from" of "lives far from the city"; not that of "is far from safe"."""
    after = reading.words[word.place + 1 : word.place + 2]
    named = any(other.kind == "name" or other.folded in _DETERMINERS for other in after)
    return word.folded == "from" and named


def reach(word: Word, most: int) -> int:
    """How many of the words that follow it a word turns round: "escaped" no more than one."""
    return 1 if word.forms & _OBJECT_ALONE else most


def negates(reading: Reading, word: Word) -> bool:
    """Whether a word, or the phrase that it ends, turns round what follows."""
    return is_not(reading, word) or cancels(reading, word)


def cancels(reading: Reading, word: Word) -> bool:
    """The same without a "not": "refused", "cleared of", "lifted" before "sanctions"."""
    if word.forms & _CANCELLERS or _ends_phrase(reading, word):
        return True
    after = reading.words[word.place + 1 : word.place + 1 + _LIFTED]
    if word.forms & _SPARING and word.kind == "content" and word.folded != "missing":
        return bool(after) and after[0].folded not in _PREPOSITIONS
    return "lift" in word.forms and any(
        other.forms & _RESTRAINTS for other in after if other.clause == word.clause
    )


def _ends_phrase(reading: Reading, word: Word) -> bool:
    """The "of" of "cleared of", the "to" of "close to signing", the "of" of "short of"."""
    before = reading.before(word)
    if before is None:
        return False
    if _ends(reading, word, _PHRASES):
        return True
    after = reading.words[word.place + 1 : word.place + 2]
    if word.folded == "of" and before.folded == "short":  # "just short of 200" is a figure
        return any(other.kind != "figure" for other in after)
    if word.folded == "to" and before.folded in ("close", "closer", "near"):
        return any(is_verb(other) and other.folded.endswith("ing") for other in after)
    return word.folded == "from" and _is_saved(reading.words, word)


def _ends(reading: Reading, word: Word, phrases: Set[tuple[str, ...]]) -> bool:
    before = reading.before(word)
    if before is None or before.sentence != word.sentence:
        return False
    return any((form, word.folded) in phrases for form in before.forms)


def _is_saved(words: Sequence[Word], source: Word) -> bool:
    before = words[max(0, source.place - _SAVED) : source.place]
    return any("save" in word.forms and word.clause == source.clause for word in before)
