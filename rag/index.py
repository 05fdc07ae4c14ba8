"""The index: articles on disk, kept in step with their sources, safe to kill at any moment.

    index = Index.open("my-index")
    index.add(["news/", "report.pdf"])     # new and changed sources go in, others are left alone
    index.sync("news/")                    # the same, and what is gone from the folder goes out
    index.remove("report.pdf")
    index.check(repair=True)
    Index.reindex("my-index")              # with another embedding model

An index is a folder with a catalog (SQLite, the truth) and vector generations (Chroma). One
process writes at a time, under a lock that names it; any number read meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from rag.catalog import Catalog, View
from rag.catalog.connection import catalog_damaged
from rag.embed import Embedder, load_embedder
from rag.errors import IndexDamaged, IndexMissing, InputError, UnknownArticle
from rag.ingest import FIRST_BATCH, LAST_BATCH, Ingest, check_manifest, check_text, encode_again
from rag.load import Limits
from rag.lock import write_lock
from rag.memory import MemoryVectors
from rag.settings import Settings
from rag.shown import Articles
from rag.sync import Mirror, Progress, Report
from rag.types import Article
from rag.vectors import Rows, VectorStore

CATALOG = "catalog.sqlite3"

# More generations than this are merged; each costs every question about 2 ms.
MOST_GENERATIONS = 8
# A generation with a larger share of removed passages than this is rebuilt without them.
MOST_REMOVED = 0.3

_PORTION = 4_096  # vectors read from the catalog at a time
_ATTEMPTS = 4

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `check` found. After a repair, `repaired` says what was mended."""

    ok: bool
    problems: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()


@dataclass
class _Damage:
    """Problems by what can mend them: nothing, the article texts, the vectors in the catalog."""

    catalog: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    vectors: dict[str, str] = field(default_factory=dict)

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.catalog, *self.keywords, *self.vectors.values())


