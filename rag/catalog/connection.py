"""SQLite connections: a pool for a file, a single one for memory; its errors in our own terms."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import Error, IndexDamaged, IndexFailure, IndexLocked

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_REFUSED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY}
_PATIENCE_S = 30  # for another process
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class Connections:
    """Connections to one database. Thread-safe; closed when nobody holds the object any more."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._memory = threading.RLock() if path is None else None
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        if path is None:
            self._idle.append(_connect(":memory:"))
        weakref.finalize(self, _close_all, self._idle)

    def close(self) -> None:
        """Closes what is not in use; what is in use is closed when it comes back."""
        self._closed = True
        _close_all(self._idle)

    @contextmanager
    def transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, rolled back if the body raises.

        Raises IndexDamaged, IndexLocked or IndexFailure in place of SQLite's own errors.
        """
        try:
            with self._connection() as connection:
                connection.execute(begin)
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        except sqlite3.Error as error:
            raise translated(error, self._path) from error

    def checkpoint(self) -> None:
        """Brings what was committed into the file itself, as far as no reader is in the way.

        A copy of the file alone would lack the rest. Nobody is waited for.
        """
        if self._memory:
            return
        try:
            with self._connection() as connection:
                connection.execute("PRAGMA busy_timeout = 0")
                try:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                finally:
                    connection.execute(f"PRAGMA busy_timeout = {1000 * _PATIENCE_S}")
        except sqlite3.Error as error:
            if translated(error, self._path).__class__ is not IndexLocked:
                raise translated(error, self._path) from error

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        if self._closed:
            raise IndexFailure("the index is closed: open it again")
        if self._memory:
            with self._memory:
                yield self._idle[0]
            return
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = _connect(str(self._path))
        try:
            yield connection
        except sqlite3.Error:
            connection.close()
            raise
        except BaseException:
            self._give_back(connection)
            raise
        self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if self._closed:
            connection.close()
        else:
            self._idle.append(connection)


def translated(error: sqlite3.Error, path: Path | None) -> Error:
    """SQLite's error as one of ours, with what to do about it."""
    code = getattr(error, "sqlite_errorcode", None)
    kind = None if code is None else code & 0xFF
    undecodable = kind is None and "decode" in str(error)
    if kind in _DAMAGED or undecodable:
        return catalog_damaged(path, str(error))
    if kind == sqlite3.SQLITE_FULL:
        return IndexFailure(f"the disk is full: {path} cannot be written; make room and try again")
    if kind in _BUSY:
        return IndexLocked(f"{path} is busy with another process: try again later")
    if kind in _REFUSED:
        return IndexFailure(f"{path} cannot be opened for writing ({error}): check its permissions")
    return IndexFailure(f"the catalog {path or 'in memory'} failed: {error}")


def catalog_damaged(path: Path | None, what: str) -> IndexDamaged:
    """The articles themselves are in the catalog, so only their sources can bring them back."""
    return IndexDamaged(
        f"the catalog {path} is damaged: {what}; add the articles again into a new index with "
        "`rag --index OTHER add SOURCE`"
    )


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=_PATIENCE_S
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        if path != ":memory:":
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def _close_all(connections: list[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()
