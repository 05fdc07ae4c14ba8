"""What is of what: "president of South Korea" where one was president and another spoke of South
Korea. Pure.

A noun that belongs to another in the claim, by "of" or "'s", has to stand with it in the evidence:
"South Korea's president", "the South Korean president", "president of South Korea", "South Korea
and its president". All of this is "unsure": the quotation shows what belongs to what.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.cite.faults import Fault
from rag.cite.heads import TRANSPARENT, has_ending
from rag.cite.matching import Alignment
from rag.cite.reading import TITLES, Reading, Word
from rag.cite.roles import BE, is_noun, is_past_form, is_surely_verb, is_verb

_OWNERS = frozenset(["its", "his", "her", "their", "whose", "has", "have", "had"])
_LINKING = frozenset("of in for at to from on with by between among against about".split())  # noqa: SIM905
_JOINS = frozenset(["and", "or"])
_BETWEEN = frozenset("the a an and or both two three other".split())  # noqa: SIM905
_NEAR = 8
"""How many words may lie between the two."""

_OWNED = 3
"""How many words may lie behind a "company's"."""

_PLACES = 6  # of one word are looked at: a text may repeat it without end


def belonging_faults(alignment: Alignment) -> Iterator[Fault]:
    """Two nouns, one of the other in the claim, that have nothing to do with each other there."""
    found = dict(alignment.pairs)
    for nouns, owners in _owned(alignment.claim):
        ones = [one for noun in nouns for one in found.get(noun, ())[:_PLACES]]
        others = [one for owner in owners for one in found.get(owner, ())[:_PLACES]]
        linked = any(_linked(alignment.evidence, one, other) for one in ones for other in others)
        if ones and others and not linked:
            reason = f"{nouns[-1].text!r} is not said there to be of {owners[-1].text!r}"
            yield Fault(reason, wrong=False)
            return


def _owned(reading: Reading) -> Iterator[tuple[list[Word], list[Word]]]:
    """Each noun of a text that belongs to another, with that other, both with what goes before
    them: (pupils, of old schools), (sister school, of the teacher)."""
    for word in reading.words:
        after = reading.words[word.place + 1 :]
        noun = reading.before(word)
        if noun and word.folded == "of":
            phrase = _phrase(after, word)
            if phrase and _is_thing(noun) and not noun.forms & TRANSPARENT:
                yield [noun], phrase
        elif has_ending(word) and word.counts:
            phrase = [one for one in _phrase(after, word) if not one.forms & TRANSPARENT]
            if phrase and any(map(_is_thing, phrase)):
                yield phrase, [word]


def _phrase(words: Sequence[Word], after: Word) -> list[Word]:
    """The words of the noun with its adjectives that begins here: "the" "old" "bridge"."""
    found: list[Word] = []
    for word in words:
        if word.clause != after.clause or word.sentence != after.sentence:
            break
        if found and is_surely_verb(word) and not word.folded.endswith("ing"):
            break
        if word.counts:
            found.append(word)
        elif found or (word.folded not in _BETWEEN | TITLES | _OWNERS and word.kind != "figure"):
            break
    return found


def _is_thing(word: Word) -> bool:
    return word.kind == "name" or (word.counts and is_noun(word) and not is_surely_verb(word))


def _linked(evidence: Reading, noun: Word, owner: Word) -> bool:
    """Whether a noun stands with the one that it is of, or is told by a verb ("killed")."""
    if noun.place == owner.place or is_surely_verb(noun):
        return True
    first, last = sorted((noun.place, owner.place))
    between = evidence.words[first + 1 : last]
    if noun.sentence != owner.sentence or len(between) > _NEAR:
        return False
    before = owner.place < noun.place
    near = len(between) <= _OWNED and has_ending(owner)
    if before and (near or any(word.folded in _OWNERS for word in between)):
        return True
    if any(map(_states, between)):
        return False
    if before:
        joined = all(word.kind != "function" or word.folded in _JOINS for word in between)
        return joined or _opens_with(evidence, owner)
    return any(word.folded in _LINKING for word in between)


def _opens_with(evidence: Reading, owner: Word) -> bool:
    """Whether the sentence begins "In Leeds, …": what follows is of there."""
    lead = evidence.before(owner)
    return lead is not None and lead.opens and lead.folded in _LINKING


def _states(word: Word) -> bool:
    return word.folded in BE or (is_verb(word) and is_past_form(word))
