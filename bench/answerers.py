"""Who answers how well: `python -m bench answerers` makes the README's table.

    python -m bench answerers --work DIR [--models 100] [--squad 500] [--stage NAME]

quote, embedded and endpoint (SmolLM2 behind xllamacpp's own HTTP server, started here on this
machine) answer questions of the second halves of squad and news-2025, each asked of its own
articles. Models are asked a fixed sample. DIR keeps the indexes and every answer: a run that
was stopped goes on where it was, and a changed reader or threshold needs a new `--run` name
but not a new index. Writes results/answerers.{json,md} and the table in README.md; DIR holds
news text and is not for the repository.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from eval import records
from eval.folders import describe
from eval.formats import read_footnote
from eval.metrics.answers import contains
from eval.plan import Plan
from eval.records import Record
from eval.run import execute
from eval.score import summarise
from eval.sets import QuestionSet, half, sample
from eval.support import support_check
from rag import Article, Assistant, Index
from rag.llm.embedded import find_model
from rag.settings import Answerer, Settings

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
RESULTS = Path(__file__).parent / "results"
DRAFTS = RESULTS / "drafts.json"
SETS = ("squad", "news-2025")
ANSWERERS: tuple[Answerer, ...] = ("quote", "embedded", "endpoint")
SEED = 7
CONTEXT_TOKENS = 2048
ROWS = (  # of the table: how a figure is called, and where it comes from
    ("questions", "questions"),
    ("holds the gold answer in 60 words", "contains"),
    ("exact match", "exact"),
    ("F1", "f1"),
    ("sentences not in the article's very words", "reworded"),
    ("citations that hold the gold answer", "cited_precision"),
    ("questions with such a citation", "cited_recall"),
    ("citation precision (ALCE, our own check)", "citation_precision"),
    ("citation recall (ALCE, our own check)", "citation_recall"),
    ("declines where the articles do not say", "declined_unanswerable"),
    ("declines although they do", "declined_answerable"),
    ("median seconds", "seconds"),
)


def main() -> int:
    """Runs the stages asked for, and writes the table from whatever is there."""
    parser = argparse.ArgumentParser(prog="python -m bench answerers", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder of indexes and answers")
    parser.add_argument("--run", default="run", help="name of this run within it")
    parser.add_argument("--squad", type=int, default=500, help="questions quoted of squad")
    parser.add_argument("--news", type=int, help="questions quoted of news-2025; default all")
    parser.add_argument("--models", type=int, default=100, help="questions a set, for the models")
    parser.add_argument("--stage", choices=("index", *ANSWERERS, "table"), help="only this one")
    options = parser.parse_args()
    counts = {"squad": options.squad, "news-2025": options.news}
    stages = [options.stage] if options.stage else ["index", *ANSWERERS, "table"]
    for stage in stages:
        if stage == "table":
            write(options.work / options.run)
            continue
        for name in SETS:
            asked = read_second_half(name, counts[name])
            if stage == "index":
                build_index(options.work / f"index-{name}", asked.articles)
            else:
                answer(asked, stage, options)
    return 0


def read_second_half(name: str, count: int | None) -> QuestionSet:
    """A fixed sample of the second half, and the articles that it is asked of."""
    whole = read_footnote(DATA / name)
    given = [q for q in half(whole.questions, "second") if q.articles]  # else nothing to ask of
    asked = sample(given, count, SEED)
    needed = {article for question in asked for article in question.articles}
    articles = tuple(article for article in whole.articles if article.id in needed)
    return QuestionSet(name, asked, articles)


def build_index(folder: Path, articles: Sequence[Article]) -> None:
    """Adds what is missing, so that a build that was stopped goes on."""
    with Index.open(folder) as index:
        there = {info.id for info in index.articles()}
        index.put(article for article in articles if article.id not in there)
        print(f"{folder}: {len(articles)} articles", flush=True)


def answer(asked: QuestionSet, answerer: Answerer, options: argparse.Namespace) -> None:
    """One answerer's run over one set; its folder goes on where it stopped."""
    questions = asked.questions
    if answerer != "quote":
        questions = sample(questions, options.models, SEED)
    with settings_for(answerer) as settings:
        path = options.work / f"index-{asked.name}"
        with Assistant.open(path, settings=settings) as assistant:
            embedder = assistant.index.embedder
            plan = Plan(asked.name, questions, half="second", limit=len(questions), seed=SEED)
            config = describe(plan, assistant, settings, embedder.name)
            folder = options.work / options.run / f"{asked.name}-{answerer}"
            execute(plan, assistant, folder, config, support_check(embedder))


