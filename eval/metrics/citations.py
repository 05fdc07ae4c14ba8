"""Citations: do they support what is said, are they needed, exact, and the right ones?

In: an Answer, a judge `supports(claim, evidence) -> bool`, gold spans. Out: values 0..1, None
where there is nothing to judge. Pure apart from the judge handed in. An abstaining answer has
no sentence to support and gets no score for its citations.

ALCE: Gao, Yen, Yu & Chen, Enabling Large Language Models to Generate Text with Citations,
EMNLP 2023, section 4.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eval.metrics.retrieval import overlaps
from eval.sets import Gold
from rag.types import Answer, Citation, Sentence

Supports = Callable[[str, str], bool]


def citation_recall(answer: Answer, supports: Supports) -> float | None:
    """The share of sentences whose citations, joined, support them (none: not supported)."""
    if not answer.sentences:
        return None
    return sum(_supported(s, supports) for s in answer.sentences) / len(answer.sentences)


def citation_precision(answer: Answer, supports: Supports) -> float | None:
    """The share of citations that are needed.

    A citation counts where its sentence is supported by all of its citations together, and
    it supports the sentence alone or the others do not without it. No citation at all: 0.
    """
    if not answer.sentences:
        return None
    total = sum(len(sentence.citations) for sentence in answer.sentences)
    needed = sum(_needed(sentence, supports) for sentence in answer.sentences)
    return needed / total if total else 0.0


def exactness(answer: Answer, text_of: Callable[[str], str]) -> float | None:
    """The share of citations whose quote is its article's text from start to end.

    Passages count as well: both are shown as the article's own words.
    """
    shown = [(c.span, c.quote) for c in answer.citations]
    shown += [(p.span, p.text) for p in answer.passages]
    if not shown:
        return None
    return sum(text_of(s.article_id)[s.start : s.end] == words for s, words in shown) / len(shown)


def evidence_recall(answer: Answer, gold: Sequence[Gold]) -> float | None:
    """The share of gold evidence that a citation meets (at least half of the shorter).

    The supporting-fact recall of HotpotQA (Yang et al., EMNLP 2018), over spans. Saying
    nothing where there is evidence is 0; None where no evidence is known.
    """
    if not gold:
        return None
    return sum(any(_meets(c, g) for c in answer.citations) for g in gold) / len(gold)


def evidence_precision(answer: Answer, gold: Sequence[Gold]) -> float | None:
    """The share of citations that meet gold evidence; None without evidence or citations."""
    if not gold or not answer.citations:
        return None
    met = sum(any(_meets(c, g) for g in gold) for c in answer.citations)
    return met / len(answer.citations)


def _supported(sentence: Sentence, supports: Supports) -> bool:
    quotes = [citation.quote for citation in sentence.citations]
    return bool(quotes) and supports(sentence.text, "\n".join(quotes))


def _needed(sentence: Sentence, supports: Supports) -> int:
    if not _supported(sentence, supports):
        return 0
    quotes = [citation.quote for citation in sentence.citations]
    if len(quotes) == 1:
        return 1
    return sum(_one_needed(sentence.text, quotes, n, supports) for n in range(len(quotes)))


def _one_needed(claim: str, quotes: list[str], number: int, supports: Supports) -> bool:
    others = "\n".join(quotes[:number] + quotes[number + 1 :])
    return supports(claim, quotes[number]) or not supports(claim, others)


def _meets(citation: Citation, gold: Gold) -> bool:
    return any(overlaps(citation.span, span) for span in gold.spans)
