"""How well the check tells supported claims from others: WiCE, 349 claims with their web pages.

    python -m bench claims        reads ../shared/data/claims, writes bench/results/claims.{json,md}

Partly supported counts as not supported. Every threshold, and the weights of the check's score,
are set on the first half of the file; the figures are those of the second half. The baselines
get the same evidence as the check. WiCE: Kamoi, Goyal, Rodriguez, Durrett, EMNLP 2023.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import corruptions
from bench.corruptions import Passed
from rag.cite.check import check, find_faults
from rag.cite.matching import Alignment, align
from rag.cite.reading import read
from rag.cite.scorer import EmbeddingScorer, Scorer
from rag.embed import load_embedder

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data" / "claims" / "claims.jsonl.gz"
NEWS = ROOT.parent / "shared" / "data" / "news-2025" / "articles.jsonl.gz"
RESULTS = ROOT / "bench" / "results"
MOST_SENTENCES = 6
"""Sentences of a page that may be put together as evidence."""


@dataclass(frozen=True)
class Case:
    """One claim: the truth, and what each way of judging makes of it."""

    id: str
    supported: bool
    verdict: str
    support: float
    coverage: float
    wrong: int
    unsure: int
    missing: float
    similarity: float
    nearest: float
    overlap: float
    nearest_overlap: float


@dataclass(frozen=True)
class Figures:
    """Of the second half: F1 and balanced accuracy, with 95 % intervals by bootstrap."""

    name: str
    f1: float
    f1_interval: tuple[float, float]
    balanced_accuracy: float
    balanced_accuracy_interval: tuple[float, float]
    precision: float
    recall: float
    threshold: float | None


# --------------------------------------------------------------------------------- judging


def judge(row: dict[str, Any], scorer: Scorer) -> Case:
    """Everything that is needed of one claim, each way of judging on its own."""
    claim = read(row["claim"])
    alignments = [align(claim, read(sentence)) for sentence in row["sentences"]]
    chosen = gather(alignments)
    evidence = " ".join(row["sentences"][index] for index in chosen)
    pairs = [(row["claim"], text) for text in (evidence, *row["sentences"])]
    similarity, *nearest = scorer.score(pairs)
    whole = align(claim, read(evidence))
    faults = list(find_faults(whole))
    result = check(row["claim"], evidence, similarity=similarity)
    names = [word for word in whole.missing if word.kind == "name"]
    return Case(
        id=row["id"],
        supported=row["label"] == "supported",
        verdict=result.verdict,
        support=result.support,
        coverage=whole.coverage,
        wrong=sum(fault.wrong for fault in faults),
        unsure=len(faults) - sum(fault.wrong for fault in faults),
        missing=len(names) + whole.figures.count(False),
        similarity=similarity,
        nearest=max(nearest, default=0.0),
        overlap=overlap(row["claim"], evidence),
        nearest_overlap=max(
            (overlap(row["claim"], sentence) for sentence in row["sentences"]), default=0.0
        ),
    )


def gather(alignments: Sequence[Alignment]) -> list[int]:
    """Sentences, in order, chosen one by one for what they add to what the claim needs."""
    chosen: list[int] = []
    held = [0.0] * (len(alignments[0].parts) if alignments else 0)
    while len(chosen) < MOST_SENTENCES:
        gains = [
            sum(
                weight * max(0.0, new - old)
                for (weight, new), old in zip(alignment.parts, held, strict=True)
            )
            for alignment in alignments
        ]
        best = max(range(len(gains)), key=gains.__getitem__, default=-1)
        if best < 0 or gains[best] <= 0:
            break
        chosen.append(best)
        held = [max(old, new) for old, (_, new) in zip(held, alignments[best].parts, strict=True)]
    return sorted(chosen)


def overlap(claim: str, evidence: str) -> float:
    """The share of the claim's words that the evidence has, function words aside."""
    words = {word.folded for word in read(claim).words if word.kind != "function"}
    return len(words & read(evidence).folded) / len(words) if words else 0.0


# --------------------------------------------------------------------------------- figures


def measure(
    name: str, first: Sequence[Case], second: Sequence[Case], score: Callable[[Case], float]
) -> Figures:
    """The figures of a score, its threshold the one with the best F1 on the first half."""
    thresholds = sorted({score(case) for case in first})
    truth = [case.supported for case in first]
    best = max(thresholds, key=lambda t: f1(truth, [score(case) >= t for case in first]))
    return figures(name, second, [score(case) >= best for case in second], best)


