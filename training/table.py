"""Everything about the reader, with and without it, in one table: `python -m training.table`.

Reads and measures squad, news and pool (`training.evaluate`) with the reader and by similarity,
takes the claims' figures from `python -m bench claims`, the pipeline's over the whole pool from
`python -m bench retrieval --reader` and those of the whole way to the quotation from
`python -m training.quote --half second --squad 300 --news 415`, times answers in processes of
their own, and writes `training/results/table.md`. Reading takes about half an hour on two cores;
--kept takes the figures that `training.evaluate` wrote.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from rag import Assistant
from rag.reader import WEIGHTS, Reader
from rag.settings import Settings
from training.evaluate import RESULTS, ROOT, TASKS, Row, evaluate, halves, load
from training.similarity import SimilarityReader

CLAIMS = ROOT.parent / "bench" / "results" / "claims.json"
RETRIEVAL = CLAIMS.with_name("retrieval.json")
PIPELINE = {"without": "and copies folded: the pipeline", "with": "the pipeline, and reading"}
ASKED = 60
MOST = {"squad": None, "news": 400, "pool": 400}  # questions; the news has many articles to read

# What a row is called, the task, the path to its figure, and its goal.
ROWS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("SQuAD 2.0, gold paragraph: has-answer EM, no null allowed", "squad",
     ("second half", "has-answer EM, no null allowed"), ".70"),
    ("has-answer F1, no null allowed", "squad",
     ("second half", "has-answer F1, no null allowed"), ".80"),
    ("answerable against not, AUROC", "squad", ("second half", "AUROC answerable"), ".72"),
    ("all questions, EM", "squad", ("second half", "EM"), ""),
    ("all questions, F1", "squad", ("second half", "F1"), ".65"),
    ("no-answer accuracy", "squad", ("second half", "no-answer accuracy"), ""),
    ("news, own articles, reading alone: gold words in 60 words", "news",
     ("second half", "gold words in the quoted 60 words"), ""),
    ("answerable against not, AUROC", "news", ("second half", "AUROC"), ""),
    ("declines rightly at .15 wrong refusals", "news",
     ("second half", "declines at exactly .15 wrong refusals"), ""),
    ("news, own articles, the whole way: gold words in the quotation", "quote",
     ("news-2025", "{kind}", "gold words in the quotation"), ".58"),
    ("of them not refused", "quote", ("news-2025", "{kind}", "of them not refused"), ""),
    ("declines where no article has them, as shipped", "quote",
     ("news-2025", "{kind}", "declines where no article has them"), ".70"),
    ("refuses wrongly, as shipped", "quote", ("news-2025", "{kind}", "wrong refusals"), "≤ .15"),
    ("declines where at most .15 are refused wrongly", "quote",
     ("news-2025", "{kind}", "declines at .15 wrong refusals"), ".70"),
    ("squad, own article, the whole way: gold words in the quotation", "quote",
     ("squad", "{kind}", "gold words in the quotation"), ""),
    ("of them not refused", "quote", ("squad", "{kind}", "of them not refused"), ""),
    ("declines where the article does not say", "quote",
     ("squad", "{kind}", "declines where no article has them"), ""),
    ("refuses wrongly", "quote", ("squad", "{kind}", "wrong refusals"), ""),
    ("news, whole pool, BM25's best 24 reordered: MRR@10", "pool",
     ("second half, both", "MRR@10"), ".72"),
    ("gold within 600 words", "pool", ("second half, both", "gold within 600 words"), ".82"),
    ("news, whole pool, the pipeline: MRR@10", "pipeline", ("mrr",), ".72"),
    ("gold within 600 words", "pipeline", ("within",), ".82"),
    ("seconds of a warm answer, median", "cost", ("seconds",), "≤ .50"),
    ("peak memory, MB", "cost", ("peak_mb",), ""),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", action="store_true", help="read nothing; the figures there are")
    parser.add_argument("--cost", choices=("with", "without"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cost:
        print(json.dumps(cost("" if options.cost == "with" else "none")))
        return
    columns = {kind: measured(kind, options.kept) for kind in ("without", "with")}
    text = "\n".join(table(columns["without"], columns["with"]))
    (RESULTS / "table.md").write_text(text, encoding="utf-8")
    print(text)


def measured(kind: str, kept: bool) -> dict[str, Row]:
    """The figures of every task, with or without the reader."""
    reader = None if kept else Reader.load() if kind == "with" else SimilarityReader()
    found: dict[str, Row] = {}
    for task in TASKS:
        to = RESULTS / f"{task}{'' if kind == 'with' else '-without'}.json"
        if reader is not None:
            figures = evaluate(task, reader, MOST[task])
            to.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        found[task] = json.loads(to.read_text("utf-8"))
    [found["pipeline"]] = (
        row for row in json.loads(RETRIEVAL.read_text("utf-8")) if row["name"] == PIPELINE[kind]
    )
    found["quote"] = json.loads((RESULTS / "quote.json").read_text("utf-8"))
    command = [sys.executable, "-m", "training.table", "--cost", kind]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    found["cost"] = json.loads(done.stdout)
    return found


def cost(reader: str) -> Row:
    """Seconds of an answer, the models warm and the questions new, and the process's peak."""
    articles, questions = load("squad")
    asked = [question["question"] for question in halves(questions)[: ASKED + 5]]
    assistant = Assistant.from_articles(
        articles.values(), settings=Settings.load(reader=reader), answerer="quote"
    )
    seconds = []
    for question in asked:
        began = time.perf_counter()
        assistant.ask(question)
        seconds.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": round(statistics.median(seconds[5:]), 3), "peak_mb": round(peak)}


def table(without: dict[str, Row], with_reader: dict[str, Row]) -> Iterator[str]:
    yield "# The reader: with and without\n"
    yield (
        "Second halves; what is fitted is fitted on the first. Without it: the nearest sentence by "
        f"MiniLM. The reader's file: {WEIGHTS.stat().st_size / 1e6:.1f} MB. A warm answer is one "
        f"to a new question over the 18 articles of squad, {ASKED} of them. The pipeline's rows "
        "are what `python -m bench retrieval --reader` last measured (docs/reader.md says when).\n"
    )
    yield "| | without | with | goal |"
    yield "|---|---|---|---|"
    for name, task, path, goal in ROWS:
        plain = figure(without[task], path, "plain")
        yield f"| {name} | {plain} | {figure(with_reader[task], path, 'reader')} | {goal} |"
    yield "\n## Claims: is it supported? (WiCE)\n"
    yield "| | F1 | balanced accuracy |"
    yield "|---|---|---|"
    for row in json.loads(CLAIMS.read_text("utf-8"))["figures"]:
        yield f"| {row['name']} | {row['f1']:.3f} | {row['balanced_accuracy']:.3f} |"
    yield ""


def figure(figures: Row, path: tuple[str, ...], kind: str) -> str:
    value: Any = figures
    for step in path:
        value = value[step.format(kind=kind)]
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


if __name__ == "__main__":
    main()
