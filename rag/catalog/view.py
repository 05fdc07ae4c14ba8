"""Reads of one revision of the catalog."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from rag.catalog.records import Filters, Generation, Origin, StoredPassage
from rag.embed import Vectors
from rag.errors import Error, IndexDamaged, UnknownArticle
from rag.types import Article, ArticleInfo, Span, parse_published

# SQLite takes 32,766 parameters in one statement.
_PARAMETERS = 30_000


class View:
    """Reads of one revision. Only valid inside `Catalog.view()` or `Catalog.change()`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @property
    def revision(self) -> int:
        return int(self.meta("revision") or 0)

    def meta(self, key: str) -> str | None:
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def infos(self, ids: Collection[str] | None = None) -> list[ArticleInfo]:
        """The articles without their texts, in the order they were added; all, or these."""
        query = "SELECT id, title, source, published, version, length FROM article"
        rows: list[tuple[Any, ...]] = []
        if ids is None:
            rows = self.connection.execute(query + " ORDER BY number").fetchall()
        for some in _portions(list(ids or ())):
            rows += self.connection.execute(f"{query} WHERE id IN ({_marks(some)})", some)
        try:
            return [
                ArticleInfo(id_, title, source, parse_published(published), version, length)
                for id_, title, source, published, version, length in rows
            ]
        except Error as error:
            raise IndexDamaged(f"the catalog is damaged: {error}") from error

    def article(self, article_id: str) -> Article | None:
        """An article with its text. Raises IndexDamaged if it is not the text that was put in."""
        row = self.connection.execute(
            "SELECT id, text, title, source, published, captions, version FROM article "
            "WHERE id = ?",
            (article_id,),
        ).fetchone()
        if row is None:
            return None
        id_, text, title, source, published, captions, version = row
        try:
            pairs = tuple((start, end) for start, end in json.loads(captions))
            article = Article(id_, text, title, source, published, pairs)
            whole = article.version == version
        except (Error, TypeError, ValueError, AttributeError) as error:
            raise _article_damaged(article_id) from error
        if not whole:
            raise _article_damaged(article_id)
        return article

    def stored_article(self, article_id: str) -> Article:
        """`article`, for an id that this view gave."""
        article = self.article(article_id)
        if article is None:
            raise _article_damaged(article_id)
        return article

    def article_number(self, article_id: str) -> int:
        """The number of an article that this view gave."""
        query = "SELECT number FROM article WHERE id = ?"
        return int(self.connection.execute(query, (article_id,)).fetchone()[0])

    def counts(self) -> tuple[int, int]:
        """How many articles and how many passages there are."""
        articles, passages = self.connection.execute(
            "SELECT (SELECT count(*) FROM article), (SELECT count(*) FROM passage)"
        ).fetchone()
        return int(articles), int(passages)

    def next_numbers(self) -> tuple[int, int]:
        """The numbers of the next article and the next passage; none is ever used twice."""
        rows = dict(self.connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
        return int(rows.get("article", 0)) + 1, int(rows.get("passage", 0)) + 1

    def generations(self) -> list[Generation]:
        """The vector folders that answer, oldest first."""
        rows = self.connection.execute("SELECT folder, size, files FROM generation ORDER BY rowid")
        return [Generation(folder, size, json.loads(files)) for folder, size, files in rows]

    def generation_passages(self, folder: str) -> list[tuple[int, int]]:
        """The active passages of a generation: (passage number, article number), ascending."""
        rows = self.connection.execute(
            "SELECT number, article FROM passage WHERE generation = ? ORDER BY number", (folder,)
        )
        return [(number, article) for number, article in rows]

    def article_numbers(self, filters: Filters) -> list[int]:
        """The numbers of the articles that the filters let through.

        Raises UnknownArticle if they name one that is not here: nothing found in it would
        read as if the articles did not say.
        """
        wanted = None if filters.articles is None else set(filters.articles)
        if unknown := (wanted or set()) - {info.id for info in self.infos(wanted or ())}:
            raise UnknownArticle(min(unknown))
        where, values = ["1"], []
        for clause, value in (("published >= ?", filters.since), ("published <= ?", filters.until)):
            if value is not None:
                where.append(clause)
                values.append(value)
        query = f"SELECT number, id FROM article WHERE {' AND '.join(where)}"
        rows = self.connection.execute(query, values).fetchall()
        return [number for number, id_ in rows if wanted is None or id_ in wanted]

    def matching(self, filters: Filters) -> list[ArticleInfo]:
        """The articles that the filters let through, without their texts, in the order added."""
        numbers = set(self.article_numbers(filters))
        rows = self.connection.execute("SELECT id, number FROM article").fetchall()
        ids = {id_ for id_, number in rows if number in numbers}
        return [info for info in self.infos() if info.id in ids]

    def passages(self, numbers: Sequence[int]) -> dict[int, StoredPassage]:
        """The passages of these numbers that are active; a number that is gone is left out."""
        found: dict[int, StoredPassage] = {}
        for some in _portions(numbers):
            rows = self.connection.execute(
                'SELECT p.number, a.id, p.start, p."end", a.version, k.body FROM passage p '
                "JOIN article a ON a.number = p.article JOIN keyword k ON k.rowid = p.number "
                f"WHERE p.number IN ({_marks(some)})",
                some,
            )
            for number, id_, start, end, version, body in rows:
                found[number] = StoredPassage(number, Span(id_, start, end, version), body)
        return found

    def passage_numbers(self, articles: Sequence[int] | None = None) -> list[int]:
        """The numbers of all active passages, or of those of some articles, ascending."""
        if articles is None:
            rows = self.connection.execute("SELECT number FROM passage ORDER BY number")
            return [row[0] for row in rows]
        found: list[int] = []
        for some in _portions(articles):
            query = f"SELECT number FROM passage WHERE article IN ({_marks(some)})"
            found += [row[0] for row in self.connection.execute(query, some)]
        return sorted(found)

    def vectors(self, numbers: Sequence[int]) -> Vectors:
        """The vectors of these active passages, in this order, shape (n, dimension)."""
        blobs: dict[int, bytes] = {}
        for some in _portions(numbers):
            query = f"SELECT number, vector FROM passage WHERE number IN ({_marks(some)})"
            blobs.update(self.connection.execute(query, some).fetchall())
        try:
            rows = [np.frombuffer(blobs[number], dtype=np.float16) for number in numbers]
            return np.asarray(rows, dtype=np.float32).reshape(len(rows), -1 if rows else 0)
        except ValueError as error:
            raise IndexDamaged(
                "vectors in the catalog are damaged: `rag check --reindex` makes them again"
            ) from error

    def keyword_search(
        self, query: str, k: int, articles: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The k best passages by BM25 (SQLite FTS5): (number, score), higher is better.

        `query` is an FTS5 expression, see `match_any`. The title counts as much as the body.
        Robertson & Zaragoza, The Probabilistic Relevance Framework, 2009.
        """
        if not query or (articles is not None and not articles):
            return []
        where = "keyword MATCH ?"
        if articles is not None:
            self._remember_selection(articles)
            where += " AND rowid IN (SELECT number FROM temp.selection)"
        rows = self.connection.execute(
            f"SELECT rowid, bm25(keyword, 1.0, 1.0) AS s FROM keyword WHERE {where} "
            "ORDER BY s LIMIT ?",
            (query, k),
        ).fetchall()
        return [(number, -score) for number, score in rows]

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each word occurs (after stemming)."""
        return {
            term: self.connection.execute(
                "SELECT count(*) FROM keyword WHERE keyword MATCH ?", (f'"{term}"',)
            ).fetchone()[0]
            for term in terms
        }

    def origins(self) -> list[tuple[Origin, str]]:
        """Every origin with the id of its article, oldest first."""
        rows = self.connection.execute(
            "SELECT o.source, o.fingerprint, o.id, o.location, a.id FROM origin o "
            "JOIN article a ON a.number = o.article ORDER BY o.rowid"
        ).fetchall()
        return [(Origin(*row[:4]), row[4]) for row in rows]

    def _remember_selection(self, articles: Sequence[int]) -> None:
        self.connection.execute(
            "CREATE TEMP TABLE IF NOT EXISTS selection (number INTEGER PRIMARY KEY)"
        )
        self.connection.execute("DELETE FROM temp.selection")
        self.connection.executemany(
            "INSERT INTO temp.selection VALUES (?)",
            ((number,) for number in self.passage_numbers(articles)),
        )


def match_any(terms: Iterable[str]) -> str:
    """An FTS5 expression that matches any of these words, each taken literally."""
    return " OR ".join(f'"{term}"' for term in terms if '"' not in term and "\0" not in term)


def words(text: str) -> list[str]:
    """The words of a text, lower case, in order, once each, as the keyword table splits them."""
    return list(dict.fromkeys(re.findall(r"\w+", text.lower())))


def _article_damaged(article_id: str) -> IndexDamaged:
    return IndexDamaged(
        f"the stored text of {article_id!r} is damaged: remove the article with `rag remove` "
        "and add it again"
    )


def _portions(items: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), _PARAMETERS):
        yield list(items[start : start + _PARAMETERS])


def _marks(items: Sequence[Any]) -> str:
    return ",".join("?" * len(items))
