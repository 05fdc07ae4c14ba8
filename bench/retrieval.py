"""Which passages are handed on, on news-2025: `python -m bench retrieval --index FOLDER`.

Needs an index of all 5,386 articles; `--build` makes it in that folder, from a text file each as
`python -m bench ingest` does. For each answerable question, over the whole pool: whether a gold
answer's words are within the first 600 words handed on, and the reciprocal rank of the first
passage that holds them (MRR@10). The label is a string match, the same for every row. Tuned on
the first half of the questions; the second half is reported.

The rows build on each other: first the two searches alone, then their fusion, then one part of
the rerank after the other, then the pipeline itself, which also folds copies. The day on which a
question was asked is given, as a clock gives it in use: the pool goes on for months after it, and
a row shows what that brings. With `--reader`, a last row is of the passages after reading.
`--curve` measures the time of a retrieval in indexes of growing size instead, made from the
stored vectors of this one.
"""

from __future__ import annotations

import argparse
import datetime
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.curve import curve
from bench.ingest import write_files
from eval.metrics.squad import normalise
from rag import Index
from rag.catalog import Filters, View, keyword_header
from rag.read import read, wanted
from rag.reader import load_reader
from rag.rerank import WEIGHTS, Evidence, measure
from rag.retrieve import CANDIDATES, dense_search, fuse, keyword_search, retrieve
from rag.types import parse_published

QUESTIONS = Path("../shared/data/news-2025/questions.jsonl")
RESULTS = Path(__file__).parent / "results"
WORDS = 600
HANDED_ON = 10  # passages; more than 600 words in any order

Question = dict[str, Any]
Search = Callable[[Index, Question], list[str]]


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
    ways = WAYS | ({"the pipeline, and reading": read_across} if options.reader else {})
    rows = [measure_way(index, name, search, options.half) for name, search in ways.items()]
    text = table(rows, options.half, index)
    print(text)
    if options.half == "second":
        (RESULTS / "retrieval.md").write_text(text)
        figures = [row.__dict__ for row in rows]
        (RESULTS / "retrieval.json").write_text(json.dumps(figures, indent=2) + "\n")


# -- The ways ------------------------------------------------------------------------------


def dense(index: Index, question: Question) -> list[str]:
    with index.catalog.view() as view:
        return _texts(view, [n for n, _ in _near(index, view, question)])


def keyword(index: Index, question: Question) -> list[str]:
    with index.catalog.view() as view:
        return _texts(view, [n for n, _ in _holding(view, question)])


def fused(index: Index, question: Question) -> list[str]:
    with index.catalog.view() as view:
        both = _near(index, view, question), _holding(view, question)
        return _texts(view, [n for n, _ in fuse([[n for n, _ in found] for found in both])])


def weighted(index: Index, question: Question, *, parts: Sequence[str]) -> list[str]:
    """The candidates by some parts of the rerank, copies not folded."""
    text = question["question"]
    with index.catalog.view() as view:
        near, found = _near(index, view, question), dict(_holding(view, question))
        numbers = [n for n, _ in fuse([[n for n, _ in near], list(found)])]
        stored = view.passages(numbers)
        infos = {i.id: i for i in view.infos({p.span.article_id for p in stored.values()})}
        cosines = view.vectors(numbers) @ index.embedder.embed_query(text)
    candidates = [
        Evidence(
            text=stored[n].text,
            title=keyword_header(infos[stored[n].span.article_id]),
            article=stored[n].span.article_id,
            start=stored[n].span.start,
            meaning=float(cosine),
            keywords=found.get(n),
            published=infos[stored[n].span.article_id].published,
        )
        for n, cosine in zip(numbers, cosines, strict=True)
    ]
    measured = measure(text, candidates, day(question))
    scores = [sum(WEIGHTS[part] * measured[part][n] for part in parts) for n in range(len(numbers))]
    order = sorted(range(len(numbers)), key=lambda n: -scores[n])
    return [candidates[n].text for n in order]


def whole(index: Index, question: Question) -> list[str]:
    """What the assistant does, told on which day it is asked."""
    found = retrieve(index, question["question"], HANDED_ON, Filters(), asked=day(question))
    return [passage.text for passage in found.passages]


def undated(index: Index, question: Question) -> list[str]:
    """The same without the day: the pool holds articles of months after the question."""
    return whole(index, {"question": question["question"]})


def read_across(index: Index, question: Question) -> list[str]:
    """The passages as the assistant puts them in order where there is a reader."""
    reader = load_reader()
    if reader is None:
        raise SystemExit("the reader's weights are missing")
    text = question["question"]
    found = retrieve(index, text, wanted(HANDED_ON), Filters(), asked=day(question))
    handed_on, _ = read(text, found, reader, HANDED_ON)
    return [passage.text for passage in handed_on.passages]


def day(question: Question) -> datetime.date | None:
    return parse_published(question.get("asked"))


def _near(index: Index, view: View, question: Question) -> list[tuple[int, float]]:
    vector = index.embedder.embed_query(question["question"])
    return dense_search(index, view, vector, CANDIDATES, None)


def _holding(view: View, question: Question) -> list[tuple[int, float]]:
    return keyword_search(view, question["question"], CANDIDATES, None)


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
    "the pipeline, not told the day of the question": undated,
}


# -- The figures ---------------------------------------------------------------------------


def measure_way(index: Index, name: str, search: Search, half: str) -> Row:
    within, ranks, seconds = [], [], []
    search(index, {"question": "Is everything loaded?"})
    for question in questions(half):
        began = time.perf_counter()
        texts = search(index, question)
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


def _texts(view: View, numbers: Sequence[int]) -> list[str]:
    stored = view.passages(numbers)
    return [stored[number].text for number in numbers if number in stored]
