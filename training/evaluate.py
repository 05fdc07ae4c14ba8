"""What the reader can do, on data it was not trained on.

    python -m training.evaluate squad news pool [--weights PATH] [--most N] [--without]

squad   half of SQuAD 2.0 dev, the gold paragraph given: exact match, F1, no-answer accuracy, AUROC
news    news-2025, the question's own articles given: do two quoted sentences of at most 60 words
        hold the gold words; how often it declines where no article has them, and where one has
pool    news-2025, all articles: the order of BM25's best passages, before and after reranking

--without measures what there is without the reader: the nearest sentence by MiniLM.

What is fitted (thresholds, weights) is fitted on every third question of the first half of a file
and reported on the second half. Out: `training/results/<task>.json`, figures only; the readings go
to `training/runs/`, ids and offsets, so that fitting needs no reading.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from rag.chunk import chunk, split_sentences
from rag.reader import WEIGHTS, Found, PassageReader, Reader, Reading, header_of, load_tokenizer
from rag.types import Article
from training.metrics import auroc, exact_match, normalise, word_f1
from training.similarity import SimilarityReader

ROOT = Path(__file__).resolve().parent
RUNS, RESULTS = ROOT / "runs", ROOT / "results"
DATA = ROOT.parent.parent / "shared" / "data"
READ = 24  # passages read for a question
MOST_WORDS = 60
WRONG_REFUSALS = 0.15
FIT_STEP = 3
SEED = 7
SPAN_WEIGHT = 0.25  # of the words' score beside the passage's
Row = dict[str, Any]


def load(folder: str) -> tuple[dict[str, Article], list[Row]]:
    """The articles by id and the questions of a folder of the data."""
    with gzip.open(DATA / folder / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    articles = {
        row["id"]: Article(
            row["id"], row["text"], row["title"], row["source"], row["published"] or None
        )
        for row in rows
    }
    questions = (DATA / folder / "questions.jsonl").read_text("utf-8").splitlines()
    return articles, [json.loads(line) for line in questions]


def logit(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))


# -- Reading, the slow part -------------------------------------------------------------------


def halves(questions: Sequence[Row]) -> list[Row]:
    """Every third question of the first half and all of the second, marked which is which.

    In a random order, always the same, so that reading may be cut short.
    """
    half = len(questions) // 2
    fitted_on = [{**question, "half": 1} for question in questions[:half:FIT_STEP]]
    every = fitted_on + [{**question, "half": 2} for question in questions[half:]]
    random.Random(SEED).shuffle(every)
    return every


def read_squad(reader: PassageReader, questions: Sequence[Row]) -> Iterator[Row]:
    articles, _ = load("squad")
    for question in questions:
        article = articles[question["articles"][0]]
        passage = article.text.split("\n\n")[question["passage"]]
        [reading] = reader.read(question["question"], [passage])
        yield {**kept_of(question), "readings": [asdict(reading)]}


def kept_of(question: Row) -> Row:
    return {"id": question["id"], "half": question.get("half", 1)}


class Passages:
    """The passages of articles and a keyword search over them (SQLite FTS5, BM25, porter)."""

    def __init__(self, articles: Sequence[Article]) -> None:
        tokenizer = load_tokenizer()

        def count(texts: Sequence[str]) -> list[int]:
            return [
                len(e) for e in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
            ]

        self.rows = [
            (article, span.start, span.end)
            for article in articles
            for span in chunk(article, count)
        ]
        self._database = sqlite3.connect(":memory:")
        self._database.execute("CREATE VIRTUAL TABLE f USING fts5(t, tokenize='porter unicode61')")
        texts = ((f"{a.title} {a.text[start:end]}",) for a, start, end in self.rows)
        self._database.executemany("INSERT INTO f(t) VALUES (?)", texts)

    def search(self, question: str, limit: int) -> list[tuple[Article, int, int]]:
        words = re.findall(r"\w+", question.lower())
        query = " OR ".join(f'"{word}"' for word in words) or '""'
        found = self._database.execute(
            "SELECT rowid FROM f WHERE f MATCH ? ORDER BY bm25(f) LIMIT ?", (query, limit)
        )
        return [self.rows[number - 1] for (number,) in found]


def read_passages(
    reader: PassageReader, question: Row, passages: Sequence[tuple[Article, int, int]]
) -> Row:
    texts = [article.text[start:end] for article, start, end in passages]
    headers = [header_of(article.title, article.published) for article, _, _ in passages]
    readings = reader.read(question["question"], texts, headers)
    spans = [(article.id, start, end) for article, start, end in passages]
    return {**kept_of(question), "spans": spans, "readings": [asdict(r) for r in readings]}


def read_news(reader: PassageReader, questions: Sequence[Row]) -> Iterator[Row]:
    articles, _ = load("news-2025")
    for question in questions:
        own = Passages([articles[number] for number in question["articles"]])
        yield read_passages(reader, question, own.search(question["question"], READ))


def read_pool(reader: PassageReader, questions: Sequence[Row]) -> Iterator[Row]:
    articles, _ = load("news-2025")
    pool = Passages(list(articles.values()))
    for question in questions:
        yield read_passages(reader, question, pool.search(question["question"], READ))


# -- Measuring ---------------------------------------------------------------------------------


def revive(row: Row) -> Reading:
    """A Reading from its JSON form."""
    return Reading(**{**row, "found": tuple(Found(**found) for found in row["found"])})


def split(rows: Sequence[Row], items: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The items fitted on, and the items reported."""
    pairs = list(zip(rows, items, strict=True))
    return [i for row, i in pairs if row["half"] == 1], [i for row, i in pairs if row["half"] == 2]


