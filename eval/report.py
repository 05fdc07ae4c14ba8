"""What people open: report.md and a self-contained report.html.

In: the folder of a run. Out: both files in it. The page needs no script, asks for nothing
from outside, follows light and dark, and shows the words of articles and of models as text,
never as markup (Jinja escapes everything but the drawings made here).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval import plots, records
from eval.records import Record
from eval.score import METRICS, Metric
from rag.errors import InputError

TEMPLATES = Path(__file__).resolve().parent / "templates"
HEADLINES = ("right", "declined_unanswerable", "declined_answerable", "evidence_recall")
_STAGES = {"first_event": "first event", "first_token": "first text", "whole": "whole answer"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of figures."""

    metric: Metric
    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a passage: cited or not, gold evidence or not."""

    text: str
    cited: bool
    gold: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One question as the page shows it."""

    record: Record
    outcome: str  # "right", "wrong", "error" or "open"
    passages: tuple[tuple[str, tuple[Piece, ...]], ...]
    checks: tuple[Mapping[str, Any], ...]


def write_report(folder: Path) -> tuple[Path, Path]:
    """report.md and report.html from what the folder holds. Raises InputError for no run."""
    config, metrics = load_json(folder / "config.json"), load_json(folder / "metrics.json")
    found = list(records.read(folder / "answers.jsonl").values())
    markdown, page = folder / "report.md", folder / "report.html"
    markdown.write_text(to_markdown(config, metrics), encoding="utf-8")
    page.write_text(to_html(config, metrics, found), encoding="utf-8", errors="replace")
    return markdown, page


