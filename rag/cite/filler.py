"""Drafted sentences that say nothing which evidence could support. Pure."""

from __future__ import annotations

import re

from rag.cite.reading import FUNCTION, Reading, read
from rag.cite.roles import is_verb

_HELLO = r"(?:sure|certainly|of\ course|okay|ok|yes|no|absolutely|great\ question|hello|hi|thanks?)"
_GIVEN = r"(?:the\ |these\ |this\ |your\ |any\ of\ the\ )?(?:provided\ |given\ )?"
_TEXTS = r"(?:passages?|articles?|texts?|contexts?|sources?|documents?|information)"
_FILLERS = re.compile(
    rf"""(?:
      {_HELLO}[\s,.!]*(?:thank\ you)?[\s,.!]*
    | (?:{_HELLO}[\s,.!]*)?
      (?:here(?:'s|\ is|\ are)|below\ (?:is|are)|these\ are|the\ following|let\ me
      |i(?:'m|'ll|\ am|\ will|\ can|\ have|\ found|\ hope)|as\ an\ ai|please|feel\ free)\b.*
      \b(?:found|find|summary|answers?|information|know|helps?|points|questions?|ask|say|says
      |following|below|{_TEXTS})[^\w]*
    | (?:based\ on|according\ to)\ {_GIVEN}{_TEXTS}[^\w]*
    | (?:{_GIVEN}|none\ of\ the\ ){_TEXTS}\ (?:do(?:es)?\ not|don't|doesn't|did\ not|didn't
      |provides?|contains?|says?|mentions?|states?)\b.{{0,40}}
      \b(?:say|mention|provide|contain|state|specify|answer|information|following)\b.*
    | (?:i\ (?:do\ not|don't|cannot|can't|could\ not|couldn't)
      |there\ is\ no\ (?:mention|information))\b.*
    )""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)

_UNDER_A_HEADLINE = "updated published posted modified et est edt am pm gmt utc by"
_AUXILIARIES = """am is are was were be been being has have had do does did will would can could
may might shall should must isn't aren't wasn't weren't hasn't don't doesn't didn't won't cannot"""
_NEVER_LAST = """the a an and or but include includes included including following called named as
because while than"""
_DATELINE = frozenset(_UNDER_A_HEADLINE.split())
_VERBAL = frozenset(_AUXILIARIES.split())
_UNFINISHED = frozenset(_NEVER_LAST.split())
_SHORT = 6
"""Words: a longer claim without a known verb may have one that is not known."""


def is_filler(sentence: str) -> bool:
    """Whether a drafted sentence says nothing that can be checked: "Sure!", a question.

    "The articles do not mention it" is one, too: to decline is the assistant's to do.
    """
    text = sentence.strip().replace("’", "'")
    words = [word for word in read(text).words if word.folded not in FUNCTION]
    said = [word for word in words if word.folded not in _DATELINE]
    if len(said) < len(words) and all(word.kind == "figure" for word in said):
        return True  # "Updated Feb. 1, 2025, 11:57 a.m. ET"
    return not words or text.endswith(("?", ":")) or bool(_FILLERS.fullmatch(text))


def is_fragment(claim: Reading) -> bool:
    """Whether a claim is no whole sentence: it has no verb, or breaks off ("… they include").

    "The flu vaccine." says nothing by itself: what it says hangs on the question. A capital
    makes no verb: "Bill Belichick".
    """
    words = claim.words
    if words and words[-1].folded in _UNFINISHED:
        return True
    return len(words) <= _SHORT and not any(
        word.folded in _VERBAL or (is_verb(word) and word.text.islower()) for word in words
    )