def fit_threshold(scores: Sequence[float], truth: Sequence[bool], most: float) -> float:
    """The highest threshold below which at most this share of the true ones falls."""
    positive = sorted(score for score, label in zip(scores, truth, strict=True) if label)
    return positive[int(most * len(positive))] if positive else 0.0


Case = tuple[list[str], bool, str, float]


def squad_cases(rows: list[Row]) -> list[Case]:
    articles, questions = load("squad")
    by_id = {question["id"]: question for question in questions}
    cases = []
    for row in rows:
        question, reading = by_id[row["id"]], revive(row["readings"][0])
        passage = articles[question["articles"][0]].text.split("\n\n")[question["passage"]]
        text = passage[reading.start : reading.end]
        score = logit(reading.answerable) + SPAN_WEIGHT * reading.span_score
        cases.append((question["answers"], question["answerable"], text, score))
    return cases


def best_threshold(cases: Sequence[Case]) -> float:
    """The threshold with the best overall F1: words are given at or above it."""
    gains = sorted(
        (score, word_f1(text, answers) if answerable else -1.0)
        for answers, answerable, text, score in cases
    )
    totals = np.cumsum([gain for _, gain in reversed(gains)])
    return gains[len(gains) - 1 - int(totals.argmax())][0]


def measure_squad(rows: list[Row]) -> Row:
    first, second = split(rows, squad_cases(rows))
    threshold = best_threshold(first)
    return {
        "threshold": threshold,
        "fitted on": squad_figures(first, threshold),
        "second half": squad_figures(second, threshold),
    }


def squad_figures(cases: Sequence[Case], threshold: float) -> Row:
    has = [case for case in cases if case[1]]
    given = [(c, c[2] if c[3] >= threshold else "") for c in cases]
    answers = [(c[0] if c[1] else [], text) for c, text in given]
    return {
        "questions": len(cases),
        "has-answer EM, no null allowed": mean(exact_match(c[2], c[0]) for c in has),
        "has-answer F1, no null allowed": mean(word_f1(c[2], c[0]) for c in has),
        "AUROC answerable": round(auroc([c[3] for c in cases], [c[1] for c in cases]), 4),
        "EM": mean(exact_match(text, gold) for gold, text in answers),
        "F1": mean(word_f1(text, gold) for gold, text in answers),
        "no-answer accuracy": mean(float(not text) for c, text in given if not c[1]),
    }


def mean(values: Iterator[float]) -> float:
    every = list(values)
    return round(float(np.mean(every)), 4) if every else float("nan")


def quoted(row: Row, articles: dict[str, Article]) -> tuple[str, float]:
    """The two best sentences, together at most 60 words, and the score of the best."""
    found: dict[tuple[str, int, int], float] = {}
    for (article_id, start, end), item in zip(row["spans"], row["readings"], strict=True):
        reading, text = revive(item), articles[article_id].text
        sentences = split_sentences(text, start, end)
        for place in reading.found:
            score = logit(reading.answerable) + SPAN_WEIGHT * place.score
            where = start + place.start
            sentence = next(((a, b) for a, b in sentences if a <= where < b), (start, end))
            key = (article_id, *sentence)
            found[key] = max(score, found.get(key, -math.inf))
    best = sorted(found.items(), key=lambda item: -item[1])
    texts: list[list[str]] = []
    for (article_id, start, end), _ in best:
        words = articles[article_id].text[start:end].split()
        if len(texts) < 2 and words not in texts:
            texts.append(words)
    words = [word for text in texts for word in text][:MOST_WORDS]
    return " ".join(words), best[0][1] if best else -math.inf


def holds(text: str, answers: Sequence[str]) -> bool:
    """Whether the text has the words of an answer, as whole words."""
    padded = f" {normalise(text)} "
    return any(f" {normalise(answer)} " in padded for answer in answers if normalise(answer))


def measure_news(rows: list[Row]) -> Row:
    articles, questions = load("news-2025")
    by_id = {question["id"]: question for question in questions}
    cases = []
    for row in rows:
        question = by_id[row["id"]]
        text, score = quoted(row, articles)
        cases.append((question["answerable"], holds(text, question["answers"]), score))
    first, second = split(rows, cases)
    threshold = fit_threshold([c[2] for c in first], [c[0] for c in first], WRONG_REFUSALS)
    return {
        "threshold": threshold,
        "fitted on": news_figures(first, threshold),
        "second half": news_figures(second, threshold),
    }


