"""What an index holds, article by article, and where each came from: the picture that a sync
works on. Plain bookkeeping; the index itself is changed elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.catalog import Origin, View
from rag.site import is_web
from rag.types import Article, ArticleInfo

Content = tuple[str, str, object]
"""What makes two articles the same: version of the text, title, date."""


@dataclass(eq=False)
class Entry:
    """An article as it will be, with every source it came from."""

    id: str
    content: Content
    source: str
    origins: list[Origin] = field(default_factory=list)
    fate: str = ""  # "added", "updated" or "unchanged" in this run

    def origin(self, key: str) -> Origin | None:
        return next((origin for origin in self.origins if origin.source == key), None)

    def fingerprint(self, key: str) -> str:
        """That of a source when this article was read from it."""
        origin = self.origin(key)
        return origin.fingerprint if origin else ""

    def name(self, key: str) -> str:
        """What a source calls it, whatever it goes by."""
        origin = self.origin(key)
        return origin.id if origin else self.id

    @property
    def namesake(self) -> Origin | None:
        """A source that has it and whose name it goes by; "-2" may have been added."""
        return next((origin for origin in self.origins if self._is_called_by(origin)), None)

    def _is_called_by(self, origin: Origin) -> bool:
        numbered = re.escape(origin.id) + r"-\d+"
        return self.id in (origin.id, origin.location) or bool(re.fullmatch(numbered, self.id))

    @property
    def is_named(self) -> bool:
        return self.namesake is not None


class Picture:
    """The articles by id, by source and by the fingerprint of a source's bytes."""

    def __init__(self, view: View) -> None:
        self.entries: dict[str, Entry] = {}
        self.of: dict[str, list[Entry]] = {}
        self._with: dict[str, list[Entry]] = {}
        for info in view.infos():
            self.entries[info.id] = Entry(info.id, content_of(info), info.source)
        for origin, article_id in view.origins():
            self.attach(self.entries[article_id], origin)

    def attach(self, entry: Entry, origin: Origin) -> None:
        entry.origins.append(origin)
        self.of.setdefault(origin.source, []).append(entry)
        self._with.setdefault(origin.fingerprint, []).append(entry)

    def detach(self, entry: Entry, origin: Origin) -> None:
        entry.origins.remove(origin)
        self.of[origin.source].remove(entry)
        self._with[origin.fingerprint].remove(entry)

    def twin(
        self, article: Article, key: str, fingerprint: str, used: Sequence[Entry]
    ) -> Entry | None:
        """An article of the same content, not used yet: what this source had under the same
        name, else the article of this id, else one from a source of the same bytes."""
        found = [entry for entry in self.of.get(key, []) if entry.name(key) == article.id]
        if article.id in self.entries:
            found.append(self.entries[article.id])
        if fingerprint:
            found += self._with.get(fingerprint, [])
        for entry in found:
            if entry.content == content_of(article) and entry not in used:
                return entry
        return None

    def has_bytes(self, fingerprint: str) -> bool:
        """Whether an article from a source of these bytes is in."""
        return bool(fingerprint and self._with.get(fingerprint))

    def free_id(self, wanted: str, location: str) -> str:
        """An id nobody has: the one wanted, else a whole web address, else with a number.

        An id is shown to whoever asks, and the folders of this machine are nobody's business.
        """
        for candidate in (wanted, location if is_web(location) else ""):
            if candidate and candidate not in self.entries:
                return candidate
        number = 2
        while f"{wanted}-{number}" in self.entries:
            number += 1
        return f"{wanted}-{number}"


def content_of(article: Article | ArticleInfo) -> Content:
    return article.version, article.title, article.published
