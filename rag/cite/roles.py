"""Rules for who did what to whom: the names round each verb that claim and evidence share. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from rag import lexicon
from rag.cite.faults import Fault
from rag.cite.matching import Alignment
from rag.cite.reading import TITLES, Reading, Word

_MUTUAL_VERBS = """meet talk agree marry divorce exchange cooperate differ resemble negotiate
discuss clash"""
_BEING = "am are be been being is was were get got gets"
_SIDED = "to from over than by before after against"
_DOING = "i he she they we it who"
_DONE_TO = "him her them it me us"

_BEFORE_NAMES = "with in of at from for to on by between near under over against about like than as"
_LEADING = frozenset(_BEFORE_NAMES.split())
_ARTICLES = frozenset(["the", "a", "an"])
_PLACES = 8  # of one word in the evidence are looked at: a text may repeat it without end
SYMMETRIC = frozenset(_MUTUAL_VERBS.split())
BE = frozenset(_BEING.split())
MODALS = frozenset("will may can could would might should shall must".split())  # noqa: SIM905
_PREPOSITIONS = frozenset(_SIDED.split())
_SUBJECTS = frozenset(_DOING.split())
_OWNERS = frozenset(["its", "his", "her", "their"])
_OBJECTS = frozenset(_DONE_TO.split())

_NEAR = 8
"""How many words may lie between a verb and the one who does it."""

_BESIDE = 3
"""How many words from a verb its subject is at most, to be surely its subject."""

_FAR = 16
"""How many more words than in the claim may lie between a name and what is said of it."""


def role_faults(alignment: Alignment) -> Iterator[Fault]:
    """Names that change sides round a verb or preposition, and verbs with another doer.

    "Biden took over from Trump" against "Trump took over from Biden". A passive with "by" is
    read the other way round; "met", "agreed" and their like have no sides.
    """
    for pivot, found in _pivots(alignment):
        if any(_swapped(alignment, pivot, other) for other in found):
            yield Fault(f"who and whom are exchanged round {pivot.text!r}")
            return
    if names := _exchanged_names(alignment):
        yield Fault(f"{names[0].text!r} and {names[1].text!r} are exchanged in the evidence")
        return
    yield from _scattered(alignment)
    yield from _other_doers(alignment)
    for verb, found in alignment.pairs:
        if is_verb(verb) and not any(_same_roles(alignment, verb, other) for other in found):
            yield Fault(f"it is not sure who {verb.text!r} whom in the evidence", wrong=False)
            return


def _scattered(alignment: Alignment) -> Iterator[Fault]:
    """A name and the word beside it that stand far apart in the evidence: "Kim is president"."""
    for (word, answers), (after, others) in pairwise(alignment.pairs):
        if "name" not in (word.kind, after.kind) or after.sentence != word.sentence:
            continue
        apart = min(abs(left.place - right.place) for left in answers for right in others)
        if apart > after.place - word.place + _FAR:
            yield Fault(f"{word.text!r} and {after.text!r} are far apart there", wrong=False)
            return


# ---------------------------------------------------------------------------- other doers


def _other_doers(alignment: Alignment) -> Iterator[Fault]:
    """ "Mr Lee was arrested" where he arrested somebody; "police killed" where it says that
    "police" heard "that thieves killed"."""
    for verb, found in alignment.pairs:
        subject = _subject(alignment, verb) if is_verb(verb) else None
        if subject is None:
            continue
        suffers = _is_suffered(alignment.claim, verb)
        if suffers and all(_does(alignment.evidence, subject[1], other) for other in found):
            yield Fault(f"{subject[0].text!r} is the one who {verb.text!r} in the evidence")
        if not suffers and all(_comes_later(subject[1], other) for other in found):
            yield Fault(f"{subject[0].text!r} comes behind {verb.text!r} there", wrong=False)
        if not suffers and all(_parted(alignment, subject[1], other) for other in found):
            yield Fault(f"it is not {subject[0].text!r} who {verb.text!r} there", wrong=False)


def _subject(alignment: Alignment, verb: Word) -> tuple[Word, Sequence[Word]] | None:
    """The claim's nearest noun or name before a verb, and what answers to it."""
    before = [
        pair
        for pair in alignment.pairs
        if 0 < verb.place - pair[0].place <= _BESIDE and pair[0].clause == verb.clause
    ]
    if not before or not (before[-1][0].kind == "name" or is_noun(before[-1][0])):
        return None
    return before[-1]


