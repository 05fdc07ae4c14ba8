"""Whether an answer says what it should: gold words within a length cap, and gold points.

In: the answer's text and gold strings. Out: 0..1. Pure. A gold answer is looked for word by
word, after SQuAD's normalisation and with typographic quotes and dashes made plain, so that
"Trump’s" and "Trump's" are the same word and "22" is not found in "2022".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from eval.metrics.squad import normalise

WORD_CAP = 60
SHORT_ANSWER_WORDS = 12

_PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-"})
# Scripts written without spaces have no word boundary to respect.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


def contains(text: str, answers: Sequence[str], cap: int = WORD_CAP) -> float:
    """1.0 where the first `cap` words of the text hold a gold answer, else 0.0.

    "Contains gold answer" of Kandpal et al. 2022 and Mallen et al., ACL 2023 ("When Not to
    Trust Language Models", accuracy), here with a cap so that saying everything earns nothing.
    """
    said = " ".join(text.split()[:cap])
    return float(any(_mentions(said, answer) for answer in answers))


def point_recall(text: str, points: Sequence[Sequence[str]]) -> float:
    """The share of points the text mentions, each by one of its alternatives.

    STR-EM of ASQA (Stelmakh et al., EMNLP 2022), the "EM recall" of ALCE (Gao et al., 2023).
    """
    return sum(any(_mentions(text, a) for a in point) for point in points) / len(points)


def short_answers(answers: Sequence[str]) -> list[str]:
    """The gold answers short enough to be looked for as words; longer ones are references."""
    return [a for a in answers if normalise(a) and len(a.split()) <= SHORT_ANSWER_WORDS]


def _mentions(text: str, answer: str) -> bool:
    words, wanted = _words(text), _words(answer)
    if not wanted:
        return False
    if _UNSPACED.search(wanted):
        return wanted in words
    return f" {wanted} " in f" {words} "


def _words(text: str) -> str:
    # A hyphen or slash parts words ("US-North Korea"); the official rule would glue them.
    plain = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    return normalise(re.sub(r"[-/]", " ", plain))
