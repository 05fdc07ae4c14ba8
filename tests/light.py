"""A small, deterministic embedder, and small articles to index with it.

The index takes any Embedder. This one makes the words of a text its vector, so that the tests
of the index use real files, SQLite and Chroma without a model's start-up. The real model is
used where answers matter.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.embed import Vectors
from rag.index import Index
from rag.types import Article

_TOKEN = re.compile(r"\w+|[^\w\s]")


class LightEmbedder:
    """Hashed words, weighted by how often they occur. Notes how many texts it encoded."""

    def __init__(self, name: str = "light", dimension: int = 64) -> None:
        self.name = name
        self.dimension = dimension
        self.max_tokens = 254
        self.encoded = 0

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.encoded += len(texts)
        rows = [self._row(text) for text in texts]
        return np.asarray(rows, dtype=np.float32).reshape(len(rows), self.dimension)

    def embed_query(self, text: str) -> Vectors:
        return self._row(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_TOKEN.findall(text)) for text in texts]

    def _row(self, text: str) -> Vectors:
        row = np.full(self.dimension, 0.01, dtype=np.float32)
        for word in _TOKEN.findall(text.lower()):
            row[zlib.crc32(f"{self.name} {word}".encode()) % self.dimension] += 1.0
        return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


def text_of(number: int, edition: int = 1, paragraphs: int = 2) -> str:
    """The text of article `number`: a passage a paragraph, all with words that no other has."""
    return "\n\n".join(
        f"The bridge at harbour{number} opened in edition{edition}, says case{number}e{edition}. "
        + " ".join(f"Witness{k}p{p} saw part{k}p{p} of n{number}e{edition}." for k in range(20))
        for p in range(paragraphs)
    )


def article(number: int, edition: int = 1) -> Article:
    return Article(f"a{number}", text_of(number, edition), title=f"Report {number}")


def open_index(path: Path, embedder: LightEmbedder | None = None, batch: int = 64) -> Index:
    """An index with the light embedder, whose generations hold few passages."""
    return Index.open(path, embedder=embedder or LightEmbedder(), batches=(batch, 4 * batch))


def write_files(folder: Path, numbers: Sequence[int], edition: int = 1) -> None:
    folder.mkdir(exist_ok=True, parents=True)
    for number in numbers:
        (folder / f"{number:03}.txt").write_text(text_of(number, edition), encoding="utf-8")


def state(index: Index) -> dict[str, tuple[object, ...]]:
    """What an index holds, by article id: version, title, text and the offsets of its passages."""
    with index.catalog.view() as view:
        rows = view.connection.execute(
            'SELECT a.id, p.start, p."end" FROM passage p JOIN article a ON a.number = p.article '
            "ORDER BY p.number"
        ).fetchall()
    spans: dict[str, list[tuple[int, int]]] = {}
    for article_id, start, end in rows:
        spans.setdefault(article_id, []).append((start, end))
    return {
        info.id: (info.version, info.title, index.article(info.id).text, spans.get(info.id, []))
        for info in index.articles()
    }


def assert_whole(index: Index) -> None:
    """No article is half in: each of its passages is found in the catalog and by both engines."""
    from rag.catalog import match_any
    from rag.chunk import chunk

    with index.catalog.view() as view:
        generations = view.generations()
        stored = view.passages(view.passage_numbers())
        by_article: dict[str, list[int]] = {}
        for number, passage in stored.items():
            by_article.setdefault(passage.span.article_id, []).append(number)
        for info in view.infos():
            article = view.stored_article(info.id)
            expected = chunk(article, index.embedder.count_tokens, 200)
            numbers = sorted(by_article.get(info.id, []))
            assert [stored[number].span for number in numbers] == expected, info.id
            for number in numbers:
                vector = view.vectors([number])[0]
                hits = index.store.search(generations, vector, 50)
                assert number in [hit for hit, _ in hits], (info.id, "vectors")
                rare = re.findall(r"case\w+", stored[number].text)[:1]
                hits = view.keyword_search(match_any(rare), 1000)
                assert number in [hit for hit, _ in hits], (info.id, "keywords")