def _is_suffered(reading: Reading, verb: Word) -> bool:
    """Whether a verb is a passive that does not name who did it: "was arrested"."""
    return is_done_to(reading, verb) and not _passive(reading, verb)


def is_done_to(reading: Reading, verb: Word) -> bool:
    """Whether a verb is a passive, with or without who did it: "was lifted", "was signed by"."""
    before = reading.words[max(0, verb.place - 2) : verb.place]
    return is_past_form(verb) and any(word.folded in BE for word in before)


def _does(reading: Reading, doers: Sequence[Word], verb: Word) -> bool:
    """Whether one of these stands right before an active verb that has an object."""
    before = reading.words[max(0, verb.place - 3) : verb.place]
    if any(word.folded in BE for word in before):
        return False
    after = reading.words[verb.place + 1 : verb.place + 2]
    held = any(
        word.counts or word.folded in _ARTICLES | _OWNERS | _OBJECTS
        for word in after
        if word.clause == verb.clause
    )
    beside = [word for word in before if word.counts][-1:]
    return held and any(word.place == doer.place for word in beside for doer in doers)


def _comes_later(doers: Sequence[Word], verb: Word) -> bool:
    """Whether each of these stands in a later clause than a verb that states something."""
    states = is_past_form(verb) and not verb.opens
    return states and all(doer.clause > verb.clause for doer in doers)


def _parted(alignment: Alignment, doers: Sequence[Word], verb: Word) -> bool:
    """Whether "that" and another noun stand between each of these and the verb."""
    for doer in doers:
        if doer.sentence != verb.sentence or doer.place > verb.place:
            return False
        between = alignment.evidence.words[doer.place + 1 : verb.place]
        that = [word for word in between if word.folded == "that" and word.clause == verb.clause]
        others = [word for word in between if that and word.place > that[0].place and word.counts]
        if not any(word.kind == "name" or is_noun(word) for word in others):
            return False
    return True


# ------------------------------------------------------------------------------ exchanged


def _pivots(alignment: Alignment) -> Iterator[tuple[Word, Sequence[Word]]]:
    """Shared verbs, and prepositions with two sides, with where the evidence has them."""
    for word, found in alignment.pairs:
        if is_verb(word) and not word.forms & SYMMETRIC:
            yield word, found[:_PLACES]
    for word in alignment.claim.words:
        if word.folded in _PREPOSITIONS:
            there = [other for other in alignment.evidence.words if _alike(word, other)]
            yield word, there[:_PLACES]


def _exchanged_names(alignment: Alignment) -> tuple[Word, Word] | None:
    """Two names that stand the other way round, with the same words between them."""
    claim, evidence = alignment.claim, alignment.evidence
    heads = {group[0].place for group in claim.name_groups}
    named = [(word, found) for word, found in alignment.pairs if word.place in heads]
    for (first, left), (second, right) in combinations(named, 2):
        between = claim.words[first.place + 1 : second.place]
        if first.sentence != second.sentence or len(between) > _NEAR or _equal_sides(between):
            continue
        if any(_turned(evidence, between, a, b) for a in left for b in right):
            return first, second
    return None


def _turned(evidence: Reading, between: Sequence[Word], first: Word, second: Word) -> bool:
    """Whether the second name comes first there, next to the words that part them in the claim."""
    if not second.place < first.place or first.sentence != second.sentence:
        return False
    there = evidence.words[second.place + 1 : first.place]
    if len(there) > len(between) + _NEAR or _equal_sides(there):
        return False
    for word in there:
        if not _shared(between, [word]):
            continue
        before, after = _nearest_names(evidence, word)
        if second.place in before and first.place in after:
            return True
    return False


