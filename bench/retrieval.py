"""Which passages are handed on, on news-2025: `python -m bench retrieval --index FOLDER`.

Needs an index of all 5,386 articles; `--build` makes it in that folder, from a text file each as
`python -m bench ingest` does. For each answerable question, over the whole pool: whether a gold
answer's words are within the first 600 words handed on, and the reciprocal rank of the first
passage that holds them (MRR@10). The label is a string match, the same for every row. Tuned on
the first half of the questions; the second half is reported.

The rows build on each other: first the two searches alone, then their fusion, then one part of
the rerank after the other, then the pipeline itself, which also folds copies. With `--reader`, a
last row orders its passages by the trained reader. `--curve` measures the time of a retrieval in
indexes of growing size instead, made from the stored vectors of this one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.curve import curve
from bench.ingest import write_files
from eval.metrics.squad import normalise
from rag import Index
from rag.catalog import Filters, StoredPassage, View, keyword_header
from rag.reader import load_reader
from rag.rerank import WEIGHTS, Evidence, measure
from rag.retrieve import CANDIDATES, dense_search, fuse, keyword_search, retrieve

QUESTIONS = Path("../shared/data/news-2025/questions.jsonl")
RESULTS = Path(__file__).parent / "results"
WORDS = 600
HANDED_ON = 10  # passages; more than 600 words in any order
READ = 20  # passages that the reader orders

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
    parser.add_argument("--reader", action="store_true", help="a row with the trained reader too")
    parser.add_argument("--curve", action="store_true")
    options = parser.parse_args()
    index = Index.open(options.index)
    if options.build:
        with tempfile.TemporaryDirectory() as folder:
            write_files(Path(folder), 10**9)
            print(index.sync(folder))
    RESULTS.mkdir(exist_ok=True)
    if options.curve:
        curve(index, [question["question"] for question in questions("second")], RESULTS)
        return
    ways = WAYS | ({"passages as the trained reader orders them": read} if options.reader else {})
    rows = [measure_way(index, name, search, options.half) for name, search in ways.items()]
    text = table(rows, options.half, index)
    print(text)
    if options.half == "second":
        (RESULTS / "retrieval.md").write_text(text)
        figures = [row.__dict__ for row in rows]
        (RESULTS / "retrieval.json").write_text(json.dumps(figures, indent=2) + "\n")


# -- The ways ------------------------------------------------------------------------------


def dense(index: Index, question: str) -> list[str]:
    with index.catalog.view() as view:
        vector = index.embedder.embed_query(question)
        return _texts(view, [n for n, _ in dense_search(index, view, vector, CANDIDATES, None)])


def keyword(index: Index, question: str) -> list[str]:
    with index.catalog.view() as view:
        return _texts(view, [n for n, _ in keyword_search(view, question, CANDIDATES, None)])


def fused(index: Index, question: str) -> list[str]:
    with index.catalog.view() as view:
        vector = index.embedder.embed_query(question)
        near = [n for n, _ in dense_search(index, view, vector, CANDIDATES, None)]
        holding = [n for n, _ in keyword_search(view, question, CANDIDATES, None)]
        return _texts(view, [n for n, _ in fuse([near, holding])])


def weighted(index: Index, question: str, *, parts: Sequence[str]) -> list[str]:
    """The candidates by some parts of the rerank, copies not folded."""
    with index.catalog.view() as view:
        vector = index.embedder.embed_query(question)
        near = [n for n, _ in dense_search(index, view, vector, CANDIDATES, None)]
        found = dict(keyword_search(view, question, CANDIDATES, None))
        numbers = [n for n, _ in fuse([near, list(found)])]
        stored = view.passages(numbers)
        titles = {i.id: keyword_header(i) for i in view.infos(_articles(stored.values()))}
        cosines = view.vectors(numbers) @ vector
    candidates = [
        Evidence(p.text, titles[p.span.article_id], p.span.article_id, p.span.start, c, keywords)
        for p, c, keywords in (
            (stored[n], float(c), found.get(n)) for n, c in zip(numbers, cosines, strict=True)
        )
    ]
    measured = measure(question, candidates)
    scores = [sum(WEIGHTS[part] * measured[part][n] for part in parts) for n in range(len(numbers))]
    order = sorted(range(len(numbers)), key=lambda n: -scores[n])
    return [candidates[n].text for n in order]


def whole(index: Index, question: str) -> list[str]:
    """What the assistant does."""
    return [passage.text for passage in retrieve(index, question, HANDED_ON, Filters()).passages]


def read(index: Index, question: str) -> list[str]:
    """The pipeline's passages by how sure the trained reader is that each answers."""
    reader = load_reader()
    if reader is None:
        raise SystemExit("the reader's weights are missing")
    found = retrieve(index, question, READ, Filters())
    headers = [keyword_header(found.articles[p.span.article_id]) for p in found.passages]
    texts = [passage.text for passage in found.passages]
    readings = reader.read(question, texts, headers)
    order = sorted(range(len(texts)), key=lambda n: -readings[n].answerable)
    return [texts[n] for n in order]


_STEPS = list(WEIGHTS)

WAYS: dict[str, Search] = {
    "meaning alone (MiniLM)": dense,
    "keywords alone (FTS5 BM25)": keyword,
    "both, reciprocal rank fusion": fused,
    "both, scores weighted 4 to 1": partial(weighted, parts=_STEPS[:2]),
    **{
        f"and {part}": partial(weighted, parts=_STEPS[: n + 1])
        for n, part in enumerate(_STEPS)
        if n >= 2
    },
    "and copies folded: the pipeline": whole,
}


# -- The figures ---------------------------------------------------------------------------


def measure_way(index: Index, name: str, search: Search, half: str) -> Row:
    within, ranks, seconds = [], [], []
    search(index, "Is everything loaded?")
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
    with QUESTIONS.open() as lines:
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


def _articles(passages: Iterable[StoredPassage]) -> set[str]:
    return {passage.span.article_id for passage in passages}


def _texts(view: View, numbers: Sequence[int]) -> list[str]:
    stored = view.passages(numbers)
    return [stored[number].text for number in numbers if number in stored]
