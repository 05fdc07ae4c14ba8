"""The writes of one transaction on the catalog."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import astuple

import numpy as np

from rag.catalog.records import Generation, NewArticle, Origin, checksum
from rag.catalog.view import View
from rag.types import Article, ArticleInfo

KEYWORD_TABLE = (
    "CREATE VIRTUAL TABLE keyword USING fts5(title, body, tokenize = 'porter unicode61')"
)


class Change(View):
    """The writes of one transaction. Only valid inside `Catalog.change()`."""

    def set_meta(self, key: str, value: str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def add(self, new: NewArticle, number: int, first_passage: int, generation: str) -> None:
        """Adds an article under its number, its passages numbered from `first_passage`."""
        article = new.article
        captions = json.dumps(article.captions)
        published = article.published.isoformat() if article.published else None
        self.connection.execute(
            "INSERT INTO article "
            "(number, id, source, title, published, version, length, text, captions) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                article.id,
                article.source,
                article.title,
                published,
                article.version,
                len(article.text),
                article.text,
                captions,
            ),
        )
        self.set_meta(f"head:{number}", checksum(article.title, published, captions))
        self.add_passages(new, number, first_passage, generation)
        if new.origin:
            self.add_origin(new.origin, article.id)

    def add_origin(self, origin: Origin, article_id: str) -> None:
        """Notes that this origin has this article too. An article that is gone is ignored."""
        self.connection.execute(
            "INSERT INTO origin (source, fingerprint, id, location, article) "
            "SELECT ?, ?, ?, ?, number FROM article WHERE id = ?",
            (*astuple(origin), article_id),
        )

    def remove(self, article_ids: Iterable[str]) -> None:
        """Removes articles with their passages, keywords and origins."""
        for article_id in article_ids:
            self.connection.execute(
                "DELETE FROM meta WHERE key IN (SELECT kind || number FROM article, "
                "(SELECT 'head:' AS kind UNION SELECT 'passages:') WHERE id = ?)",
                (article_id,),
            )
            self.connection.execute(
                "DELETE FROM keyword WHERE rowid IN (SELECT p.number FROM passage p "
                "JOIN article a ON a.number = p.article WHERE a.id = ?)",
                (article_id,),
            )
            self.connection.execute("DELETE FROM article WHERE id = ?", (article_id,))

    def remove_origin(self, source: str, article_id: str) -> None:
        """Forgets that an article came from a source."""
        self.connection.execute(
            "DELETE FROM origin WHERE source = ? AND article = "
            "(SELECT number FROM article WHERE id = ?)",
            (source, article_id),
        )

    def rename(self, article_id: str, new_id: str, source: str) -> None:
        """Gives an article another id and source; its text, passages and vectors stay."""
        self.connection.execute(
            "UPDATE article SET id = ?, source = ? WHERE id = ?", (new_id, source, article_id)
        )

    def move_passages(self, numbers: Iterable[int], generation: str) -> None:
        """Notes that these passages' vectors are now in another generation."""
        self.connection.executemany(
            "UPDATE passage SET generation = ? WHERE number = ?",
            ((generation, number) for number in numbers),
        )

    def add_generation(self, generation: Generation) -> None:
        self.connection.execute(
            "INSERT INTO generation (folder, size, files) VALUES (?, ?, ?)",
            (generation.folder, generation.size, json.dumps(dict(generation.files))),
        )

    def remove_generations(self, folders: Iterable[str]) -> None:
        self.connection.executemany(
            "DELETE FROM generation WHERE folder = ?", ((folder,) for folder in folders)
        )

    def remove_all_passages(self) -> None:
        """Removes every passage, its keywords and generations; the articles stay."""
        for table in ("keyword", "passage", "generation"):
            self.connection.execute(f"DELETE FROM {table}")

    def rebuild_keywords(self) -> None:
        """Makes the keyword table anew from the texts of the articles."""
        self.connection.execute("DROP TABLE IF EXISTS keyword")
        self.connection.execute(KEYWORD_TABLE)
        for info in self.infos():
            article = self.stored_article(info.id)
            rows = self.connection.execute(
                'SELECT p.number, p.start, p."end" FROM passage p '
                "JOIN article a ON a.number = p.article WHERE a.id = ? ORDER BY p.number",
                (info.id,),
            ).fetchall()
            self._add_keywords(article, rows)

    def add_passages(self, new: NewArticle, article: int, first: int, generation: str) -> None:
        """Adds the passages of an article that is there, numbered from `first`."""
        # float16 halves the file; the rounding (1e-3) is below what bfloat16 encoding leaves.
        blobs = [row.tobytes() for row in new.vectors.astype(np.float16)]
        self.connection.executemany(
            'INSERT INTO passage (number, article, start, "end", vector, generation) '
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                (first + i, article, span.start, span.end, blob, generation)
                for i, (span, blob) in enumerate(zip(new.spans, blobs, strict=True))
            ),
        )
        rows = [(first + i, span.start, span.end) for i, span in enumerate(new.spans)]
        self._add_keywords(new.article, rows)
        parts = [(span.start, span.end, blob) for span, blob in zip(new.spans, blobs, strict=True)]
        self.set_meta(f"passages:{article}", checksum(*parts))

    def _add_keywords(self, article: Article, rows: Iterable[tuple[int, int, int]]) -> None:
        title = keyword_header(article)
        self.connection.executemany(
            "INSERT INTO keyword (rowid, title, body) VALUES (?, ?, ?)",
            ((number, title, article.text[start:end]) for number, start, end in rows),
        )


def keyword_header(article: Article | ArticleInfo) -> str:
    """What of an article, beside its text, its passages can be found by: title and date."""
    if article.published is None:
        return article.title
    return f"{article.title} {article.published:%B %Y}".strip()