def _nearest_names(reading: Reading, word: Word) -> tuple[set[int], set[int]]:
    """Places of the words of the names that are nearest before and after a word."""
    groups = [{part.place for part in group} for group in reading.name_groups]
    before = [group for group in groups if max(group) < word.place]
    after = [group for group in groups if min(group) > word.place]
    return (before or [set()])[-1], (after or [set()])[0]


def _equal_sides(between: Sequence[Word]) -> bool:
    """Whether what stands between two names makes no difference to them: "and", "met", "by"."""
    return any(word.folded in ("and", "or", "by") or word.forms & SYMMETRIC for word in between)


def _shared(words: Sequence[Word], others: Sequence[Word]) -> bool:
    forms = {
        form for word in words if word.counts or word.folded in _LEADING for form in word.forms
    }
    return any(forms & other.forms for other in others)


def _alike(word: Word, other: Word) -> bool:
    return other.folded == word.folded


def _swapped(alignment: Alignment, pivot: Word, other: Word) -> bool:
    """Whether the nearest names (else nouns) on both sides stand on the other side there."""
    crossed = _passive(alignment.claim, pivot) != _passive(alignment.evidence, other)
    for names in (True, False, None):
        moved = [_moved(alignment, pivot, other, side, names) for side in ("before", "after")]
        if None not in moved:
            return all(value != crossed for value in moved)
    return False


def _moved(
    alignment: Alignment, pivot: Word, other: Word, side: str, names: bool | None
) -> bool | None:
    """Whether the nearest name, else noun, else either, on one side is on the other side in the
    evidence; None: no word."""
    near: list[tuple[int, bool]] = []
    pairs = alignment.pairs
    first = bisect_left(pairs, pivot.place - _NEAR, key=lambda pair: pair[0].place)
    last = bisect_right(pairs, pivot.place + _NEAR, key=lambda pair: pair[0].place)
    for word, answers in pairs[first:last]:
        distance = abs(word.place - pivot.place)
        here = "before" if word.place < pivot.place else "after"
        if here != side or not distance or word.sentence != pivot.sentence:
            continue
        is_name = word.kind == "name"
        is_thing = is_name or (is_noun(word) and not is_past_form(word)) or word.opens
        if (names is not None and is_name != names) or not is_thing:
            continue
        there = {_side(answer, other) for answer in _close_to(other, answers)}
        if len(there) == 1:
            near.append((distance, there != {side}))
    return min(near)[1] if near else None


def _side(word: Word, pivot: Word) -> str:
    return "before" if word.place < pivot.place else "after"


def _close_to(pivot: Word, answers: Sequence[Word]) -> Iterator[Word]:
    """Those of the answers, which stand in the order of the text, that are near a word."""
    first = bisect_left(answers, pivot.place - 2 * _NEAR, key=lambda word: word.place)
    last = bisect_right(answers, pivot.place + 2 * _NEAR, key=lambda word: word.place)
    for word in answers[first:last]:
        if word.sentence == pivot.sentence and word.place != pivot.place:
            yield word


def is_verb(word: Word) -> bool:
    return word.kind == "content" and any(
        known.is_verb for form in word.forms if (known := lexicon.entry(form))
    )


def is_surely_verb(word: Word) -> bool:
    """Whether a verb is no noun here: "held", "ended"; "awards" might be one, and "killer" is."""
    inflected = _has_base(word) and not word.folded.endswith(("s", "er"))
    return is_verb(word) and (inflected or not is_noun(word))


def _has_base(word: Word) -> bool:
    """Whether a word is a form of another: "won", "signed"; "labour" is "labor" and "centre" is
    "center", no forms of them."""
    spelled = word.folded.replace("our", "or"), re.sub("re$", "er", word.folded)
    return bool(word.forms - {word.folded, *spelled})


def is_past_form(verb: Word) -> bool:
    """ "signed", "bought", "held": a past tense or a participle, as it is written."""
    return _has_base(verb) and not verb.folded.endswith(("s", "ing", "er"))


def is_noun(word: Word) -> bool:
    known = [found for form in word.forms if (found := lexicon.entry(form))]
    return not known or any("n" in found.parts for found in known)


