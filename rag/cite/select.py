"""For each drafted sentence the shortest exact words that support it, or a quotation, or nothing.

    filler ("Here is what I found")         dropped
    the question, said again                dropped
    no whole sentence ("The flu vaccine.")  the sentence that holds it is quoted in its place
    words copied from an article            kept, with exactly those words
    supported by one to three sentences     kept, with these
    partly supported                        the quotation is shown in its place
    unsupported                             the nearest quotation if it is close, else dropped
    any that is off the question, a question itself, or an order to whoever answers: dropped

Pure; the scorer is handed in. Every citation is a range of its passage's own text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from rag.cite.check import Check, check
from rag.cite.copies import find_copy, is_whole
from rag.cite.evidence import Dates, Evidence, sentences_of
from rag.cite.filler import has_verb, is_filler, is_fragment, restates
from rag.cite.links import has_two_parts, links
from rag.cite.markers import DraftSentence
from rag.cite.matching import Alignment, align
from rag.cite.punctuation import asks, with_marks
from rag.cite.reading import read
from rag.cite.scorer import Scorer
from rag.cite.speech import reports
from rag.instructions import asks_for_orders, gives_orders
from rag.types import NOTHING_TO_CHECK, Checked, Citation, Passage, Sentence

CANDIDATES = 6
"""Sentences, best by words, that are looked at closely."""

LONGEST = 3
"""Neighbouring sentences that one citation may take."""

WIDE = 0.85
"""The least support by more than one sentence: among more words more are found by chance."""

CLOSE_WORDS = 0.5
CLOSE_SENSE = 0.55
"""How much a quotation must share with an unsupported sentence to be shown in its place."""

WHOLE = 0.79
"""How much of a fragment a sentence must hold to be quoted in its place: all of it, in synonyms
if need be."""

FITS = 0.3
"""How alike that sentence and the question must be."""

OFF_TOPIC = 0.15
"""How alike the question must be to a sentence, or to its passage, for it to be shown."""

OFF_TOPIC_REASON = "it speaks of something else than the question"
RESTATES_REASON = "it only repeats the question"
ORDER_REASON = "it tells whoever answers what to write"
QUESTION_REASON = "it is a question of the article's"

_ENGLISH = re.compile(
    r"\b(?:what|which|who|whose|when|where|why|how|does|did|the|of|and|with|has|had)\b",
    re.IGNORECASE,
)


_SENTENCE = 4  # words that are no mere "Sure, yes."


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
    if is_filler(claim) and not _is_of_an_article(claim, passages):
        return None, Checked(claim, "unsupported", "dropped", NOTHING_TO_CHECK, 0.0)
    marked = [n - 1 for n in sentence.markers if 0 < n <= len(passages)]
    groups = (marked, [index for index in range(len(passages)) if index not in marked])
    shown, checked = _cited(claim, passages, groups, scorer, dates, question)
    if shown and (reason := _unfit(question, shown, passages, scorer)):
        return None, replace(checked, action="dropped", reason=reason)
    return shown, checked


def _is_of_an_article(claim: str, passages: Sequence[Passage]) -> bool:
    """Whether what sounds like declining or like a lead-in is a sentence of an article: "No article
    named him.", "These are the first talks since 2019, sources say." """
    long_enough = len(claim.split()) >= _SENTENCE
    return long_enough and any(claim in passage.text for passage in passages)


def _unfit(question: str, shown: Sentence, passages: Sequence[Passage], scorer: Scorer) -> str:
    """Why a sentence that the articles bear out is no answer; "" where it may be one."""
    if gives_orders(shown.text) and not asks_for_orders(question):
        return ORDER_REASON
    if asks(shown.text):
        return QUESTION_REASON
    return OFF_TOPIC_REASON if _is_off_topic(question, shown, passages, scorer) else ""


def _is_off_topic(
    question: str, shown: Sentence, passages: Sequence[Passage], scorer: Scorer
) -> bool:
    """Whether neither a sentence nor its passage has to do with the question.

    Only where both are in English: the embedder knows no other language, and finds nothing
    alike in one.
    """
    if not (_ENGLISH.search(question) and _ENGLISH.search(shown.text)):
        return False
    if max(scorer.score([(question, shown.text)])) >= OFF_TOPIC:
        return False
    around = [
        (question, passage.text)
        for passage in passages
        if any(_holds(passage, citation) for citation in shown.citations)
    ]
    return max(scorer.score(around)) < OFF_TOPIC


def _holds(passage: Passage, citation: Citation) -> bool:
    whole, part = passage.span, citation.span
    return whole.article_id == part.article_id and whole.start <= part.start < whole.end


