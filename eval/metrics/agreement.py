"""How far two judges agree on the same questions. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def agreement(first: Sequence[bool], second: Sequence[bool]) -> float | None:
    """The share of questions on which both say the same; None where there is none."""
    if not first:
        return None
    return sum(a == b for a, b in zip(first, second, strict=True)) / len(first)


def cohen_kappa(first: Sequence[bool], second: Sequence[bool]) -> float | None:
    """Agreement beyond chance: (p_o - p_e) / (1 - p_e); None where chance explains it all.

    Cohen, Educational and Psychological Measurement, 1960.
    """
    observed = agreement(first, second)
    if observed is None:
        return None
    yes_first, yes_second = sum(first) / len(first), sum(second) / len(second)
    expected = yes_first * yes_second + (1 - yes_first) * (1 - yes_second)
    return None if expected == 1 else (observed - expected) / (1 - expected)
