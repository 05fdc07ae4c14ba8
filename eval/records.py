"""What is kept of each answer: one JSON line, on disk before the next question is asked.

`append` returns once the line is safe (fsync), so a kill at any moment loses at most the
answer being written. `read` passes over a torn last line and cuts it off, so that the next
line starts on its own. Everything a report or a comparison shows derives from these lines.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rag.errors import InputError

_LISTS = ("history", "gold", "corrections", "evidence", "retrieved")


@dataclass(frozen=True, slots=True)
class Record:
    """One question's outcome. `values` are its scores; where there is no gold there is none.

    `answer` is `Answer.to_dict()`, None where there was none. `confidence` is the trace's
    `answerable`. `seconds` holds first_event, first_token and whole. `error` is the message
    of the error that took the place of an answer.
    """

    id: str
    kind: str
    question: str
    values: Mapping[str, float]
    answerable: bool | None = None
    abstained: bool = False
    prediction: str = ""
    confidence: float | None = None
    threshold: float | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    tokens: Mapping[str, int] = field(default_factory=dict)
    history: tuple[str, ...] = ()  # what was said before, "user: …" and "assistant: …" in turn
    gold: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()
    evidence: tuple[Mapping[str, Any], ...] = ()
    retrieved: tuple[Mapping[str, Any], ...] = ()
    answer: Mapping[str, Any] | None = None
    verdict: str = ""
    error: str = ""

    def to_line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


def append(path: Path, record: Record) -> None:
    """Adds one line and returns when it is on disk."""
    with path.open("a", encoding="utf-8", errors="surrogatepass") as file:
        file.write(record.to_line())
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> dict[str, Record]:
    """The records by id, in the order first written; a later line of the same id wins.

    A torn last line is left out. Raises InputError for any other line that is not a record.
    """
    if not path.exists():
        return {}
    whole, _, _torn = path.read_bytes().rpartition(b"\n")
    records: dict[str, Record] = {}
    for number, line in enumerate(whole.split(b"\n") if whole else [], start=1):
        try:
            values = json.loads(line.decode("utf-8", "surrogatepass"))
            record = Record(**{**values, **{key: tuple(values.get(key, ())) for key in _LISTS}})
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError(f"{path.name}, line {number}: not a record of a run") from error
        records[record.id] = record
    return records


def cut_torn_line(path: Path) -> None:
    """Removes what follows the last line break: the beginning of a line a kill cut short."""
    if not path.exists():
        return
    content = path.read_bytes()
    keep = content.rfind(b"\n") + 1
    if keep < len(content):
        with path.open("r+b") as file:
            file.truncate(keep)
            os.fsync(file.fileno())
