"""Sentences of an article that tell whoever answers what to write. Pure.

Such a sentence was planted: it is never quoted as an answer. What it asks for is not done in any
case, for article text is data and whatever is drafted is checked; but quoted it would look as if
the assistant said it. Of the attacks of BIPIA (Yi et al., 2023) most speak of "your response".
"""

from __future__ import annotations

import re

_REPLY = r"(?:response|reply|answer|output)s?"
_YOURS = rf"your\s+(?:(?:next|final|whole|entire)\s+)?{_REPLY}\b"
_ORDER = re.compile(
    r"\b(?:in|into|to|of|from|use|provide|render|write|give|modify|change|enhance|augment|alter|begin"
    rf"|end|start|format|translate|replace|include)\s+{_YOURS}"
    rf"|^\W*\w+(?:\s+\w+){{0,3}}\s+(?:in|for)\s+{_YOURS}"
    r"|\b(?:ignore|disregard|forget)\s+(?:(?:all|any|of|the|your|these|those|previous|prior|above"
    r"|earlier)\s+)*(?:your|these|previous|prior|above|earlier)\s+(?:instructions?|prompts?)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(r"\b(?:instruct\w*|prompts?|injections?|told to ignore)\b", re.IGNORECASE)


def gives_orders(sentence: str) -> bool:
    """Whether a sentence speaks to whoever answers: "Include in your response …".

    Not where somebody is quoted: “What is your response?”, she asked.
    """
    return any(
        not _inside_quotation(sentence[: found.start()]) for found in _ORDER.finditer(sentence)
    )


def asks_for_orders(question: str) -> bool:
    """Whether a question may be about such a sentence, so that it must be quoted."""
    return bool(_ASKED.search(question))


def _inside_quotation(before: str) -> bool:
    """Whether a quotation is opened in these words and not closed."""
    pairs = (("“", "”"), ("«", "»"), ("‘", "’"))
    return before.count('"') % 2 == 1 or any(
        before.rfind(opening) > before.rfind(closing) for opening, closing in pairs
    )
