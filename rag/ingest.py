"""Articles into an index: passages, vectors, and one transaction that makes them answer.

`Ingest` collects articles and the changes that go with them until a batch is worth
publishing, builds one vector generation of it, and publishes everything in the order it was
given. Whatever happens before that moment changes nothing.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from rag.catalog import Catalog, Change, Generation, NewArticle, Origin, View
from rag.chunk import chunk
from rag.embed import HEADER_TOKENS, PASSAGE_TOKENS, Embedder, embedding_texts, passage_budget
from rag.errors import IndexMismatch, InputError
from rag.types import Article, Span
from rag.vectors import Rows

# Batches double from the first size to the last: little is lost to a kill early on, and a
# large ingest still ends in few generations (each costs every later question 2 ms).
FIRST_BATCH = 2_048
LAST_BATCH = 16_000

# Passages encoded at a time: enough to sort them by length, and progress shows every few seconds.
# What they free stays with the process until it is given back, 600 MB and more after 512.
SLICE = 256

_C = ctypes.CDLL(None) if os.name == "posix" else None

Step = Callable[[Change], None]


class Store(Protocol):
    """Where vector generations are built: `VectorStore` or `MemoryVectors`."""

    def build(self, portions: Sequence[Rows], size: int) -> Generation: ...


@dataclass(frozen=True, slots=True)
class _Put:
    """An article waiting for its vectors."""

    article: Article
    spans: tuple[Span, ...]
    origin: Origin | None


@dataclass
class Ingest:
    """Puts articles into the catalog and the vector store, a batch of passages at a time."""

    catalog: Catalog
    store: Store
    embedder: Embedder
    batch: int = FIRST_BATCH
    last_batch: int = LAST_BATCH
    encoded: int = 0  # passages so far
    _waiting: list[_Put | Step] = field(default_factory=list)
    _encoder: Encoder = field(init=False)

    def __post_init__(self) -> None:
        self._encoder = Encoder(self.embedder)

    def put(self, article: Article, origin: Origin | None = None) -> None:
        """Adds an article with the next batch. Raises InputError if it cannot be stored."""
        check_text(article)
        spans = self._encoder.add(article)
        self._waiting.append(_Put(article, spans, origin))
        self.encoded = self._encoder.encoded

    def then(self, step: Step) -> None:
        """Makes another change in the same transaction, after what was given before."""
        self._waiting.append(step)

    def flush_if_full(self) -> None:
        """Publishes what is waiting if it fills a batch. Called where nothing is half given."""
        if self._encoder.held >= self.batch:
            self.flush()
            self.batch = min(2 * self.batch, self.last_batch)

    def flush(self) -> None:
        """Encodes what is still to be encoded and publishes what is waiting, in one step."""
        if not self._waiting:
            return
        vectors = self._encoder.take()
        self.encoded = self._encoder.encoded
        with self.catalog.view() as view:
            article, passage = view.next_numbers()
            if len(vectors):
                check_manifest(view, self.embedder, loaded=True)
        owners = list(_owners(self._waiting, article))
        generation = None
        if len(vectors):
            numbers = range(passage, passage + len(vectors))
            generation = self.store.build([(numbers, owners, vectors)], len(vectors))
        with self.catalog.change() as change:
            if generation:
                write_manifest(change, self.embedder)
                change.add_generation(generation)
            folder = generation.folder if generation else ""
            _publish(change, self._waiting, vectors, article, passage, folder)
        self._waiting = []


class Encoder:
    """Turns articles into passages and vectors, a slice at a time.

    Vectors are rounded to float16, as the catalog keeps them, so that a generation rebuilt
    from the catalog is the same.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._texts: list[str] = []
        self._done: list[np.ndarray] = []
        self.encoded = 0  # passages in all
        self.held = 0  # passages since the last take()

    def add(self, article: Article) -> tuple[Span, ...]:
        """The passages of an article; they are encoded now or by take()."""
        budget = passage_budget(self._embedder)
        spans = tuple(chunk(article, self._embedder.count_tokens, budget))
        self._texts += embedding_texts(article, spans, self._embedder)
        self.held += len(spans)
        while len(self._texts) >= SLICE:
            self._encode(SLICE)
        return spans

    def take(self) -> np.ndarray:
        """The vectors of all passages added since the last time, float32, (n, dimension)."""
        while self._texts:
            self._encode(SLICE)
        done, self._done, self.held = self._done, [], 0
        return np.concatenate(done).astype(np.float32) if done else np.zeros((0, 0), np.float32)

    def _encode(self, count: int) -> None:
        texts, self._texts = self._texts[:count], self._texts[count:]
        self._done.append(self._embedder.embed_passages(texts).astype(np.float16))
        self.encoded += len(texts)
        _give_memory_back()


