"""Bootstrap intervals: how far a figure would move with other questions of the same kind.

In: one number a question. Out: the figure with a 95 % percentile interval. Pure, and the
same for the same numbers: the generator starts from a fixed seed each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
SEED = 20240726

Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure over `count` questions and the 95 % interval around it."""

    value: float
    low: float
    high: float
    count: int

    def to_dict(self) -> dict[str, float]:
        return asdict(self)


def mean_interval(values: Sequence[float]) -> Interval | None:
    """The mean with its interval; None where there is no value (which is not 0)."""
    return interval(values, lambda rows: rows.mean(axis=1))


def percentile_interval(values: Sequence[float], percent: float) -> Interval | None:
    """A percentile (50 is the median) with its interval, linear between the two nearest."""
    return interval(values, lambda rows: np.asarray(np.percentile(rows, percent, axis=1)))


def interval(values: Sequence[float], statistic: Statistic) -> Interval | None:
    """Percentile bootstrap: `RESAMPLES` draws with replacement, the 2.5th and 97.5th percentile.

    `statistic` maps rows of values to one figure a row.
    Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    if not values:
        return None
    numbers = np.asarray(values, dtype=np.float64)
    drawn = np.random.default_rng(SEED).integers(0, len(numbers), (RESAMPLES, len(numbers)))
    figures = statistic(numbers[drawn])
    low, high = np.percentile(figures, [2.5, 97.5])
    value = float(statistic(numbers[np.newaxis, :])[0])
    return Interval(value, float(low), float(high), len(numbers))


def paired_interval(before: Sequence[float], after: Sequence[float]) -> Interval | None:
    """The mean of `after - before`, question by question, with its interval.

    Both hold the same questions in the same order. Raises ValueError where they do not match.
    """
    differences = [b - a for a, b in zip(before, after, strict=True)]
    return mean_interval(differences)
