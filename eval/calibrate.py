"""The abstention threshold, fitted on a run's own scores.

In: the records of a run, each with the score (`Trace.answerable`) that is compared with the
threshold, and whether the articles say. Out: the threshold, and the curve it was chosen from.

The goal is the threshold with the highest balanced accuracy: the mean of the share of
answerable questions let through and the share of unanswerable ones declined, so that the mix
of a set does not decide. `max_refused` bounds the answerable questions that may be declined
by mistake. Fit on one half of a set, report the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from eval.metrics.refusals import auroc
from eval.records import Record
from rag.errors import InputError


@dataclass(frozen=True, slots=True)
class Step:
    """What a threshold does. A question is answered where its score is at least the threshold."""

    threshold: float
    answered: float  # share of the answerable questions that are answered
    declined: float  # share of the unanswerable questions that are declined

    @property
    def balanced(self) -> float:
        return (self.answered + self.declined) / 2


@dataclass(frozen=True, slots=True)
class Calibration:
    """The chosen step, the curve, and how well the scores part the two sides at all."""

    chosen: Step
    steps: tuple[Step, ...]
    answerable: int
    unanswerable: int
    auroc: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "threshold": self.chosen.threshold,
            "balanced_accuracy": self.chosen.balanced,
            "answered_of_answerable": self.chosen.answered,
            "declined_of_unanswerable": self.chosen.declined,
            "answerable": self.answerable,
            "unanswerable": self.unanswerable,
            "auroc": self.auroc,
            "curve": [asdict(step) for step in self.steps],
        }


def calibrate(records: Sequence[Record], max_refused: float = 1.0) -> Calibration:
    """The threshold with the highest balanced accuracy; between equals, the one that answers more.

    Raises InputError where a side is missing, or no threshold refuses as little as asked.
    """
    scored = [r for r in records if r.confidence is not None and r.answerable is not None]
    positive = [r.confidence or 0.0 for r in scored if r.answerable]
    negative = [r.confidence or 0.0 for r in scored if not r.answerable]
    area = auroc(positive, negative)
    if area is None:
        raise InputError("the run needs answerable and unanswerable questions with scores")
    steps = [_step(threshold, positive, negative) for threshold in _thresholds(positive + negative)]
    allowed = [step for step in steps if 1 - step.answered <= max_refused]
    chosen = max(allowed, key=lambda step: (step.balanced, step.answered))
    return Calibration(chosen, tuple(steps), len(positive), len(negative), area)


def halves(records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """Every other question: one half to fit on, the other to report. Kinds stay mixed."""
    return list(records[0::2]), list(records[1::2])


def evaluate(threshold: float, records: Sequence[Record]) -> Step:
    """What a threshold does to other records than it was fitted on."""
    scored = [r for r in records if r.confidence is not None]
    positive = [r.confidence or 0.0 for r in scored if r.answerable]
    negative = [r.confidence or 0.0 for r in scored if r.answerable is False]
    return _step(threshold, positive, negative)


def _thresholds(scores: Sequence[float]) -> list[float]:
    """0, and the middles between neighbouring scores: one for each way to part them."""
    ordered = sorted(set(scores))
    middles = [(a + b) / 2 for a, b in pairwise(ordered)]
    return [0.0, *middles, min(1.0, ordered[-1] + 1e-6)]


def _step(threshold: float, positive: Sequence[float], negative: Sequence[float]) -> Step:
    answered = sum(score >= threshold for score in positive) / max(len(positive), 1)
    declined = sum(score < threshold for score in negative) / max(len(negative), 1)
    return Step(threshold, answered, declined)
