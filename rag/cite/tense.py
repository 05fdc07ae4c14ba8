"""Whether it is so now: "was suspended in 2019" does not say that he is suspended. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rag.cite.faults import Fault
from rag.cite.matching import Alignment
from rag.cite.reading import Reading, Word
from rag.cite.roles import is_past_form, is_verb

_NOW = frozenset(["is", "are", "am", "has", "have"])
_THEN = frozenset(["was", "were", "had"])
_BESIDE_VERBS = """is are am was were has have had been being be not also still now so too
very"""
_HELPERS = frozenset(_BESIDE_VERBS.split())
_REPORTING = frozenset("say tell add announce report believe think warn claim".split())  # noqa: SIM905
_SUBJECTS = frozenset(["he", "she", "it", "who", "which", "that"])
_ENDED = frozenset(["formerly", "previously", "until", "till"])
_BACK = 3
"""How many words before a verb its "is" may be."""


def tense_faults(alignment: Alignment) -> Iterator[Fault]:
    """ "is suspended", "is laying off", "runs" for "was suspended", "laid off", "ran".

    What is said to have been so ("said it was growing") may be so now: it is left alone.
    """
    evidence = alignment.evidence
    ended = _ended(evidence)
    told = ended and _is_told(alignment, ended)
    if ended and told and not _ended(alignment.claim) and _speaks_of_now(alignment.claim):
        yield Fault(f"the evidence says {ended.text!r}, the claim does not", wrong=False)
    if any(_reports(word) for word in evidence.words if not _is_late(evidence, word)):
        return
    for verb, answers in alignment.pairs:
        if not is_verb(verb) or not answers:
            continue
        if _is_now(alignment.claim, verb) and all(_is_past(evidence, one) for one in answers):
            yield Fault(f"{verb.text!r} is of the past in the evidence", wrong=False)
            return


def _ended(reading: Reading) -> Word | None:
    """The "until" of what is over, the "used" of "used to be"."""
    for word, after in pairwise(reading.words):
        used = word.folded == "used" and after.folded == "to" and not _helper(reading, word)
        if used or word.folded in _ENDED:
            return word
    return None


def _is_told(alignment: Alignment, ended: Word) -> bool:
    """Whether the claim tells of something in the clause of a "formerly"; "Until 2012, …" is of
    all that follows."""
    if ended.opens and ended.folded == "until":
        return True
    clause = [word.place for word in alignment.evidence.words if word.clause == ended.clause]
    return any(place in alignment.answering for place in clause)


def _speaks_of_now(claim: Reading) -> bool:
    """Whether a claim has a verb in the present."""
    present = any(word.folded in _NOW for word in claim.words)
    return present or any(is_verb(word) and _is_now(claim, word) for word in claim.words)


def _reports(word: Word) -> bool:
    """Whether a word is a "said" or a "says": not the "report" of "obliged to report"."""
    told = is_past_form(word) or word.folded.endswith("s")
    return told and bool(word.forms & _REPORTING)


def _is_late(evidence: Reading, word: Word) -> bool:
    """Whether nothing of weight follows a word: the "officials said" at the end of a sentence."""
    return not any(is_verb(other) for other in evidence.words[word.place + 1 :])


def _helper(reading: Reading, verb: Word) -> str:
    """The "is" of "is being used"; nothing where a verb stands by itself."""
    found = ""
    for word in reversed(reading.words[max(0, verb.place - _BACK) : verb.place]):
        if word.folded not in _HELPERS and not word.folded.endswith("ly"):
            break
        found = word.folded
        if found in _NOW | _THEN:
            break
    return found if found in _NOW | _THEN else ""


def _is_now(claim: Reading, verb: Word) -> bool:
    """ "is used", "is being used"; "runs" behind its subject; "has used" is of the past."""
    helper = _helper(claim, verb)
    if helper in ("is", "are", "am"):
        return True
    before = claim.before(verb)
    behind = before is not None and (before.kind == "name" or before.folded in _SUBJECTS)
    return not helper and verb.folded.endswith("s") and verb.forms != {verb.folded} and behind


def _is_past(evidence: Reading, verb: Word) -> bool:
    """ "was used", "used" with nothing before it, "had used"; not "is used" nor a noun."""
    helper = _helper(evidence, verb)
    return helper in _THEN or (not helper and is_past_form(verb) and is_verb(verb))
