"""Conversations of the web chat, kept in a small SQLite file beside the index.

    Conversations(path).save(owner, talk)       the talk as it is now kept: id and revision
    Conversations(path).load(owner, id)         the talk, or None
    Conversations(path).list(owner)             what there is, the newest first
    Conversations(path).rename / delete

Every call names an owner and sees nothing of another's. An owner is any string; the web chat
takes the name of a login, else the hash of a browser's secret (`rag.guard`).

Each conversation has a revision. Whoever saves an older one than is kept, as a second tab
does, does not write over it: the talk is then kept as another conversation. Each call
is one transaction. Safe to use from several threads and processes. Whatever goes wrong with
the file is an Error in one line; the file is then left as it is.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from rag.errors import Error
from rag.language import gettext, mark
from rag.turn import LONGEST_TITLE, Talk, Turn

DELETED = mark("This conversation was deleted. Begin a new one to have it kept.")
MOST = 200  # conversations of one owner; the ones least recently used go first

_SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS conversation (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        owner TEXT NOT NULL,
        title TEXT NOT NULL,
        revision INTEGER NOT NULL,
        used TEXT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS conversation_of_owner ON conversation (owner, used)",
    """
    CREATE TABLE IF NOT EXISTS turn (
        conversation INTEGER NOT NULL REFERENCES conversation ON DELETE CASCADE,
        place INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (conversation, place)
    ) WITHOUT ROWID
    """,
)
_NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
_MAKE = f"INSERT INTO conversation (id, owner, title, revision, used) VALUES (?, ?, ?, 1, {_NOW})"
_TOUCH = f"UPDATE conversation SET revision = ?, used = {_NOW} WHERE number = ?"
_TRIM = """
    DELETE FROM conversation WHERE number IN (
        SELECT number FROM conversation WHERE owner = ? ORDER BY used DESC LIMIT -1 OFFSET ?
    )
"""
_TURN = TypeAdapter(Turn)


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation in the list. `used` is when it last changed, UTC in ISO form."""

    id: str
    title: str
    used: str


class Conversations:
    """The conversations in one file, which is made with the first of them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, owner: str, talk: Talk, first: int = 0) -> Talk:
        """Keep the turns from place `first` on; those before are as they were last saved.

        Returns the talk with its id, revision and title. Raises Error if it cannot be kept, and
        for one that was deleted: it is not to come back.
        """
        with self._open(write=True) as database:
            number = _number(database, owner, talk.id, talk.revision)
            if number is None and talk.id and not _is_there(database, talk.id):
                raise Error(gettext(DELETED))
            if number is None:
                first, talk = 0, replace(talk, id=secrets.token_urlsafe(12), revision=1)
                talk = replace(talk, title=talk.title or _title(talk))
                made = database.execute(_MAKE, (talk.id, owner, talk.title))
                number = int(made.lastrowid or 0)
                database.execute(_TRIM, (owner, MOST))
            else:
                talk = replace(talk, revision=talk.revision + 1)
                database.execute(_TOUCH, (talk.revision, number))
            database.execute(
                "DELETE FROM turn WHERE conversation = ? AND place >= ?", (number, first)
            )
            bodies = ((_TURN.dump_json(turn).decode()) for turn in talk.turns[first:])
            rows = [(number, place, body) for place, body in enumerate(bodies, start=first)]
            database.executemany("INSERT INTO turn VALUES (?, ?, ?)", rows)
        return talk

    def load(self, owner: str, talk_id: str) -> Talk | None:
        """A conversation with its turns; None if this owner has none of that id."""
        if not self.path.exists():
            return None
        with self._open() as database:
            row = database.execute(
                "SELECT number, title, revision FROM conversation WHERE owner = ? AND id = ?",
                (owner, talk_id),
            ).fetchone()
            if row is None:
                return None
            bodies = database.execute(
                "SELECT body FROM turn WHERE conversation = ? ORDER BY place", row[:1]
            )
            turns = tuple(_TURN.validate_json(body) for (body,) in bodies)
        return Talk(turns, talk_id, row[2], row[1])

    def revision(self, owner: str, talk_id: str) -> int | None:
        """How often a conversation has changed; None if this owner has none of that id."""
        if not self.path.exists():
            return None
        with self._open() as database:
            row = database.execute(
                "SELECT revision FROM conversation WHERE owner = ? AND id = ?", (owner, talk_id)
            ).fetchone()
        return int(row[0]) if row else None

    def list(self, owner: str) -> tuple[Kept, ...]:
        """Everything this owner has, the most recently used first."""
        if not self.path.exists():
            return ()
        with self._open() as database:
            rows = database.execute(
                "SELECT id, title, used FROM conversation WHERE owner = ? ORDER BY used DESC",
                (owner,),
            )
            return tuple(Kept(*row) for row in rows)

    def rename(self, owner: str, talk_id: str, title: str) -> None:
        """Give a conversation another title; an empty one changes nothing."""
        title = _clean(title)
        if title:
            with self._open(write=True) as database:
                database.execute(
                    "UPDATE conversation SET title = ? WHERE owner = ? AND id = ?",
                    (title, owner, talk_id),
                )

    def delete(self, owner: str, talk_id: str) -> None:
        """Take a conversation and its turns out of the file."""
        with self._open(write=True) as database:
            database.execute(
                "DELETE FROM conversation WHERE owner = ? AND id = ?", (owner, talk_id)
            )

    @contextmanager
    def _open(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection, and a transaction around what is done with it."""
        try:
            with closing(sqlite3.connect(self.path, timeout=10)) as database:
                database.execute("PRAGMA foreign_keys = ON")
                database.execute("PRAGMA secure_delete = ON")  # what is deleted is gone
                with database:
                    # taken at once, so that nobody saves between our look and our change
                    database.execute("BEGIN IMMEDIATE" if write else "BEGIN")
                    if not database.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
                        for statement in _SCHEMA:
                            database.execute(statement)
                    yield database
        except (sqlite3.Error, ValidationError) as error:
            reason = "it is damaged" if isinstance(error, ValidationError) else str(error)
            raise Error(f"conversations cannot be kept in {self.path.name}: {reason}") from error


def _number(database: sqlite3.Connection, owner: str, talk_id: str, revision: int) -> int | None:
    """The row of a conversation, unless there is none or it has changed since."""
    found = database.execute(
        "SELECT number FROM conversation WHERE owner = ? AND id = ? AND revision = ?",
        (owner, talk_id, revision),
    ).fetchone()
    return int(found[0]) if found else None


def _is_there(database: sqlite3.Connection, talk_id: str) -> bool:
    """Whether anybody has it: who logs in as someone else goes on with a copy of their own."""
    asked = "SELECT 1 FROM conversation WHERE id = ?"
    return database.execute(asked, (talk_id,)).fetchone() is not None


def _title(talk: Talk) -> str:
    """What to call a conversation: how its first question begins."""
    return _clean(talk.turns[0].question if talk.turns else "")


def _clean(title: str) -> str:
    line = " ".join(title.encode("utf-8", "replace").decode("utf-8").split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"
