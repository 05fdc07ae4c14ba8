"""Answers that people disliked become cases of a question set of the user's own.

In: the votes the web chat keeps. Out: a .jsonl file in the format of eval/sets.py, with a line for
each thumbs-down, `answerable` null until somebody labels it. The web chat calls this at each
vote; `python -m eval cases` does the same for votes of another place.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rag.errors import Error, InputError
from rag.feedback import Row


def append_cases(path: Path, rows: Iterable[Row]) -> list[str]:
    """Adds what people disliked to the set at `path`; returns the ids of the new cases.

    Adding the same votes again adds nothing. A case that nobody has labelled yet follows its
    vote: it takes a new reason, and goes where the thumb was turned up after all. A labelled
    one stays as it is. Raises Error where the file cannot be written or is no set.
    """
    votes = {_id(row): row for row in rows}
    try:
        lines = _read(path)
        known = {values["id"] for values in lines}
        kept = [_followed(values, votes) for values in lines]
        new = [_case(row) for name, row in votes.items() if name not in known and _down(row)]
        after = [values for values in kept if values is not None] + new
        if after != lines:
            _write(path, after)
    except OSError as error:
        raise Error(f"the case could not be kept in {path.name}: {error}") from error
    return [case["id"] for case in new]


def _read(path: Path) -> list[dict[str, Any]]:
    """The lines there are. Raises InputError for one that is no case."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    cases = []
    for number, line in enumerate(lines, start=1):
        try:
            values = json.loads(line) if line.strip() else {"id": ""}
            values["id"]
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"{path.name}, line {number}: not a case of a set") from error
        cases += [values] if values["id"] else []
    return cases


def _followed(values: dict[str, Any], votes: dict[str, Row]) -> dict[str, Any] | None:
    """The line as it is to stand: None where it was withdrawn."""
    row = votes.get(values["id"])
    labelled = values.get("answerable") is not None or values.get("answers") or values.get("points")
    if row is None or labelled:
        return values
    return {**values, "note": _case(row)["note"]} if _down(row) else None


def _write(path: Path, cases: Iterable[dict[str, Any]]) -> None:
    """Whole or not at all, even where another process writes it, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{secrets.token_hex(8)}.part")
    try:
        with beside.open("w", encoding="utf-8", errors="replace") as file:
            file.writelines(json.dumps(case, ensure_ascii=False) + "\n" for case in cases)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _down(row: Row) -> bool:
    return row.vote == "down"


def _question(row: Row) -> str:
    return str(row.answer["query"] or row.answer["question"])


def _id(row: Row) -> str:
    told = f"{row.at} {_question(row)} {row.answer['text']}"
    digest = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
    return f"disliked-{row.at[:10]}-{digest[:8]}"


def _case(row: Row) -> dict[str, Any]:
    """The question as it was searched for, which stands alone; the answer is kept as a note.

    The answer and the person's reason are for whoever labels the case. They are no gold.
    """
    reason = f"; reason: {row.reason}" if row.reason else ""
    return {
        "id": _id(row),
        "kind": "disliked",
        "question": _question(row),
        "answerable": None,
        "asked": row.at[:10],
        "note": f"answered: {row.answer['text']}{reason}",
    }
