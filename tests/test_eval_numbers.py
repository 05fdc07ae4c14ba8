"""The figures in the documents are those of the committed runs, and of nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval import records
from eval.numbers import CLOSING, OPENING, documents, fill, headline, read_runs, write_numbers
from eval.records import Record
from eval.score import summarise
from rag.errors import InputError

ROOT = Path(__file__).parent.parent


def write_run(results: Path, name: str, answerer: str, right: dict[str, float]) -> None:
    folder = results / name
    folder.mkdir(parents=True)
    found = [Record(key, "fact", "?", {"right": value}) for key, value in right.items()]
    for record in found:
        records.append(folder / "answers.jsonl", record)
    config: dict[str, Any] = {"set": "seed", "settings": {"answerer": answerer}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "metrics.json").write_text(json.dumps(summarise(found)))


def test_the_documents_hold_the_figures_of_the_committed_runs() -> None:
    """`python -m eval numbers` was run after the last run was committed."""
    for path, table in documents(read_runs(), ROOT).items():
        text = path.read_text(encoding="utf-8")
        assert fill(text, table, path.name) == text, f"{path.name}: run `python -m eval numbers`"


def test_every_committed_run_is_finished_and_its_figures_are_those_of_its_answers() -> None:
    runs = read_runs()
    folders = [folder for folder in (ROOT / "eval" / "results").iterdir() if folder.is_dir()]
    assert len(runs) == len(folders)
    for run in runs:
        found = records.read(ROOT / "eval" / "results" / run.name / "answers.jsonl")
        assert run.metrics["questions"] == len(found) == run.config["questions"], run.name
        derived = json.loads(json.dumps(summarise(list(found.values()))))
        assert derived["scores"] == run.metrics["scores"], run.name


def test_a_row_a_run_the_default_answerer_first(tmp_path: Path) -> None:
    write_run(tmp_path, "a-embedded", "embedded", {"b": 0.0, "c": 0.0})
    write_run(tmp_path, "seed-quote", "quote", {"a": 1.0, "b": 1.0, "c": 0.0, "d": 0.0})
    _, _, quote, other = headline(read_runs(tmp_path)).splitlines()
    assert quote.startswith("| the seed article (4) | .50 (")
    assert other.startswith("| the seed article, by embedded (2) | .00 (.00–.00) |")


def test_only_what_is_between_the_marks_changes(tmp_path: Path) -> None:
    write_run(tmp_path / "results", "seed-quote", "quote", {"a": 1.0})
    (tmp_path / "docs").mkdir()
    for path in (tmp_path / "README.md", tmp_path / "docs" / "eval.md"):
        path.write_text(f"before\n{OPENING}\nold\n{CLOSING}\nafter\n")
    runs = read_runs(tmp_path / "results")
    assert len(write_numbers(runs, tmp_path)) == 2
    text = (tmp_path / "README.md").read_text()
    assert text.startswith(f"before\n{OPENING}\n| questions about |")
    assert text.endswith(f"{CLOSING}\nafter\n")
    assert "| the seed article (1) | 1 (1–1) |" in text
    assert write_numbers(runs, tmp_path) == []


def test_marks_and_runs_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"README\.md: <!-- numbers --> and"):
        fill("no marks", "table", "README.md")
    with pytest.raises(InputError, match="no finished run"):
        read_runs(tmp_path)
