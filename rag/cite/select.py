"""For each drafted sentence the shortest exact words that support it, or a quotation, or nothing.

    filler ("Here is what I found")         dropped
    no whole sentence ("The flu vaccine.")  the sentence that holds it is quoted in its place
    words copied from an article            kept, with exactly those words
    supported by one to three sentences     kept, with these
    partly supported                        the quotation is shown in its place
    unsupported                             the nearest quotation if it is close, else dropped

Pure; the scorer is handed in. Every citation is a range of its passage's own text.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

from rag.chunk import split_sentences
from rag.cite.check import Check, check, has_two_parts, links
from rag.cite.filler import is_filler, is_fragment
from rag.cite.markers import DraftSentence
from rag.cite.matching import Alignment, align
from rag.cite.reading import read
from rag.cite.scorer import Scorer
from rag.types import Checked, Citation, Passage, Sentence

CANDIDATES = 6
"""Sentences, best by words, that are looked at closely."""

LONGEST = 3
"""Neighbouring sentences that one citation may take."""

CLOSE_WORDS = 0.5
CLOSE_SENSE = 0.55
"""How much a quotation must share with an unsupported sentence to be shown in its place."""

WHOLE = 0.99
"""How much of a fragment a sentence must hold, to be quoted in its place."""

OFF_TOPIC = 0.15
"""How alike a sentence must be to the question at least, to be shown as an answer to it. Of 104
sentences that would have been shown of news drafts five were below, none of them an answer."""

_ENGLISH = re.compile(r"\b(?:what|which|who|whose|when|where|why|how|does|did|the|of)\b", re.I)

Dates = Mapping[str, datetime.date | None]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sentences of the passages, as ranges: one range, or two that belong to different places."""

    pieces: tuple[tuple[int, int, int], ...]
    """(index of the passage, start, end) for each range, offsets within the passage's text."""

    def text(self, passages: Sequence[Passage]) -> str:
        return " ".join(passages[index].text[start:end] for index, start, end in self.pieces)

    def context(self, passages: Sequence[Passage]) -> str:
        return "\n\n".join(passages[index].text for index in {piece[0] for piece in self.pieces})

    def citations(self, passages: Sequence[Passage], support: float) -> tuple[Citation, ...]:
        return tuple(
            _citation(passages[index], start, end, support) for index, start, end in self.pieces
        )


@dataclass(frozen=True, slots=True)
class _Found:
    evidence: Evidence
    check: Check
    similarity: float
    words: float


def cite_sentence(
    sentence: DraftSentence,
    passages: Sequence[Passage],
    scorer: Scorer,
    *,
    published: Dates | None = None,
    question: str = "",
) -> tuple[Sentence | None, Checked]:
    """What may be shown of a drafted sentence, with its citations, and what became of it.

    Looks in the marked passages first, then in the others. The Sentence is always "supported":
    it is the draft's, or a quotation; None where neither would be, or where it has nothing to do
    with the `question`.
    """
    claim, dates = sentence.text.strip(), published or {}
    if is_filler(claim):
        return None, Checked(claim, "unsupported", "dropped", "it says nothing to check", 0.0)
    marked = [n - 1 for n in sentence.markers if 0 < n <= len(passages)]
    groups = (marked, [index for index in range(len(passages)) if index not in marked])
    if is_fragment(read(claim)):
        return _completed(claim, passages, groups, scorer, dates, question)
    shown, checked = _cited(claim, passages, groups, scorer, dates)
    if shown is not None and _is_off_topic(question, shown.text, scorer):
        reason = "it speaks of something else than the question"
        return None, replace(checked, action="dropped", reason=reason)
    return shown, checked


def _is_off_topic(question: str, text: str, scorer: Scorer) -> bool:
    """Whether a sentence has nothing to do with an English question: the embedder knows no
    other language, and finds nothing alike in a question of one."""
    if not _ENGLISH.search(question):
        return False
    [similarity] = scorer.score([(question, text)])
    return similarity < OFF_TOPIC


def _completed(
    claim: str,
    passages: Sequence[Passage],
    groups: Sequence[Sequence[int]],
    scorer: Scorer,
    dates: Dates,
    question: str,
) -> tuple[Sentence | None, Checked]:
    """The sentence that a bare "Hanoi" is of: among those that hold it, the nearest to the
    question."""
    for group in groups:
        holding = [
            one
            for one in _ranked_sentences(claim, passages, group, dates)
            if _alignment(claim, passages, one, dates).coverage > WHOLE
        ]
        if not holding:
            continue
        texts = [one.text(passages) for one in holding]
        scores = scorer.score([(question or claim, text) for text in texts])
        best = max(range(len(holding)), key=lambda number: scores[number])
        if question and scores[best] < CLOSE_SENSE:
            continue
        citations = holding[best].citations(passages, 1.0)
        reason = "no whole sentence: the one that holds it is quoted"
        shown = Sentence(citations[0].quote, citations, "supported")
        return shown, Checked(claim, "partly", "quoted", reason, scores[best])
    return None, Checked(claim, "unsupported", "dropped", "no passage speaks of it", 0.0)


