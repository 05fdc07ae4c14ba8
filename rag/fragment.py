"""Links to exact words in a page of the web, as text fragments. Pure.

    live_link("https://example.org/a", "The well-known words.")
        -> "https://example.org/a#:~:text=The%20well%2Dknown%20words."

A browser that knows them scrolls there and highlights the words; any other opens the page.
WICG, "URL Fragment Text Directives": text=[prefix-,]start[,end][,-suffix], where words of
one block are matched with its spaces folded, and "&", "-" and "," must be percent-encoded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote as percent_encode

_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\\x00-\x20\x7f-\x9f]+", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n\s*\n")
_SURROGATE = re.compile("[\ud800-\udfff]")

_WHOLE = 12  # words that are given whole; of more, or of several paragraphs, both ends are
_END = 5
_PREFIX = 3


def live_link(source: str, words: str = "", before: str = "") -> str:
    """Where an article lives on the web, at these words; "" for anything but http and https.

    `before` is what stands before the words in the article. Where the words begin as
    something before them does, the link says what comes just before the right place.
    """
    if not _ADDRESS.fullmatch(source):
        return ""
    paragraphs = [found for text in _BLANK_LINE.split(words) if (found := _words(text))]
    if not paragraphs:
        return source
    page = source.partition(":~:")[0]
    return f"{page}{'' if '#' in page else '#'}:~:text={_directive(paragraphs, before)}"


def _directive(paragraphs: Sequence[Sequence[str]], before: str) -> str:
    first, last = paragraphs[0], paragraphs[-1]
    whole = len(paragraphs) == 1 and len(first) <= _WHOLE
    start = " ".join(first if whole else first[:_END])
    prefix = _words(_BLANK_LINE.split(before)[-1])[-_PREFIX:]
    repeated = bool(prefix) and start in " ".join(_words(before))
    return (
        (f"{_encoded(' '.join(prefix))}-," if repeated else "")
        + _encoded(start)
        + ("" if whole else f",{_encoded(' '.join(last[-_END:]))}")
    )


def _words(text: str) -> list[str]:
    return _SURROGATE.sub("", text).split()


def _encoded(text: str) -> str:
    # "-" has a meaning in a directive and is not encoded by default
    return percent_encode(text, safe="").replace("-", "%2D")
