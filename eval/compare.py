"""Two runs of the same questions, side by side.

In: two folders. Out: for every figure the mean difference, question by question, with a
paired bootstrap interval; and the questions that flipped, those that got worse first. A
question that only one of the two has a value for is left out of that figure, and counted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval import records
from eval.bootstrap import Interval, paired_interval, percentile_interval
from eval.records import Record
from eval.score import METRICS, Metric
from rag.errors import InputError


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure in both runs, over the questions that have it in both."""

    metric: Metric
    before: float
    after: float
    change: Interval

    @property
    def verdict(self) -> str:
        """ "better", "worse", or "the same" where the interval holds 0."""
        if self.change.low <= 0 <= self.change.high:
            return "the same"
        return "better" if (self.change.value > 0) == self.metric.higher_is_better else "worse"


@dataclass(frozen=True, slots=True)
class Flip:
    """A question whose answer was right in one run and not in the other."""

    id: str
    kind: str
    question: str
    change: float
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from `before` to `after`, over `shared` questions."""

    before: str
    after: str
    shared: int
    only_before: int
    only_after: int
    settings: tuple[tuple[str, Any, Any], ...]
    differences: tuple[Difference, ...]
    flips: tuple[Flip, ...]
    speed: tuple[tuple[str, float, float], ...]


def compare(before: Path, after: Path, flip_on: str = "right") -> Comparison:
    """Compares two runs. Raises InputError where they share no question."""
    first, second = _records(before), _records(after)
    shared = [key for key in first if key in second and _same_question(first[key], second[key])]
    if not shared:
        raise InputError(f"{before} and {after} have no question in common")
    pairs = [(first[key], second[key]) for key in shared]
    return Comparison(
        before=str(before),
        after=str(after),
        shared=len(shared),
        only_before=len(first) - len(shared),
        only_after=len(second) - len(shared),
        settings=tuple(_changed_settings(before, after)),
        differences=tuple(filter(None, (_difference(metric, pairs) for metric in METRICS))),
        flips=tuple(_flips(pairs, flip_on)),
        speed=tuple(_speed(pairs)),
    )


def to_markdown(result: Comparison) -> str:
    """The comparison as text for people."""
    lines = [f"# {Path(result.before).name} -> {Path(result.after).name}", ""]
    lines.append(f"{result.shared} questions in both" + _alone(result) + ".")
    lines += [f"- {name}: {old!r} -> {new!r}" for name, old, new in result.settings]
    lines += ["", "| figure | before | after | change (95 %) | |", "|---|--:|--:|--:|---|"]
    for d in result.differences:
        change = f"{d.change.value:+.3f} ({d.change.low:+.3f} to {d.change.high:+.3f})"
        row = f"| {d.metric.title} | {d.before:.3f} | {d.after:.3f} | {change} | {d.verdict} |"
        lines.append(row)
    lines += [
        f"| median seconds, {n} | {a:.3f} | {b:.3f} | {b - a:+.3f} | |" for n, a, b in result.speed
    ]
    worse = sum(flip.change < 0 for flip in result.flips)
    lines += ["", f"## {len(result.flips)} flipped, {worse} of them for the worse", ""]
    for flip in result.flips:
        lines.append(
            f"- **{'worse' if flip.change < 0 else 'better'}** {flip.id} — {flip.question}"
        )
        lines += [f"  - before: {flip.before}", f"  - after: {flip.after}"]
    return "\n".join(lines) + "\n"


def _records(folder: Path) -> dict[str, Record]:
    path = folder / "answers.jsonl"
    if not path.exists():
        raise InputError(f"{folder} holds no run: answers.jsonl is missing")
    return records.read(path)


def _same_question(first: Record, second: Record) -> bool:
    """A question that was reworded between the runs, or given other gold, is another one."""
    return (first.question, first.gold) == (second.question, second.gold)


def _difference(metric: Metric, pairs: Sequence[tuple[Record, Record]]) -> Difference | None:
    both = [
        (a.values[metric.name], b.values[metric.name])
        for a, b in pairs
        if metric.name in a.values and metric.name in b.values
    ]
    before, after = [a for a, _ in both], [b for _, b in both]
    change = paired_interval(before, after)
    if change is None:
        return None
    return Difference(metric, sum(before) / len(both), sum(after) / len(both), change)


def _flips(pairs: Sequence[tuple[Record, Record]], name: str) -> list[Flip]:
    flips = [
        Flip(a.id, a.kind, a.question, b.values[name] - a.values[name], _said(a), _said(b))
        for a, b in pairs
        if name in a.values and name in b.values and a.values[name] != b.values[name]
    ]
    return sorted(flips, key=lambda flip: flip.change)


def _said(record: Record) -> str:
    if record.error:
        return f"(error) {record.error}"
    return "(declined)" if record.abstained else record.prediction or "(text not kept)"


def _speed(pairs: Sequence[tuple[Record, Record]]) -> list[tuple[str, float, float]]:
    rows = []
    for name in ("first_event", "first_token", "whole"):
        sides = [
            [r.seconds[name] for r in side if name in r.seconds]
            for side in zip(*pairs, strict=True)
        ]
        medians = [percentile_interval(side, 50) for side in sides]
        if medians[0] and medians[1]:
            rows.append((name, medians[0].value, medians[1].value))
    return rows


def _changed_settings(before: Path, after: Path) -> list[tuple[str, Any, Any]]:
    first, second = _flat(_config(before)), _flat(_config(after))
    keys = [key for key in {**first, **second} if not key.startswith("made_on")]
    return [(k, first.get(k), second.get(k)) for k in keys if first.get(k) != second.get(k)]


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _alone(result: Comparison) -> str:
    if not result.only_before and not result.only_after:
        return ""
    return f" ({result.only_before} only before, {result.only_after} only after)"