def news_figures(cases: Sequence[tuple[bool, bool, float]], threshold: float) -> Row:
    has = [case for case in cases if case[0]]
    lacks = [case for case in cases if not case[0]]
    at_15 = fit_threshold([c[2] for c in cases], [c[0] for c in cases], WRONG_REFUSALS)
    return {
        "questions": len(cases),
        "with the words in an article": len(has),
        "gold words in the quoted 60 words": mean(float(c[1]) for c in has),
        "of them not refused": mean(float(c[1] and c[2] >= threshold) for c in has),
        "declines where no article has them": mean(float(c[2] < threshold) for c in lacks),
        "wrong refusals": mean(float(c[2] < threshold) for c in has),
        "declines at exactly .15 wrong refusals": mean(float(c[2] < at_15) for c in lacks),
        "AUROC": round(auroc([c[2] for c in cases], [c[0] for c in cases]), 4),
    }


def measure_pool(rows: list[Row]) -> Row:
    articles, questions = load("news-2025")
    by_id = {question["id"]: question for question in questions}
    first, second = split(rows, rows)
    weights = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, math.inf)
    tried = {w: pool_figures(first, by_id, articles, w) for w in weights}
    best = max(weights, key=lambda w: tried[w]["MRR@10"])
    return {
        "weight of the reader beside the rank": str(best),
        "second half, BM25": pool_figures(second, by_id, articles, 0.0),
        "second half, reader alone": pool_figures(second, by_id, articles, math.inf),
        "second half, both": pool_figures(second, by_id, articles, best),
    }


def pool_figures(
    rows: list[Row], by_id: dict[str, Row], articles: dict[str, Article], weight: float
) -> Row:
    """MRR@10 and whether the first 600 words hold the gold words, ordered by
    weight * P(answerable) / 61 + 1 / (60 + rank); infinity: by P(answerable) alone."""
    reciprocal, within = [], []
    for row in rows:
        chances = [item["answerable"] for item in row["readings"]]
        ranks = [0.0 if weight == math.inf else 1 / (61 + i) for i in range(len(chances))]
        share = 1.0 if weight == math.inf else weight / 61
        order = sorted(range(len(chances)), key=lambda i: -(share * chances[i] + ranks[i]))
        texts = [
            articles[row["spans"][i][0]].text[row["spans"][i][1] : row["spans"][i][2]]
            for i in order
        ]
        gold = by_id[row["id"]]["answers"]
        hits = [i for i, text in enumerate(texts[:10]) if holds(text, gold)]
        reciprocal.append(1 / (hits[0] + 1) if hits else 0.0)
        within.append(float(holds(" ".join(" ".join(texts).split()[:600]), gold)))
    return {
        "questions": len(rows),
        "MRR@10": mean(iter(reciprocal)),
        "gold within 600 words": mean(iter(within)),
    }


TASKS = {
    "squad": ("squad", read_squad, measure_squad),
    "news": ("news-2025", read_news, measure_news),
    "pool": ("news-2025", read_pool, measure_pool),
}


def evaluate(task: str, reader: PassageReader, most: int | None, kept: Path | None = None) -> Row:
    """Read the first `most` questions of the fixed order, unless they are kept, and measure."""
    folder, read, measure = TASKS[task]
    readings = kept or kept_readings(task, reader)
    if kept is None:
        _, questions = load(folder)
        asked = halves([q for q in questions if task != "pool" or q["answerable"]])
        RUNS.mkdir(exist_ok=True)
        with readings.open("w", encoding="utf-8") as out:
            for row in read(reader, asked[:most]):
                out.write(json.dumps(row) + "\n")
    rows = [json.loads(line) for line in readings.read_text("utf-8").splitlines()]
    return measure(rows)


def kept_readings(task: str, reader: PassageReader) -> Path:
    return RUNS / f"readings-{task}-{reader.name}.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", nargs="+", choices=sorted(TASKS))
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--without", action="store_true", help="by similarity, without the reader")
    parser.add_argument("--most", type=int, help="questions, in the fixed order; all by default")
    parser.add_argument("--kept", action="store_true", help="measure the readings kept before")
    options = parser.parse_args()
    reader = SimilarityReader() if options.without else Reader.load(options.weights)
    for name in options.tasks:
        kept = kept_readings(name, reader) if options.kept else None
        figures = evaluate(name, reader, options.most, kept)
        RESULTS.mkdir(exist_ok=True)
        to = RESULTS / f"{name}{'-without' if options.without else ''}.json"
        to.write_text(json.dumps(figures, indent=2) + "\n")
        print(json.dumps({name: figures}, indent=2))


if __name__ == "__main__":
    main()
