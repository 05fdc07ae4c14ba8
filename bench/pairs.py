"""Ordinary news English, rightly and wrongly retold: `python -m bench pairs`

bench/pairs.jsonl holds sentences as a news article has them, each with a claim that a language
model might make of it: 240 false in one respect and 120 true in each of six lots. They were made
up for this, by writers who had seen neither the check nor what it lets through. Each lot was
checked once before anybody looked at it (FIRST_LOOK); then rules were made for what it had shown.
So a lot's figures of today flatter; those of the first look do not, and the sixth lot's are the
latest.

A claim is "kept" if it would be shown as drafted, with a footnote; in the other cases the
quotation is shown instead. Beside the check: the same decision by the embeddings' similarity or
the overlap of words alone, their thresholds those with the best balanced accuracy on the first lot.
Writes results/pairs.json and pairs.md.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.claims import overlap
from rag.cite import EmbeddingScorer, cite_sentence
from rag.cite.markers import DraftSentence
from rag.embed import load_embedder
from rag.types import Passage, Span

PAIRS = Path(__file__).parent / "pairs.jsonl"
RESULTS = Path(__file__).parent / "results"
FIRST_LOOK = {
    1: "35 of 240 false, 41 of 120 true kept",
    2: "37 of 240 false, 38 of 120 true kept",
    3: "20 of 240 false, 54 of 120 true kept",
    4: "27 of 240 false, 52 of 120 true kept",
    5: "34 of 240 false, 56 of 120 true kept",
    6: "22 of 240 false, 56 of 120 true kept",
}


@dataclass(frozen=True)
class Judged:
    """One pair: the truth, and what each way of deciding makes of it."""

    lot: int
    kind: str
    true: bool
    kept: bool
    similarity: float
    overlap: float


def judge(row: dict[str, Any], scorer: EmbeddingScorer) -> Judged:
    """Cites the claim in a passage that holds the sentence and nothing else."""
    passage = Passage(Span("article", 0, len(row["text"])), row["text"], 0.0)
    _, checked = cite_sentence(DraftSentence(row["claim"]), [passage], scorer)
    (similarity,) = scorer.score([(row["claim"], row["text"])])
    return Judged(
        row["lot"],
        row["kind"],
        row["true"],
        checked.action == "kept",
        similarity,
        overlap(row["claim"], row["text"]),
    )


def best_threshold(truth: Sequence[bool], scores: Sequence[float]) -> float:
    """The score from which on to keep, by balanced accuracy."""

    def balanced(bar: float) -> float:
        rates = Counter(true for true, score in zip(truth, scores, strict=True) if score >= bar)
        totals = Counter(truth)
        return rates[True] / totals[True] - rates[False] / totals[False]

    return max(sorted(set(scores)), key=balanced)


def decide(judged: Sequence[Judged]) -> dict[str, list[bool]]:
    """Whether each is kept: by the check, by similarity, by overlap."""
    first = [one for one in judged if one.lot == 1]
    truth = [one.true for one in first]
    near = best_threshold(truth, [one.similarity for one in first])
    many = best_threshold(truth, [one.overlap for one in first])
    return {
        "embedding similarity": [one.similarity >= near for one in judged],
        "word overlap": [one.overlap >= many for one in judged],
        "the check": [one.kept for one in judged],
    }


def count(judged: Sequence[Judged], kept: Sequence[bool], lot: int, true: bool) -> str:
    """ "12 (5.0%)": how many of a lot's false or true claims are kept."""
    found = [k for one, k in zip(judged, kept, strict=True) if (one.lot, one.true) == (lot, true)]
    return f"{sum(found)} ({sum(found) / len(found):.1%})"


def report(judged: Sequence[Judged]) -> str:
    """The result as a page."""
    lots = sorted({one.lot for one in judged})
    heads = " | ".join(f"lot {lot}: {what} kept" for lot in lots for what in ("false", "true"))
    lines = [
        "# Ordinary news English, rightly and wrongly retold",
        "",
        "Of 240 false and 120 true claims a lot, how many are shown as drafted. Made by",
        "`python -m bench pairs`, where the lots are explained. At the first look, before any rule",
        "was made for what a lot shows:",
        "",
        *(f"- lot {lot}: {FIRST_LOOK[lot]}" for lot in lots),
        "",
        f"| | {heads} |",
        "|---" * (1 + 2 * len(lots)) + "|",
    ]
    for name, kept in decide(judged).items():
        cells = [count(judged, kept, lot, true) for lot in lots for true in (False, True)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *kinds(judged)]) + "\n"


def kinds(judged: Sequence[Judged]) -> list[str]:
    """What is decided wrongly, by kind of error or paraphrase."""
    all_of = Counter((one.true, one.kind) for one in judged)
    wrong = Counter((one.true, one.kind) for one in judged if one.kept != one.true)
    lines = ["| the claim | pairs | false, kept | true, not kept |", "|---|---|---|---|"]
    for (true, kind), number in sorted(all_of.items()):
        cells = ("", str(wrong[true, kind])) if true else (str(wrong[true, kind]), "")
        lines.append(f"| {kind} | {number} | {cells[0]} | {cells[1]} |")
    return lines


def main() -> None:
    """Judge all, and write both files."""
    scorer = EmbeddingScorer(load_embedder())
    with PAIRS.open(encoding="utf-8") as lines:
        judged = [judge(json.loads(line), scorer) for line in lines]
    text = report(judged)
    (RESULTS / "pairs.md").write_text(text, "utf-8")
    record = {
        name: {
            f"lot {lot}, {'true' if true else 'false'}": count(judged, kept, lot, true)
            for lot in sorted({one.lot for one in judged})
            for true in (False, True)
        }
        for name, kept in decide(judged).items()
    }
    (RESULTS / "pairs.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