def _cited(
    claim: str,
    passages: Sequence[Passage],
    groups: Sequence[Sequence[int]],
    scorer: Scorer,
    dates: Dates,
) -> tuple[Sentence | None, Checked]:
    indices = [index for group in groups for index in group]
    if copy := find_copy(claim, passages, indices, dates):
        citations = copy.citations(passages, 1.0)
        kept = Sentence(claim, citations, "supported")
        return kept, Checked(claim, "supported", "kept", "the very words of the article", 1.0)
    best: _Found | None = None
    for group in groups:
        found = _best(claim, passages, group, scorer, dates)
        if found and found.check.verdict == "supported":
            return _kept(claim, passages, found)
        if found and (best is None or _rank(found) > _rank(best)):
            best = found
    return _quoted(claim, passages, best)


def _kept(claim: str, passages: Sequence[Passage], found: _Found) -> tuple[Sentence, Checked]:
    citations = found.evidence.citations(passages, found.check.support)
    verdict = Checked(claim, "supported", "kept", found.check.reason, found.check.support)
    return Sentence(claim, citations, "supported"), verdict


def _quoted(
    claim: str, passages: Sequence[Passage], best: _Found | None
) -> tuple[Sentence | None, Checked]:
    if best is None:
        return None, Checked(claim, "unsupported", "dropped", "no passage speaks of it", 0.0)
    verdict, support = best.check.verdict, best.check.support
    close = best.words >= CLOSE_WORDS and best.similarity >= CLOSE_SENSE
    if verdict == "unsupported" and not close:
        return None, Checked(claim, verdict, "dropped", best.check.reason, support)
    citations = best.evidence.citations(passages, 1.0)[:1]
    shown = Sentence(citations[0].quote, citations, "supported")
    return shown, Checked(claim, verdict, "quoted", best.check.reason, support)


# ------------------------------------------------------------------------------- evidence


def _best(
    claim: str,
    passages: Sequence[Passage],
    indices: Sequence[int],
    scorer: Scorer,
    dates: Dates,
) -> _Found | None:
    """The shortest evidence in these passages that supports the claim, else the nearest."""
    singles = _ranked_sentences(claim, passages, indices, dates)[:CANDIDATES]
    for evidences in _widening(claim, passages, singles, dates):
        # The scorer is what takes time: it is asked only where the rules have no objection.
        hopeful = [one for one in evidences if _passes(claim, passages, one, dates)]
        found = _checked(claim, passages, hopeful, scorer, dates)
        if supported := [one for one in found if one.check.verdict == "supported"]:
            return max(supported, key=_rank)
    return max(_checked(claim, passages, singles, scorer, dates), key=_rank, default=None)


def _passes(claim: str, passages: Sequence[Passage], evidence: Evidence, dates: Dates) -> bool:
    return _check(claim, passages, evidence, 1.0, dates).verdict == "supported"


def _rank(found: _Found) -> tuple[bool, bool, float]:
    verdict = found.check.verdict
    return (
        verdict == "supported",
        verdict == "partly",
        found.check.support + found.similarity + found.words,
    )


def _widening(
    claim: str, passages: Sequence[Passage], singles: Sequence[Evidence], dates: Dates
) -> Iterator[list[Evidence]]:
    """Ever longer evidence: sentences, then neighbours, then two that hold different parts."""
    yield list(singles)
    for length in range(2, LONGEST + 1):
        windows = [window for one in singles for window in _windows(passages, one, length)]
        yield [w for w in dict.fromkeys(windows) if _linked(claim, passages, w, dates)]
    yield [
        pair
        for first, second in combinations(singles[:4], 2)
        if _linked(claim, passages, pair := Evidence(first.pieces + second.pieces), dates)
    ]


def _ranked_sentences(
    claim: str, passages: Sequence[Passage], indices: Sequence[int], dates: Dates
) -> list[Evidence]:
    """Sentences that share words with the claim, most first; an earlier passage wins a draw."""
    found = [
        (_alignment(claim, passages, one, dates).coverage, one)
        for index in indices
        for start, end in _sentences(passages[index].text)
        for one in [Evidence(((index, start, end),))]
    ]
    found.sort(key=lambda pair: -pair[0])
    return [one for coverage, one in found if coverage > 0]


