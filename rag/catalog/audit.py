"""What a look at every row of the catalog finds; SQLite itself checks only its own pages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy as np

from rag.catalog.records import checksum
from rag.catalog.view import View
from rag.errors import IndexDamaged


def stored_problems(view: View) -> list[str]:
    """Articles whose text, title or date is not the one put in, passages out of bounds or
    changed, vectors changed or not of unit length; each as a line that says what to do."""
    found: list[str] = []
    for info in view.infos():
        try:
            view.stored_article(info.id)
        except IndexDamaged as error:
            found.append(str(error))
    outside = view.connection.execute(
        "SELECT DISTINCT a.id FROM passage p JOIN article a ON a.number = p.article "
        'WHERE p.start < 0 OR p."end" > a.length OR p.start >= p."end" LIMIT 5'
    ).fetchall()
    found += [f"the passages of {row[0]!r} are damaged: {_REINDEX}" for row in outside]
    wrong = _wrong_vectors(view)
    if wrong:
        found.append(f"{wrong} vectors in the catalog are damaged: {_REINDEX}")
    found += _changed_heads(view)
    if not outside and not wrong:  # else it has been said
        found += _changed_passages(view)
    return found


def _changed_heads(view: View) -> Iterator[str]:
    """Articles whose checksum is not that of their title, date and captions.

    What was put in before there were checksums has none.
    """
    query = "SELECT number, id, title, published, captions FROM article ORDER BY number"
    for number, article_id, *head in view.connection.execute(query).fetchall():
        if view.meta(f"head:{number}") not in (None, checksum(*head)):
            yield (
                f"the title, date or captions of {article_id!r} were changed: remove the article "
                "with `rag remove` and add it again"
            )


def _changed_passages(view: View) -> Iterator[str]:
    """Articles whose checksum is not that of their passages and vectors."""
    articles = view.connection.execute("SELECT number, id FROM article ORDER BY number").fetchall()
    for number, article_id in articles:
        parts = view.connection.execute(
            'SELECT start, "end", vector FROM passage WHERE article = ? ORDER BY number', (number,)
        ).fetchall()
        if view.meta(f"passages:{number}") not in (None, checksum(*parts)):
            yield f"the passages or vectors of {article_id!r} were changed: {_REINDEX}"


def keyword_problems(view: View) -> list[str]:
    """Where the keyword table and the passages differ, and what FTS5's own check finds."""
    numbers = set(view.passage_numbers())
    rows = view.connection.execute("SELECT rowid FROM keyword").fetchall()
    entries = {row[0] for row in rows}
    found: list[str] = []
    if entries != numbers:
        found.append(
            f"the keyword table has {len(entries)} entries for {len(numbers)} passages: {_REPAIR}"
        )
    differing = sum(_differing(view, info.id) for info in view.infos())
    if differing:
        found.append(f"{differing} passages differ in the keyword table: {_REPAIR}")
    try:
        view.connection.execute("INSERT INTO keyword (keyword) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        found.append(f"the keyword table is damaged ({error}): {_REPAIR}")
    return found


def _differing(view: View, article_id: str) -> int:
    # In Python, because SQLite's substr() stops at a NUL character.
    try:
        text = view.stored_article(article_id).text
    except IndexDamaged:
        return 0  # `stored_problems` says so
    rows = view.connection.execute(
        'SELECT p.start, p."end", k.body FROM passage p JOIN article a ON a.number = p.article '
        "JOIN keyword k ON k.rowid = p.number WHERE a.id = ?",
        (article_id,),
    )
    return sum(text[start:end] != body for start, end, body in rows)


def _wrong_vectors(view: View) -> int:
    wrong = 0
    for (blob,) in view.connection.execute("SELECT vector FROM passage"):
        row = np.frombuffer(blob[: len(blob) // 2 * 2], dtype=np.float16).astype(np.float32)
        # "not near" rather than "far": the length of a row with NaN in it is neither.
        wrong += not abs(float(np.linalg.norm(row)) - 1.0) < 0.01
    return wrong


_REPAIR = "`rag check --repair` makes it anew"
_REINDEX = "`rag check --reindex` makes them again"