def figures(
    name: str, cases: Sequence[Case], said: Sequence[bool], threshold: float | None
) -> Figures:
    truth = [case.supported for case in cases]
    hits = sum(t and s for t, s in zip(truth, said, strict=True))
    return Figures(
        name,
        f1(truth, said),
        interval(f1, truth, said),
        balanced_accuracy(truth, said),
        interval(balanced_accuracy, truth, said),
        hits / max(1, sum(said)),
        hits / max(1, sum(truth)),
        threshold,
    )


def f1(truth: Sequence[bool], said: Sequence[bool]) -> float:
    """Harmonic mean of precision and recall: 2 · hits / (said + true)."""
    hits = sum(t and s for t, s in zip(truth, said, strict=True))
    return 2 * hits / max(1, sum(said) + sum(truth))


def balanced_accuracy(truth: Sequence[bool], said: Sequence[bool]) -> float:
    """The mean of the shares of supported and of other claims that are judged rightly."""
    yes = [s for t, s in zip(truth, said, strict=True) if t]
    no = [not s for t, s in zip(truth, said, strict=True) if not t]
    return (sum(yes) / max(1, len(yes)) + sum(no) / max(1, len(no))) / 2


def interval(
    metric: Callable[[Sequence[bool], Sequence[bool]], float],
    truth: Sequence[bool],
    said: Sequence[bool],
) -> tuple[float, float]:
    """The middle 95 % of the metric over 1,000 samples drawn with replacement."""
    chance = random.Random(0)
    values = []
    for _ in range(1000):
        drawn = chance.choices(range(len(truth)), k=len(truth))
        values.append(metric([truth[i] for i in drawn], [said[i] for i in drawn]))
    values.sort()
    return values[25], values[974]


# --------------------------------------------------------------------------------- report


def evaluate(cases: Sequence[Case]) -> list[Figures]:
    half = len(cases) // 2
    first, second = cases[:half], cases[half:]
    shipped = [case.verdict == "supported" for case in second]
    not_refused = [case.verdict != "unsupported" for case in second]
    always = [True] * len(second)
    return [
        figures("always supported", second, always, None),
        measure("embedding similarity, nearest sentence", first, second, lambda c: c.nearest),
        measure("embedding similarity, same evidence", first, second, lambda c: c.similarity),
        measure("word overlap, nearest sentence", first, second, lambda c: c.nearest_overlap),
        measure("word overlap, same evidence", first, second, lambda c: c.overlap),
        measure("the check: its score", first, second, lambda c: c.support),
        figures('the check: the verdict "supported" as shipped', second, shipped, None),
        figures('the check: "supported" or "partly"', second, not_refused, None),
    ]


def report(found: Sequence[Figures], count: int) -> str:
    lines = [
        "# Supported or not: the check on WiCE",
        "",
        f"{count} claims, the second half of the file; thresholds set on the first. In brackets:",
        "95 % by bootstrap. Made by `python -m bench claims`.",
        "",
        "| | F1 | balanced accuracy | precision | recall |",
        "|---|---|---|---|---|",
    ]
    for one in found:
        low, high = one.f1_interval
        low_accuracy, high_accuracy = one.balanced_accuracy_interval
        lines.append(
            f"| {one.name} | {one.f1:.3f} ({low:.2f}–{high:.2f}) | {one.balanced_accuracy:.3f} "
            f"({low_accuracy:.2f}–{high_accuracy:.2f}) | {one.precision:.2f} | {one.recall:.2f} |"
        )
    return "\n".join(lines) + "\n"


def report_corruptions(passed: Sequence[Passed]) -> str:
    lines = [
        "",
        "# Real sentences made false",
        "",
        "At most one sentence of each of 400 news articles, changed in one way; the sentence",
        "itself is the evidence; the rules alone decide. The last row is still true.",
        "",
        "| change | sentences | come out as supported | as partly supported |",
        "|---|---|---|---|",
        *(f"| {one.change} | {one.count} | {one.supported} | {one.partly} |" for one in passed),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] = ()) -> int:
    """Evaluate and write the results. Returns 1 if the claims are not there."""
    if not DATA.is_file():
        print("the claims in ../shared/data/claims are not here: nothing measured", file=sys.stderr)
        return 1
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    scorer = EmbeddingScorer(load_embedder())
    cases = [judge(row, scorer) for row in rows]
    found = evaluate(cases)
    passed = corruptions.run(NEWS) if NEWS.is_file() else []
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = report(found, len(cases) - len(cases) // 2) + report_corruptions(passed)
    (RESULTS / "claims.md").write_text(text, "utf-8")
    record = {
        "figures": [asdict(one) for one in found],
        "corruptions": [asdict(one) for one in passed],
        "cases": [asdict(case) for case in cases],
    }
    (RESULTS / "claims.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
