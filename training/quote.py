"""Fit the quoting regression and its threshold: `python -m training.quote`.

Reads the first halves of ../shared/data squad and news-2025 (the second halves are for
reports), asks the real pipeline for every sentence's signals, and fits a logistic regression
of "this sentence holds a gold answer", once with the reader's signals and once without. The
threshold is the likelihood of the best sentence below which RIGHT_REFUSED of the questions that
are quoted rightly fall, on the set where that is lowest: a refusal costs only where what is refused
was right, and is worth most where it was wrong.
Writes rag/data/quote.json. The seed of the sample is fixed. With --half second nothing is fitted:
what the shipped fit does there is reported in training/results/quote.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import pickle
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from eval.metrics.squad import normalise
from rag import Article, Assistant, quote
from rag.catalog import Filters
from rag.quote import Quotable
from rag.read import read, wanted
from rag.reader import Reader
from rag.retrieve import retrieve
from rag.types import parse_published
from training.evaluate import WRONG_REFUSALS, fit_threshold

DATA = Path("../shared/data")
FIGURES = Path(__file__).parent / "results" / "quote.json"
RIGHT_REFUSED = 0.125
PLAIN = 5  # signals without the reader's

Question = dict[str, Any]
Row = tuple[Question, list[Quotable]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--squad", type=int, default=240, help="questions")
    parser.add_argument("--news", type=int, default=80, help="questions")
    parser.add_argument("--weights", type=Path, help="the reader's, if not the shipped ones")
    parser.add_argument("--rows", type=Path, default=Path("training/runs/quote-rows.pkl"))
    parser.add_argument("--refit", action="store_true", help="from the rows of an earlier run")
    parser.add_argument("--passages", type=int, help="to read of, if not as many as in use")
    parser.add_argument("--half", choices=("first", "second"), default="first")
    options = parser.parse_args()
    if options.refit:
        rows = pickle.loads(options.rows.read_bytes())
    else:
        reader = Reader.load(options.weights) if options.weights or Reader.available() else None
        rows = {
            name: list(collect(name, count, reader, options))
            for name, count in (("squad", options.squad), ("news-2025", options.news))
        }
        options.rows.parent.mkdir(parents=True, exist_ok=True)
        options.rows.write_bytes(pickle.dumps(rows))
    if options.half == "first":
        fits = {"plain": fit(rows, PLAIN), "reader": fit(rows, None)}
        quote.FIT.write_text(json.dumps(fits, indent=2) + "\n", encoding="utf-8")
    quote.load_fit.cache_clear()
    figures = {
        name: {kind: report(rows[name], kind == "reader") for kind in ("plain", "reader")}
        for name in rows
    }
    print(json.dumps(figures, indent=2))
    if options.half == "second":
        FIGURES.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def collect(
    name: str, count: int, reader: Reader | None, options: argparse.Namespace
) -> Iterator[Row]:
    """Every sentence's signals for a sample of questions, each asked of its own articles."""
    questions = [json.loads(line) for line in (DATA / name / "questions.jsonl").open()]
    middle = len(questions) // 2
    chosen = questions[:middle] if options.half == "first" else questions[middle:]
    chosen = random.Random(7).sample(chosen, min(count, len(chosen)))
    needed = {article for question in chosen for article in question["articles"]}
    with gzip.open(DATA / name / "articles.jsonl.gz", "rt") as lines:
        articles = [Article(**a) for a in map(json.loads, lines) if a["id"] in needed]
    began = time.perf_counter()
    assistant = Assistant.from_articles(articles)
    print(f"{name}: {len(articles)} articles in {time.perf_counter() - began:.0f} s", flush=True)
    for question in chosen:
        filters = Filters(tuple(question["articles"]))
        most = options.passages or assistant.settings.passages
        asked, text = parse_published(question.get("asked")), question["question"]
        first = wanted(most) if reader else most
        found, readings = retrieve(assistant.index, text, first, filters, asked=asked), None
        if reader:
            found, readings = read(text, found, reader, most)
        scored = quote.score_sentences(
            text, found.passages, found.articles, assistant.index.embedder, readings
        )
        yield question, scored


def fit(rows: dict[str, list[Row]], signals: int | None) -> dict[str, Any]:
    """Weights, bias and threshold; each data set counts the same."""
    x, y, weight = [], [], []
    for of_set in rows.values():
        size = sum(len(scored) for _, scored in of_set)
        for question, scored in of_set:
            x += [quotable.signals()[:signals] for quotable in scored]
            y += [holds_gold(question, [quotable]) for quotable in scored]
            weight += [1000.0 / size] * len(scored)
    model = LogisticRegression(C=10.0, max_iter=2000).fit(x, y, sample_weight=weight)
    weights, bias = model.coef_[0].round(4).tolist(), round(float(model.intercept_[0]), 4)
    fitted = quote.Fit(tuple(weights), bias, 0.0)
    best = [np.quantile(right_scores(fitted, of_set), RIGHT_REFUSED) for of_set in rows.values()]
    return {"weights": weights, "bias": bias, "threshold": round(float(min(best)), 4)}


def right_scores(fitted: quote.Fit, rows: list[Row]) -> list[float]:
    """The best sentence's likelihood in each question that is quoted rightly."""
    ranked = [(q, scored_by(fitted, scored)) for q, scored in rows if q["answerable"]]
    return [quote.answerable(s) for q, s in ranked if s and holds_gold(q, quote.select(s))]


def scored_by(fitted: quote.Fit, scored: list[Quotable]) -> list[Quotable]:
    """The sentences with the likelihood of this fit, best first."""
    width = len(fitted.weights)
    again = [replace(q, score=fitted.likelihood(q.signals()[:width])) for q in scored]
    return sorted(again, key=lambda quotable: -quotable.score)


def report(rows: list[Row], with_reader: bool) -> dict[str, float]:
    fitted = quote.load_fit(with_reader)
    able, scores, held, refused = [], [], [], []
    for question, scored in rows:
        again = scored_by(fitted, scored)
        able.append(question["answerable"])
        scores.append(quote.answerable(again))
        refused.append(quote.answerable(again) < fitted.threshold)
        if question["answerable"]:
            held.append(holds_gold(question, quote.select(again)))
    has, declined = np.array(able), np.array(refused)
    return {
        "questions": len(rows),
        "answerable": int(has.sum()),
        "gold words in the quotation": round(float(np.mean(held)), 4),
        "of them not refused": round(float(np.mean(np.array(held) & ~declined[has])), 4),
        "AUROC": round(float(roc_auc_score(able, scores)), 4),
        "declines where no article has them": round(float(declined[~has].mean()), 4),
        "wrong refusals": round(float(declined[has].mean()), 4),
        "declines at .15 wrong refusals": round(float(declines_at(has, np.array(scores))), 4),
    }


def declines_at(able: np.ndarray, scores: np.ndarray) -> float:
    """How many unanswerable ones are declined where at most .15 of the answerable ones are."""
    bar = fit_threshold(scores.tolist(), able.tolist(), WRONG_REFUSALS)
    return float((scores[~able] < bar).mean())


def holds_gold(question: Question, quotables: list[Quotable]) -> bool:
    text = normalise(" ".join(quotable.text for quotable in quotables))
    return any(
        f" {normalise(gold)} " in f" {text} " for gold in question["answers"] if normalise(gold)
    )


if __name__ == "__main__":
    main()
