"""Citing: a draft's sentences, their markers, and the exact words that support each. Pure.

    split_draft(draft)                      sentences of plain text, with the passages they mark
    check(claim, evidence, similarity=…)    supported, partly or unsupported, and why
    cite_sentence(sentence, passages, …)    what may be shown of it, with its footnotes

A wrong footnote is worse than none, so every rule here errs towards the quotation. The rules,
and how often they are right: docs/citing.md.
"""

from rag.cite.check import Check, check
from rag.cite.filler import declines, is_filler
from rag.cite.markers import DraftSentence, plain_text, split_draft
from rag.cite.scorer import EmbeddingScorer, Scorer
from rag.cite.select import cite_sentence

__all__ = [
    "Check",
    "DraftSentence",
    "EmbeddingScorer",
    "Scorer",
    "check",
    "cite_sentence",
    "declines",
    "is_filler",
    "plain_text",
    "split_draft",
]
