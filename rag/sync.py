"""Sources and the index, kept in step: what is new, changed, renamed, copied or gone.

Identity is the source. A fingerprint of its bytes tells, without parsing, that nothing
changed; sources with the same content share one article. `Mirror` keeps a picture of the
index as it will be and gives every change to `Ingest` in order, so that each batch that is
published leaves the index whole: an article and its new version swap in one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.catalog import Origin
from rag.errors import InputError, LoadError
from rag.ingest import Ingest, check_text
from rag.load import Limits, Skipped, Source, fingerprint, from_documents, list_sources, load_source
from rag.load.sources import printable, why
from rag.picture import Entry, Picture, content_of
from rag.places import Occupied, is_gone, is_missing, key_of, path_of
from rag.types import Article


@dataclass(frozen=True, slots=True)
class Report:
    """What `add` or `sync` did, in articles; `skipped` are the sources that gave none, and why.

    A renamed article counts as updated.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an `add` or `sync` is: sources done of all, passages encoded so far."""

    done: int
    total: int
    passages: int


@dataclass
class _Changed:
    """A source that is new, or whose bytes may have changed."""

    source: Source
    key: str
    fingerprint: str
    articles: list[Article] | None = None  # once it has been loaded
    unread: frozenset[str] = frozenset()  # ids of entries that cannot be read now; they stay

    def origin(self, article: Article) -> Origin:
        return Origin(self.key, self.fingerprint, article.id, article.source)

    def left(self, before: Iterable[Entry], now: Sequence[Entry]) -> list[Entry]:
        """What it had and has no longer; what cannot be read now is not among them."""
        return [
            entry
            for entry in before
            if entry.origin(self.key)
            and entry not in now
            and entry.name(self.key) not in self.unread
        ]


class Mirror:
    """One `add` or `sync`. Made for one run under the index's lock."""

    def __init__(
        self,
        ingest: Ingest,
        allow_url: bool,
        limits: Limits,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._ingest = ingest
        self._allow_url = allow_url
        self._limits = limits
        self._progress = progress or (lambda _: None)
        self._skipped: list[Skipped] = []
        self._fates: Counter[str] = Counter()
        self._at = 0, 0  # sources done, of all
        self._leaving: list[tuple[Entry, str]] = []
        self._nameless: list[Entry] = []
        with ingest.catalog.view() as view:
            self._picture = Picture(view)

    def add(self, sources: Sequence[Any]) -> Report:
        """Adds files, folders, globs, URLs, Articles and LlamaIndex Documents."""
        return self._run(list(_listed(sources, self._limits)))

    def sync(self, folder: Path, allow_empty: bool = False) -> Report:
        """Mirrors a folder; what came from it and is no longer there goes out.

        Not from a folder that is there and holds nothing to read, unless `allow_empty`.
        """
        root = folder.resolve()
        listed = list_sources(folder)
        present = {key_of(item) for item in listed if isinstance(item, Source)}
        gone = [
            key
            for key in self._picture.of
            if key not in present and path_of(key).is_relative_to(root) and self._is_gone(key)
        ]
        return self._run(listed, gone, None if allow_empty else Occupied(root, present))

    def _is_gone(self, key: str) -> bool:
        """Whether a file is really no longer there, rather than out of reach."""
        try:
            return is_gone(key)
        except OSError as error:
            self._skipped.append(Skipped(printable(str(path_of(key))), why(error)))
            return False

    def _run(
        self,
        listed: Sequence[Source | Skipped | Article],
        gone: Sequence[str] = (),
        occupied: Occupied | None = None,
    ) -> Report:
        later = [item for item in map(self._take_at_once, listed) if item]
        self._release(gone)
        for left, item in zip(range(len(later), 0, -1), later, strict=True):
            self._at = len(listed) - left, len(listed)
            self._tell()
            if isinstance(item, Article):
                self._take_article(item)
            else:
                self._replace(item, self._loaded(item))
            self._name_anew()
            self._ingest.flush_if_full()
        self._remove(gone, occupied)
        self._ingest.flush()
        self._at = len(listed), len(listed)
        self._tell()
        for entry in self._picture.entries.values():
            self._fates[entry.fate] += 1
        counts = {fate: self._fates[fate] for fate in ("added", "updated", "unchanged", "removed")}
        return Report(**counts, skipped=tuple(self._skipped))

    def _tell(self) -> None:
        self._progress(Progress(*self._at, self._ingest.encoded))

    def _remove(self, gone: Iterable[str], occupied: Occupied | None) -> None:
        """Takes out what is gone, but for what lies below a folder that was emptied."""
        kept: Counter[Path] = Counter()
        for key in gone:
            entries = list(self._picture.of[key])
            folder = occupied.emptied(key) if occupied and entries else None
            if folder:
                kept[folder] += len(entries)
                continue
            for entry in entries:
                self._detach(entry, key)
        for folder, count in kept.items():
            reason = f"nothing to read in it, and what came from it ({count:,}) stays: "
            advice = "is the drive mounted? To remove them, `rag sync --allow-empty FOLDER`"
            self._skipped.append(Skipped(printable(str(folder)), reason + advice))

    # -- One source -----------------------------------------------------------------------

    def _take_at_once(self, item: Source | Skipped | Article) -> _Changed | Article | None:
        """Deals with what needs no encoding, so that what moved is linked to its new place
        before its old place gets something else; gives back what is left to do."""
        if isinstance(item, Skipped):
            self._skipped.append(item)
            return None
        if isinstance(item, Article):
            return item
        key = key_of(item)
        try:
            print_ = fingerprint(item.path, self._limits, item.inside) if item.path else ""
        except LoadError as error:
            self._skipped.append(Skipped(error.source, error.reason))
            return None
        known = self._picture.of.get(key, [])
        if print_ and known and all(entry.fingerprint(key) == print_ for entry in known):
            for entry in known:
                entry.fate = entry.fate or "unchanged"
                self._leave_missing(entry)
            return None
        changed = _Changed(item, key, print_)
        return None if self._is_copied(changed) else changed

    def _is_copied(self, changed: _Changed) -> bool:
        """Whether all that a source holds is in already, from a source of the same bytes."""
        if not self._picture.has_bytes(changed.fingerprint):
            return False
        changed.articles = self._loaded(changed)
        now: list[Entry] = []
        for article in changed.articles:
            twin = self._picture.twin(article, changed.key, changed.fingerprint, now)
            if twin is None:
                return False
            now.append(twin)
        before = list(self._picture.of.get(changed.key, []))
        for article, entry in zip(changed.articles, now, strict=True):
            self._share(entry, changed.origin(article))
            self._leave_missing(entry)
        left = changed.left(before, now)
        self._leaving += [(entry, changed.key) for entry in left if now]
        return bool(now)

    def _leave_missing(self, entry: Entry) -> None:
        """A folder that was moved, and named anew to us: its old place is not looked at again."""
        if len(entry.origins) > 1:
            missing = [o.source for o in entry.origins if is_missing(o.source)]
            self._leaving += [(entry, key) for key in missing[: len(entry.origins) - 1]]

    def _release(self, gone: Iterable[str]) -> None:
        """What lives on at another place leaves the one it was at."""
        moved = [
            (entry, key)
            for key in gone
            for entry in self._picture.of[key]
            if len(entry.origins) > 1
        ]
        for entry, key in dict.fromkeys((*self._leaving, *moved)):
            self._detach(entry, key)
        self._name_anew()

    def _loaded(self, changed: _Changed) -> list[Article]:
        if changed.articles is not None:
            return changed.articles
        articles: list[Article] = []
        unread: set[str] = set()
        source, limits = changed.source, self._limits
        for result in load_source(source, allow_url=self._allow_url, limits=limits):
            if isinstance(result, Skipped):
                self._skipped.append(result)
                unread.add(result.id)
            else:
                articles.append(result)
        changed.articles, changed.unread = articles, frozenset(unread)
        return articles

    def _replace(self, changed: _Changed, articles: Sequence[Article]) -> None:
        """A source has these articles now, in place of those it had."""
        if not articles:
            return  # the old version stays until there is a new one
        key = changed.key
        before = {entry.name(key): entry for entry in self._picture.of.get(key, [])}
        now: list[Entry] = []
        for article in articles:
            origin = changed.origin(article)
            twin = self._picture.twin(article, changed.key, changed.fingerprint, now)
            now.append(
                self._share(twin, origin)
                if twin
                else self._put(article, origin, before.get(article.id))
            )
            if len(articles) > 1:  # a feed may take minutes
                self._tell()
        for entry in changed.left(before.values(), now):
            self._detach(entry, key)

    def _take_article(self, article: Article) -> None:
        """An article handed in keeps its id, and takes the place of the one that has it."""
        try:
            check_text(article)
        except InputError as error:
            self._skipped.append(Skipped(printable(str(article.id)), str(error)))
            return
        origin = Origin(f"article:{article.id}", "", article.id, article.source)
        known = self._picture.entries.get(article.id)
        if known is None:
            self._put(article, origin, None)
        elif known.content == content_of(article):
            self._share(known, origin)
        elif others := [o for o in known.origins if o.source != origin.source]:
            reason = f"its id belongs to {others[0].location}: choose another id, or "
            self._skipped.append(Skipped(article.id, f"{reason}`rag remove` that article first"))
        elif known.fate:
            self._skipped.append(Skipped(article.id, "a second article of this id; choose another"))
        else:
            self._put(article, origin, known)

    # -- One article ----------------------------------------------------------------------

    def _share(self, entry: Entry, origin: Origin) -> Entry:
        """Notes that a source has an article that is in already; nothing is encoded."""
        old = entry.origin(origin.source)
        if old == origin:
            entry.fate = entry.fate or "unchanged"
            return entry
        if old:
            self._ingest.then(_forgetting(old, entry.id))
            self._picture.detach(entry, old)
        self._picture.attach(entry, origin)
        article_id = entry.id
        self._ingest.then(lambda change: change.add_origin(origin, article_id))
        if len(entry.origins) == 1 and entry.source != origin.location:
            self._rename(entry, entry.id, origin.location)
        entry.fate = entry.fate or "unchanged"
        return entry

    def _put(self, article: Article, origin: Origin, old: Entry | None) -> Entry:
        """A text to encode. It takes the place and id of the old one, unless that lives on."""
        if old and not [other for other in old.origins if other.source != origin.source]:
            article_id, fate = old.id, "added" if old.fate == "added" else "updated"
            for its in list(old.origins):
                self._picture.detach(old, its)
            del self._picture.entries[old.id]
            self._ingest.then(lambda change: change.remove([article_id]))
        else:
            fate = "updated" if old else "added"
            if old:
                self._detach(old, origin.source)
                self._name_anew()
            article_id = self._picture.free_id(article.id, origin.location)
        entry = Entry(article_id, content_of(article), article.source, fate=fate)
        self._picture.entries[article_id] = entry
        self._picture.attach(entry, origin)
        self._ingest.put(_renamed(article, article_id), origin)
        return entry

    def _detach(self, entry: Entry, key: str) -> None:
        """An article is no longer in a source: it goes, or goes by its next source's name."""
        origin = entry.origin(key)
        assert origin is not None
        self._picture.detach(entry, origin)
        self._ingest.then(_forgetting(origin, entry.id))
        if not entry.origins:
            article_id = entry.id
            del self._picture.entries[article_id]
            self._ingest.then(lambda change: change.remove([article_id]))
            self._fates["removed" if entry.fate != "added" else ""] += 1
        elif not entry.is_named or entry.source == origin.location:
            self._nameless.append(entry)

    def _name_anew(self) -> None:
        """Articles whose place is gone go by the name of another. They may swap names."""
        left = [entry for entry in dict.fromkeys(self._nameless) if entry.origins]
        self._nameless = []
        nameless = [entry for entry in left if not entry.is_named]
        if len(nameless) > 1:
            for entry in nameless:
                self._rename(entry, self._picture.free_id(f"\0{entry.id}", ""), entry.source)
        for entry in left:
            heir = entry.namesake or entry.origins[0]
            new_id = entry.id
            if entry in nameless:
                new_id = self._picture.free_id(heir.id, heir.location)
            if (new_id, heir.location) != (entry.id, entry.source):
                self._rename(entry, new_id, heir.location)

    def _rename(self, entry: Entry, new_id: str, location: str) -> None:
        old_id, entry.id, entry.source = entry.id, new_id, location
        del self._picture.entries[old_id]
        self._picture.entries[new_id] = entry
        self._ingest.then(lambda change: change.rename(old_id, new_id, location))
        entry.fate = "added" if entry.fate == "added" else "updated"


def _listed(sources: Sequence[Any], limits: Limits) -> Iterator[Source | Skipped | Article]:
    """What is named, in order. Documents are named together, so that no two are of one name."""
    documents = from_documents(
        (source for source in sources if not isinstance(source, str | Path | Article)),
        limits=limits,
    )
    for source in sources:
        if isinstance(source, Article):
            yield source
        elif isinstance(source, str | Path):
            try:
                yield from list_sources(source)
            except LoadError as error:
                yield Skipped(error.source, error.reason)
        else:
            yield next(documents)  # one for each


def _renamed(article: Article, article_id: str) -> Article:
    return article if article.id == article_id else replace(article, id=article_id)


def _forgetting(origin: Origin, article_id: str) -> Callable[[Any], None]:
    return lambda change: change.remove_origin(origin.source, article_id)
