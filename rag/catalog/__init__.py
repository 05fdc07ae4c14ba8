"""The catalog: articles, their passages, keywords and vectors in one SQLite file.

The catalog is the truth. Chroma holds a second copy of the vectors, made for speed and
rebuilt from here when it is damaged. Every change is one transaction that also raises the
revision, so a reader sees all of a change or nothing of it. A `View` is one consistent
read: whatever is asked of it belongs to the same revision.

Passages are numbered once and never renumbered; a passage's number is its id in Chroma
and its rowid in the keyword table.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.catalog.audit import keyword_problems, stored_problems
from rag.catalog.change import KEYWORD_TABLE, Change, keyword_header
from rag.catalog.connection import Connections, catalog_damaged
from rag.catalog.records import Filters, Generation, NewArticle, Origin, StoredPassage
from rag.catalog.view import View, match_any, words
from rag.errors import IndexDamaged, IndexMismatch

__all__ = [
    "Catalog",
    "Change",
    "Filters",
    "Generation",
    "NewArticle",
    "Origin",
    "StoredPassage",
    "View",
    "keyword_header",
    "match_any",
    "words",
]

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE article (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL, title TEXT NOT NULL, published TEXT,
    version TEXT NOT NULL, length INTEGER NOT NULL,
    text TEXT NOT NULL, captions TEXT NOT NULL
);
CREATE TABLE origin (
    source TEXT NOT NULL, fingerprint TEXT NOT NULL,
    id TEXT NOT NULL, location TEXT NOT NULL,
    article INTEGER NOT NULL REFERENCES article(number) ON DELETE CASCADE
);
CREATE INDEX origin_source ON origin(source);
CREATE INDEX origin_article ON origin(article);
CREATE TABLE generation (
    folder TEXT PRIMARY KEY, size INTEGER NOT NULL, files TEXT NOT NULL
);
CREATE TABLE passage (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES article(number) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL,
    generation TEXT NOT NULL REFERENCES generation(folder)
);
CREATE INDEX passage_article ON passage(article);
CREATE INDEX passage_generation ON passage(generation)
"""


class Catalog:
    """The SQLite file of an index, or one in memory. Thread-safe."""

    def __init__(self, path: Path | None) -> None:
        """Opens or creates the catalog at `path`; None keeps it in memory.

        Raises IndexDamaged if the file is no whole database, IndexMismatch if it has another
        schema, IndexFailure if it cannot be opened.
        """
        self._path = path
        self._connections = Connections(path)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._connections.close()

    @contextmanager
    def view(self) -> Iterator[View]:
        """A consistent read: everything asked of it belongs to one revision."""
        with self._connections.transaction("BEGIN") as connection:
            yield View(connection)

    @contextmanager
    def change(self) -> Iterator[Change]:
        """One transaction: all of it is published at the end, or nothing if it raises."""
        with self._connections.transaction("BEGIN IMMEDIATE") as connection:
            change = Change(connection)
            yield change
            connection.execute(
                "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'"
            )
            revision = change.revision
        self._note(revision)
        self._connections.checkpoint()

    def verify(self) -> None:
        """Raises IndexDamaged unless SQLite finds its file in order. Reads the whole file."""
        with self.view() as view:
            found = view.connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise catalog_damaged(self._path, _one_line(found))

    def problems(self) -> list[str]:
        """What is wrong with the articles, their passages or vectors: nothing here can mend it."""
        try:
            with self.view() as view:
                rows = view.connection.execute("PRAGMA integrity_check(5)").fetchall()
                found = [_one_line(row[0]) for row in rows if row[0] != "ok"]
                if found:
                    return [str(catalog_damaged(self._path, what)) for what in found]
                return stored_problems(view)
        except IndexDamaged as error:
            return [str(error)]

    def keyword_problems(self) -> list[str]:
        """What is wrong with the keyword table, which `rebuild_keywords` makes anew."""
        # FTS5 asks for the right to write before it looks at itself.
        with self._connections.transaction("BEGIN IMMEDIATE") as connection:
            return keyword_problems(View(connection))

    def _note(self, revision: int) -> None:
        """Writes beside the catalog which revision it has come to, for `_check_revision`."""
        if self._path is None:
            return
        path = _revision_file(self._path)
        new = path.with_suffix(".new")
        with contextlib.suppress(OSError):  # a witness only: the catalog itself is written
            new.write_text(f"{revision}\n", "ascii")
            new.replace(path)

    def _prepare(self) -> None:
        """Makes the tables of a new catalog; refuses one that is not whole or not ours."""
        noted = _noted_revision(self._path)  # before the catalog: it may be written meanwhile
        with self.view() as view:
            is_new = not _has_tables(view.connection)
        if is_new:
            self._create()
        with self.view() as view:
            _check_schema(view)
            found = view.revision
        self._check_size()
        if self._path and found < noted:
            raise IndexDamaged(
                f"the catalog {self._path} lacks its latest changes: they were in "
                f"{self._path.name}-wal, which was not copied with it; copy the whole folder again "
                f"while nothing has it open, or delete {_revision_file(self._path)} to do without"
            )

    def _create(self) -> None:
        if self._path and any(self._path.parent.glob("generation-*")):
            raise catalog_damaged(self._path, "it is empty, though there are vectors")
        with self._connections.transaction("BEGIN IMMEDIATE") as connection:
            if _has_tables(connection):
                return  # another process was faster
            for statement in (*_SCHEMA.split(";"), KEYWORD_TABLE):
                connection.execute(statement)
            rows = [("schema", str(SCHEMA_VERSION)), ("revision", "0")]
            connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)

    def _check_size(self) -> None:
        """Raises IndexDamaged if the file is shorter than it says; SQLite notices that late."""
        if self._path is None:
            return
        with self.view() as view:
            pages = view.connection.execute("PRAGMA page_count").fetchone()[0]
            page = view.connection.execute("PRAGMA page_size").fetchone()[0]
        log = Path(f"{self._path}-wal")  # pages on their way into the file
        waiting = log.stat().st_size if log.exists() else 0
        if not waiting and self._path.stat().st_size < pages * page:
            raise catalog_damaged(self._path, "it is cut short")


def _revision_file(catalog: Path) -> Path:
    return catalog.with_name("catalog.revision")


def _noted_revision(catalog: Path | None) -> int:
    """The revision that the catalog has come to at least; 0 if nobody noted it."""
    try:
        return int(_revision_file(catalog).read_text("ascii")) if catalog else 0
    except (OSError, ValueError):
        return 0


def _has_tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _check_schema(view: View) -> None:
    found = view.meta("schema")
    if found != str(SCHEMA_VERSION):
        raise IndexMismatch(
            f"the index has schema {found}, this version needs {SCHEMA_VERSION}: "
            "add the articles into a new index with `rag --index OTHER add SOURCE`"
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())
