"""A finished run in a notebook: its figures as a card, its questions as a pandas table.

from eval.notebook import open_run
run = open_run("eval/results/seed-quote")     shows the figures with their intervals
run.to_pandas()                               a row a question
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval import records
from eval.records import Record
from eval.report import load_json, rows, sentence, title, to_markdown
from rag.notebook import to_frame
from rag.notebook.card import escape, in_card

_COLUMNS = ("id", "kind", "question", "answerable", "abstained", "prediction", "confidence")


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """What the folder of a run holds."""

    folder: Path
    config: Mapping[str, Any]
    metrics: Mapping[str, Any]
    records: tuple[Record, ...]

    def to_pandas(self) -> Any:
        """A row a question: what was asked and said, each score, the seconds by stage, the error.

        A score that a question has no gold for is missing (NaN), not 0. Raises InputError
        where pandas is not installed.
        """
        scores = sorted({name for record in self.records for name in record.values})
        stages = sorted({name for record in self.records for name in record.seconds})
        table = [
            {name: getattr(record, name) for name in (*_COLUMNS, "error")}
            | dict(record.values)
            | {f"seconds_{name}": value for name, value in record.seconds.items()}
            for record in self.records
        ]
        names = [*_COLUMNS, *scores, *(f"seconds_{name}" for name in stages), "error"]
        return to_frame(table, names)

    def __repr__(self) -> str:
        return f"<run {self.folder.name}: {len(self.records)} questions>"

    def _repr_markdown_(self) -> str:
        return to_markdown(self.config, self.metrics)

    def _repr_html_(self) -> str:
        lines = "".join(
            f"<tr><td>{escape(row.metric.title)}{' *' if row.metric.own_check else ''}</td>"
            f'<td class="number">{row.value:.3f}</td>'
            f'<td class="number">{row.low:.3f} to {row.high:.3f}</td>'
            f'<td class="number">{row.count}</td></tr>\n'
            for row in rows(self.metrics["scores"])
        )
        head = "<th>Figure</th><th>Value</th><th>95 % interval</th><th>Questions</th>"
        own = "<p><small>* judged by the project's own support check</small></p>"
        return in_card(
            f"<p><strong>{escape(title(self.config))}</strong></p>\n"
            f"<p>{escape(sentence(self.config, self.metrics))}</p>\n"
            f"<table><thead><tr>{head}</tr></thead><tbody>\n{lines}</tbody></table>\n"
            + (own if " *</td>" in lines else "")
        )


def open_run(folder: str | Path) -> Run:
    """The run in a folder. Raises InputError where there is none, or none that is finished."""
    path = Path(folder)
    config, metrics = load_json(path / "config.json"), load_json(path / "metrics.json")
    found = records.read(path / "answers.jsonl")
    return Run(path, config, metrics, tuple(found.values()))