def _passive(reading: Reading, verb: Word) -> bool:
    """Whether the verb is a passive that names who did it: "was signed by"."""
    before = reading.words[max(0, verb.place - 3) : verb.place]
    after = reading.words[verb.place + 1 : verb.place + 1 + (_NEAR if is_verb(verb) else _BESIDE)]
    named = any(word.folded == "by" and word.clause == verb.clause for word in after)
    return named and any(word.folded in BE for word in before)


# --------------------------------------------------------------------------- doer, object


def _same_roles(alignment: Alignment, verb: Word, other: Word) -> bool:
    """Whether nothing speaks against the same doer and object; names alone are compared."""
    if _passive(alignment.claim, verb) != _passive(alignment.evidence, other):
        return True
    mutual = bool(verb.forms & SYMMETRIC)
    doer = _doer(alignment.claim, verb)
    if doer and doer.kind == "name" and not mutual:
        owner = None if _owner(alignment.claim, verb) else _owner(alignment.evidence, other)
        there = owner or _doer(alignment.evidence, other) or _shared_doer(alignment.evidence, other)
        if there and not _one(alignment, doer, there):
            return False
    whom = _object(alignment.claim, verb)
    if whom and whom.kind == "name" and not mutual:
        there = _object(alignment.evidence, other)
        return there is None or _one(alignment, whom, there)
    return True


def _doer(reading: Reading, verb: Word) -> Word | None:
    """The nearest name or pronoun before a verb, in its clause."""
    for word in reversed(reading.words[max(0, verb.place - _NEAR) : verb.place]):
        if word.clause != verb.clause:
            return None
        if word.folded in _SUBJECTS or (word.kind == "name" and not _depends(reading, word)):
            return word
    return None


def _owner(reading: Reading, noun: Word) -> Word | None:
    """Whose doing a noun is: "before its launch"."""
    before = reading.before(noun)
    return before if before and before.folded in _OWNERS else None


def _depends(reading: Reading, name: Word) -> bool:
    """Whether a name belongs to another word: "Trump's envoys", "relations with North Korea"."""
    if name.text.replace("’", "'").endswith(("'s", "s'")):
        return True
    for word in reversed(reading.words[: name.place]):
        if word.folded in _LEADING:
            return True
        if word.clause != name.clause or word.folded not in TITLES | _ARTICLES | reading.names:
            return False
    return False


def _shared_doer(reading: Reading, verb: Word) -> Word | None:
    """Whose doing an opening "Speaking in Milwaukee, Mr Trump …" is: the next clause's."""
    if not (verb.opens and verb.folded.endswith("ing")):
        return None
    later = reading.words[verb.place + 1 :]
    return next((word for word in later if word.clause > verb.clause and word.kind == "name"), None)


def _object(reading: Reading, verb: Word) -> Word | None:
    """A name or pronoun right after a verb, titles and articles between them aside."""
    for word in reading.words[verb.place + 1 : verb.place + 4]:
        if word.clause != verb.clause or word.kind in ("content", "figure"):
            return None
        if word.kind == "name" or word.folded in _OBJECTS:
            return word
        if word.folded in _PREPOSITIONS:
            return None
    return None


def _one(alignment: Alignment, word: Word, other: Word) -> bool:
    """Whether `other`, in the evidence, is or surely stands for the claim's `word`."""
    answers = {found.place for held, places in alignment.pairs if held is word for found in places}
    if other.kind == "name":
        return other.place in answers or _listed_with(alignment.evidence, other, answers)
    before = [
        group
        for group in alignment.evidence.name_groups
        if group[0].sentence == other.sentence and group[-1].place < other.place
    ]
    return len(before) == 1 and any(part.place in answers for part in before[0])


def _listed_with(reading: Reading, word: Word, places: set[int]) -> bool:
    """ "Kim and Trump met": both do it, whichever is nearer."""
    for place in places:
        first, last = sorted((place, word.place))
        between = reading.words[first + 1 : last]
        if len(between) <= 5 and any(other.folded in ("and", "or") for other in between):
            return True
    return False
