"""Refusals on both sides, and what answering more would cost.

In: one `Case` a question: how sure the system was, whether it answered, whether that was
right. Out: curves and areas. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """`confidence` 0..1, higher is surer; `wrong` is 1.0 where the answer given was wrong."""

    confidence: float
    answered: bool
    wrong: float


@dataclass(frozen=True, slots=True)
class Point:
    """Of all questions the surest `coverage` are answered; `risk` of those are wrong."""

    coverage: float
    risk: float
    confidence: float


def risk_coverage(cases: Sequence[Case]) -> list[Point]:
    """Selective risk at each coverage the system reached, the surest questions first.

    A question that was declined has no answer to be judged, so the curve ends where the
    answers end: run with the threshold at 0 to see all of it. Questions of equal confidence
    enter together. El-Yaniv & Wiener, JMLR 2010; Geifman & El-Yaniv, NeurIPS 2017.
    """
    answered = sorted((c for c in cases if c.answered), key=lambda c: -c.confidence)
    points: list[Point] = []
    wrong = 0.0
    for number, case in enumerate(answered, start=1):
        wrong += case.wrong
        last = number == len(answered)
        if last or answered[number].confidence != case.confidence:
            points.append(Point(number / len(cases), wrong / number, case.confidence))
    return points


def area_under_risk_coverage(points: Sequence[Point]) -> float | None:
    """The mean risk over the coverage reached: each step's risk times its width. Lower is better.

    AURC of Geifman, Uziel & El-Yaniv, ICLR 2019, divided by the coverage reached so that a
    system that declines much is not flattered. None where nothing was answered.
    """
    if not points:
        return None
    area, before = 0.0, 0.0
    for point in points:
        area += point.risk * (point.coverage - before)
        before = point.coverage
    return area / before


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """The chance that a positive scores above a negative, ties half; None without either.

    Hanley & McNeil, Radiology 1982: the area under the ROC curve as a Mann-Whitney statistic.
    """
    if not positive or not negative:
        return None
    wins = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return wins / (len(positive) * len(negative))
