"""Which passages are handed on, on news-2025: `python -m bench retrieval --index FOLDER`.

Needs an index of all 5,386 articles (`rag.Index.add`; `--build` makes it). For each
answerable question, over the whole pool: whether a gold answer's words are within the first
600 words handed on, and the reciprocal rank of the first passage that holds them (MRR@10).
The label is a string match, the same for every row. Tuned on the first half of the
questions; the second half is reported.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.metrics.squad import normalise
from rag import Article, Index
from rag.catalog import Filters, View
from rag.retrieve import dense_search, fuse, keyword_search, retrieve

DATA = Path("../shared/data/news-2025")
RESULTS = Path(__file__).parent / "results"
WORDS = 600
DEPTH = 60

Question = dict[str, Any]
Search = Callable[[Index, str], list[str]]


@dataclass(frozen=True)
class Row:
    """One way to retrieve, on one half of the questions."""

    name: str
    within: float
    mrr: float
    milliseconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--build", action="store_true")
    parser.add_argument("--half", choices=("first", "second"), default="second")
    options = parser.parse_args()
    index = Index.open(options.index)
    if options.build:
        with gzip.open(DATA / "articles.jsonl.gz", "rt") as lines:
            print(index.add(Article(**json.loads(line)) for line in lines))
    rows = [measure(index, name, search, options.half) for name, search in WAYS.items()]
    text = table(rows, options.half, index)
    print(text)
    if options.half == "second":
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "retrieval.md").write_text(text)
        figures = [row.__dict__ for row in rows]
        (RESULTS / "retrieval.json").write_text(json.dumps(figures, indent=2) + "\n")


def dense(index: Index, question: str) -> list[str]:
    with index.catalog.view() as view:
        vector = index.embedder.embed_query(question)
        return _texts(view, [n for n, _ in dense_search(index, view, vector, DEPTH, None)])


def keyword(index: Index, question: str) -> list[str]:
    with index.catalog.view() as view:
        return _texts(view, [n for n, _ in keyword_search(view, question, DEPTH, None)])


def fused(index: Index, question: str) -> list[str]:
    with index.catalog.view() as view:
        vector = index.embedder.embed_query(question)
        near = [n for n, _ in dense_search(index, view, vector, DEPTH, None)]
        holding = [n for n, _ in keyword_search(view, question, DEPTH, None)]
        return _texts(view, [n for n, _ in fuse([near, holding])])


def whole(index: Index, question: str) -> list[str]:
    """What the assistant does."""
    return [passage.text for passage in retrieve(index, question, 10, Filters()).passages]


WAYS: dict[str, Search] = {
    "meaning alone (MiniLM)": dense,
    "keywords alone (FTS5 BM25)": keyword,
    "both, reciprocal rank fusion": fused,
    "the whole pipeline": whole,
}


def measure(index: Index, name: str, search: Search, half: str) -> Row:
    within, ranks, seconds = [], [], []
    for question in questions(half):
        began = time.perf_counter()
        texts = search(index, question["question"])
        seconds.append(time.perf_counter() - began)
        gold = [f" {normalise(answer)} " for answer in question["answers"]]
        within.append(any(g in f" {normalise(first_words(texts))} " for g in gold))
        holds = [any(g in f" {normalise(text)} " for g in gold) for text in texts[:10]]
        ranks.append(1 / (1 + holds.index(True)) if True in holds else 0.0)
    return Row(
        name,
        round(statistics.mean(within), 3),
        round(statistics.mean(ranks), 3),
        round(1000 * statistics.median(seconds), 1),
    )


def questions(half: str) -> list[Question]:
    """The answerable questions of one half of the file, in order."""
    with (DATA / "questions.jsonl").open() as lines:
        everything = [json.loads(line) for line in lines]
    able = [question for question in everything if question["answerable"]]
    middle = len(able) // 2
    return able[:middle] if half == "first" else able[middle:]


def first_words(texts: Sequence[str]) -> str:
    """The first 600 words of the passages in the order handed on, the last one cut."""
    return " ".join(" ".join(texts).split()[:WORDS])


def table(rows: Sequence[Row], half: str, index: Index) -> str:
    with index.catalog.view() as view:
        articles, passages = view.counts()
    lines = [
        f"news-2025, {len(questions(half))} answerable questions ({half} half), "
        f"{articles:,} articles, {passages:,} passages.\n",
        f"| | gold within {WORDS} words | MRR@10 | median ms |",
        "|---|---|---|---|",
    ]
    lines += [f"| {r.name} | {r.within:.3f} | {r.mrr:.3f} | {r.milliseconds} |" for r in rows]
    return "\n".join(lines) + "\n"


def _texts(view: View, numbers: Sequence[int]) -> list[str]:
    stored = view.passages(numbers)
    return [stored[number].text for number in numbers if number in stored]