def _cited(
    claim: str,
    passages: Sequence[Passage],
    groups: Sequence[Sequence[int]],
    scorer: Scorer,
    dates: Dates,
    question: str,
) -> tuple[Sentence | None, Checked]:
    indices = [index for group in groups for index in group]
    copy = find_copy(claim, passages, indices, dates)
    if copy is None and restates(claim, question):
        return None, Checked(claim, "unsupported", "dropped", RESTATES_REASON, 0.0)
    if _says_nothing_alone(claim, copy, passages):
        return _completed(claim, passages, groups, scorer, dates, question)
    if copy:
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


def _says_nothing_alone(claim: str, copy: Evidence | None, passages: Sequence[Passage]) -> bool:
    """Whether a claim is no whole sentence, of the article or by itself. A part of a sentence, or
    a line of a list, needs a verb, however long it is."""
    if copy and is_whole(copy, passages):
        return False
    words = read(claim)
    return is_fragment(words) or (copy is not None and not has_verb(words))


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
    reason = "no whole sentence, and no passage speaks of it"
    for group in groups:
        holding = [
            one
            for coverage, one in _ranked_sentences(claim, passages, group, dates)
            if coverage > WHOLE
        ]
        if not holding:
            continue
        scores = scorer.score([(question or claim, one.text(passages)) for one in holding])
        best = max(range(len(holding)), key=lambda number: scores[number])
        if question and scores[best] < FITS:
            reason = "no whole sentence, and the one that holds it is not near the question"
            continue
        citations = holding[best].citations(passages, 1.0)
        reason = "no whole sentence: the one that holds it is quoted"
        shown = Sentence(_quotation(holding[best], passages), citations, "supported")
        return shown, Checked(claim, "partly", "quoted", reason, scores[best])
    return None, Checked(claim, "unsupported", "dropped", reason, 0.0)


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
    shown = Sentence(_quotation(best.evidence, passages), citations, "supported")
    return shown, Checked(claim, verdict, "quoted", best.check.reason, support)


def _quotation(evidence: Evidence, passages: Sequence[Passage]) -> str:
    """The article's words as they are shown: what somebody says, as such."""
    index, start, end = evidence.pieces[0]
    return with_marks(passages[index].text, start, end)


# ------------------------------------------------------------------------------- evidence


def _best(
    claim: str,
    passages: Sequence[Passage],
    indices: Sequence[int],
    scorer: Scorer,
    dates: Dates,
) -> _Found | None:
    """The shortest evidence in these passages that supports the claim, else the nearest."""
    ranked = _ranked_sentences(claim, passages, indices, dates)[:CANDIDATES]
    singles = [one for _, one in ranked]
    for evidences in _widening(claim, passages, singles, dates):
        # The scorer is what takes time: it is asked only where the rules have no objection.
        hopeful = [one for one in evidences if _passes(claim, passages, one, dates)]
        found = _checked(claim, passages, hopeful, scorer, dates)
        least = 0.0 if evidences == singles else WIDE
        supported = [one for one in found if one.check.verdict == "supported"]
        if enough := [one for one in supported if one.check.support >= least]:
            return max(enough, key=_rank)
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
) -> list[tuple[float, Evidence]]:
    """Sentences that share words with the claim, and how much of it they hold, most first; an
    earlier passage wins a draw."""
    found = [
        (_alignment(claim, passages, one, dates).coverage, one)
        for index in indices
        for start, end in sentences_of(passages[index].text)
        for one in [Evidence(((index, start, end),))]
    ]
    found.sort(key=lambda pair: -pair[0])
    return [pair for pair in found if pair[0] > 0]


def _alignment(
    claim: str, passages: Sequence[Passage], evidence: Evidence, dates: Dates
) -> Alignment:
    published = dates.get(passages[evidence.pieces[0][0]].span.article_id)
    context = read(evidence.context(passages), published)
    return align(read(claim, published), read(evidence.text(passages), published), context)


def _windows(passages: Sequence[Passage], single: Evidence, length: int) -> Iterator[Evidence]:
    """Ranges of `length` neighbouring sentences that hold this one."""
    ((index, start, _),) = single.pieces
    sentences = sentences_of(passages[index].text)
    at = next(number for number, sentence in enumerate(sentences) if sentence[0] == start)
    for first in range(max(0, at - length + 1), min(at, len(sentences) - length) + 1):
        yield Evidence(((index, sentences[first][0], sentences[first + length - 1][1]),))


def _linked(claim: str, passages: Sequence[Passage], evidence: Evidence, dates: Dates) -> bool:
    """Whether one sentence of the evidence holds what stands side by side in the claim.

    Two places may each vouch for a part of its own ("… and the tunnel closed"), not for half
    of one: "Shavuot is a holiday" and "the holiday began this week" may speak of two.
    """
    alignment = _alignment(claim, passages, evidence, dates)
    if len(evidence.pieces) == 1:
        return links(alignment, neighbours=True) == 1.0
    if reports(alignment.claim):  # who says so and what he says are not told in two places
        return False
    return has_two_parts(alignment) and links(alignment) == 1.0


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