def to_markdown(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """The figures as tables."""
    lines = [f"# {title(config)}", "", sentence(config, metrics), ""]
    lines += ["| figure | value | 95 % interval | questions |", "|---|--:|--:|--:|"]
    lines += [
        f"| {row.metric.title}{_own(row)} | {row.value:.3f} | {row.low:.3f} to {row.high:.3f} "
        f"| {row.count} |"
        for row in rows(metrics["scores"])
    ]
    if any(row.metric.own_check for row in rows(metrics["scores"])):
        lines += ["", "\\* judged by the project's own support check"]
    lines += ["", "| kind of question | right | 95 % interval | questions |", "|---|--:|--:|--:|"]
    for kind, score in by_kind(metrics).items():
        interval = f"{score['low']:.2f} to {score['high']:.2f}"
        lines.append(f"| {kind} | {score['value']:.2f} | {interval} | {score['count']} |")
    lines += ["", "| seconds | median | 95th percentile |", "|---|--:|--:|"]
    for name, speed in metrics["speed"].items():
        median, p95 = speed["median"]["value"], speed["p95"]["value"]
        lines.append(f"| {_STAGES[name]} | {median:.3f} | {p95:.3f} |")
    lines += ["", *_facts(metrics)]
    return "\n".join(lines) + "\n"


def to_html(config: Mapping[str, Any], metrics: Mapping[str, Any], found: Sequence[Record]) -> str:
    """The page. The same folder gives the same page."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(
        title=title(config),
        sentence=sentence(config, metrics),
        config=json.dumps(config, ensure_ascii=False, indent=2),
        headlines=[row for row in rows(metrics["scores"]) if row.metric.name in HEADLINES],
        rows=rows(metrics["scores"]),
        facts=_facts(metrics),
        plots=[(name, Markup(svg)) for name, svg in _plots(metrics, found)],
        speed={_STAGES[name]: figures for name, figures in metrics["speed"].items()},
        groups=_groups(found),
    )


def title(config: Mapping[str, Any]) -> str:
    settings = config["settings"]
    model = f", {settings['model_name']}" if settings["model_name"] else ""
    return f"{config['set']}, answered by {settings['answerer']}{model}"


def rows(scores: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    """The figures there are, in the order of METRICS."""
    return [
        Row(metric, **{key: scores[metric.name][key] for key in ("value", "low", "high", "count")})
        for metric in METRICS
        if metric.name in scores
    ]


def by_kind(metrics: Mapping[str, Any], name: str = "right") -> dict[str, Mapping[str, float]]:
    """One figure by kind of question, the worst kind first."""
    found = {k or "all": scores[name] for k, scores in metrics["by_kind"].items() if name in scores}
    return dict(sorted(found.items(), key=lambda item: item[1]["value"]))


def show(record: Record) -> Shown:
    """A record with its passages cut at what is cited and at what is gold evidence."""
    answer = record.answer or {}
    cited = [citation["span"] for citation in answer.get("citations", ())]
    passages = tuple(
        (passage["span"]["article_id"], pieces(passage, cited, record.evidence))
        for passage in answer.get("passages", ())
        if "text" in passage
    )
    return Shown(
        record, _outcome(record), passages, tuple(answer.get("trace", {}).get("checked", ()))
    )


def pieces(
    passage: Mapping[str, Any],
    cited: Sequence[Mapping[str, Any]],
    gold: Sequence[Mapping[str, Any]] = (),
) -> tuple[Piece, ...]:
    """The text of a passage, parted where something begins or ends; joined it is the text."""
    text = passage["text"]
    marks = list(zip(_marked(passage, cited), _marked(passage, gold), strict=True))
    edges = [0, *(n for n in range(1, len(text)) if marks[n] != marks[n - 1]), len(text)]
    return tuple(Piece(text[a:b], *marks[a]) for a, b in pairwise(edges) if b > a)


def _marked(passage: Mapping[str, Any], spans: Sequence[Mapping[str, Any]]) -> list[bool]:
    """For each code point of the passage, whether one of the spans holds it."""
    start, length = passage["span"]["start"], len(passage["text"])
    marked = [False] * length
    for span in spans:
        if span["article_id"] == passage["span"]["article_id"]:
            low = min(max(span["start"] - start, 0), length)
            high = max(min(span["end"] - start, length), low)
            marked[low:high] = [True] * (high - low)
    return marked


def _outcome(record: Record) -> str:
    if record.error:
        return "error"
    if "right" not in record.values:
        return "open"
    return "right" if record.values["right"] == 1.0 else "wrong"


def _groups(found: Sequence[Record]) -> list[tuple[str, list[Shown], int]]:
    """By kind, in the order of the set; within a kind what went wrong comes first."""
    order = {"error": 0, "wrong": 1, "open": 2, "right": 3}
    kinds: dict[str, list[Shown]] = {}
    for record in found:
        kinds.setdefault(record.kind or "all", []).append(show(record))
    return [
        (
            kind,
            sorted(items, key=lambda item: order[item.outcome]),
            sum(i.outcome == "right" for i in items),
        )
        for kind, items in kinds.items()
    ]


def _plots(metrics: Mapping[str, Any], found: Sequence[Record]) -> list[tuple[str, str]]:
    drawn = []
    if kinds := by_kind(metrics):
        drawn.append(("Right, by kind of question", plots.kinds_plot(kinds)))
    if curve := metrics["selective"]["curve"]:
        drawn.append(("Risk and coverage", plots.risk_coverage_plot(curve)))
    seconds = {n: [r.seconds[n] for r in found if n in r.seconds] for n in _STAGES}
    if seconds["whole"]:
        drawn.append(("Time to answer", plots.latency_plot(seconds)))
    return drawn


def _facts(metrics: Mapping[str, Any]) -> list[str]:
    facts = []
    selective, squad, judge = metrics["selective"], metrics["squad"], metrics["judge"]
    if selective["aurc"] is not None:
        facts.append(
            f"Area under the risk-coverage curve {selective['aurc']:.3f}, "
            f"up to a coverage of {selective['coverage']:.2f}."
        )
    if selective["auroc"] is not None:
        facts.append(
            f"The score tells answerable from not with an AUROC of {selective['auroc']:.3f}."
        )
    if squad:
        pairs = ", ".join(f"{name} {round(value, 2):g}" for name, value in squad.items())
        facts.append(f"SQuAD 2.0 official: {pairs}.")
    if judge and judge["agreement_with_gold"] is not None:
        facts.append(
            f"The judging model agrees with gold on {judge['agreement_with_gold']:.2f} of "
            f"{judge['asked']} questions ({judge['unreadable']} verdicts unreadable)."
        )
    if any(metrics["tokens"].values()):
        tokens = metrics["tokens"]
        facts.append(
            f"Tokens: {tokens['prompt_tokens']} read, {tokens['completion_tokens']} written."
        )
    return facts


def sentence(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """How many questions, on how many articles, at which revision."""
    index, errors = config["index"], metrics["errors"]
    articles = f"{index['articles']} article{'s' * (index['articles'] != 1)}"
    text = (
        f"{metrics['questions']} questions on {articles}, at revision {config['revision'] or '?'}"
    )
    return f"{text}; {errors} ended in an error." if errors else f"{text}."


def _own(row: Row) -> str:
    return " \\*" if row.metric.own_check else ""


def load_json(path: Path) -> dict[str, Any]:
    """A file of a finished run. Raises InputError where it is missing."""
    if not path.exists():
        raise InputError(f"{path.parent} holds no finished run: {path.name} is missing")
    return dict(json.loads(path.read_text(encoding="utf-8")))
