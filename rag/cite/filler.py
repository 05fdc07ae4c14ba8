"""Drafted sentences that say nothing which evidence could support. Pure."""

from __future__ import annotations

import re

from rag.cite.reading import FUNCTION, read

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


def is_filler(sentence: str) -> bool:
    """Whether a drafted sentence says nothing that can be checked: "Sure!", a question.

    "The articles do not mention it" is one, too: to decline is the assistant's to do.
    """
    text = sentence.strip().replace("’", "'")
    words = [word for word in read(text).words if word.folded not in FUNCTION]
    return not words or text.endswith(("?", ":")) or bool(_FILLERS.fullmatch(text))