def _give_memory_back() -> None:
    """Return to the system what was freed. glibc keeps it, in pieces that the next slice's tensors
    of other lengths do not fit into.
    """
    if trim := getattr(_C, "malloc_trim", None):  # glibc alone has it
        trim(0)


@dataclass(frozen=True, slots=True)
class _Again:
    """Articles encoded again, (number, id, passages) of each, and the generation built of them."""

    articles: tuple[tuple[int, str, tuple[Span, ...]], ...]
    vectors: np.ndarray  # float16
    first: int
    generation: Generation


def encode_again(
    catalog: Catalog, store: Store, embedder: Embedder, each: Callable[[int, int, int], None]
) -> None:
    """Encodes every article from its stored text and swaps all passages in one transaction.

    `each` is told how many articles are done, of how many, and how many passages that were.
    """
    with catalog.view() as view:
        infos, (_, first) = view.infos(), view.next_numbers()
    encoder = Encoder(embedder)
    batches: list[_Again] = []
    waiting: list[tuple[int, str, tuple[Span, ...]]] = []
    for done, info in enumerate(infos, start=1):
        with catalog.view() as view:
            number, article = view.article_number(info.id), view.stored_article(info.id)
        waiting.append((number, info.id, encoder.add(article)))
        if encoder.held and (encoder.held >= LAST_BATCH or done == len(infos)):
            batches.append(_encoded(store, encoder, waiting, first))
            first += len(batches[-1].vectors)
            waiting = []
        each(done, len(infos), encoder.encoded)
    with catalog.change() as change:
        change.remove_all_passages()
        write_manifest(change, embedder)
        for batch in batches:
            _publish_again(change, batch)


def _encoded(
    store: Store, encoder: Encoder, waiting: list[tuple[int, str, tuple[Span, ...]]], first: int
) -> _Again:
    vectors = encoder.take()
    owners = [number for number, _, spans in waiting for _ in spans]
    numbers = range(first, first + len(vectors))
    generation = store.build([(numbers, owners, vectors)], len(vectors))
    return _Again(tuple(waiting), vectors.astype(np.float16), first, generation)


def _publish_again(change: Change, batch: _Again) -> None:
    change.add_generation(batch.generation)
    row = 0
    for number, article_id, spans in batch.articles:
        rows = batch.vectors[row : row + len(spans)]
        new = NewArticle(change.stored_article(article_id), spans, rows)
        change.add_passages(new, number, batch.first + row, batch.generation.folder)
        row += len(spans)


def _owners(waiting: Sequence[_Put | Step], number: int) -> Iterator[int]:
    """The number that each passage's article will have."""
    for item in waiting:
        if isinstance(item, _Put):
            yield from [number] * len(item.spans)
            number += 1


def _publish(
    change: Change,
    waiting: Sequence[_Put | Step],
    vectors: np.ndarray,
    article: int,
    passage: int,
    folder: str,
) -> None:
    row = 0
    for item in waiting:
        if not isinstance(item, _Put):
            item(change)
            continue
        rows = vectors[row : row + len(item.spans)]
        new = NewArticle(item.article, item.spans, rows, item.origin)
        change.add(new, article, passage + row, folder)
        article += 1
        row += len(item.spans)


def write_manifest(change: Change, embedder: Embedder) -> None:
    """Notes what the index is made with; nothing else can search it."""
    for key, value in (*_settings(embedder), ("dimension", str(embedder.dimension))):
        change.set_meta(key, value)


def check_manifest(view: View, embedder: Embedder, *, loaded: bool = False) -> None:
    """Raises IndexMismatch if the index was made with another model or passage settings.

    The dimension is compared only if the model is loaded in any case.
    """
    wanted = [*_settings(embedder)]
    if loaded:
        wanted.append(("dimension", str(embedder.dimension)))
    for key, value in wanted:
        found = view.meta(key)
        if found is not None and found != value:
            back = f", or set embedding_model back to {found}" if key == "model" else ""
            raise IndexMismatch(
                f"the index was made with {key.replace('_', ' ')} {found}, not {value}: "
                f"`rag check --reindex` encodes its articles again{back}"
            )


def _settings(embedder: Embedder) -> Iterator[tuple[str, str]]:
    yield "model", embedder.name
    yield "passage_tokens", str(PASSAGE_TOKENS)
    yield "header_tokens", str(HEADER_TOKENS)


def check_text(article: Article) -> None:
    """Raises InputError for an article that cannot be stored and given back as it is."""
    if not isinstance(article.id, str) or not article.id:
        raise InputError("an article needs an id that is a non-empty string")
    for name in ("id", "text", "title", "source"):
        value = getattr(article, name)
        if not isinstance(value, str):
            raise InputError(f"article {article.id!r}: {name} is no string")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise InputError(
                f"article {article.id!r}: {name} has a lone surrogate at {error.start}; "
                "decode the file with its right encoding"
            ) from error
