"""Follow-ups: is the right article found? `python -m bench.rewrite`

Reads ../shared/data/conversations (half of MTRAG-UN: 636 passages, 253 questions with the turns
before them) and searches the whole pool with Footnote's own retrieval, in four ways:

    last turn        the question as it was asked
    all user turns   everything the person said, in one
    rules            `rag.rewrite`, the rewritten question alone
    ours             `rag.rewrite`, the rewritten question and its context

A hit at 5 is a question with one of its passages among the first five; recall at 5 is the share of
its passages there (of five, where it has more). Each is measured twice: as the search orders the
passages, and as an answer does, after the reader. Questions without a passage are left out. The
rules were written and tuned on the first half of the file; the second half is the report.
Writes bench/results/rewrite.json and rewrite.md, which hold no text of the data.
"""

from __future__ import annotations

import gzip
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import rag
from rag.history import parse_history
from rag.index import Index
from rag.read import read
from rag.reader import Reader
from rag.retrieve import Retrieval, parse_filters, retrieve
from rag.rewrite import Rewrite, rewrite

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data" / "conversations"
RESULTS = ROOT / "bench" / "results"
WAYS = ("last turn", "all user turns", "rules", "ours")
STEPS = ("after reading", "as found")
K = 5

Question = Mapping[str, Any]
Scores = dict[tuple[str, str], dict[str, float]]
"""Of one question: (step, way) -> what was scored."""


def last_turn(question: Question) -> Rewrite:
    return Rewrite(question["question"])


def all_user_turns(question: Question) -> Rewrite:
    said = [text for role, text in parse_history(question["history"]) if role == "user"]
    return Rewrite(" ".join([*said, question["question"]]))


def rules(question: Question) -> Rewrite:
    return Rewrite(rewrite(question["question"], question["history"]).query)


def ours(question: Question) -> Rewrite:
    return rewrite(question["question"], question["history"])


BUILD: dict[str, Callable[[Question], Rewrite]] = dict(
    zip(WAYS, (last_turn, all_user_turns, rules, ours), strict=True)
)


def read_data() -> tuple[list[rag.Article], list[Question]]:
    """The pool and the questions, in the order of their files."""
    with gzip.open(DATA / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    articles = [rag.Article(row["id"], row["text"]) for row in rows]
    with (DATA / "questions.jsonl").open(encoding="utf-8") as lines:
        return articles, [json.loads(line) for line in lines]


def first_articles(found: Retrieval) -> list[str]:
    """The first five different articles that the passages are of."""
    ids = dict.fromkeys(passage.span.article_id for passage in found.passages)
    return list(ids)[:K]


def judge(index: Index, reader: Reader, question: Question) -> Scores:
    """For each step and way: hits and recall of one question."""
    gold = set(question["articles"])
    scores = {}
    for way in WAYS:
        asked, most = BUILD[way](question), 4 * K
        found = retrieve(index, asked.query, most, parse_filters(None, None, None), asked.context)
        ordered = read(asked.query, found, reader, most)[0]
        for step, passages in zip(STEPS, (ordered, found), strict=True):
            ids = first_articles(passages)
            right = gold & set(ids)
            scores[step, way] = {
                "hit@1": float(ids[:1] != [] and ids[0] in gold),
                "hit@5": float(bool(right)),
                "recall@5": len(right) / min(K, len(gold)),
            }
    return scores


def summarise(judged: Sequence[Scores], step: str) -> dict[str, Any]:
    """Means over questions, and how often ours wins and loses against each other way."""
    rows: dict[str, Any] = {}
    for way in WAYS:
        gains = [scores[step, "ours"]["hit@5"] - scores[step, way]["hit@5"] for scores in judged]
        rows[way] = {
            name: round(fmean(scores[step, way][name] for scores in judged), 4)
            for name in ("hit@1", "hit@5", "recall@5")
        }
        rows[way] |= {
            "ours_wins": sum(gain > 0 for gain in gains),
            "ours_loses": sum(gain < 0 for gain in gains),
        }
    return {"questions": len(judged), "ways": rows}


def run() -> dict[str, Any]:
    """Every figure, by half of the file, for all questions and for follow-ups alone."""
    articles, questions = read_data()
    index, reader = rag.Assistant.from_articles(articles).index, Reader.load()
    half = len(questions) // 2
    result: dict[str, Any] = {"pool": len(articles), "machine": platform.machine()}
    for name, part in (("first", questions[:half]), ("second", questions[half:])):
        part = [question for question in part if question["articles"]]
        judged = [(question, judge(index, reader, question)) for question in part]
        of = {
            "all": [scores for _, scores in judged],
            "follow-ups": [scores for question, scores in judged if question["history"]],
        }
        result[name] = {
            f"{kind}, {step}": summarise(scores, step)
            for kind, scores in of.items()
            for step in STEPS
        }
    return result


def to_markdown(result: Mapping[str, Any]) -> str:
    """The result as a page."""
    lines = [
        "# Follow-ups: is the right passage found?",
        "",
        f"Half of MTRAG-UN, {result['pool']} passages, Footnote's own retrieval (MiniLM and BM25,",
        "fused). Tuned on the first half of the file; the second half is the report. Remake with",
        "`python -m bench.rewrite`; what each row means is written there. Wins and losses count",
        "the questions where ours hits at 5 and the row does not, and the other way round.",
        "An answer is made from the passages in their order after reading.",
    ]
    for half in ("second", "first"):
        for kind, table in result[half].items():
            lines += [
                "",
                f"## {half.capitalize()} half, {kind} ({table['questions']} questions)",
                "",
                "| | hit@1 | hit@5 | recall@5 | ours wins | ours loses |",
                "|---|---|---|---|---|---|",
            ]
            lines += [
                f"| {way} | {row['hit@1']:.3f} | {row['hit@5']:.3f} | {row['recall@5']:.3f} "
                f"| {row['ours_wins']} | {row['ours_loses']} |"
                for way, row in table["ways"].items()
            ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run, and write both files."""
    result = run()
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "rewrite.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "rewrite.md").write_text(to_markdown(result), encoding="utf-8")


if __name__ == "__main__":
    main()
