"""The verdict on one claim and the words that are to support it. Pure.

supported     every rule is content, and enough of the claim is in the evidence
partly        nothing is wrong, but the claim goes further than the evidence
unsupported   the evidence says otherwise, or does not say it
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.cite.assertion import assertion_faults
from rag.cite.attachment import attachment_faults
from rag.cite.belonging import belonging_faults
from rag.cite.clauses import clause_faults
from rag.cite.exceptions import exception_faults
from rag.cite.faults import Fault
from rag.cite.figures import figure_faults
from rag.cite.heads import head_faults
from rag.cite.matching import Alignment, align
from rag.cite.polarity import polarity_faults
from rag.cite.qualifiers import qualifier_faults
from rag.cite.reading import fold, read
from rag.cite.roles import role_faults
from rag.cite.shares import share_faults
from rag.cite.speech import same_manner, speech_faults
from rag.cite.subjects import subject_faults
from rag.cite.tense import tense_faults
from rag.types import Verdict

SUPPORTED = 0.70
PARTLY = 0.45
"""The least support for each verdict; fitted by `python -m bench claims` (docs/citing.md)."""

_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{3,}?)[\"”“»]")
MONEY = "$£€¥₹"
MINUS = r"(?<![\w.,)-])[-−]"
"""The sign of a figure: no dash between two words, years or results."""

_SIGNS = re.compile(rf"[{MONEY}%]|{MINUS}(?=\d)")
_PRONOUNS = frozenset("he she they it him her them his their its this these those".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Check:
    """A verdict, how sure it is (0..1), and the first reason in one line."""

    verdict: Verdict
    support: float
    reason: str


def check(
    claim: str,
    evidence: str,
    *,
    similarity: float,
    published: datetime.date | None = None,
    context: str = "",
) -> Check:
    """Whether the evidence supports the claim.

    `similarity` is a Scorer's, 0..1. `published` resolves "last week" in the evidence;
    `context` is the passage round it, which may complete a name ("Trump", "Donald Trump").
    Words copied whole are supported whatever the score, unless one of the two is a question, or
    between quotation marks, and the other is not.
    """
    claimed, found = read(claim, published), read(evidence, published)
    if holds_copy(claim, evidence) and same_manner(claim, evidence, context):
        return Check("supported", 1.0, "the very words")
    alignment = align(claimed, found, read(context, published) if context else None)
    support = score(alignment, similarity)
    faults = [*find_faults(alignment), *speech_faults(alignment, context)]
    if wrong := next((fault for fault in faults if fault.wrong), None):
        return Check("unsupported", support / 2, wrong.reason)
    if support < PARTLY:
        return Check("unsupported", support, "too little of it is in the evidence")
    if faults:
        return Check("partly", min(support, SUPPORTED), faults[0].reason)
    if support < SUPPORTED:
        return Check("partly", support, "the evidence means something else, as far as one can see")
    return Check("supported", support, "the evidence says so")


def find_faults(alignment: Alignment) -> Iterator[Fault]:
    """Everything the rules object to, figures and names first."""
    yield from figure_faults(alignment)
    yield from _misquotations(alignment)
    yield from _name_faults(alignment)
    yield from role_faults(alignment)
    yield from subject_faults(alignment)
    yield from head_faults(alignment)
    yield from belonging_faults(alignment)
    yield from clause_faults(alignment)
    yield from attachment_faults(alignment)
    yield from exception_faults(alignment)
    yield from polarity_faults(alignment)
    yield from qualifier_faults(alignment)
    yield from share_faults(alignment)
    yield from assertion_faults(alignment)
    yield from tense_faults(alignment)
    yield from _pronoun_faults(alignment)


def score(alignment: Alignment, similarity: float) -> float:
    """How well the evidence covers the claim, 0..1, by words and by sense.

    The weights are those of a logistic regression on the first half of WiCE's claims, the
    scale such that a claim which is all there and means much the same comes to 0.9.
    """
    return 1 / (1 + math.exp(7.4 - 6.0 * alignment.coverage - 5.0 * similarity))


def holds_copy(claim: str, evidence: str) -> bool:
    """Whether the claim is the whole evidence, word for word (marks and spaces aside)."""
    signs = (_SIGNS.findall(text) for text in (claim, evidence))
    return _bare(claim) == _bare(evidence) != () and len(set(map(tuple, signs))) == 1


def _bare(text: str) -> tuple[str, ...]:
    return tuple(fold(word.text) for word in read(text).words)


def _misquotations(alignment: Alignment) -> Iterator[Fault]:
    """Words between quotation marks that the evidence does not have so."""
    said = _bare(alignment.evidence.text)
    for match in _QUOTED.finditer(alignment.claim.text):
        words = _bare(match[1])
        places = range(len(said) - len(words) + 1)
        if not any(said[place : place + len(words)] == words for place in places):
            yield Fault(f"nobody says {match[0]} in the evidence")


def _name_faults(alignment: Alignment) -> Iterator[Fault]:
    """Names the evidence does not hold; a capital that opens the claim may be one."""
    for word in alignment.missing:
        if word.kind == "name":
            yield Fault(f"the name {word.text} is not in the evidence")
        else:
            yield Fault(f"{word.text!r} is not in the evidence", wrong=False)


def _pronoun_faults(alignment: Alignment) -> Iterator[Fault]:
    """ "He" opens the claim, and the evidence does not: whom it means is anybody's guess."""
    first = alignment.claim.words[0] if alignment.claim.words else None
    if first and first.folded in _PRONOUNS and first.folded not in alignment.evidence.folded:
        yield Fault(f"whom or what {first.text!r} means is not said", wrong=False)
