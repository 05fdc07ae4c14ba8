"""What a run asks, and how."""

from __future__ import annotations

from dataclasses import dataclass

from eval.sets import Question


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run asks and how. `open_pool` drops the questions' filter on articles.

    `offsets_only` keeps no words of any article in the folder: ids, offsets and scores.
    """

    set_name: str
    questions: tuple[Question, ...]
    half: str | None = None
    limit: int | None = None
    seed: int = 7
    workers: int = 1
    open_pool: bool = False
    offsets_only: bool = False
    retrieval_only: bool = False