def _alignment(
    claim: str, passages: Sequence[Passage], evidence: Evidence, dates: Dates
) -> Alignment:
    published = dates.get(passages[evidence.pieces[0][0]].span.article_id)
    context = read(evidence.context(passages), published)
    return align(read(claim, published), read(evidence.text(passages), published), context)


@lru_cache(maxsize=512)
def _sentences(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(split_sentences(text))


def _windows(passages: Sequence[Passage], single: Evidence, length: int) -> Iterator[Evidence]:
    """Ranges of `length` neighbouring sentences that hold this one."""
    ((index, start, _),) = single.pieces
    sentences = _sentences(passages[index].text)
    at = next(number for number, sentence in enumerate(sentences) if sentence[0] == start)
    for first in range(max(0, at - length + 1), min(at, len(sentences) - length) + 1):
        yield Evidence(((index, sentences[first][0], sentences[first + length - 1][1]),))


def _linked(claim: str, passages: Sequence[Passage], evidence: Evidence, dates: Dates) -> bool:
    """Whether one sentence of the evidence holds what stands side by side in the claim.

    Two places may each vouch for a part of its own ("… and the tunnel closed"), not for half
    of one: "Shavuot is a holiday" and "the holiday began this week" may speak of two.
    """
    alignment = _alignment(claim, passages, evidence, dates)
    return links(alignment) == 1.0 and (len(evidence.pieces) == 1 or has_two_parts(alignment))


def _checked(
    claim: str,
    passages: Sequence[Passage],
    evidences: Sequence[Evidence],
    scorer: Scorer,
    dates: Dates,
) -> list[_Found]:
    texts = [evidence.text(passages) for evidence in evidences]
    similarities = scorer.score([(claim, text) for text in texts]) if texts else []
    return [
        _Found(
            evidence,
            _check(claim, passages, evidence, similarity, dates),
            similarity,
            _alignment(claim, passages, evidence, dates).coverage,
        )
        for evidence, text, similarity in zip(evidences, texts, similarities, strict=True)
    ]


def _check(
    claim: str, passages: Sequence[Passage], evidence: Evidence, similarity: float, dates: Dates
) -> Check:
    published = dates.get(passages[evidence.pieces[0][0]].span.article_id)
    context = evidence.context(passages)
    text = evidence.text(passages)
    return check(claim, text, similarity=similarity, published=published, context=context)


def _citation(passage: Passage, start: int, end: int, support: float) -> Citation:
    span = replace(passage.span, start=passage.span.start + start, end=passage.span.start + end)
    return Citation(span, passage.text[start:end], support)


# --------------------------------------------------------------------------------- copies

_TOKEN = re.compile(r"\d(?:[\d.,:]*\d)?|[^\W\d_]+|[$£€¥%]")
_SHORTEST_COPY = 3
"""Words a copy must have: fewer are found anywhere."""


def find_copy(
    claim: str, passages: Sequence[Passage], indices: Sequence[int], published: Dates
) -> Evidence | None:
    """Where the claim stands word for word, spaces and marks aside; None if it does not.

    A part of a sentence counts only if what surrounds it does not turn it round ("It rejected
    the idea that …", "… if he was re-elected").
    """
    tokens = _TOKEN.findall(claim)
    if len(tokens) < _SHORTEST_COPY:
        return None
    pattern = re.compile(
        r"(?<!\w)" + r"[^\w$£€¥%]+?".join(_flexible(token) for token in tokens) + r"(?!\w)"
    )
    for index in indices:
        passage = passages[index]
        for match in pattern.finditer(passage.text):
            start, end = _with_marks(passage.text, match.start(), match.end())
            if place := _standing_alone(claim, passage, start, end, published):
                return Evidence(((index, *place),))
    return None


def _flexible(token: str) -> str:
    """The token, its first letter in either case."""
    first = token[0]
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
    inside = [(a, b) for a, b in _sentences(passage.text) if a < end and start < b]
    left, right = inside[0][0], inside[-1][1]
    if _no_words(passage.text[left:start]) and _no_words(passage.text[end:right]):
        return left, right
    date = published.get(passage.span.article_id)
    whole = passage.text[left:right]
    verdict = check(claim, whole, similarity=1.0, published=date, context=passage.text)
    return (start, end) if verdict.verdict == "supported" else None


def _no_words(text: str) -> bool:
    return not re.search(r"\w", text)
