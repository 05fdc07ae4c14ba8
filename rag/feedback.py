"""What people thought of answers, kept in a small SQLite file beside the index.

    Feedback(path).add(answer, vote, reason)      one row: when, the vote, the whole answer
    Feedback(path).all()                          the rows, oldest first

The answer is kept with its trace, so that a wrong one can be understood later. A second vote
on the same answer by the same `voter` replaces the first. Safe to use from several threads
and processes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag.errors import Error
from rag.types import Answer

Vote = Literal["up", "down"]
REASONS = ("wrong", "wrong citation", "should have answered", "should have declined")

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS feedback (
        voter TEXT NOT NULL,
        turn INTEGER NOT NULL,
        at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
        vote TEXT NOT NULL,
        reason TEXT NOT NULL,
        answer TEXT NOT NULL,
        PRIMARY KEY (voter, turn)
    )
"""
# A vote that replaces another keeps its time, by which a case made from it is known.
_ADD = """
    INSERT INTO feedback (voter, turn, vote, reason, answer) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (voter, turn)
    DO UPDATE SET vote = excluded.vote, reason = excluded.reason, answer = excluded.answer
"""
_ALL = "SELECT at, vote, reason, answer FROM feedback ORDER BY rowid"


@dataclass(frozen=True, slots=True)
class Row:
    """One vote. `answer` is Answer.to_dict(); `at` is UTC in ISO form."""

    at: str
    vote: str
    reason: str
    answer: dict[str, Any]


class Feedback:
    """The votes in one file, which is made with the first of them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, answer: Answer, vote: Vote, reason: str = "", *, voter: str, turn: int) -> None:
        """Keep a vote. `voter` is any id of a conversation, `turn` the answer's place in it.

        Raises Error where it cannot be written.
        """
        kept = json.dumps(answer.to_dict(), ensure_ascii=True)
        try:
            with self._connection() as database:
                database.execute(_SCHEMA)
                database.execute(_ADD, (voter, turn, vote, reason, kept))
        except sqlite3.Error as error:
            raise Error(f"the vote could not be kept in {self.path.name}: {error}") from error

    def all(self) -> tuple[Row, ...]:
        """Every vote there is. Raises Error where they cannot be read."""
        if not self.path.exists():
            return ()
        try:
            with self._connection() as database:
                rows = database.execute(_ALL).fetchall()
            return tuple(Row(at, vote, why, json.loads(text)) for at, vote, why, text in rows)
        except (sqlite3.Error, ValueError) as error:
            raise Error(f"the votes in {self.path.name} cannot be read: {error}") from error

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=10)) as database, database:
            yield database
