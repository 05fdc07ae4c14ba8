"""Drafted sentences that say nothing which evidence could support. Pure."""

from __future__ import annotations

import re

from rag.cite.reading import FUNCTION, Reading, Word, read
from rag.cite.roles import is_surely_verb, is_verb

_HELLO = r"(?:sure|certainly|of\ course|okay|ok|yes|no|absolutely|great\ question|hello|hi|thanks?)"
_GIVEN = r"(?:the\ |these\ |this\ |your\ |any\ of\ the\ )?(?:provided\ |given\ )?"
_TEXTS = r"(?:passages?|articles?|texts?|contexts?|sources?|documents?|information)"
_FILLERS = re.compile(
    rf"""(?:
      {_HELLO}[\s,.!]*(?:thank\ you)?[\s,.!]*
    | (?:{_HELLO}[\s,.!]*)?
      (?:here(?:'s|\ is|\ are)|below\ (?:is|are)|the\ following|let\ me
      |i(?:'m|'ll|\ am|\ will|\ can|\ have|\ found|\ hope)|as\ an\ ai|please|feel\ free)\b.*
      \b(?:found|find|summary|answers?|information|know|helps?|points|questions?|ask|say|says
      |following|below|{_TEXTS})[^\w]*
    | (?:{_HELLO}[\s,.!]*)?these\ are\b.*\b(?:summary|answers?|points|following|{_TEXTS})[^\w]*
    | (?:based\ on|according\ to)\ {_GIVEN}{_TEXTS}[^\w]*
    | {_GIVEN}{_TEXTS}\ (?:provides?|contains?|says?|mentions?|states?)\b.{{0,40}}
      \b(?:say|mention|provide|contain|state|specify|answer|information|following)\b.*
    )""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ARTICLES = r"(?:articles?|passages?|texts?|contexts?)"
_THEM = rf"""(?:the\ |these\ |this\ |your\ )?
(?:{_ARTICLES}(?:\ (?:provided|given))?|(?:provided|given)\ {_ARTICLES})"""
_TELL = r"""(?:say|mention|provide|contain|state|specify|answer|name|give|discuss|address|indicate
|report|explain|tell)"""
_SAID = r"""(?:mentioned|stated|specified|said|given|provided|discussed|answered|reported|named
|available|covered|found|included)"""
_IS = r"(?:is|are|was|were)"
_DECLINES = re.compile(
    rf"""
    (?:(?:unfortunately|sorry|i(?:'m|\ am)\ sorry)[\s,.]*(?:but\s)?)?
    (?:
      (?:none\ of\ {_THEM}|no\ {_ARTICLES})\ {_TELL}s?\b
    | {_THEM}\ (?:do(?:es)?\ not|don't|doesn't|did\ not|didn't)\b.{{0,40}}
      \b(?:{_TELL}|information)\b
    | {_THEM}\ (?:mention|say|contain|give|provide|state|make)s?\b.{{0,40}}
      \b(?:nothing|no\ (?:information|mention))\b
    | i\ (?:do\ not|don't|cannot|can't|could\ not|couldn't)\b
    | i(?:'m|\ am)\ (?:unable|not\ able)\b
    | there(?:'s|\ is|\ isn't)\ (?:no\ (?:mention|information)\b
      |(?:not\ )?(?:enough|sufficient)\ information\b)
    | .*\b{_IS}\ not\ (?:\w+\ )?{_SAID}\ (?:\w+\ )?(?:in|by)\ {_THEM}
    | the\ answer\ (?:is|was)\ not\ (?:\w+\ )?(?:in|by)\ {_THEM}\.?$
    | (?:it|this|that|the\ (?:answer|question))\ (?:cannot|can't|can\ not)\ be
      \ (?:determined|answered|inferred)(?:\ (?:from|by|with|based\ on)\ {_THEM})?\.?$
    | (?:it|this|that)\ {_IS}\ not\ (?:\w+\ )?{_SAID}\.?$
    )(?!.*(?:;|\b(?:but|however|although|only\ that|instead|rather)\b)).*
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_WH = r"(?:what|which|who|whom|whose|when|where|why|how)"
_ASKS_FOR_ONE = re.compile(
    rf"\W*(?:(?:in|at|on|to|of|for|from|by|with|under|about|around)\s+)?{_WH}\b"
    r"(?!.*\b(?:or|and)\b)",
    re.IGNORECASE | re.DOTALL,
)
_STATING = """the a an is are was were be been being has have had do does did will would that which
it its this these those there of in on at to for by with from currently recently"""
_GRAMMAR = frozenset(_STATING.split())
"""Words that a statement has where a question has others, or has none."""

_AUXILIARIES = """am is are was were be been being has have had do does did will would can could may
might shall should must isn't aren't wasn't weren't hasn't don't doesn't didn't won't cannot became
become becomes went go goes said say says came come comes got get gets made make makes took take
takes"""
_NEVER_LAST = "the an and or but include includes including because while than"
_DATELINE = re.compile(r"\b(?:updated|published|posted|modified)\b", re.IGNORECASE)
_HOURS = "updated published posted modified et est edt am pm gmt utc"
_CLOCK = frozenset(_HOURS.split())
_CONTRACTED = re.compile(
    r"\b(?:he|she|it|that|there|they|we|you|who|what)['’](?:s|re|d|ll|ve)\b", re.I
)
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
    if (
        _DATELINE.search(text)
        and not _has_auxiliary(read(text))
        and all(map(_is_of_a_dateline, words))
    ):
        return True  # "Updated Feb. 1, 2025, 11:57 a.m. ET"
    if not words or text.endswith(("?", ":")):
        return True
    return bool(_FILLERS.fullmatch(text)) or declines(text)


def declines(sentence: str) -> bool:
    """Whether a drafted sentence says that the articles do not say."""
    return bool(_DECLINES.fullmatch(sentence.strip().replace("’", "'")))


def restates(sentence: str, question: str) -> bool:
    """Whether a drafted sentence has no word beyond those of a question that asks for one.

    "The project is underway at the White House" says nothing to "Which project is underway at the
    White House?", but would be news to "Is a project underway?".
    """
    if not _ASKS_FOR_ONE.match(question):
        return False
    asked = read(question)
    known = asked.forms | {word.folded for word in asked.words} | _GRAMMAR
    said = read(sentence).words
    return bool(said) and all(word.folded in known or word.forms & known for word in said)


def is_fragment(claim: Reading) -> bool:
    """Whether a claim is no whole sentence: it has no verb, or breaks off ("… they include").

    "The flu vaccine." says nothing by itself: what it says hangs on the question. A capital
    makes no verb: "Bill Belichick".
    """
    words = claim.words
    if words and words[-1].text in _UNFINISHED:
        return True
    return len(words) <= _SHORT and not (
        _has_auxiliary(claim) or any(is_verb(word) and _looks_like_one(word) for word in words)
    )


def has_verb(claim: Reading) -> bool:
    """Whether a claim has a word that is surely a verb."""
    return _has_auxiliary(claim) or any(
        is_surely_verb(word) and _looks_like_one(word) for word in claim.words
    )


def _looks_like_one(word: Word) -> bool:
    """In lower case, and no "lander", which lands but is none."""
    return word.text.islower() and not word.folded.endswith(("er", "est"))


def _has_auxiliary(claim: Reading) -> bool:
    """Whether there is a word that is a verb and little else: "is", "became", the 's of "it's"."""
    return bool(_CONTRACTED.search(claim.text)) or any(
        word.text.casefold().replace("’", "'") in _VERBAL for word in claim.words
    )


def _is_of_a_dateline(word: Word) -> bool:
    return word.kind == "figure" or word.folded in _CLOCK
