"""Where a drafted sentence stands in the passages word for word. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.cite.check import MINUS, MONEY, check
from rag.cite.evidence import Dates, Evidence, sentences_of
from rag.cite.punctuation import asks, is_quoted
from rag.types import Passage

_ENDS = (".", "!", "?", ")", ".”", '."', "!”", "?”", "。", "！", "？", "؟")
_SIGNS = f"{MONEY}%"
_TOKEN = re.compile(rf"(?:{MINUS})?\d(?:[\d.,:]*\d)?|[^\W\d_]+|[{_SIGNS}]")
_SHORTEST_COPY = 3
"""Words a copy must have: fewer are found anywhere."""


def find_copy(
    claim: str, passages: Sequence[Passage], indices: Sequence[int], published: Dates
) -> Evidence | None:
    """Where the claim stands word for word, spaces and marks aside; None if it does not.

    A question, or what stands between quotation marks, is copied only with these marks.
    A part of a sentence counts only if what surrounds it does not turn it round ("It rejected
    the idea that …", "… if he was re-elected").
    """
    tokens = _TOKEN.findall(claim)
    if len(tokens) < _SHORTEST_COPY:
        return None
    pattern = re.compile(
        rf"(?<![\w{MONEY}])(?<!\d[.,])"
        + _flexible(tokens[0])
        + "".join(_gap(*pair) + _flexible(pair[1]) for pair in pairwise(tokens))
        + r"(?![\w%]|[.,]\d)"
    )
    for index in indices:
        passage = passages[index]
        for match in pattern.finditer(passage.text):
            start, end = _with_marks(passage.text, match.start(), match.end())
            if place := _standing_alone(claim, passage, start, end, published):
                return Evidence(((index, *place),))
    return None


def _gap(token: str, after: str) -> str:
    """What may stand between two tokens: nothing at all beside a sign, as in "$5" and "5%"."""
    beside = token in _SIGNS or after in _SIGNS
    return rf"[^\w{_SIGNS}]" + ("*?" if beside else "+?")


def _flexible(token: str) -> str:
    """The token, its first letter in either case; a figure without the minus it has not."""
    first = token[0]
    if first.isdigit():
        return rf"(?<!{MINUS})" + re.escape(token)
    return f"(?:{re.escape(first.lower())}|{re.escape(first.upper())}){re.escape(token[1:])}"


def _with_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """The range, with the marks that enclose or end it."""
    closing = re.compile(r"[^\w\s]*").match(text, end)
    opening = re.search(r"[\"“„«‘'(\[]*$", text[:start])
    return start - len(opening[0] if opening else ""), closing.end() if closing else end


def _standing_alone(
    claim: str, passage: Passage, start: int, end: int, published: Dates
) -> tuple[int, int] | None:
    """The range, grown to the whole sentences it makes up; itself, if it means the same alone."""
    inside = [(a, b) for a, b in sentences_of(passage.text) if a < end and start < b]
    left, right = inside[0][0], inside[-1][1]
    if _no_words(passage.text[left:start]) and _no_words(passage.text[end:right]):
        quoted = is_quoted(passage.text, start, end) == is_quoted(claim, 0, len(claim))
        if quoted and asks(claim) == asks(passage.text[left:right]):
            return left, right
    date = published.get(passage.span.article_id)
    whole = passage.text[left:right]
    verdict = check(claim, whole, similarity=1.0, published=date, context=passage.text)
    return (start, end) if verdict.verdict == "supported" else None


def _no_words(text: str) -> bool:
    return not re.search(r"\w", text)


def is_whole(copy: Evidence, passages: Sequence[Passage]) -> bool:
    """Whether what was copied is a sentence of the article that ends as one does."""
    ((index, start, end),) = copy.pieces
    text = passages[index].text
    return (start, end) in sentences_of(text) and text[start:end].endswith(_ENDS)
