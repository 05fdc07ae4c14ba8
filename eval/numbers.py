"""The tables of figures in README.md and docs/eval.md, written from the committed runs.

In: the folders of eval/results. Out: the text of a document with everything between
`<!-- numbers -->` and `<!-- /numbers -->` replaced. Nothing is typed by hand, and a test holds
the documents to the runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.folders import ROOT
from eval.score import METRICS
from rag.errors import InputError

RESULTS = Path(__file__).resolve().parent / "results"
OPENING, CLOSING = "<!-- numbers -->", "<!-- /numbers -->"

_COLUMNS = {
    "right": "right",
    "evidence_recall": "gold evidence cited",
    "declined_unanswerable": "declines where the articles do not say",
    "declined_answerable": "declines although they do",
}
_SETS = {
    "seed": "the seed article",
    "articles": "eleven short articles",
    "squad": "SQuAD 2.0, the right article given",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A committed run: the name of its folder, its config.json and its metrics.json."""

    name: str
    config: Mapping[str, Any]
    metrics: Mapping[str, Any]

    @property
    def answerer(self) -> str:
        return str(self.config["settings"]["answerer"])

    @property
    def set_name(self) -> str:
        return str(self.config["set"])

    @property
    def asked_of(self) -> str:
        return _SETS.get(self.set_name, self.set_name)


def read_runs(results: Path = RESULTS) -> tuple[Run, ...]:
    """Every finished run in the folder, those that quote first. InputError where there is none."""
    runs = [
        Run(folder.name, _json(folder / "config.json"), _json(folder / "metrics.json"))
        for folder in results.glob("*/")
        if (folder / "metrics.json").exists()
    ]
    if not runs:
        raise InputError(f"there is no finished run in {results}")
    return tuple(sorted(runs, key=_place))


def write_numbers(runs: Sequence[Run], root: Path = ROOT) -> list[Path]:
    """Writes the tables into the documents; returns those that changed."""
    changed = []
    for path, table in documents(runs, root).items():
        before = path.read_text(encoding="utf-8")
        after = fill(before, table, path.name)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


def documents(runs: Sequence[Run], root: Path = ROOT) -> dict[Path, str]:
    """Which document gets which tables."""
    return {root / "README.md": headline(runs), root / "docs" / "eval.md": every_figure(runs)}


def fill(text: str, table: str, name: str) -> str:
    """The text with what stands between the marks replaced. InputError where a mark is missing."""
    before, opening, rest = text.partition(OPENING)
    _, closing, after = rest.partition(CLOSING)
    if not opening or not closing:
        raise InputError(f"{name}: {OPENING} and {CLOSING} are not both there")
    return f"{before}{OPENING}\n{table}\n{CLOSING}{after}"


def headline(runs: Sequence[Run]) -> str:
    """A row a run."""
    lines = [_row("questions about", *_COLUMNS.values()), _row("---", *("--:" for _ in _COLUMNS))]
    for run in runs:
        by = "" if run.answerer == "quote" else f", by {run.answerer}"
        cells = [_interval(run.metrics["scores"].get(name)) for name in _COLUMNS]
        lines.append(_row(f"{run.asked_of}{by} ({run.metrics['questions']})", *cells))
    return "\n".join(lines)


def every_figure(runs: Sequence[Run]) -> str:
    """A row a figure, a column a run, each with its interval; then the official SQuAD scores."""
    names = [f"`{run.name}`" for run in runs]
    lines = [_row("", *names), _row("---", *("--:" for _ in runs))]
    lines.append(_row("questions", *(str(run.metrics["questions"]) for run in runs)))
    for metric in METRICS:
        scores = [run.metrics["scores"].get(metric.name) for run in runs]
        if any(scores):
            own = " \\*" if metric.own_check else ""
            lines.append(_row(f"`{metric.name}`{own}", *(_interval(s) for s in scores)))
    for title, figure in _SELECTIVE.items():
        lines.append(_row(title, *(_plain(run.metrics["selective"][figure]) for run in runs)))
    for name in ("exact", "f1", "HasAns_f1", "NoAns_f1", "best_f1"):
        cells = [run.metrics["squad"].get(name) for run in runs]
        lines.append(
            _row(f"SQuAD official `{name}`", *("" if c is None else f"{c:.1f}" for c in cells))
        )
    return "\n".join([*lines, "", "\\* judged by the project's own support check"])


_SELECTIVE = {
    "area under risk-coverage (low is good)": "aurc",
    "coverage reached": "coverage",
    "AUROC, answerable against not": "auroc",
}


def _place(run: Run) -> tuple[bool, int, str]:
    known = [*_SETS]
    place = known.index(run.set_name) if run.set_name in known else len(known)
    return run.answerer != "quote", place, run.name


def _interval(score: Mapping[str, float] | None) -> str:
    if score is None:
        return ""
    return f"{_plain(score['value'])} ({_plain(score['low'])}–{_plain(score['high'])})"


def _plain(value: float | None) -> str:
    """Two places, as a share is written in a table: .72, and 1."""
    if value is None:
        return ""
    return f"{value:.2f}".lstrip("0") if value < 0.995 else f"{value:.0f}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))