class Index:
    """One index. Thread-safe for reading; writes take the lock. A context manager."""

    def __init__(
        self,
        path: Path | None,
        settings: Settings,
        embedder: Embedder,
        batches: tuple[int, int] = (FIRST_BATCH, LAST_BATCH),
    ) -> None:
        """Use `open` or `in_memory`. `batches`: the first and largest number of passages that
        are published together."""
        self.path = path
        self.settings = settings
        self.embedder = embedder
        self.catalog = Catalog(path / CATALOG if path else None)
        self.store: VectorStore | MemoryVectors = VectorStore(path) if path else MemoryVectors()
        self._batches = batches
        self._lock = write_lock(path)

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        create: bool = True,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
        batches: tuple[int, int] = (FIRST_BATCH, LAST_BATCH),
    ) -> Index:
        """The index in a folder, made when missing (or IndexMissing with `create=False`).

        Raises IndexMismatch if it was made with another model, IndexDamaged if the catalog
        cannot be read. Models are loaded when they are first needed. Up to `batches` passages
        are published together, doubling from the first number to the second.
        """
        settings = settings or Settings.load()
        folder = Path(path) if path is not None else settings.index
        _make_folder(folder, create)
        index = cls(folder, settings, embedder or load_embedder(settings.embedding_model), batches)
        try:
            with index.catalog.view() as view:
                check_manifest(view, index.embedder)
        except BaseException:
            index.close()
            raise
        return index

    @classmethod
    def in_memory(
        cls, *, settings: Settings | None = None, embedder: Embedder | None = None
    ) -> Index:
        """An index that is gone with the process; nothing is written."""
        settings = settings or Settings.load()
        return cls(None, settings, embedder or load_embedder(settings.embedding_model))

    @classmethod
    def reindex(
        cls,
        path: str | Path | None = None,
        *,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """Encodes every article again, from its stored text, with the model of the settings.

        Until the end the index answers as before; then all of it changes in one step. Raises
        IndexMissing, IndexDamaged or IndexLocked.
        """
        settings = settings or Settings.load()
        folder = Path(path) if path is not None else settings.index
        _make_folder(folder, create=False)
        tell = progress or (lambda _: None)
        with (
            cls(folder, settings, embedder or load_embedder(settings.embedding_model)) as index,
            index._lock(),
        ):
            index._sweep()
            encode_again(
                index.catalog, index.store, index.embedder, lambda *now: tell(Progress(*now))
            )
            index._sweep()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.catalog.close()
        self.store.close()

    def ready(self) -> None:
        """Opens all that a question needs. Raises IndexDamaged now rather than then."""
        self.catalog.verify()
        self.read(lambda view: self.store.open(view.generations()))

    def read(self, function: Callable[[View], Found]) -> Found:
        """What `function` makes of one revision of the index.

        A writer that merges generations deletes the old ones after it has published the new: a
        reader that was about to open an old one starts again from the new state.
        """
        for _ in range(_ATTEMPTS):
            with self.catalog.view() as view:
                revision = view.revision
                check_manifest(view, self.embedder)
                try:
                    return function(view)
                except IndexDamaged as error:
                    damage = error
            with self.catalog.view() as view:
                if view.revision == revision:
                    break
        raise damage

    def articles(self) -> Articles:
        """Every article without its text, in the order they were added."""
        with self.catalog.view() as view:
            return Articles(view.infos())

    def count(self) -> int:
        """How many articles there are."""
        with self.catalog.view() as view:
            return view.counts()[0]

    def _repr_html_(self) -> str:
        return self.articles().to_html(f"Index {self.path or 'in memory'}")

    def article(self, article_id: str) -> Article:
        """One article with its text. Raises UnknownArticle."""
        with self.catalog.view() as view:
            article = view.article(article_id)
        if article is None:
            raise UnknownArticle(article_id)
        return article

    def add(
        self,
        sources: str | Path | Article | Iterable[Any],
        *,
        progress: Callable[[Progress], None] | None = None,
        limits: Limits = Limits(),  # noqa: B008  (frozen)
    ) -> Report:
        """Adds files, folders, globs, URLs (where allowed), Articles or LlamaIndex Documents.

        A source that changed takes the place of its old version in one step; one that did not
        is left alone; the same bytes twice are one article. A bad source is skipped and named.
        Raises IndexLocked if another process is writing.
        """
        listed: Sequence[Any]
        if isinstance(sources, str | Path | Article) or hasattr(sources, "metadata"):
            listed = [sources]  # a LlamaIndex Document is iterable, too
        else:
            listed = list(sources)
        with self._writing() as ingest:
            return Mirror(ingest, self.settings.allow_url, limits, progress).add(listed)

    def sync(
        self,
        folder: str | Path,
        *,
        allow_empty: bool = False,
        progress: Callable[[Progress], None] | None = None,
        limits: Limits = Limits(),  # noqa: B008
    ) -> Report:
        """Makes the index hold what the folder holds: new, changed, renamed, deleted.

        Articles from elsewhere stay. So that a drive that is not mounted never empties the
        index, it raises InputError if there is no such folder, and where the folder or one in
        it holds nothing to read any more, what came from there stays and is reported as
        skipped, unless `allow_empty` is given.
        """
        if not Path(folder).is_dir():
            raise InputError(f"there is no folder {folder}")
        with self._writing() as ingest:
            return Mirror(ingest, False, limits, progress).sync(Path(folder), allow_empty)

    def put(self, articles: Iterable[Article]) -> None:
        """Adds articles as they are, no cleaning. Raises InputError if an id is there already."""
        listed = list(articles)
        with self._writing() as ingest:
            with self.catalog.view() as view:
                taken = {info.id for info in view.infos()}
            for article in listed:
                check_text(article)
                if article.id in taken:
                    raise InputError(f"two articles have the id {article.id!r}")
                taken.add(article.id)
            for article in listed:
                ingest.put(article)
                ingest.flush_if_full()
            ingest.flush()

    def remove(self, article_id: str) -> None:
        """Takes an article out at once. Raises UnknownArticle."""
        with self._writing(), self.catalog.change() as change:
            if not change.infos([article_id]):
                raise UnknownArticle(article_id)
            change.remove([article_id])

    def check(self, repair: bool = False) -> CheckReport:
        """Compares catalog and vectors, every file with its checksum, and asks each a question.

        With `repair`, damaged vectors are rebuilt from the catalog, without encoding anything
        again. What only the catalog had and lost cannot be mended: the problem stays.
        """
        if not repair:
            damage = self._damage()
            return CheckReport(not damage.all, damage.all)
        with self._lock():
            damage = self._damage()
            repaired = self._repair(damage)
            left = self._damage().all if repaired else damage.all
            self._sweep()
        return CheckReport(not left, damage.all, repaired)

    def _damage(self) -> _Damage:
        damage = _Damage(self.catalog.problems())
        try:
            damage.keywords = self.catalog.keyword_problems()
            with self.catalog.view() as view:
                generations = view.generations()
            found = self.store.problems(generations)
            with self.catalog.view() as view:  # what was swept meanwhile is not missed
                published = {generation.folder for generation in view.generations()}
            damage.vectors = {name: what for name, what in found.items() if name in published}
        except IndexDamaged as error:
            if not damage.catalog:
                damage.catalog.append(str(error))
        return damage

    def _repair(self, damage: _Damage) -> tuple[str, ...]:
        repaired: list[str] = []
        if damage.keywords:
            with self.catalog.change() as change:
                change.rebuild_keywords()
            repaired.append("the keyword table: made anew from the articles")
        if damage.vectors:
            self._rebuild(sorted(damage.vectors))
            repaired += [f"{name}: rebuilt from the catalog" for name in sorted(damage.vectors)]
        return tuple(repaired)

    @contextmanager
    def _writing(self) -> Iterator[Ingest]:
        """The lock, an Ingest that is flushed by its user, and tidy folders afterwards."""
        with self._lock():
            self._sweep()
            yield Ingest(self.catalog, self.store, self.embedder, *self._batches)
            self._compact()
            self._sweep()

    def _sweep(self) -> None:
        with self.catalog.view() as view:
            keep = {generation.folder for generation in view.generations()}
        self.store.sweep(keep)

    def _compact(self) -> None:
        with self.catalog.view() as view:
            sizes = {g.folder: g.size for g in view.generations()}
            live = {folder: len(view.generation_passages(folder)) for folder in sizes}
        stale = {f for f, size in sizes.items() if live[f] < (1 - MOST_REMOVED) * size}
        surplus = len(sizes) - MOST_GENERATIONS
        if surplus > 0:  # merge the smallest; half of the room is left for the next writes
            smallest = sorted(sizes, key=lambda folder: live[folder])
            stale |= set(smallest[: surplus + MOST_GENERATIONS // 2])
        if stale:
            self._rebuild(sorted(stale))

    def _rebuild(self, folders: Sequence[str]) -> None:
        """Puts the active passages of these generations into one new generation."""
        with self.catalog.view() as view:
            rows = sorted(row for folder in folders for row in view.generation_passages(folder))
        generation = self.store.build(self._portions(rows), len(rows)) if rows else None
        with self.catalog.change() as change:
            if generation:
                change.add_generation(generation)
                change.move_passages((number for number, _ in rows), generation.folder)
            change.remove_generations(folders)

    def _portions(self, rows: Sequence[tuple[int, int]]) -> Iterator[Rows]:
        for start in range(0, len(rows), _PORTION):
            numbers, owners = zip(*rows[start : start + _PORTION], strict=True)
            with self.catalog.view() as view:
                vectors = view.vectors(numbers)
            yield numbers, owners, vectors


def _make_folder(folder: Path, create: bool) -> None:
    """Makes a new index's folder. Raises IndexMissing, or IndexDamaged if the catalog is lost."""
    if (folder / CATALOG).exists():
        return
    if any(folder.glob("generation-*")):
        raise catalog_damaged(folder / CATALOG, "it is missing")
    if not create:
        raise IndexMissing(f"no index at {folder}: add articles with `rag add SOURCE`")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IndexMissing(f"no index can be made at {folder}: {error.strerror}") from error
