"""How the time of a retrieval grows with the index: `python -m bench retrieval --curve`.

Indexes of growing size on disk, of the first articles of a larger one, whose stored vectors are
used again instead of encoding. Every question is asked of each; the median of a question's time
in three rounds counts, and the median over the questions is shown, beside its parts.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag import Article, Index
from rag.catalog import Filters
from rag.embed import Embedder, Vectors, embedding_texts
from rag.retrieve import CANDIDATES, dense_search, keyword_search, retrieve
from rag.types import Span

SIZES = (1_000, 10_000, 60_000)  # passages, at least
ROUNDS = 3
PARTS = ("question encoded", "searched by meaning", "searched by keywords", "in all")


def curve(index: Index, questions: Sequence[str], results: Path) -> None:
    """Writes retrieval-curve.json, .md and .svg into `results`."""
    rows = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder, smaller(index, size, Path(folder)) as part:
            rows.append(timed(part, questions))
            print(rows[-1], flush=True)
    (results / "retrieval-curve.json").write_text(json.dumps(rows, indent=2) + "\n")
    (results / "retrieval-curve.md").write_text(table(rows))
    plot(rows, results / "retrieval-curve.svg")


def smaller(index: Index, size: int, folder: Path) -> Index:
    """An index of the first articles of another, at least `size` passages if it has them."""
    articles: list[Article] = []
    known: dict[str, Vectors] = {}
    for info in index.articles():
        article = index.article(info.id)
        spans, vectors = stored(index, info.id)
        known.update(zip(embedding_texts(article, spans, index.embedder), vectors, strict=True))
        articles.append(article)
        if len(known) >= size:
            break
    part = Index.open(folder, embedder=Stored(index.embedder, known))
    part.put(articles)
    part.ready()
    return part


def stored(index: Index, article_id: str) -> tuple[list[Span], Vectors]:
    """The passages of an article and their vectors."""
    with index.catalog.view() as view:
        numbers = view.passage_numbers([view.article_number(article_id)])
        passages = view.passages(numbers)
        return [passages[number].span for number in numbers], view.vectors(numbers)


class Stored:
    """An embedder that knows the vectors of its passages; questions are really encoded."""

    def __init__(self, embedder: Embedder, known: dict[str, Vectors]) -> None:
        self._embedder = embedder
        self._known = known
        self.name = embedder.name
        self.dimension = embedder.dimension
        self.max_tokens = embedder.max_tokens

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.asarray([self._known[text] for text in texts], dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        return self._embedder.embed_query(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)


def timed(index: Index, questions: Sequence[str]) -> dict[str, Any]:
    """Median milliseconds of each part, over the questions."""
    with index.catalog.view() as view:
        articles, passages = view.counts()
    medians: dict[str, list[float]] = {part: [] for part in PARTS}
    for question in ("Is everything loaded?", *questions):
        rounds = [milliseconds(index, question) for _ in range(ROUNDS)]
        for part in PARTS:
            medians[part].append(statistics.median(times[part] for times in rounds))
    found = {part: round(statistics.median(times[1:]), 2) for part, times in medians.items()}
    return {"articles": articles, "passages": passages, **found}


def milliseconds(index: Index, question: str) -> dict[str, float]:
    with index.catalog.view() as view:
        vector = index.embedder.embed_query(question)
        steps: dict[str, Callable[[], object]] = {
            PARTS[0]: lambda: index.embedder.embed_query(question),
            PARTS[1]: lambda: dense_search(index, view, vector, CANDIDATES, None),
            PARTS[2]: lambda: keyword_search(view, question, CANDIDATES, None),
        }
        times = {name: _milliseconds(step) for name, step in steps.items()}
    return times | {PARTS[3]: _milliseconds(lambda: retrieve(index, question, 8, Filters()))}


def _milliseconds(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    step()
    return 1000 * (time.perf_counter() - began)


def table(rows: Sequence[dict[str, Any]]) -> str:
    ratio = rows[1]["in all"] / rows[0]["in all"]
    lines = [
        "Retrieval of 8 passages, median milliseconds over the questions, warm.\n",
        "| passages | articles | " + " | ".join(PARTS) + " |",
        "|---|---|" + "---|" * len(PARTS),
    ]
    lines += [
        f"| {row['passages']:,} | {row['articles']:,} | "
        + " | ".join(f"{row[part]:.1f}" for part in PARTS)
        + " |"
        for row in rows
    ]
    return "\n".join([*lines, "", f"Ten times the passages of the smallest: {ratio:.2f} x."]) + "\n"


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "footnote"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 3.6), layout="constrained")
    for part in PARTS:
        axes.plot([r["passages"] for r in rows], [r[part] for r in rows], marker="o", label=part)
    axes.set(xscale="log", ylim=(0, None), xlabel="passages in the index", ylabel="median ms")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
