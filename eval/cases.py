"""Answers that people disliked become cases of a question set of the user's own.

In: the votes the web chat keeps. Out: a .jsonl file in the format of sets.py, one line more
for each thumbs-down that is not in it yet, `answerable` null until somebody labels it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eval.sets import read_questions
from rag.feedback import Row


def append_cases(path: Path, rows: Iterable[Row]) -> list[str]:
    """Adds what people disliked to the set at `path`; returns the ids of the new cases.

    Adding the same votes again adds nothing, so lines already labelled stay as they are.
    """
    known = {question.id for question in read_questions(path)} if path.exists() else set()
    cases = {case["id"]: case for case in (_case(row) for row in rows if row.vote == "down")}
    new = [case for name, case in cases.items() if name not in known]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", errors="replace") as file:
        file.writelines(json.dumps(case, ensure_ascii=False) + "\n" for case in new)
    return [case["id"] for case in new]


def _case(row: Row) -> dict[str, Any]:
    """The question as it was searched for, which stands alone; the answer is kept as a note.

    The answer and the person's reason are for whoever labels the case. They are no gold.
    """
    question = row.answer["query"] or row.answer["question"]
    digest = hashlib.sha256(f"{row.at} {question}".encode("utf-8", "replace")).hexdigest()
    reason = f"; reason: {row.reason}" if row.reason else ""
    return {
        "id": f"disliked-{row.at[:10]}-{digest[:8]}",
        "kind": "disliked",
        "question": question,
        "answerable": None,
        "asked": row.at[:10],
        "note": f"answered: {row.answer['text']}{reason}",
    }
