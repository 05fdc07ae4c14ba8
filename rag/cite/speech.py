"""Whether the evidence states it: no question, and nobody's words between quotation marks. Pure.

"The election was stolen." between quotation marks is what somebody said: no article says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rag.cite.assertion import reports, reports_officially
from rag.cite.faults import Fault
from rag.cite.matching import Alignment
from rag.cite.punctuation import asks, is_quoted
from rag.cite.reading import Reading


def same_manner(claim: str, evidence: str, context: str = "") -> bool:
    """Whether both are questions or neither is, and both are somebody's words or neither is."""
    quoted = is_quoted(claim, 0, len(claim)) == stands_quoted(evidence, context)
    return quoted and asks(claim) == asks(evidence)


@lru_cache(maxsize=4096)
def stands_quoted(text: str, context: str) -> bool:
    """Whether a text is all quoted; wherever it is found in its context, if it is found there."""
    if is_quoted(text, 0, len(text)):
        return True
    places = [match.start() for match in re.finditer(re.escape(text), context)] if text else []
    return bool(places) and all(is_quoted(context, place, place + len(text)) for place in places)


def speech_faults(alignment: Alignment, context: str) -> Iterator[Fault]:
    """What the claim states, and the evidence has between quotation marks, or as a question.

    In a sentence that says who speaks ("…," he said) all that is claimed must be quoted.
    """
    claim, evidence = alignment.claim, alignment.evidence
    sentences = [evidence.text[start:end] for start, end in evidence.sentences]
    quoted = {number for number, one in enumerate(sentences) if stands_quoted(one.strip(), context)}
    asked = set() if asks(claim.text) else {n for n, one in enumerate(sentences) if asks(one)}
    stated = not reports(claim)
    if stated and (_all_quoted(alignment) or _rests_on(alignment, quoted, _unquoted(claim))):
        yield Fault("the evidence has it as somebody's words", wrong=False)
    if asked and _rests_on(alignment, asked, set(range(len(claim.words)))):
        yield Fault("the evidence asks it", wrong=False)


def _unquoted(claim: Reading) -> set[int]:
    """Places of the claim's words that are its own."""
    return {word.place for word in claim.words if not is_quoted(claim.text, word.start, word.end)}


def _all_quoted(alignment: Alignment) -> bool:
    """Whether all of the claim that the evidence has is quoted there, and none of it here.

    What a body is quoted as saying counts as if it were not quoted, as elsewhere.
    """
    if reports_officially(alignment.evidence):
        return False
    text, free = alignment.evidence.text, _unquoted(alignment.claim)
    answers = [answer for word, found in alignment.pairs if word.place in free for answer in found]
    return len(answers) > 1 and all(is_quoted(text, word.start, word.end) for word in answers)


def _rests_on(alignment: Alignment, sentences: set[int], places: set[int]) -> bool:
    """Whether the evidence has a word of the claim in these sentences alone."""
    return any(
        word.place in places and all(answer.sentence in sentences for answer in answers)
        for word, answers in alignment.pairs
    )
