"""Whether the evidence says that it is so: no plan, question or rumour, and not once. Pure.

"The firm agreed to buy Acme" does not say that it bought it. All of this is "unsure": the
quotation, which says how it is meant, is shown instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.cite.faults import Fault
from rag.cite.matching import Alignment
from rag.cite.punctuation import ends_asking
from rag.cite.reading import Reading, Word
from rag.cite.roles import is_past_form, is_verb

_COMES_TRUE = """manage continue begin start go come able happen turn proceed live grow use have
know appear seem see hear find show make get lucky fortunate"""
_ACHIEVING = frozenset(_COMES_TRUE.split())
"""Words right before "to" after which it does come to it: "managed to", "was seen to"; not
"went to Rome to", nor "had agreed to"."""

_MAKES = """help prove force first second third fourth fifth last youngest oldest only one
compel oblige allow lead cause enable use"""
_BRINGING_ABOUT = frozenset(_MAKES.split())
"""Such words that may have others before the "to": "the first woman to", "forced him to"."""

_BESIDE_TO = frozenset(["on", "again", "once", "out", "up", "back", "together"])
_STILL_TO_COME = frozenset(["going", "go", "goes", "has", "have"])
_DUE = frozenset("due set scheduled supposed expected meant slated planned".split())  # noqa: SIM905
_HELPING = frozenset("is are was were be been being had".split())  # noqa: SIM905
_ASKS = frozenset("call push press campaign ask appeal plead lobby argue bid".split())  # noqa: SIM905
_IDEA = """report rumour rumor claim theory idea notion suggestion belief story allegation
hypothesis myth fear hope possibility speculation accusation assertion chance risk probability
prospect"""
_IDEAS = frozenset(_IDEA.split())
_SEEK = "run stand apply compete audition nominate shortlist campaign consider"
_SEEKING = frozenset(_SEEK.split())
_NEARLY = frozenset(["nearly", "almost", "practically", "virtually", "narrowly"])
_PRESENT = frozenset(["is", "are", "has", "have"])
_PAST = frozenset(["was", "were", "had", "until", "used", "once"])
_WILL = frozenset(["will", "shall", "won't"])
_BETWEEN = frozenset("not also be have been soon now then only".split())  # noqa: SIM905


def assertion_faults(alignment: Alignment) -> Iterator[Fault]:
    """What the evidence plans, asks, reports or ascribes, and the claim states."""
    asks = ends_asking(alignment.claim.text)
    for word, answers in alignment.pairs:
        if not is_verb(word):
            continue
        if _is_past(alignment.claim, word) and all(
            _is_planned(alignment.evidence, answer) for answer in answers
        ):
            yield Fault(f"{word.text!r} is only planned in the evidence", wrong=False)
        if not asks and all(_is_asked(alignment.evidence, answer) for answer in answers):
            yield Fault("the evidence asks whether it is so", wrong=False)
    yield from _governed(alignment)
    if _is_over(alignment):
        yield Fault("it is so no longer in the evidence", wrong=False)


# ------------------------------------------------------------------------- plans, questions


def _is_past(reading: Reading, verb: Word) -> bool:
    """Whether a claim's verb tells of what has been: "signed", "bought"."""
    return is_past_form(verb) and not _is_planned(reading, verb)


def _is_planned(reading: Reading, verb: Word) -> bool:
    """ "will open", "agreed to buy", "to be signed", "was due to have signed".

    Not "managed to buy", nor "is known to have bought".
    """
    helpers = _helpers(reading, verb)
    if any(word.folded in _WILL or word.folded.endswith("'ll") for word in helpers):
        return True
    to = next((word for word in helpers if word.folded == "to"), None)
    if to is None:
        return False
    if any(word.folded in ("have", "been") for word in helpers):
        before = reading.words[max(0, to.place - 4) : to.place]
        due = any(word.folded in _DUE for word in before)
        return due or any(word.folded in ("was", "were") for word in before[-1:])
    return not _comes_true(reading, to)


def _comes_true(reading: Reading, to: Word) -> bool:
    """Whether what stands before "to" says that it came to it: "forced to", not "due to".

    Nothing before another verb counts: "the first minister was due to".
    """
    beside = True
    for word in reversed(reading.words[max(0, to.place - 4) : to.place]):
        if word.sentence != to.sentence or word.folded in _STILL_TO_COME:
            return False
        if word.forms & _BRINGING_ABOUT or (beside and word.forms & _ACHIEVING):
            return True
        if word.folded in _HELPING or word.folded.endswith("ed"):
            return False
        beside = beside and (word.folded in _BESIDE_TO or word.folded.endswith("ly"))
    return False


def _helpers(reading: Reading, verb: Word) -> list[Word]:
    """What stands before a verb and belongs to it, up to its "will" or "to"."""
    found: list[Word] = []
    for word in reversed(reading.words[max(0, verb.place - 4) : verb.place]):
        if word.sentence != verb.sentence:
            break
        helps = word.folded in _WILL | {"to"} or word.folded.endswith("'ll")
        if not helps and word.folded not in _BETWEEN and not word.folded.endswith("ly"):
            break
        found.append(word)
        if helps:
            break
    return found


def _is_asked(reading: Reading, word: Word) -> bool:
    start, end = reading.sentences[word.sentence]
    return ends_asking(reading.text[start:end])


def _is_over(alignment: Alignment) -> bool:
    """Whether the claim says "is" of what "was … until" or "used to be"."""
    claimed, found = alignment.claim.folded, alignment.evidence.folded
    if not claimed & _PRESENT or claimed & _PAST or found & _PRESENT:
        return False
    return bool(found & {"until", "till"} and found & {"was", "were"}) or any(
        word.folded == "used" and _follows(alignment.evidence, word, "to")
        for word in alignment.evidence.words
    )


def _follows(reading: Reading, word: Word, after: str) -> bool:
    return [other.folded for other in reading.words[word.place + 1 : word.place + 2]] == [after]


# ----------------------------------------------------------------------- what governs a fact


def _governed(alignment: Alignment) -> Iterator[Fault]:
    """ "nearly died", "called for a ban", "reports that": in the evidence alone."""
    claimed, evidence = alignment.claim.forms, alignment.evidence
    for word in evidence.words:
        if word.forms & claimed:
            continue
        reach = 0
        if word.folded in _NEARLY:
            reach = 1
        elif word.forms & (_ASKS | _SEEKING) and _follows(evidence, word, "for"):
            reach = 6
        elif word.folded == "but" and _is_all_but(evidence, word):
            reach = 1
        elif word.forms & _IDEAS and _follows(evidence, word, "that"):
            reach = len(evidence.words)
        after = evidence.words[word.place + 1 : word.place + 1 + reach]
        loose = word.forms & _SEEKING or word.folded == "but"
        if any(_is_claimed(alignment, word, other, bool(loose)) for other in after):
            yield Fault(f"the evidence says {word.text!r}, the claim does not", wrong=False)


def _is_all_but(reading: Reading, word: Word) -> bool:
    """The "but" of "all but destroyed"."""
    before = reading.before(word)
    return before is not None and before.folded == "all"


def _is_claimed(alignment: Alignment, governing: Word, word: Word, loose: bool) -> bool:
    """Whether a word that the claim has too depends on another: no name, in the same sentence,
    and a verb, unless `loose`."""
    return (
        word.place in alignment.answering
        and word.sentence == governing.sentence
        and word.kind == "content"
        and (loose or is_verb(word))
    )