@contextmanager
def settings_for(answerer: Answerer) -> Iterator[Settings]:
    """The settings of an answerer; for the endpoint a server runs meanwhile."""
    if answerer != "endpoint":
        yield Settings.load(answerer=answerer)
        return
    import xllamacpp

    key = secrets.token_urlsafe(16)
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(find_model())
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = max(1, (os.cpu_count() or 1) - 1)
    parameters.cpuparams_batch.n_threads = parameters.cpuparams.n_threads
    parameters.cache_ram_mib = 0
    parameters.verbosity = -1
    parameters.api_keys = [key]
    parameters.hostnames = ["127.0.0.1"]
    server = xllamacpp.Server(parameters)
    url = f"{server.listening_address}/v1"
    listed = httpx.get(f"{url}/models", headers={"Authorization": f"Bearer {key}"}).json()
    yield Settings.load(
        answerer=answerer, model_url=url, model_name=listed["data"][0]["id"], api_key=key
    )
    del server


# --------------------------------------------------------------------------------- figures


def write(run: Path) -> None:
    """The table from the answers that are there."""
    columns = {
        f"{name}, {answerer}": figures(found)
        for name in SETS
        for answerer in ANSWERERS
        if (found := list(records.read(run / f"{name}-{answerer}" / "answers.jsonl").values()))
    }
    false = false_sentences()
    RESULTS.mkdir(exist_ok=True)
    report = {"columns": columns, "false_sentences_by_hand": false}
    (RESULTS / "answerers.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    text = table(columns, false)
    (RESULTS / "answerers.md").write_text(text, encoding="utf-8")
    put_into_readme(text)
    print(text)


def figures(found: Sequence[Record]) -> dict[str, float]:
    """Every figure of one column; the intervals stay with the run."""
    scores = summarise(found)["scores"]
    values = {name: scores[name]["value"] for _, name in ROWS if name in scores}
    values |= {"questions": len(found), "errors": sum(bool(r.error) for r in found)}
    values |= cited(found)
    values["seconds"] = statistics.median(r.seconds["whole"] for r in found if r.seconds)
    sentences = [s for record in found for s in (record.answer or {}).get("sentences", ())]
    own = [s["text"] == " ".join(c["quote"] for c in s["citations"]) for s in sentences]
    values["sentences"] = len(sentences)
    values["reworded"] = own.count(False) / max(1, len(own))
    return {name: round(value, 4) for name, value in values.items()}


def cited(found: Sequence[Record]) -> dict[str, float]:
    """Whether citations hold the gold words: of all citations, and of all answerable questions."""
    held: list[float] = []
    helped: list[float] = []
    for record in found:
        if not record.answerable:
            continue
        quotes = [c["quote"] for c in (record.answer or {}).get("citations", ())]
        holds = [contains(quote, record.gold, cap=len(quote)) for quote in quotes]
        held += holds
        helped.append(max(holds, default=0.0))
    return {
        "cited_precision": statistics.mean(held) if held else 0.0,
        "cited_recall": statistics.mean(helped) if helped else 0.0,
    }


def false_sentences() -> dict[str, Any]:
    """The hand-labelled figures of `python -m bench drafts`, if they are there."""
    if not DRAFTS.exists():
        return {}
    stored: dict[str, Any] = json.loads(DRAFTS.read_text(encoding="utf-8"))["figures"]
    return stored


def table(columns: dict[str, dict[str, float]], false: dict[str, Any]) -> str:
    """The columns as Markdown, with what a reader must know to believe them."""
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for title, name in ROWS:
        shown = [_shown(name, values.get(name)) for values in columns.values()]
        lines.append(f"| {title} | " + " | ".join(shown) + " |")
    lines += ["", _about_falsehoods(columns, false)]
    return "\n".join(lines) + "\n"


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name == "questions":
        return str(int(value))
    return f"{value:.2f}" if name == "seconds" else f"{value:.3f}"


def _about_falsehoods(columns: dict[str, dict[str, float]], false: dict[str, Any]) -> str:
    text = (
        "False sentences: a sentence in the article's very words cannot say what the article does "
        "not; the share of the others is in the table."
    )
    if false:
        shown, first = false["report"], false["report, by the check alone"]
        text += (
            f" Of the sentences that SmolLM2 drafts for news questions, {shown['labelled']} were "
            f"labelled by hand and blind: of {shown['false']} false ones {first['false_kept']} "
            f"come through by the check alone ({first['false_rate']:.1%}; 2.3% when it first saw "
            f"them), and {shown['false_kept']} ({shown['false_rate']:.1%}) with the rule that a "
            f"small model's sentence must cite what is at least half as likely to answer as the "
            f"best sentence; of {shown['true']} true ones {shown['true_lost']} were lost or quoted "
            f"instead."
        )
    errors = sum(values["errors"] for values in columns.values())
    return f"{text} Questions that ended in an error: {errors:.0f}."


def put_into_readme(text: str) -> None:
    """The table between its two marks in README.md."""
    path = ROOT / "README.md"
    old = path.read_text(encoding="utf-8")
    marks = re.compile(r"(<!-- answerers -->\n).*?(<!-- /answerers -->)", re.DOTALL)
    path.write_text(marks.sub(lambda m: f"{m[1]}{text}{m[2]}", old), encoding="utf-8")
