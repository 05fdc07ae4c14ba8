"""Words and phrases that turn round what follows them: "not", "refused", "far from". Pure."""

from __future__ import annotations

from collections.abc import Set

from rag.cite.reading import Reading, Word
from rag.cite.roles import BE, is_done_to, is_verb

_NOT = """not no never without neither nor none nobody nothing hardly cannot can't won't don't
didn't doesn't isn't wasn't aren't weren't couldn't wouldn't shouldn't hasn't haven't hadn't
barely scarcely"""
_CANCEL = """reject deny refuse dismiss doubt dispute refute fail avoid prevent stop cancel
abandon oppose block lack halt suspend scrap ban unable unlikely impossible false untrue myth
withdraw quit cease postpone delay resist ignore acquit exonerate debunk disprove avert thwart
quash annul revoke repeal rescind wrongly wrongfully veto foil axe shelve against"""
_UNDO = """cancel scrap lift quash overturn annul revoke repeal rescind halt avert thwart avoid
block postpone axe foil shelve veto"""
_SPARE = "escape overturn miss spare dodge evade duck"
_RESTRAIN = """sanction ban curfew restriction embargo blockade siege tariff limit suspension
lockdown freeze moratorium injunction"""
_DENYING = "far from | anything but | yet to"
_TURNING = """verge of | brink of | clear of | rather than | instead of | rule out | shy away |
back away | walk away | back out | leave out | drop from"""
_PARTICLES = """turn down | vote down | strike down | shoot down | set aside | call off |
stave off | hold off | fend off | put off | throw out | fall through"""
_LEADING = "in of at from for to on by with near under over into onto through off against than as"

_NEGATIONS = frozenset(_NOT.split())
_CANCELLERS = frozenset(_CANCEL.split())
_DETERMINERS = frozenset("the a an this that his her its their our my".split())  # noqa: SIM905
_OBJECT_ALONE = frozenset(["escape", "miss", "spare", "dodge", "evade", "duck"])
_SPARING = frozenset(_SPARE.split())
"""Verbs that cancel their object alone: "escaped collapse", not "escaped from prison"."""

_OTHER_WORDS = frozenset(["missing", "spare"])
"""Forms of these that are mostly adjectives: "a missing boy", "a spare key"."""

_UNDOING = frozenset(_UNDO.split())
"""What never was, or is no more, once it "was" one of these. Whoever "was banned" still is, and a
bid that "was rejected" was made."""

_KEEPING = frozenset("keep bar deter discourage dissuade stop prevent exclude".split())  # noqa: SIM905

_RESTRAINTS = frozenset(_RESTRAIN.split())
"""What is over once it is lifted; a cup or a price that is lifted is not."""

_NOT_PHRASES = frozenset(tuple(phrase.split()) for phrase in _DENYING.split("|"))
"""Phrases that mean no more and no less than a "not"."""

_UNDOING_PHRASES = frozenset(tuple(phrase.split()) for phrase in _PARTICLES.split("|"))
"""Verbs with a particle that undo what stands before them, too: "the match was called off"."""

_PHRASES = _UNDOING_PHRASES | frozenset(tuple(phrase.split()) for phrase in _TURNING.split("|"))
_PREPOSITIONS = frozenset(_LEADING.split())

_SAVED = 4
"""How many words "saved … from" may be apart: "saved the old bank from collapse"."""

_SUFFERING = 7
"""How many words before a passive what suffers it may be: "talks on a ban in Oslo were halted"."""

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
    return word.folded == "from" and any(_is_thing(other) for other in after)


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
    if word.forms & _SPARING and word.kind == "content" and word.folded not in _OTHER_WORDS:
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
    doing = any(is_verb(other) and other.folded.endswith("ing") for other in after)
    if word.folded == "to" and before.folded in ("close", "closer", "near"):
        return doing
    near = {form for other in _nearby(reading, word) for form in other.forms}
    if word.folded in ("to", "of") and near & {"too", "within"}:
        return doing or "too" in near
    return word.folded == "from" and ((doing and bool(near & _KEEPING)) or _is_saved(reading, word))


def _nearby(reading: Reading, word: Word) -> list[Word]:
    """The few words before one, in its clause."""
    before = reading.words[max(0, word.place - _SAVED) : word.place]
    return [other for other in before if other.clause == word.clause]


def _ends(reading: Reading, word: Word, phrases: Set[tuple[str, ...]]) -> bool:
    before = reading.before(word)
    if before is None or before.sentence != word.sentence:
        return False
    return any((form, word.folded) in phrases for form in before.forms)


def _is_saved(reading: Reading, source: Word) -> bool:
    """Whether a "from" is of what did not happen: "saved from", "rescued from collapse"; "rescued
    from a well" is not."""
    forms = {form for word in _nearby(reading, source) for form in word.forms}
    after = reading.words[source.place + 1 : source.place + 2]
    return "save" in forms or ("rescue" in forms and not any(_is_thing(word) for word in after))


def _is_thing(word: Word) -> bool:
    return word.kind == "name" or word.folded in _DETERMINERS


def undoes(reading: Reading, word: Word) -> bool:
    """Whether a passive turns round what stands before it: "the conviction was quashed"."""
    if _ends(reading, word, _UNDOING_PHRASES):
        before = reading.words[max(0, word.place - 3) : word.place - 1]
        return word.folded == "through" or any(other.folded in BE for other in before)
    if not word.forms & _UNDOING or not is_done_to(reading, word):
        return False
    restrained = any(other.forms & _RESTRAINTS for other in suffering(reading, word))
    return "lift" not in word.forms or restrained


def suffering(reading: Reading, verb: Word) -> list[Word]:
    """What counts of the few words before a passive, in its clause."""
    before = reading.words[max(0, verb.place - _SUFFERING) : verb.place]
    return [word for word in before if word.clause == verb.clause and word.counts]
