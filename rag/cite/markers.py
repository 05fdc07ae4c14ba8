"""A draft, as a model writes it, -> sentences of plain text and the passages they point at.

Markers are read in every form that models write: [1] [1, 2] [1-3] [1][2] 【1†source】 (1) [^1] ¹
[passage 2], before or after the full stop, or in the middle. What is left carries no link, no
image and no markup of any kind, whatever the draft held. Pure.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from rag.chunk import split_sentences

HIGHEST = 30
"""A number above this in round brackets is an age or a year, where nobody says how many passages
there are."""


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """One sentence of a draft, without markers; `markers` are passage numbers, from 1."""

    text: str
    markers: tuple[int, ...] = ()


def split_draft(draft: str, highest: int = HIGHEST) -> list[DraftSentence]:
    """The sentences of a draft in order, as plain text, each with the passages it marks.

    A number above `highest`, how many passages there are, is no marker in round brackets.
    A marker after a full stop belongs to the sentence before it; one that opens a line, to the
    sentence after it. A list of sources at the end, or a marker only begun, is left out.
    """
    text = _without_sources(plain_text(_UNFINISHED.sub("", draft)))
    text, markers = _without_markers(text, highest)
    sentences = split_sentences(text)
    marked: list[list[int]] = [[] for _ in sentences]
    for position, numbers in markers:
        if sentences:
            marked[_owner(text, sentences, position)] += numbers
    found = [
        DraftSentence(_opened(" ".join(text[start:end].split())), tuple(dict.fromkeys(numbers)))
        for (start, end), numbers in zip(sentences, marked, strict=True)
    ]
    return [sentence for sentence in found if re.search(r"\w", sentence.text)]


def _owner(text: str, sentences: list[tuple[int, int]], position: int) -> int:
    """Index of the sentence that a marker taken out at `position` belongs to."""
    before = [index for index, (start, _) in enumerate(sentences) if start < position]
    if not before:
        return 0
    last = before[-1]
    line_began = "\n" in text[sentences[last][1] : position]
    return min(last + 1, len(sentences) - 1) if line_began else last


# ------------------------------------------------------------------------------- markers

_NUMBERS = r"\d{1,2}(?:\s*(?:,|;|&|and|-|–|—)\s*(?:\^|passages?\s*|sources?\s*)?\d{1,2})*"
_LABEL = (
    r"(?:(?:see|passages?|sources?|refs?|references?|citations?|articles?|notes?|doc|\#)[.:]?\s*)*"
)
_NO_POWER = r"(?-i:(?<!\b10)(?<!\bx)(?!(?:(?<=\b[cdkm]m)|(?<=\bm)|(?<=\bft))\^?[²³23](?!\d)))"
"""Before a raised number: that of 10⁶, x² or 40 m² is no marker."""

_MARKER = re.compile(
    rf"""
      (?: ^[ \t]*\[\s*{_LABEL}\^?(?P<opening>{_NUMBERS})\s*\]:
    | (?<!\s)\s*\[\s*{_LABEL}\^?(?P<square>{_NUMBERS})\s*(?:†[^\]\n]*)?\]
    | (?<!\s)\s*【\s*{_LABEL}(?P<lens>{_NUMBERS})\s*(?:[†:][^】\n]*)?】
    | (?<!\s)\s*(?<!\w)\(\s*{_LABEL}\[?\^?(?P<round>{_NUMBERS})\]?\s*\)
    | (?<=[^\W\d_])\s*\((?P<glued>{_NUMBERS})\)(?=[\s.,;:!?]|$)
    | {_NO_POWER}(?P<raised>[¹²³⁰⁴-⁹]{{1,3}})
    | (?<=[.!?\w"”]){_NO_POWER}\^(?P<caret>{_NUMBERS})\b
    )(?:[ \t]+(?=[.,;:!?](?:\s|$)))?
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_RANGE = re.compile(r"(\d+)\s*[-–—]\s*\D{0,9}?(\d+)|(\d+)")
_LEAD_IN = re.compile(
    rf"""^(?:(?:here(?:'s|\ is|\ are)|(?:in\ )?answer|summary|sure)\b[^.!?:]{{0,60}}:\s+(?=\S))?
    (?:the\ (?:short\ )?answer(?:\ to\ (?:the|this|your)\ question)?
    \ is(?!\ not\b)(?:\ that\b|:)?\s+(?=\S))?
    (?:(?:the|this)\ (?:passage|article|text)(?:\s*{_NUMBERS})?
    \ (?:states|says|reports|mentions|notes)\ that\s+(?=\S))?
    (?:(?:according\ to|as\ (?:stated|mentioned|noted|described)\ in|based\ on)\s+
    (?:the\s+|this\s+)?(?:(?:provided|given|above|cited)\s+)?
    (?:passages?|articles?|texts?|sources?|contexts?|documents?|information)
    (?:\s+provided)?(?:\s*{_NUMBERS})?\s*[,:]\s*(?=\S))?""",
    re.VERBOSE | re.IGNORECASE,
)
_SOURCES = re.compile(
    r"(?:\A|\n)[ \t]*(?:sources?|references?|citations?|footnotes?|works)[ \t]*:?[ \t]*\n.*\Z",
    re.IGNORECASE | re.DOTALL,
)
_FOOTNOTE = re.compile(r"(?m)^[ \t]*\[\^\w{1,9}\]:.*$")


_UNFINISHED = re.compile(r"(?<!\s)\s*(?:\[[\^\d,;\s–-]*|【[^】\n]*)\Z")
"""A marker that a stream has only begun: the sentence before it is not to lose it."""


_ENDS_LINE = re.compile(r"[ \t]*\n")


def _without_sources(text: str) -> str:
    return _FOOTNOTE.sub("", _SOURCES.sub("", text))


def _without_markers(text: str, highest: int) -> tuple[str, list[tuple[int, list[int]]]]:
    """The text without its markers, and for each the place it was taken from."""
    kept: list[str] = []
    markers: list[tuple[int, list[int]]] = []
    length = position = 0
    for match in _MARKER.finditer(text):
        numbers = _numbers_of(match)
        may_be_words = match["round"] or match["glued"] or match["raised"] or match["caret"]
        if may_be_words and max(numbers, default=0) > highest:
            continue
        # At the start of a line the marker's white space is the line's own.
        gap = match[0][: len(match[0]) - len(match[0].lstrip())]
        lead = gap if "\n" in gap else ""
        kept.append(text[position : match.start()] + lead)
        length += len(kept[-1])
        markers.append((length, numbers))
        position = match.end()
        if _ENDS_LINE.match(text, position):  # a line that ends in a marker is a sentence
            kept.append("\n")
            length += 1
    return "".join(kept) + text[position:], markers


def _numbers_of(match: re.Match[str]) -> list[int]:
    written = next(group for group in match.groups() if group)
    if match["raised"]:
        return [int(written.translate(_RAISED))]
    numbers: list[int] = []
    for first, last, alone in _RANGE.findall(written):
        numbers += [int(alone)] if alone else range(int(first), min(int(last), 99) + 1)
    return [number for number in numbers if number > 0]


def _opened(sentence: str) -> str:
    """The sentence without "According to the passage," in front: a footnote says that."""
    rest, before = sentence.strip(" ,;:"), ""
    while rest != before:  # "Based on the passage, the answer is that …"
        rest, before = _LEAD_IN.sub("", rest, count=1), rest
    return rest if rest == sentence else rest[:1].upper() + rest[1:]


# ------------------------------------------------------------------------------ plain text

_ONE_OR_MORE = r"\^?\d{1,2}(?:[\s,;–-]+\d{1,2})*"
_TO_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_REMOVALS: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    # Markers that are raised or written as links: of them the number is kept.
    (re.compile(r"<sup>\s*\[?(\d{1,2})\]?\s*</sup>", re.I), lambda m: m[1].translate(_TO_RAISED)),
    (re.compile(rf"\[\[({_ONE_OR_MORE})\]\]"), r"[\1]"),
    (re.compile(rf"(?<!!)\[({_ONE_OR_MORE})\]\([^)\n]*(?:\)|$)", re.M), r"[\1]"),
    (re.compile(r"<(script|style|svg|iframe|object)\b.*?(?:</\1\s*>|\Z)", re.I | re.S), " "),
    (re.compile(r"<!--.*?(?:-->|\Z)", re.S), " "),
    # "at noon![1]" ends in a marker, "![1](address)" is an image.
    (re.compile(rf"!\[(?!{_ONE_OR_MORE}\](?!\())[^\]]*\](?:\([^)]*\)?|\[[^\]]*\])?"), ""),
    (re.compile(r"(?<!\])\[([^\]\[]*)\]\([^)\n]*(?:\)|$)", re.M), r"\1"),
    (re.compile(r"(?m)^[ \t]*+\[[^\]\d^][^\]]*\]:\s*\S+.*$"), ""),
    (re.compile(r"<(?:[a-z!/?|][^>\n]*)(?:>|$)", re.I | re.M), ""),
    (re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s\]】)>]*(?<![.,;:!?])", re.I), ""),
    # Addresses alone: "the data: 40 people died" is a sentence, and so is "the file:12 took".
    (re.compile(r"\b(?:(?:java|vb)script:\S+|file:/\S*|mailto:[^\s@:]+@\S*)", re.I), ""),
    (re.compile(r"\bdata:(?!\d)[\w/+.-]*[;,]\S*", re.I), ""),
    # Looked for where a run of labels begins, lest "a.a.a" be read anew from each of them.
    (
        re.compile(
            r"(?<![a-z0-9-])(?<![a-z0-9-]\.)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/\S*", re.I
        ),
        "",
    ),
    (re.compile(r"(?m)^[ \t]*+(?:```|~~~).*$"), ""),
    (re.compile(r"(?m)^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+•][ \t]+|\d{1,2}[.)][ \t]+)+"), "\n"),
    # Possessive, as a model may write lines of dashes or of nothing without end.
    (re.compile(r"(?m)^[ \t]*+(?:[-*_=][ \t]*+){3,}+$"), ""),
    (re.compile(r"(?m)^[ \t]*+(?:\|[ \t]*+)?(?::?-++:?[ \t]*+\|[ \t]*+)++:?-*+:?[ \t]*+$"), ""),
    (re.compile(r"(?<!\w)\*{1,3}(?=\S)([^*\n]+?)(?<=\S)\*{1,3}(?!\w)"), r"\1"),
    (re.compile(r"(?<!\w)_{1,3}(?=\S)([^_\n]+?)(?<=\S)_{1,3}(?!\w)"), r"\1"),
    (re.compile(r"[`\\~]+"), ""),
    (re.compile(r"[*|]+"), " "),
    (re.compile(r"\]\s*\(|<(?=[a-z!/?|])|://", re.I), " "),
    (re.compile(r"\(\s*\)|\[\s*\]"), ""),
    (re.compile(r"(?<=\w)[ \t]+(?=[.,;:!?](?:\s|$))", re.M), ""),
]
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)


def plain_text(draft: str) -> str:
    """The draft without links, images, HTML, Markdown, control and direction characters.

    What one pass uncovers ("<scr<b>ipt>") the next removes, until nothing changes.
    """
    text = draft.replace("\r\n", "\n")
    for _ in range(10):
        before = text
        text = _INVISIBLE.sub("", html.unescape(text))
        for pattern, replacement in _REMOVALS:
            text = pattern.sub(replacement, text)
        if text == before:
            return text
    return text.replace("<", " ").replace("[", " ").replace("://", " ")
