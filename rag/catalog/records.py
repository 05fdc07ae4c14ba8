"""What the catalog stores and hands out, beside the nouns of `rag.types`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from rag.embed import Vectors
from rag.types import Article, Span


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as the catalog keeps it. `number` is its id in every engine."""

    number: int
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an article came from; several origins with the same content share one article.

    `source` identifies it: an absolute path, a URL, or "article:" and an id. `fingerprint` is
    the hash of a file's bytes, else "". `id` and `location` are what the article is called and
    shown as when it goes by this origin.
    """

    source: str
    fingerprint: str
    id: str
    location: str


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article ready to be published: its passages' offsets and their vectors, row by row."""

    article: Article
    spans: tuple[Span, ...]
    vectors: Vectors
    origin: Origin | None = None


def checksum(*values: object) -> str:
    """Of values as SQLite gives them back: strings, numbers, bytes and None."""
    return hashlib.sha256(repr(values).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Generation:
    """A published vector folder, never written again.

    `size` is the number of vectors in it, `files` the checksum of each file by its path.
    """

    folder: str
    size: int
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may answer. None means no limit; dates are inclusive, ISO 8601."""

    articles: tuple[str, ...] | None = None
    since: str | None = None
    until: str | None = None

    @property
    def active(self) -> bool:
        return self.articles is not None or self.since is not None or self.until is not None
